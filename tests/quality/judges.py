"""Quién juzga las respuestas: el motor del curso, o sus pruebas sin juez aparte, en un mismo proceso."""

from __future__ import annotations

import contextlib
import functools
import io
import multiprocessing
import os
import runpy
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import matplotlib as mpl
import nbformat

from codigo.fresh import SEED_VARIABLE
from grading.engine.environment import GRADING_VARIABLES
from grading.engine.grade import NotebookGrade, grade_notebook
from grading.engine.rebuild import grade_id
from grading.engine.sandbox import Limits
from grading.engine.supervisor import ForkServer
from grading.lane import start_worker
from tests.notebooks.inprocess import run_tests
from tests.quality.answers import STUB, Answer, Exercise

# Holgados: en una máquina ocupada, un límite de reloj no debe cambiar ningún veredicto.
LIMITS = Limits(cell_seconds=300, notebook_seconds=600)
AHEAD = 8  # respuestas encargadas a la vez
Messages = Mapping[str, str | None]
T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """Lo que un juez dijo de una respuesta.

    Attributes
    ----------
    answer
        La respuesta.
    seed
        La semilla de las entradas al azar.
    messages
        Por cada prueba del ejercicio, en orden, el mensaje con que suspendió; ``None`` si se cumplió.
    problem
        Por qué no se pudo juzgar; vacío si se pudo.
    cpu
        Segundos de procesador que gastó la respuesta, si el juez los mide.
    """

    answer: Answer
    seed: int
    messages: Messages = field(hash=False)
    problem: str = ""
    cpu: float = 0.0

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(name for name, message in self.messages.items() if message is not None)

    @property
    def accepted(self) -> bool:
        """Si gana todos los puntos; solo tiene sentido si se pudo juzgar."""
        return not self.failed

    @property
    def first_message(self) -> str:
        return next((message for message in self.messages.values() if message is not None), "")


Task = tuple[Exercise, Answer, int]
Judge = Callable[[Iterable[Task]], Iterator[Verdict]]


def engine(tasks: Iterable[Task]) -> Iterator[Verdict]:
    """Los veredictos del motor del curso, en orden; cada cuaderno se templa una sola vez."""
    with ForkServer() as server, _processes(start_worker, server.address) as pool:

        def submit(exercise: Exercise, answer: Answer, seed: int) -> Future[NotebookGrade]:
            source = nbformat.writes(exercise.notebook)
            return pool.submit(grade_notebook, source, submission(exercise, answer), LIMITS, True, seed)

        yield from in_flight(tasks, submit, _verdict_of)


def process(tasks: Iterable[Task]) -> Iterator[Verdict]:
    """Los veredictos de las mismas pruebas sin juez aparte, en orden: todo en un proceso, sin encierro."""
    # Con más de un hilo, PyTorch no se puede bifurcar; y ha de saberlo antes de importarse.
    os.environ["OMP_NUM_THREADS"] = GRADING_VARIABLES["OMP_NUM_THREADS"]
    # Para que cada proceso encuentre los módulos de «tests» como los encuentra este.
    with _processes(runpy.run_path, str(Path(__file__).with_name("__main__.py"))) as pool:

        def submit(exercise: Exercise, answer: Answer, seed: int) -> Future[Messages]:
            return pool.submit(run_plainly, exercise.path, exercise.cells_with(answer), seed)

        yield from in_flight(tasks, submit, _verdict_among)


def counted(verdicts: Iterable[Verdict], advance: Callable[[], None]) -> Iterator[Verdict]:
    """Los mismos veredictos; tras cada uno, la barra avanza."""
    for verdict in verdicts:
        yield verdict
        advance()


def _processes(prepare: Callable[..., object], *arguments: object) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # un proceso limpio por núcleo: aquí puede haber hilos
    return ProcessPoolExecutor(os.cpu_count(), context, initializer=prepare, initargs=arguments)


def in_flight(
    tasks: Iterable[Task], submit: Callable[..., Future[T]], read: Callable[[Task, T], Verdict]
) -> Iterator[Verdict]:
    """Encarga cada tarea y da sus veredictos, en orden, con unas pocas encargadas por delante."""
    waiting = deque[tuple[Task, Future[T]]]()
    for task in tasks:
        waiting.append((task, submit(*task)))
        if len(waiting) == AHEAD:
            yield _verdict(*waiting.popleft(), read)
    yield from (_verdict(*one, read) for one in waiting)


def _verdict(task: Task, future: Future[T], read: Callable[[Task, T], Verdict]) -> Verdict:
    if error := future.exception():
        return Verdict(task[1], task[2], {}, f"{type(error).__name__}: {error}")
    return read(task, future.result())


def submission(exercise: Exercise, answer: Answer) -> str:
    """La entrega con esta respuesta."""
    notebook, cells = deepcopy(exercise.notebook), exercise.cells_with(answer)
    for cell in notebook.cells:
        cell.source = cells.get(grade_id(cell), cell.source)
    return str(nbformat.writes(notebook))


def _verdict_of(task: Task, grade: NotebookGrade) -> Verdict:
    exercise, answer, seed = task
    messages = error_messages(exercise, grade.notebook, grade.scores)
    return Verdict(answer, seed, messages, cpu=grade.spent.student_cpu)


def error_messages(exercise: Exercise, graded: str, scores: Mapping[str, float]) -> Messages:
    """Lo que dice un cuaderno corregido de las pruebas que no ganan puntos."""
    cells = {grade_id(cell): cell for cell in nbformat.reads(graded, as_version=4).cells}
    return {name: None if scores[name] else _error(cells[name]) for name in exercise.tests}


def _error(cell: nbformat.NotebookNode) -> str:
    errors = (out for out in cell.outputs if out.output_type == "error")
    return next((f"{out.ename}: {out.evalue}" for out in errors), "sin puntos")


def run_plainly(path: Path, cells: dict[str, str], seed: int) -> Messages:
    """Lo que dicen las pruebas de un cuaderno con esas respuestas, sin juez aparte.

    Corre en un proceso que se bifurca de este: lo que la respuesta estropee no llega a la siguiente.
    """
    _warm_up(path, tuple(cells))
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        return pool.submit(_run_here, path, cells, seed).result()


@functools.cache
def _warm_up(path: Path, cells: tuple[str, ...]) -> None:
    """Deja ejecutado en este proceso lo que va antes del ejercicio."""
    mpl.use("Agg")
    os.environ.update(GRADING_VARIABLES)
    _run_here(path, dict.fromkeys(cells, STUB), 0)


def _run_here(path: Path, cells: dict[str, str], seed: int) -> Messages:
    os.environ[SEED_VARIABLE] = str(seed)
    silence = io.StringIO()
    with _alarm(LIMITS.notebook_seconds), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hay respuestas que avisan a propósito
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            return run_tests(path, cells)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Interrumpe lo que pase de ``seconds``."""
    previous = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(seconds))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def _too_long(*_: object) -> None:
    raise TimeoutError("el cuaderno pasó de su tiempo")


def _verdict_among(task: Task, messages: Messages) -> Verdict:
    exercise, answer, seed = task
    return Verdict(answer, seed, {name: messages[name] for name in exercise.tests})
