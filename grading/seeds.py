"""La semilla secreta del curso, de la que salen las entradas al azar de las pruebas."""

from __future__ import annotations

import secrets
from pathlib import Path

from grading.errors import CourseError

_FILE = ".seed"


def course_seed(autograded: Path) -> int:
    """La semilla guardada en ``autograded``; la primera vez, una al azar.

    Quien tenga el archivo y la entrega puede repetir cualquier corrección, en esta máquina o en otra.

    Raises
    ------
    CourseError
        Si el archivo no tiene un número.
    """
    path = autograded / _FILE
    try:
        return int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        write_course_seed(autograded, secrets.randbits(62))
        return course_seed(autograded)
    except ValueError as error:
        raise CourseError(
            f"{path} debe tener un número entero: recupéralo o bórralo; las notas no dependen de él."
        ) from error


def write_course_seed(autograded: Path, seed: int) -> None:
    """Guarda la semilla, si no hay ya una."""
    autograded.mkdir(parents=True, exist_ok=True)
    try:
        with open(autograded / _FILE, "x", encoding="ascii") as file:
            file.write(str(seed))
    except FileExistsError:  # otra corrección se adelantó: vale la suya
        pass
