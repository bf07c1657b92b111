"""Quién ejecuta las correcciones: los núcleos de esta máquina o un clúster de Dask.

Corregir es una función de textos a un resultado pequeño; aquí solo se reparte, igual en los dos casos. El
único que escribe es quien recorre los resultados.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
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
from typing import Any

from grading.engine.grade import NotebookGrade
from grading.engine.settings import workers_from_environment
from grading.errors import CourseError
from grading.records import Unit
from grading.worker import Work, follow_coordinator, grade

MAX_LOSSES = 3
# Tareas en vuelo: bastantes para que nadie espere, y pocas para no tener toda la clase en memoria.
PER_CORE = 2
ON_CLUSTER = 500


@dataclass(frozen=True)
class Task:
    """Una unidad con lo que hace falta para corregirla."""

    unit: Unit
    work: Work


Outcome = NotebookGrade | Exception


class _Lane:
    """Un carril: quien ejecuta tareas, y de qué grupo las toma.

    Parameters
    ----------
    open_executor
        Abre el ejecutor; si muere, otro.
    window
        Cuántas tareas puede tener en vuelo.
    """

    def __init__(self, open_executor: Callable[[], Executor], window: int) -> None:
        self._open, self.window = open_executor, window
        self.executor = open_executor()
        self.group: Iterator[Task] = iter(())

    def replace(self, broken: Executor) -> None:
        """Abre otro ejecutor, si el que murió es el de ahora."""
        if self.executor is broken:
            self.executor = self._open()


class _Groups:
    """Los grupos de tareas, uno por cuaderno: cada carril sigue con el suyo mientras le quede algo.

    Un carril guarda templado el último cuaderno que corrigió: cambiar le cuesta. Cuando no queda ninguno por
    empezar, ayuda con uno empezado.
    """

    def __init__(self, groups: Iterable[Iterable[Task]]) -> None:
        self._new = deque(iter(group) for group in groups)
        self._started: list[Iterator[Task]] = []

    def next_for(self, lane: _Lane) -> Task | None:
        """La tarea que le toca a ``lane``; ``None`` si no queda ninguna."""
        while (task := next(lane.group, None)) is None:
            if lane.group in self._started:
                self._started.remove(lane.group)
            if self._new:
                self._started.append(self._new.popleft())
            if not self._started:
                return None
            lane.group = self._started[-1]
        return task

    def put_back(self, task: Task) -> None:
        """Devuelve una tarea que se perdió."""
        self._new.append(iter([task]))


def run(groups: Iterable[Iterable[Task]], scheduler: str = "") -> Generator[tuple[Task, Outcome], None, None]:
    """Corrige las tareas de ``groups`` y da cada resultado, o el error, según llega.

    Las tareas se piden según hacen falta. Lo que tenía entre manos un trabajador que muere se repite; lo que
    los mata una y otra vez se intenta a solas, para que no arrastre a las demás.

    Parameters
    ----------
    groups
        Las tareas de cada cuaderno.
    scheduler
        Dirección de un planificador de Dask (``tcp://…``); vacía, esta máquina.

    Raises
    ------
    CourseError
        Si no se llega al planificador, o se pierde.
    """
    waiting, losses = _Groups(groups), Counter[Unit]()
    with _cluster(scheduler) if scheduler else _cores(workers_from_environment()) as lanes:
        for task, outcome in _outcomes(lanes, waiting):
            if not isinstance(outcome, BrokenExecutor):
                yield task, outcome
                continue
            losses[task.unit] += 1
            if losses[task.unit] < MAX_LOSSES:
                waiting.put_back(task)
            else:
                yield task, _grade_alone(task)


def _outcomes(lanes: list[_Lane], waiting: _Groups) -> Iterator[tuple[Task, Outcome]]:
    """Los resultados según llegan; el de una tarea que se pierde con su trabajador es ``BrokenExecutor``."""
    running: dict[Future[NotebookGrade], tuple[_Lane, Executor, Task]] = {}
    while True:
        for lane in lanes:
            free = lane.window - sum(one is lane for one, _, _ in running.values())
            while free and (task := waiting.next_for(lane)):
                running[_submit(lane, task)] = lane, lane.executor, task
                free -= 1
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            lane, executor, task = running.pop(future)
            outcome = _outcome(future)
            if isinstance(outcome, BrokenExecutor):
                lane.replace(executor)
            yield task, outcome


def _submit(lane: _Lane, task: Task) -> Future[NotebookGrade]:
    try:
        return lane.executor.submit(grade, task.work)
    except BrokenExecutor:  # murió sin nada entre manos
        lane.replace(lane.executor)
        return lane.executor.submit(grade, task.work)


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
    with _cores(1) as lanes:
        outcome = next(_outcomes(lanes, _Groups([[task]])))[1]
    if isinstance(outcome, BrokenExecutor):
        return CourseError(f"el proceso que corregía se cerró {MAX_LOSSES + 1} veces")
    return outcome


@contextmanager
def _cores(count: int) -> Iterator[list[_Lane]]:
    """Un carril de un solo proceso por núcleo: si muere, solo se lleva lo suyo."""
    opened: list[Executor] = []

    def open_executor() -> Executor:
        context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
        opened.append(ProcessPoolExecutor(1, mp_context=context, initializer=follow_coordinator))
        return opened[-1]

    try:
        yield [_Lane(open_executor, PER_CORE) for _ in range(count)]
    except BaseException:  # nadie va a recoger lo que falta: que no se termine
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        for executor in opened:
            executor.shutdown(cancel_futures=True)


@contextmanager
def _cluster(scheduler: str) -> Iterator[list[_Lane]]:
    with _connect(scheduler) as client:
        yield [_Lane(lambda: client.get_executor(pure=False), ON_CLUSTER)]


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
