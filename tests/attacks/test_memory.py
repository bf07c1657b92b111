"""Los ataques a la memoria: quien corrige se queda cerca de lo que gasta con una entrega honrada."""

from __future__ import annotations

import ctypes
import gc
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from grading.engine.pool import close_all
from grading.engine.sandbox import Limits, why_unavailable
from grading.submissions import UnreadableError, submitted_answers
from tests.attacks import bench
from tests.attacks.heavy import HEAVY
from tests.attacks.model import Attack, aimed, honest, released

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
FULL = 16.0
# Tiempo para que cada uno llegue a pesar lo que intenta.
LIMITS = Limits(cell_seconds=5, notebook_seconds=30)
MEMORY_BYTES = 300_000_000


@pytest.fixture(scope="module", autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("privadas")))
        yield
    close_all()


def peak_bytes(path: Path) -> tuple[int, float]:
    """Lo más que ocupa quien corrige desde que lee ``path`` hasta que sabe los puntos, y estos."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # lo que dejó la prueba anterior no es de esta
    points = 0.0
    with bench.MemoryWatch() as memory, suppress(UnreadableError):
        points = bench.points(bench.engine(submitted_answers(path), LIMITS))
    return memory.peak, points


@pytest.fixture(scope="module")
def honest_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("honrada") / "entrega.ipynb"
    nbformat.write(honest(), path)
    return path


@pytest.fixture(scope="module")
def idle_bytes(honest_path: Path) -> int:
    """La memoria con una entrega honrada, con el templado ya listo."""
    peak_bytes(honest_path)
    peak, points = peak_bytes(honest_path)
    assert points == FULL
    return peak


@pytest.mark.parametrize("attack", HEAVY, ids=lambda attack: attack.number)
def test_memory(attack: Attack, idle_bytes: int, tmp_path: Path) -> None:
    path = tmp_path / "entrega.ipynb"
    path.write_text(aimed(attack.build(released()), tmp_path), encoding="utf-8", errors="replace")
    peak, points = peak_bytes(path)
    assert points <= attack.honest
    assert peak - idle_bytes < MEMORY_BYTES


def test_the_next_one_gets_full_marks(idle_bytes: int, honest_path: Path) -> None:
    peak, points = peak_bytes(honest_path)
    assert points == FULL and peak - idle_bytes < MEMORY_BYTES / 2  # el recolector no lo devuelve todo
