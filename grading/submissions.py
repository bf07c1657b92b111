"""Las entregas de ``submitted/``: cuáles hay, si se pueden leer y si ya se corrigieron."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.course import ASSIGNMENT, PROJECT_ROOT, Course

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


def fingerprint(submission: Submission, course: Course) -> str:
    """Resumen de todo lo que decide la nota: la entrega, las pruebas y el código del curso."""
    digest = hashlib.sha256()
    code = [*PROJECT_ROOT.glob("codigo/**/*.py"), *PROJECT_ROOT.glob("grading/preprocessors/*.py")]
    for path in [*sorted(submission.folder.rglob("*")), *course.notebooks, *sorted(code)]:
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.name}\0{content}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Record:
    """Lo que se apunta de una entrega corregida."""

    fingerprint: str
    problems: dict[str, str]


def read_record(student: str, course: Course) -> Record | None:
    """El apunte de la última corrección, si lo hay."""
    path = _record_path(student, course)
    return Record(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def write_record(student: str, record: Record, course: Course) -> None:
    """Apunta una corrección; el archivo aparece entero o no aparece."""
    path = _record_path(student, course)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(vars(record), ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(path)


def _record_path(student: str, course: Course) -> Path:
    return course.autograded / ".records" / ASSIGNMENT / f"{student}.json"
