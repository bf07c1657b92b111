"""Cada ataque contra el motor: ni puntos, ni restos, ni secretos, y la siguiente entrega no lo nota."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from grading.engine.pool import close_all
from grading.engine.sandbox import why_unavailable
from tests.attacks import bench
from tests.attacks.catalog import ATTACKS
from tests.attacks.heavy import HEAVY
from tests.attacks.model import Attack, aimed, honest, released
from tests.grading.small_class import unreadable_reason

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
# Los de la carpeta, en test_folders.py; los de la memoria, en test_memory.py.
NOTEBOOKS = [attack for attack in ATTACKS if not attack.place and attack not in HEAVY]
FULL = 16.0
ENOUGH_SECONDS = 60.0  # con límites de 2 s por celda y 12 s por cuaderno, y otras pruebas a la vez
MEMORY_BYTES = 300_000_000


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> bench.Target:
    return bench.Target(tmp_path_factory.mktemp("curso"))


@pytest.fixture(scope="module")
def listeners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bench.Listeners]:
    with bench.Listeners(tmp_path_factory.mktemp("red")) as listening:
        yield listening


@pytest.fixture(scope="module")
def honest_text() -> str:
    return nbformat.writes(honest())


@pytest.fixture(scope="module", autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Las carpetas privadas, aparte: otras correcciones de esta máquina no cuentan como restos."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("privadas")))
        yield


@pytest.fixture(scope="module")
def idle_bytes(honest_text: str) -> Iterator[int]:
    """La memoria de quien corrige durante una entrega honrada; el templado queda listo para todas."""
    bench.engine(honest_text)
    with bench.MemoryWatch() as memory:
        assert bench.points(bench.engine(honest_text)) == FULL
    yield memory.peak
    close_all()


@pytest.fixture(scope="module")
def secrets() -> set[str]:
    found = bench.secrets()
    assert len(found) > 100
    return found


def by_number(*numbers: str) -> list[Attack]:
    return [attack for attack in ATTACKS if attack.number in numbers]


def test_every_row_of_the_list_is_here() -> None:
    rows = {int("".join(filter(str.isdigit, a.number))) for a in ATTACKS if a.number[0].isdigit()}
    assert rows | {40} == set(range(1, 47))  # el 40 (forjar el veredicto) es la familia E
    assert len({attack.number for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", NOTEBOOKS, ids=lambda attack: attack.number)
def test_attack(
    attack: Attack,
    target: bench.Target,
    listeners: bench.Listeners,
    idle_bytes: int,
    honest_text: str,
    secrets: set[str],
    tmp_path: Path,
) -> None:
    text = aimed(attack.build(released()), target.root, listeners.addresses)
    (tmp_path / "entrega.ipynb").write_text(text, encoding="utf-8", errors="replace")
    if unreadable_reason(tmp_path / "entrega.ipynb"):
        return  # quien coordina la corrección ya la aparta, con un 0
    before, folders, started = target.fingerprint(), bench.private_folders(), time.monotonic()
    with bench.MemoryWatch() as memory:
        grade = bench.engine(text)
    assert bench.points(grade) <= attack.honest
    assert time.monotonic() - started < ENOUGH_SECONDS
    assert memory.peak - idle_bytes < MEMORY_BYTES
    assert target.fingerprint() == before
    assert listeners.heard() == []
    visible = "".join(bench.shown(grade).split()).replace("\\", "")
    assert [line for line in secrets if line in visible] == []
    assert bench.leftovers(folders) == []
    grade.notebook.encode("utf-8")
    if attack.spends or attack.number.startswith(("33", "36", "42")):
        assert bench.points(bench.engine(honest_text)) == FULL


def test_the_next_one_gets_full_marks(idle_bytes: int, honest_text: str) -> None:
    grade = bench.engine(honest_text)
    assert bench.points(grade) == FULL and not grade.changes and not grade.stopped


@pytest.mark.parametrize(
    "name", ["numpy.py", "torch.py", "codigo/transformers.py", "sitecustomize.py", "conftest.py", "random.py"]
)
def test_files_beside_the_notebook_have_no_effect(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle_bytes: int, honest_text: str
) -> None:
    """Fila 16: el motor solo recibe el texto del cuaderno, aunque se le llame desde esa carpeta."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('raise SystemExit("suplantado")', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    close_all()
    assert bench.points(bench.engine(honest_text)) == FULL
