"""El programa que la página da para SLURM, tal cual, con un SLURM de verdad de un nodo."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT, Course
from tests.deployers.slurm import missing_programs, slurm
from tests.grading.small_class import grade_all

pytest.importorskip("dask_jobqueue", reason="«make deployers» lo prepara")
pytestmark = [
    pytest.mark.deployers,
    pytest.mark.skipif(bool(missing_programs()), reason=f"faltan programas de SLURM: {missing_programs()}"),
]
QUEUE = "cpu"
# Lo único que se cambia de la página: cuánto se pide, y un puerto libre.
SMALLER = {r"\bcores=\d+": "cores=2", r"\bprocesses=\d+": "processes=2", r"jobs=\d+": "jobs=1"}


def program(page_code: list[str]) -> str:
    """El de la página, con menos trabajos y en un puerto libre."""
    [text] = [code for code in page_code if "SLURMCluster" in code]
    with socket.create_server(("", 0)) as free:
        changes = SMALLER | {r'"port": \d+': f'"port": {free.getsockname()[1]}'}
    assert f'queue="{QUEUE}"' in text
    for pattern, other in changes.items():
        text, times = re.subn(pattern, other, text)
        assert times == 1, f"la página ya no dice {pattern}"
    return text


@contextmanager
def dask_on_slurm(text: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """La dirección que escribe el programa, que corre en la carpeta del curso como dice la página."""
    (folder / "en_slurm.py").write_text(text, encoding="utf-8")
    errors = folder / "en_slurm.errores"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(folder / "en_slurm.py")],
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
    with process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address.startswith("tcp://"), errors.read_text(encoding="utf-8")
            yield address
        finally:
            process.terminate()


def test_slurm_gives_the_same_table(
    page_code: list[str], ungraded: Course, expected: bytes, tmp_path: Path
) -> None:
    private = tmp_path / "slurm"
    private.mkdir()
    before = sorted(path.name for path in PROJECT_ROOT.iterdir())
    with (
        slurm(private, QUEUE) as environment,
        dask_on_slurm(program(page_code), private, environment) as address,
    ):
        assert grade_all(ungraded, scheduler=address) == expected
    assert list(private.rglob("*.out")), "SLURM no escribió lo que dijeron los trabajos donde se esperaba"
    assert sorted(path.name for path in PROJECT_ROOT.iterdir()) == before
