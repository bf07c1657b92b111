"""El paquete del estudiante: un zip con los cuadernos, ``codigo`` y dos órdenes para cualquier sistema.

El mismo árbol da siempre los mismos bytes. Lo que es solo del paquete está en ``grading/bundle_files/``.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grading.course import PROJECT_ROOT, Course
from grading.release import make_release

NAME = "lab11-estudiante"
OWN_FILES = Path(__file__).parent / "bundle_files"
FIXED_DATE = (2020, 1, 1, 0, 0, 0)
TAKEN_AS_THEY_ARE = ("LICENSE", "scripts/setup_environment.py", "requirements-student.txt")
# De la configuración del curso, solo lo que usa *Validar*: lo demás es de quien corrige.
KEPT_SETTINGS = ("c.Validator.", "c.Execute.")


def make_bundle(course: Course) -> Path:
    """Escribe ``build/lab11-estudiante.zip`` con la versión de estudiante recién hecha.

    Raises
    ------
    CourseError
        Si la versión de estudiante no se puede hacer o deja ver soluciones.
    """
    make_release(course)
    path = course.root / "build" / f"{NAME}.zip"
    path.parent.mkdir(exist_ok=True)
    write_bundle(course, path)
    return path


def write_bundle(course: Course, path: Path) -> None:
    """Escribe el zip con la versión de estudiante que haya en ``release/``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(bundle_contents(course)):
            _write(archive, f"{NAME}/{name}", content)


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, FIXED_DATE)
    entry.create_system = 3  # lo que dicen los permisos no depende de dónde se haga
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def bundle_contents(course: Course) -> Iterator[tuple[str, bytes]]:
    """Cada archivo del paquete: su ruta, con «/», y sus bytes."""
    for notebook in sorted(course.release.glob("*.ipynb")):
        yield f"cuadernos/{notebook.name}", notebook.read_bytes()
    for reading in sorted(course.readings.glob("*.ipynb")):
        yield f"lecturas/{reading.name}", reading.read_bytes()
    for path in _files_of(PROJECT_ROOT / "codigo"):
        yield path.relative_to(PROJECT_ROOT).as_posix(), path.read_bytes()
    for name in TAKEN_AS_THEY_ARE:
        yield name, (PROJECT_ROOT / name).read_bytes()
    for path in _files_of(OWN_FILES):
        yield path.relative_to(OWN_FILES).as_posix(), path.read_bytes()
    yield "nbgrader_config.py", student_config().encode()


def _files_of(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path


def student_config() -> str:
    """La configuración de nbgrader del paquete: las líneas de la del curso que usa *Validar*."""
    text = (PROJECT_ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    pieces = [ast.get_source_segment(text, node) or "" for node in ast.parse(text).body]
    kept = [piece for piece in pieces if piece.startswith(KEPT_SETTINGS)]
    return "\n".join(["import os", "", "c = get_config()", *kept, ""])
