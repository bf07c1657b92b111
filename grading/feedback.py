"""Las páginas de devolución: una por cuaderno corregido."""

from __future__ import annotations

from pathlib import Path

from grading.course import ASSIGNMENT, Course
from grading.errors import CourseError
from grading.submissions import Submission


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
