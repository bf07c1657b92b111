"""Las entregas de ``submitted/``: cuáles hay y si se pueden leer.

Lo que hay en esas carpetas lo puso otro: puede ser un enlace, una tubería o un archivo de un terabyte.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from grading.course import ASSIGNMENT, Course
from grading.engine.allowance import MAX_JSON_BYTES, json_weight
from grading.engine.rebuild import keep_answers
from grading.plain import printable

MAX_NOTEBOOK_BYTES = 25_000_000
MAX_CELLS = 2_000
MAX_REASON = 400
NOT_A_FILE = "no es un archivo corriente"
_LIGHTER = "borra las salidas y las imágenes pegadas, y entrégalo otra vez"
_WILDCARDS = frozenset("*?[")
_ALIKE = 0.6  # de 0 a 1: «parte1_self_attention (1)» se parece 0.9


class UnreadableError(Exception):
    """Un cuaderno entregado no se puede leer; el mensaje dice por qué."""


@dataclass(frozen=True)
class Submission:
    """La carpeta ``submitted/STUDENT/lab11``."""

    student: str
    folder: Path

    def notebook(self, name: str) -> Path:
        """Dónde debe estar el cuaderno ``name``."""
        return self.folder / f"{name}.ipynb"


def find_submissions(course: Course) -> list[Submission]:
    """Las entregas, por orden alfabético de estudiante."""
    folders = sorted(path for path in course.submitted.glob(f"*/{ASSIGNMENT}") if _is_nameable(path))
    return [Submission(folder.parent.name, folder) for folder in folders]


def refused_folders(course: Course) -> list[str]:
    """Las carpetas que no se miran por su nombre: lleva caracteres que no se ven, o comodines."""
    return sorted(
        ascii(path.parent.name) for path in course.submitted.glob(f"*/{ASSIGNMENT}") if not _is_nameable(path)
    )


def _is_nameable(folder: Path) -> bool:
    # El nombre acaba en la base de datos, en la tabla y en la terminal, y nbgrader lo lee como un patrón.
    return folder.parent.name.isprintable() and not _WILDCARDS & set(folder.parent.name)


def read_submitted(notebook: Path) -> bytes:
    """Los bytes de un cuaderno entregado; no sigue enlaces ni espera a nadie.

    Raises
    ------
    FileNotFoundError
        Si no está.
    UnreadableError
        Si no es un archivo corriente, pesa demasiado o no hay permiso.
    """
    try:
        if notebook.parent.is_symlink() or notebook.parent.parent.is_symlink():
            raise UnreadableError("su carpeta es un enlace a otra")
        # Sin esperar: abrir una tubería en la que nadie escribe no acabaría nunca.
        descriptor = os.open(notebook, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return _read_regular(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise UnreadableError("no hay permiso para leerlo") from error
    except OSError as error:  # ELOOP, un enlace; ENXIO, un socket
        odd = error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR)
        raise UnreadableError(NOT_A_FILE if odd else f"no se pudo leer ({error.strerror})") from error


def _read_regular(descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(NOT_A_FILE)
    if status.st_size > MAX_NOTEBOOK_BYTES:
        raise UnreadableError(f"pesa más de {MAX_NOTEBOOK_BYTES // 1_000_000} MB: {_LIGHTER}")
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(MAX_NOTEBOOK_BYTES)


def submitted_answers(notebook: Path, known: Collection[str] = ()) -> str:
    """Un cuaderno entregado, en JSON, con solo lo que cuenta al corregirlo: sin las salidas que traía.

    Parameters
    ----------
    notebook
        Dónde debe estar.
    known
        Los nombres de la fuente: si falta y hay uno parecido que no es de ella, se dice cuál.

    Raises
    ------
    UnreadableError
        Si no hay cuaderno que corregir. El mensaje dice por qué; vacío si falta y no hay más que decir.
    """
    try:
        node = _parse(read_submitted(notebook))
        nbformat.validate(node)
    except FileNotFoundError as error:
        raise UnreadableError(missing_reason(notebook, known)) from error
    except UnreadableError:
        raise
    except nbformat.ValidationError as error:
        raise UnreadableError(
            f"su estructura no es la de un cuaderno ({printable(error.message)})"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"no se pudo leer ({printable(str(error))})") from error
    except Exception as error:  # nbformat lanza errores muy distintos ante un JSON ajeno
        raise UnreadableError(f"no es un cuaderno de Jupyter ({type(error).__name__})") from error
    return nbformat.writes(node)


def _parse(content: bytes) -> NotebookNode:
    """El cuaderno de ``content``, que puede traer la marca que ponen al principio algunos editores.

    Lo que no cuenta se quita antes de que nbformat haga sus copias.
    """
    if json_weight(content) > MAX_JSON_BYTES:
        raise UnreadableError(f"tiene demasiadas piezas: {_LIGHTER}")
    tree = json.loads(content.decode("utf-8-sig"))
    if len(tree.get("cells", ())) > MAX_CELLS:
        raise UnreadableError(f"tiene más de {MAX_CELLS} celdas")
    keep_answers(tree)
    return nbformat.reads(json.dumps(tree), as_version=4)


def missing_reason(notebook: Path, known: Collection[str]) -> str:
    """Lo que se dice de un cuaderno que falta: el que podría ser, con otro nombre; vacío si no hay."""
    others = {name.casefold(): name for name in _names(notebook.parent) if name not in known}
    close = get_close_matches(notebook.stem.casefold(), others, n=1, cutoff=_ALIKE)
    return f"no está; ¿es «{printable(others[close[0]])}.ipynb»? No se mira" if close else ""


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.stem for path in folder.iterdir() if path.suffix.lower() == ".ipynb")
    except OSError:
        return []
