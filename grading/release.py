"""La versión de estudiante: de ``source/`` a ``release/``."""

from __future__ import annotations

import shutil
from pathlib import Path

from grading.course import ASSIGNMENT, Course
from grading.errors import CourseError
from grading.leaks import find_leaks
from grading.pairing import mismatched


def make_release(course: Course) -> list[Path]:
    """Rehace ``release/lab11`` y comprueba que no deja ver nada de las soluciones.

    Returns
    -------
    Los cuadernos de la versión de estudiante.

    Raises
    ------
    CourseError
        Si una pareja de ``source/`` no coincide, si nbgrader falla o si se filtra una solución.
    """
    if not course.notebooks:
        raise CourseError(f"No hay cuadernos en {course.source}: ¿es esta la carpeta del curso?")
    problems = mismatched(course.source)
    if problems:
        raise CourseError(
            "Parejas de source/ desajustadas (ejecuta `make sync`):\n  " + "\n  ".join(problems)
        )
    shutil.rmtree(course.release, ignore_errors=True)
    result = course.api().generate_assignment(ASSIGNMENT, force=True)
    if not result["success"]:
        raise CourseError(f"nbgrader no pudo hacer la versión de estudiante:\n{result['log']}")
    leaks = find_leaks(course.source, course.release)
    if leaks:
        raise CourseError("La versión de estudiante deja ver soluciones:\n  " + "\n  ".join(leaks))
    return sorted(course.release.glob("*.ipynb"))
