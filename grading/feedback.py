"""Las páginas de devolución: una por cuaderno corregido."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from grading.console import silence_nbgrader
from grading.course import ASSIGNMENT, Course
from grading.engine.settings import workers_from_environment
from grading.errors import CourseError
from grading.lane import follow_coordinator
from grading.submissions import Submission


@dataclass(frozen=True)
class Feedback:
    """La devolución de un estudiante: sus páginas, o por qué no se pudo hacer."""

    student: str
    pages: tuple[Path, ...] = ()
    problem: str = ""


def make_all_feedback(course: Course, submissions: Sequence[Submission]) -> Iterator[Feedback]:
    """Hace la devolución de todos, a la vez, y da cada una según acaba; un fallo no detiene las demás."""
    context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
    count = min(workers_from_environment(), max(1, len(submissions)))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_prepare_worker) as pool:
        waiting = {pool.submit(make_feedback, course, one): one.student for one in submissions}
        for future in as_completed(waiting):
            yield _feedback(waiting[future], future)


def _prepare_worker() -> None:
    follow_coordinator()
    silence_nbgrader()


def _feedback(student: str, future: Future[list[Path]]) -> Feedback:
    try:
        return Feedback(student, tuple(future.result()))
    except Exception as error:
        return Feedback(student, problem=f"{error}" or type(error).__name__)


def make_feedback(course: Course, submission: Submission) -> list[Path]:
    """Escribe ``feedback/STUDENT/lab11/*.html`` y devuelve las páginas.

    Raises
    ------
    CourseError
        Si nbgrader no puede escribirlas.
    """
    if not any((course.autograded / submission.student / ASSIGNMENT).glob("*.ipynb")):
        return []
    result = course.api().generate_feedback(ASSIGNMENT, submission.student)
    if not result["success"]:
        raise CourseError(f"No se pudo hacer la devolución de {submission.student}:\n{result['log']}")
    return sorted((course.feedback / submission.student / ASSIGNMENT).glob("*.html"))
