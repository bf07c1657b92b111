"""Lo que se apunta de cada cuaderno corregido, para no corregirlo dos veces ni perderlo.

El apunte se escribe antes que el libro de notas y se marca después: si algo se corta en medio, la vez
siguiente se guarda lo ya corregido sin corregirlo de nuevo.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from grading.course import ASSIGNMENT, Course
from grading.engine.job import Spent
from grading.engine.sandbox import Limits
from grading.submissions import Submission, UnreadableError, missing_reason, read_submitted
from grading.worker import code_digest


@dataclass(frozen=True)
class Unit:
    """Lo que se corrige de una vez: un cuaderno de un estudiante.

    Attributes
    ----------
    student, notebook
        De quién es y cuál.
    path
        Dónde debería estar el archivo entregado.
    fingerprint
        Resumen de todo lo que decide la nota: la entrega, el cuaderno de la fuente, el código y los límites.
    """

    student: str
    notebook: str
    path: Path
    fingerprint: str


@dataclass(frozen=True)
class Record:
    """El apunte de un cuaderno.

    Attributes
    ----------
    fingerprint
        El de la unidad corregida.
    problem
        Lo que impidió corregirlo entero; vacío si nada.
    changes
        Lo que la entrega traía cambiado y no cuenta.
    stored
        Si ya está en el libro de notas.
    spent
        Los segundos que llevó corregirlo.
    """

    fingerprint: str
    problem: str = ""
    changes: tuple[str, ...] = ()
    stored: bool = False
    spent: Spent = field(default_factory=Spent)


def find_units(course: Course, submissions: Sequence[Submission], limits: Limits) -> list[Unit]:
    """Las unidades de ``submissions``, agrupadas por cuaderno: así cada uno se templa una sola vez."""
    code, known = code_digest(), {source.stem for source in course.notebooks}
    return [
        Unit(submission.student, source.stem, path, _fingerprint(path, known, source, code, limits))
        for source in course.notebooks
        for submission in submissions
        for path in [submission.notebook(source.stem)]
    ]


def _fingerprint(path: Path, known: set[str], source: Path, code: str, limits: Limits) -> str:
    parts = (_submitted_bytes(path, known), source.read_bytes(), code.encode(), repr(limits).encode())
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _submitted_bytes(path: Path, known: set[str]) -> bytes:
    try:
        return read_submitted(path)
    except FileNotFoundError:
        return f"falta: {missing_reason(path, known)}".encode("utf-8", "replace")
    except UnreadableError as error:
        return str(error).encode()


def read_record(course: Course, student: str, notebook: str) -> Record | None:
    """El apunte de un cuaderno, si lo hay y se puede leer."""
    try:
        tree = json.loads(_path(course, student, notebook).read_text(encoding="utf-8"))
        return Record(**(tree | {"changes": tuple(tree["changes"]), "spent": Spent(**tree["spent"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_record(course: Course, unit: Unit, record: Record) -> None:
    """Apunta un cuaderno; el archivo aparece entero o no aparece."""
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
    write_whole(_path(course, unit.student, unit.notebook), text)


def mark_stored(course: Course, unit: Unit, record: Record) -> None:
    """Apunta que ya está en el libro de notas."""
    write_record(course, unit, replace(record, stored=True))


def write_whole(path: Path, text: str) -> None:
    """Escribe ``text`` en ``path`` de una vez: quien lo lea ve el archivo anterior o el nuevo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.tmp")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError:  # medio archivo ocupa el sitio que falta
        partial.unlink(missing_ok=True)
        raise


def problems_of(course: Course, student: str) -> dict[str, str]:
    """Los problemas apuntados de un estudiante, por cuaderno."""
    return {name: record.problem for name, record in _records(course, student).items() if record.problem}


def changes_of(course: Course, student: str) -> dict[str, tuple[str, ...]]:
    """Lo que su entrega traía cambiado y no cuenta, por cuaderno."""
    return {name: record.changes for name, record in _records(course, student).items() if record.changes}


def spent_on(course: Course, student: str) -> dict[str, Spent]:
    """Los segundos que llevó corregir cada cuaderno."""
    return {name: record.spent for name, record in _records(course, student).items()}


def _records(course: Course, student: str) -> dict[str, Record]:
    names = [source.stem for source in course.notebooks]
    found = {name: read_record(course, student, name) for name in names}
    return {name: record for name, record in found.items() if record}


def _path(course: Course, student: str, notebook: str) -> Path:
    return course.autograded / ".records" / ASSIGNMENT / student / f"{notebook}.json"
