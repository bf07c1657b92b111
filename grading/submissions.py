"""Las entregas de ``submitted/``: cuáles hay y si se pueden leer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.course import ASSIGNMENT, Course

MAX_NOTEBOOK_BYTES = 50_000_000


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
    folders = sorted(course.submitted.glob(f"*/{ASSIGNMENT}"))
    return [Submission(folder.parent.name, folder) for folder in folders if folder.is_dir()]


def unreadable_reason(notebook: Path) -> str | None:
    """Por qué no se puede leer un cuaderno entregado, o ``None`` si se puede."""
    try:
        if notebook.is_symlink() or not notebook.is_file():
            return "no es un archivo corriente"
        if notebook.stat().st_size > MAX_NOTEBOOK_BYTES:
            return f"pesa más de {MAX_NOTEBOOK_BYTES // 1_000_000} MB"
        content = nbformat.read(notebook, as_version=4)
        nbformat.validate(content)
    except nbformat.ValidationError as error:
        return f"su estructura no es la de un cuaderno ({error.message[:80]})"
    except (OSError, UnicodeDecodeError) as error:
        return f"no se pudo leer ({error})"
    except Exception as error:  # nbformat lanza errores muy distintos ante un JSON ajeno
        return f"no es un cuaderno de Jupyter ({type(error).__name__})"
    return None
