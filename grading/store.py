"""Lo único que escribe en el libro de notas de nbgrader, y en ``autograded/``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry, SubmittedNotebook
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from grading.course import ASSIGNMENT, Course
from grading.errors import MAKE_ROOM, CourseError, is_full_disk
from grading.records import Unit, write_whole

NO_ANSWER = "No response."  # el texto que pone nbgrader


class GradeStore:
    """El libro de notas abierto; :func:`open_store` lo da.

    Parameters
    ----------
    course
        El curso.
    gradebook
        Su libro de notas.
    """

    def __init__(self, course: Course, gradebook: Gradebook) -> None:
        self.course, self.gradebook = course, gradebook

    def known_students(self) -> set[str]:
        """Los estudiantes que ya tienen notas."""
        return {entry.student_id for entry in self.gradebook.assignment_submissions(ASSIGNMENT)}

    def save(self, unit: Unit, notebook: str) -> None:
        """Guarda las notas de un cuaderno corregido; las puestas a mano no se tocan."""
        entry = self._entry(unit)
        graded = nbformat.reads(notebook, as_version=4)
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in graded.cells}
        checksums = {cell.name: cell.checksum for cell in entry.notebook.source_cells}
        for grade in entry.grades:
            cell = _with_checksum(cells[grade.name], checksums)
            score = determine_grade(cell)[0] if is_grade(cell) else None
            grade.auto_score = score
            grade.needs_manual_grade = grade.manual_score is not None or score is None
        for comment in entry.comments:
            cell = _with_checksum(cells[comment.name], checksums)
            empty = is_solution(cell) and cell.metadata.nbgrader.checksum == compute_checksum(cell)
            comment.auto_comment = NO_ANSWER if empty else None
        self.gradebook.db.commit()

    def save_zero(self, unit: Unit) -> None:
        """Pone 0 a todo un cuaderno que falta o no se puede leer."""
        for grade in self._entry(unit).grades:
            grade.auto_score, grade.needs_manual_grade = 0, False
        self.gradebook.db.commit()
        graded_path(self.course, unit).unlink(missing_ok=True)

    def _entry(self, unit: Unit) -> SubmittedNotebook:
        try:
            return self.gradebook.find_submission_notebook(unit.notebook, ASSIGNMENT, unit.student)
        except MissingEntry:
            self.add_submission(unit.student)
            return self.gradebook.find_submission_notebook(unit.notebook, ASSIGNMENT, unit.student)

    def add_submission(self, student: str) -> None:
        """Apunta que ``student`` entregó, para que tenga su línea aunque aún no haya notas."""
        with warnings.catch_warnings():  # nbgrader crea la entrega por partes, y SQLAlchemy lo hace notar
            warnings.simplefilter("ignore", SAWarning)
            self.gradebook.update_or_create_student(student)
            self.gradebook.update_or_create_submission(ASSIGNMENT, student)


def _with_checksum(cell: NotebookNode, checksums: dict[str, str]) -> NotebookNode:
    # El de la versión de estudiante: si la celda lo conserva, nadie respondió.
    cell.metadata.nbgrader.checksum = checksums[cell.metadata.nbgrader.grade_id]
    return cell


@contextmanager
def open_gradebook(course: Course) -> Iterator[Gradebook]:
    """El libro de notas de nbgrader, abierto mientras dura el bloque.

    Raises
    ------
    CourseError
        Si no se llega a la base de datos, o se pierde entretanto.
    """
    try:
        with Gradebook(course.database) as gradebook:
            yield gradebook
    except (SQLAlchemyError, InvalidEntry, ModuleNotFoundError) as error:
        if is_full_disk(error):
            raise CourseError(f"No queda sitio en el disco del libro de notas: {MAKE_ROOM}") from error
        raise CourseError(
            f"El libro de notas no responde ({_first_line(error)}). Comprueba la base de datos y repite la "
            "orden: lo ya corregido no se corrige otra vez."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


@contextmanager
def open_store(course: Course) -> Iterator[GradeStore]:
    """El libro de notas, para escribir en él."""
    with open_gradebook(course) as gradebook:
        yield GradeStore(course, gradebook)


def graded_path(course: Course, unit: Unit) -> Path:
    """Dónde queda el cuaderno corregido, que leen formgrader y la devolución."""
    return course.autograded / unit.student / ASSIGNMENT / f"{unit.notebook}.ipynb"


def write_graded(course: Course, unit: Unit, notebook: str) -> None:
    """Escribe el cuaderno corregido."""
    write_whole(graded_path(course, unit), notebook)
