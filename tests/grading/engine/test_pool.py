"""Qué pasa cuando muere el juez o el proceso templado: se repite, y nunca es un 0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.engine.job import CellTask, Job, Shared
from grading.engine.pool import MAX_ATTEMPTS, EngineError, close_all, run_job
from grading.engine.sandbox import Limits

pytestmark = pytest.mark.slow
SHARED = Shared(("y = 2",), isolate=True)
ONCE = """
import os, pathlib, signal
deaths = pathlib.Path({folder!r})
if len(list(deaths.iterdir())) < {times}:
    (deaths / str(os.getpid())).touch()
    os.kill({victim}, signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Las carpetas de los procesos van aquí, y al final no queda ninguna."""
    private = tmp_path / "carpetas"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    yield
    close_all()
    assert list(private.iterdir()) == []


def dying(folder: Path, victim: str, times: int) -> Job:
    """Un encargo cuya prueba, que corre en el juez, mata a ``victim`` las primeras ``times`` veces."""
    folder.mkdir()
    test = ONCE.format(folder=str(folder), victim=victim, times=times)
    cells = (CellTask(0, "student", "x = 3"), CellTask(1, "test", test, "test_ej1_valor"))
    return Job(cells, frozenset({"x"}), Limits())


@pytest.mark.parametrize("victim", ["os.getpid()", "os.getppid()"], ids=["juez", "templado"])
def test_a_death_is_not_a_zero(victim: str, tmp_path: Path) -> None:
    job = dying(tmp_path / "muertes", victim, MAX_ATTEMPTS - 1)
    results = run_job(SHARED, job).results
    assert [result.passed for result in results] == [False, True]


def test_many_deaths_are_a_problem_of_the_engine(tmp_path: Path) -> None:
    job = dying(tmp_path / "muertes", "os.getpid()", MAX_ATTEMPTS)
    with pytest.raises(EngineError, match=f"murió {MAX_ATTEMPTS} veces"):
        run_job(SHARED, job)


def test_a_broken_source_is_said_at_once() -> None:
    with pytest.raises(EngineError, match="celdas comunes: ZeroDivisionError"):
        run_job(Shared(("1 / 0",), True), Job((), frozenset(), Limits()))


def test_a_judge_that_never_ends_costs_only_that_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Una prueba puede quedar dando vueltas por un valor del estudiante: lo anterior vale."""
    monkeypatch.setattr("grading.engine.pool.JUDGE_SECONDS", 0.5)
    cells = (
        CellTask(0, "student", "x = 10**15"),
        CellTask(1, "test", "assert x", "test_ej1_valor"),
        CellTask(2, "test", "sum(range(x))", "test_ej1_sin_fin"),
    )
    results = run_job(SHARED, Job(cells, frozenset({"x"}), Limits())).results
    assert [(result.index, result.passed) for result in results] == [(0, False), (1, True)]
