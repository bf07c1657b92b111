"""Los números de las llamadas que se deniegan, comparados con los de las cabeceras del kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading.engine.sandbox import seccomp

# Las de aarch64 son las genéricas: las trae cualquier máquina con las cabeceras de Linux (linux-libc-dev).
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}
OTHERS = {
    "kill": seccomp._KILL,
    "tgkill": seccomp._TGKILL,
    "clone": seccomp._CLONE,
    "clone3": seccomp._CLONE3,
    "prlimit64": seccomp._PRLIMIT,
    "prctl": seccomp._PRCTL,
    "sched_setaffinity": seccomp._AFFINITY,
    "fcntl": seccomp._FCNTL,
}
MOST_UNKNOWN = 3  # las más nuevas que estas cabeceras


def known_numbers(machine: str) -> dict[str, int]:
    """El número de cada llamada, de la cabecera que haya."""
    path = next((Path(name) for name in HEADERS[machine] if Path(name).exists()), None)
    if path is None:
        pytest.skip(f"no están las cabeceras de {machine}")
    found = re.findall(r"^#define __NR(?:_|3264_)(\w+)\s+(\d+)$", path.read_text(encoding="utf-8"), re.M)
    return {name: int(number) for name, number in found}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    known, column = known_numbers(machine), seccomp._COLUMN[machine]
    table = {name: numbers[column] for name, numbers in (seccomp._DENIED | OTHERS).items()}
    wrong = {
        name: (number, known[name]) for name, number in table.items() if known.get(name, number) != number
    }
    assert wrong == {}
    assert sum(number >= 0 and name not in known for name, number in table.items()) <= MOST_UNKNOWN


def test_what_is_missing_in_one_machine_has_no_number_in_it() -> None:
    known = known_numbers("aarch64")
    assert [name for name, numbers in seccomp._DENIED.items() if numbers[1] < 0 and name in known] == []
