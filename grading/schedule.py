"""Quién ejecuta las correcciones: los núcleos de esta máquina o un clúster de Dask.

Corregir es una función de textos a un resultado pequeño; aquí solo se reparte, igual en los dos casos. El
único que escribe es quien recorre los resultados.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from grading.engine.grade import NotebookGrade
from grading.engine.settings import workers_from_environment
from grading.engine.supervisor import ForkServer
from grading.errors import CourseError
from grading.lane import open_lane
from grading.records import Unit
from grading.worker import Work, grade

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
    """Un carril: quien ejecuta tareas.

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

    def replace(self, broken: Executor) -> None:
        """Abre otro ejecutor, si el que murió es el de ahora."""
        if self.executor is broken:
            self.executor = self._open()


class _State(Enum):
    COLD, WARMING, WARM = "sin templar", "templándose", "templado"


@dataclass(eq=False)
class _Group:
    """Las tareas de un cuaderno, y si ya hay un proceso templado para él."""

    tasks: Iterator[Task]
    state: _State = _State.COLD


class _Groups:
    """Los grupos de tareas, uno por cuaderno, de los que toman todos los carriles.

    Primero, lo que ya está templado: así nadie espera. Mientras un cuaderno se templa, otro carril empieza
    otro, y no el siguiente sino el último, que es el más ligero: el primero es el que más tarda.
    """

    def __init__(self, groups: Iterable[Iterable[Task]]) -> None:
        self._groups = [_Group(iter(group)) for group in groups]
        self._running: dict[Unit, _Group] = {}

    def next_task(self) -> Task | None:
        """La tarea que toca; ``None`` si no queda ninguna."""
        while group := self._choose():
            if task := next(group.tasks, None):
                if group.state is _State.COLD:
                    group.state = _State.WARMING
                self._running[task.unit] = group
                return task
            self._groups.remove(group)
        return None

    def _choose(self) -> _Group | None:
        warm, warming, cold = (
            [group for group in self._groups if group.state is state]
            for state in (_State.WARM, _State.WARMING, _State.COLD)
        )
        if warm or not cold:
            return next(iter(warm or warming), None)
        return cold[-1] if warming else cold[0]

    def finished(self, task: Task) -> None:
        """Apunta que acabó una tarea: el cuaderno ya está templado."""
        self._running.pop(task.unit).state = _State.WARM

    def put_back(self, task: Task) -> None:
        """Devuelve una tarea que se perdió."""
        self._groups.insert(0, _Group(iter([task]), _State.WARM))


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
        while (lane := _freest(lanes, running.values())) and (task := waiting.next_task()):
            running[_submit(lane, task)] = lane, lane.executor, task
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            lane, executor, task = running.pop(future)
            waiting.finished(task)
            outcome = _outcome(future)
            if isinstance(outcome, BrokenExecutor):
                lane.replace(executor)
            yield task, outcome


def _freest(lanes: Iterable[_Lane], running: Iterable[tuple[_Lane, Executor, Task]]) -> _Lane | None:
    """El carril con menos tareas en vuelo; ``None`` si no cabe ninguna más."""
    busy = Counter(lane for lane, _, _ in running)
    lane = min(lanes, key=lambda lane: busy[lane] / lane.window)
    return lane if busy[lane] < lane.window else None


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
    """Un carril de un solo proceso por núcleo, que si muere solo se lleva lo suyo; todos, con un servidor."""
    opened: list[Executor] = []
    with ForkServer() as server:

        def open_executor() -> Executor:
            opened.append(open_lane(server.address))
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
    # Si se pierde el planificador, lo decimos nosotros: su registro lo contaría con una traza.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"No se llega al planificador de Dask en {scheduler}: comprueba la dirección y que esté en "
            "marcha."
        ) from error
