"""La corrección de la clase con nbgrader: una entrega rota no detiene a las demás."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from grading.course import ASSIGNMENT, Course
from grading.preprocessors.execute import KERNEL_DIED
from grading.submissions import (
    Record,
    Submission,
    find_submissions,
    fingerprint,
    read_record,
    unreadable_reason,
    write_record,
)


def pending_submissions(course: Course) -> list[Submission]:
    """Las entregas nuevas o cambiadas desde la última corrección."""
    graded = _graded_students(course)
    return [
        submission
        for submission in find_submissions(course)
        if submission.student not in graded
        or (record := read_record(submission.student, course)) is None
        or record.fingerprint != fingerprint(submission, course)
    ]


def autograde(
    course: Course, submissions: Sequence[Submission], on_done: Callable[[Submission, Record], None]
) -> None:
    """Corrige ``submissions``, una por núcleo a la vez, y avisa a ``on_done`` después de cada una."""
    if not submissions:
        return
    workers = min(len(submissions), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
    with ProcessPoolExecutor(workers, mp_context=context, initializer=silence_nbgrader) as pool:
        # La huella se toma antes: si la entrega cambia mientras se corrige, se volverá a corregir.
        futures = {
            pool.submit(_grade_one, submission, course): (submission, fingerprint(submission, course))
            for submission in submissions
        }
        for future in as_completed(futures):
            submission, before = futures[future]
            record = _record_of(future, before)
            write_record(submission.student, record, course)
            on_done(submission, record)


def _record_of(future: Future[dict[str, str]], before: str) -> Record:
    try:
        return Record(before, future.result())
    except Exception as error:  # lo que le pase a una entrega no detiene a las demás
        # Sin huella: la próxima vez se vuelve a intentar.
        return Record("", {"entrega": f"no se pudo corregir ({type(error).__name__}: {error})"})


def _grade_one(submission: Submission, course: Course) -> dict[str, str]:
    """Corrige cada cuaderno por su lado; devuelve los problemas, por cuaderno."""
    shutil.rmtree(course.autograded / submission.student / ASSIGNMENT, ignore_errors=True)
    problems = {}
    for path in course.notebooks:
        notebook = submission.notebook(path.stem)
        if not notebook.exists():
            continue
        reason = unreadable_reason(notebook)
        problem = reason or _run_nbgrader(submission.student, path.stem, course)
        if problem:
            problems[path.stem] = problem
    _zero_missing(submission, [*problems], course)
    return problems


def _run_nbgrader(student: str, notebook: str, course: Course) -> str | None:
    # Cuaderno a cuaderno: nbgrader descarta la entrega entera en cuanto uno falla.
    result = course.api(notebook_id=notebook).autograde(ASSIGNMENT, student)
    log = result.get("log", "")
    if result["success"]:
        return "Python se cerró a mitad: cuentan las pruebas anteriores" if KERNEL_DIED in log else None
    return f"nbgrader no pudo corregirlo ({_last_error(log)})"


def _last_error(log: str) -> str:
    errors = re.findall(r"^\s*(\w[\w.]*(?:Error|Exception)\b[^\n]*)", log, flags=re.MULTILINE)
    return errors[-1][:120] if errors else "sin detalle"


def _zero_missing(submission: Submission, failed: list[str], course: Course) -> None:
    """Pone 0 a las pruebas de los cuadernos que faltan o no se pudieron corregir."""
    with Gradebook(course.database) as gradebook:
        gradebook.update_or_create_student(submission.student)
        gradebook.update_or_create_submission(ASSIGNMENT, submission.student)
        entry = gradebook.find_submission(ASSIGNMENT, submission.student)
        for notebook in entry.notebooks:
            ungraded = notebook.name in failed and not _was_graded(submission.student, notebook.name, course)
            if ungraded or not submission.notebook(notebook.name).exists():
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()


def _was_graded(student: str, notebook: str, course: Course) -> bool:
    return (course.autograded / student / ASSIGNMENT / f"{notebook}.ipynb").exists()


def _graded_students(course: Course) -> set[str]:
    with Gradebook(course.database) as gradebook:
        return {submission.student_id for submission in gradebook.assignment_submissions(ASSIGNMENT)}


def silence_nbgrader() -> None:
    """Quita de la pantalla los mensajes de nbgrader: lo que importa llega en el resumen."""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
