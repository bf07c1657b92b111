"""Quién ejecuta las correcciones: los núcleos de esta máquina o un clúster de Dask.

Corregir es una función de textos a un resultado pequeño; aquí solo se reparte. El único que escribe es quien
recorre los resultados.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from grading.engine.grade import NotebookGrade, grade_notebook
from grading.engine.sandbox import Limits
from grading.errors import CourseError
from grading.records import Unit

MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Task:
    """Una unidad con los textos que hacen falta para corregirla."""

    unit: Unit
    source: str
    submitted: str
    limits: Limits
    isolate: bool

    def arguments(self) -> tuple[str, str, Limits, bool]:
        """Los de :func:`grading.engine.grade.grade_notebook`."""
        return self.source, self.submitted, self.limits, self.isolate


Outcome = NotebookGrade | Exception


def run(tasks: Sequence[Task], scheduler: str = "") -> Iterator[tuple[Task, Outcome]]:
    """Corrige ``tasks`` y da cada resultado, o el error, según llega.

    Parameters
    ----------
    tasks
        Las tareas, agrupadas por cuaderno.
    scheduler
        Dirección de un planificador de Dask (``tcp://…``); vacía, esta máquina.

    Raises
    ------
    CourseError
        Si no se llega al planificador.
    """
    return _run_on_cluster(tasks, scheduler) if scheduler else _run_here(tasks)


def _run_here(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
    remaining = list(tasks)
    for _ in range(MAX_ATTEMPTS if remaining else 0):
        finished: set[int] = set()
        try:
            for task, outcome in _run_in_pool(remaining):
                finished.add(id(task))
                yield task, outcome
        except BrokenProcessPool:  # alguien mató a un trabajador: lo que faltaba se reparte otra vez
            pass
        remaining = [task for task in remaining if id(task) not in finished]
        if not remaining:
            return
    for task in remaining:
        yield task, CourseError(f"el proceso que corregía se cerró {MAX_ATTEMPTS} veces")


def _run_in_pool(tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
    workers = min(len(tasks), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = {pool.submit(grade_notebook, *task.arguments()): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                raise error
            yield futures[future], future.result() if error is None else _as_exception(error)


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


def _run_on_cluster(tasks: Sequence[Task], scheduler: str) -> Iterator[tuple[Task, Outcome]]:
    with _connect(scheduler) as client:
        futures = {
            client.submit(grade_notebook, *task.arguments(), pure=False, retries=MAX_ATTEMPTS): task
            for task in tasks
        }
        for future in _completed(futures):
            error = future.exception()
            yield futures[future], future.result() if error is None else _as_exception(error)
            future.release()


def _connect(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise CourseError(
            "SCHEDULER necesita el paquete «distributed» de Dask. Instálalo con: "
            ".venv/bin/pip install -r requirements-cluster.txt"
        ) from error
    try:
        return Client(scheduler, timeout=10)
    except OSError as error:
        raise CourseError(
            f"No se llega al planificador de Dask en {scheduler}: comprueba la dirección y que esté en "
            "marcha."
        ) from error


def _completed(futures: Any) -> Iterator[Any]:
    from distributed import as_completed as completed

    return iter(completed(list(futures)))
