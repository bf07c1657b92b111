"""Lo que hace cada trabajador, en esta máquina o en otra: corregir un cuaderno y devolver el resultado."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grading.engine.grade import NotebookGrade, grade_notebook
from grading.engine.pool import EngineError
from grading.engine.sandbox import Limits, why_unavailable

_ROOT = Path(__file__).resolve().parent.parent
_CODE = ("codigo/**/*.py", "codigo/data/**/*", "grading/engine/**/*.py")


@dataclass(frozen=True)
class Work:
    """Todo lo que decide una nota.

    Attributes
    ----------
    source, submitted
        El cuaderno de la fuente y el entregado, en JSON.
    limits
        Lo que puede gastar.
    isolate
        Si se encierra.
    code
        El :func:`code_digest` de quien encarga el trabajo.
    seed
        La del curso: de aquí salen las entradas al azar de las pruebas.
    """

    source: str
    submitted: str
    limits: Limits
    isolate: bool
    code: str
    seed: int = 0


def grade(work: Work) -> NotebookGrade:
    """Corrige un cuaderno.

    Raises
    ------
    EngineError
        Si este trabajador no tiene el mismo código que quien encarga, o no puede encerrar la entrega.
    """
    if work.code != code_digest():
        raise EngineError(
            f"el trabajador de {platform.node()} tiene otra versión del curso: instala en él la misma"
        )
    if work.isolate and (reason := why_unavailable()):
        raise EngineError(f"{platform.node()} no puede encerrar el código de las entregas: {reason}")
    return grade_notebook(work.source, work.submitted, work.limits, work.isolate, work.seed)


@cache
def code_digest() -> str:
    """El resumen del código del que dependen las notas."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _CODE for path in _ROOT.glob(pattern) if path.is_file()):
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
