"""Quién ejecuta las correcciones: los núcleos de esta máquina o un clúster de Dask.

Corregir es una función de textos a un resultado pequeño; aquí solo se reparte, igual en los dos casos. El
único que escribe es quien recorre los resultados.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from grading.engine.grade import NotebookGrade
from grading.errors import CourseError
from grading.records import Unit
from grading.worker import Work, follow_coordinator, grade

MAX_LOSSES = 3
# Tareas en vuelo: bastantes para que nadie espere, y pocas para no tener toda la clase en memoria.
PER_CORE = 4
ON_CLUSTER = 500


@dataclass(frozen=True)
class Task:
    """Una unidad con lo que hace falta para corregirla."""

    unit: Unit
    work: Work


Outcome = NotebookGrade | Exception


def run(tasks: Iterable[Task], scheduler: str = "") -> Generator[tuple[Task, Outcome], None, None]:
    """Corrige ``tasks`` y da cada resultado, o el error, según llega.

    Las tareas se piden según hacen falta. Lo que tenía entre manos un trabajador que muere se repite; lo que
    los mata una y otra vez se intenta a solas, para que no arrastre a las demás.

    Parameters
    ----------
    tasks
        Las tareas, agrupadas por cuaderno.
    scheduler
        Dirección de un planificador de Dask (``tcp://…``); vacía, esta máquina.

    Raises
    ------
    CourseError
        Si no se llega al planificador, o se pierde.
    """
    waiting, losses = iter(tasks), Counter[Unit]()
    while True:
        lost: list[Task] = []
        with _cluster(scheduler) if scheduler else _cores(os.cpu_count() or 1) as (executor, window):
            yield from _outcomes(executor, window, waiting, lost)
        if not lost:
            return
        losses.update(task.unit for task in lost)
        for task in lost:
            if losses[task.unit] >= MAX_LOSSES:
                yield task, _grade_alone(task)
        waiting = chain([task for task in lost if losses[task.unit] < MAX_LOSSES], waiting)


def _outcomes(
    executor: Executor, window: int, waiting: Iterator[Task], lost: list[Task]
) -> Iterator[tuple[Task, Outcome]]:
    """Los resultados; las tareas que se pierden con un trabajador quedan en ``lost``."""
    running: dict[Future[NotebookGrade], Task] = {}
    while True:
        while not lost and len(running) < window and (task := next(waiting, None)):
            try:
                running[executor.submit(grade, task.work)] = task
            except BrokenExecutor:
                lost.append(task)
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            task = running.pop(future)
            outcome = _outcome(future)
            if isinstance(outcome, BrokenExecutor):
                lost.append(task)
            else:
                yield task, outcome


def _outcome(future: Future[NotebookGrade]) -> Outcome:
    try:
        return future.result()
    except CancelledError as error:
        raise CourseError(
            "Se perdió la conexión con el planificador de Dask. Lo corregido está guardado: ponlo en marcha "
            "y repite la orden."
        ) from error
    except Exception as error:
        return error


def _grade_alone(task: Task) -> Outcome:
    with _cores(1) as (executor, window):
        for _, outcome in _outcomes(executor, window, iter([task]), []):
            return outcome
    return CourseError(f"el proceso que corregía se cerró {MAX_LOSSES + 1} veces")


@contextmanager
def _cores(count: int) -> Iterator[tuple[Executor, int]]:
    context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=follow_coordinator)
    try:
        yield pool, PER_CORE * count
    except BaseException:  # nadie va a recoger lo que falta: que no se termine
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    with _connect(scheduler) as client:
        yield client.get_executor(pure=False), ON_CLUSTER


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
    except (OSError, ValueError) as error:
        raise CourseError(
            f"No se llega al planificador de Dask en {scheduler}: comprueba la dirección y que esté en "
            "marcha."
        ) from error
