"""Quién juzga las respuestas: el motor del curso, o nbgrader a secas en un proceso."""

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
from grading.lane import follow_coordinator
from tests.notebooks.inprocess import run_tests
from tests.quality.answers import STUB, Answer, Exercise
from tests.quality.corpus import TRAINING

# Un bucle sin fin no debe costar medio minuto; lo que entrena, en una máquina ocupada, puede necesitar más.
LIMITS, LIMITS_TO_TRAIN = Limits(cell_seconds=15, notebook_seconds=60), Limits(cell_seconds=60)
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
    """

    answer: Answer
    seed: int
    messages: Messages = field(hash=False)
    problem: str = ""

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


Pair = tuple[Exercise, Answer]
Judge = Callable[[Iterable[Pair], int], Iterator[Verdict]]


def course(pairs: Iterable[Pair], seed: int) -> Iterator[Verdict]:
    """Los veredictos del motor del curso, en orden; cada proceso guarda templado su último cuaderno."""
    with _processes(follow_coordinator) as pool:

        def submit(exercise: Exercise, answer: Answer) -> Future[NotebookGrade]:
            source, limits = nbformat.writes(exercise.notebook), _limits(exercise)
            return pool.submit(grade_notebook, source, submission(exercise, answer), limits, True, seed)

        yield from _verdicts(_in_flight(pairs, submit), seed, _messages_of)


def plain(pairs: Iterable[Pair], seed: int) -> Iterator[Verdict]:
    """Los veredictos de nbgrader a secas, en orden: todo en un mismo proceso, sin encierro."""
    # Para que cada proceso encuentre los módulos de «tests» como los encuentra este.
    with _processes(runpy.run_path, str(Path(__file__).with_name("__main__.py"))) as pool:

        def submit(exercise: Exercise, answer: Answer) -> Future[Messages]:
            seconds = _limits(exercise).notebook_seconds
            return pool.submit(run_plainly, exercise.path, exercise.cells_with(answer), seed, seconds)

        yield from _verdicts(_in_flight(pairs, submit), seed, _messages_among)


def _limits(exercise: Exercise) -> Limits:
    return LIMITS_TO_TRAIN if exercise.name in TRAINING else LIMITS


def _processes(prepare: Callable[..., object], *arguments: object) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")  # un proceso limpio por núcleo: aquí puede haber hilos
    return ProcessPoolExecutor(os.cpu_count(), context, initializer=prepare, initargs=arguments)


def _in_flight(
    pairs: Iterable[Pair], submit: Callable[..., Future[T]]
) -> Iterator[tuple[Exercise, Answer, Future[T]]]:
    """Encarga cada respuesta y da las que acaban, en orden, con unas pocas encargadas por delante."""
    waiting = deque[tuple[Exercise, Answer, Future[T]]]()
    for exercise, answer in pairs:
        waiting.append((exercise, answer, submit(exercise, answer)))
        if len(waiting) == AHEAD:
            yield waiting.popleft()
    yield from waiting


def _verdicts(
    judged: Iterable[tuple[Exercise, Answer, Future[T]]], seed: int, read: Callable[[Exercise, T], Messages]
) -> Iterator[Verdict]:
    for exercise, answer, future in judged:
        if error := future.exception():
            yield Verdict(answer, seed, {}, f"{type(error).__name__}: {error}")
        else:
            yield Verdict(answer, seed, read(exercise, future.result()))


def submission(exercise: Exercise, answer: Answer) -> str:
    """La entrega con esta respuesta."""
    notebook, cells = deepcopy(exercise.notebook), exercise.cells_with(answer)
    for cell in notebook.cells:
        cell.source = cells.get(grade_id(cell), cell.source)
    return str(nbformat.writes(notebook))


def _messages_of(exercise: Exercise, grade: NotebookGrade) -> Messages:
    cells = {grade_id(cell): cell for cell in nbformat.reads(grade.notebook, as_version=4).cells}
    return {name: None if grade.scores[name] else _error(cells[name]) for name in exercise.tests}


def _error(cell: nbformat.NotebookNode) -> str:
    errors = (out for out in cell.outputs if out.output_type == "error")
    return next((f"{out.ename}: {out.evalue}" for out in errors), "sin puntos")


def run_plainly(path: Path, cells: dict[str, str], seed: int, seconds: float) -> Messages:
    """Lo que dicen las pruebas de un cuaderno con esas respuestas, sin juez aparte.

    Corre en un proceso que se bifurca de este: lo que la respuesta estropee no llega a la siguiente.
    """
    _warm_up(path, tuple(cells))
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        return pool.submit(_run_here, path, cells, seed, seconds).result()


@functools.cache
def _warm_up(path: Path, cells: tuple[str, ...]) -> None:
    """Deja ejecutado en este proceso lo que va antes del ejercicio."""
    mpl.use("Agg")
    os.environ.update(GRADING_VARIABLES)
    _run_here(path, dict.fromkeys(cells, STUB), 0, LIMITS_TO_TRAIN.notebook_seconds)


def _run_here(path: Path, cells: dict[str, str], seed: int, seconds: float) -> Messages:
    os.environ[SEED_VARIABLE] = str(seed)
    silence = io.StringIO()
    with _alarm(seconds), warnings.catch_warnings():
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


def _messages_among(exercise: Exercise, messages: Messages) -> Messages:
    return {name: messages[name] for name in exercise.tests}
