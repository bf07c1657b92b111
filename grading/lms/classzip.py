"""El zip con las entregas de toda la clase, como lo dan Moodle y Canvas: de quién es cada archivo.

Lo dice el principio del nombre, que pone el LMS; lo que sigue lo escribió el estudiante.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grading.errors import CourseError
from grading.lms.archive import (
    BROKEN,
    MAX_ZIP_BYTES,
    Member,
    Report,
    members,
    nested,
    open_zip,
    read_member,
    read_notebooks,
)
from grading.lms.roster import Person, Roster
from grading.plain import printable
from grading.submissions import UnreadableError

MAX_CLASS_MEMBERS = 100_000
MOODLE, CANVAS = "moodle", "canvas"
# «Nombre Apellido_12345_assignsubmission_file_», carpeta; desde Moodle 4.1, sin la última raya.
_MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_file_?")
_MOODLE_FLAT = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file_(?P<file>.+)")
_MOODLE_MARK = re.compile(r"_\d+_assignsubmission_")
# «apellidonombre_LATE_12345_67890_parte1-1.ipynb»; anónimo, «anon_AbC12_67890_parte1.ipynb».
_CANVAS = re.compile(
    r"(?:(?P<name>.*?)(?:_LATE)?_(?P<id>\d+)|(?P<anon>anon)(?:_LATE)?_(?P<code>\w{5}))"
    r"_(?P<upload>\d+)_(?P<file>.+)"
)
_RESENT = re.compile(r"-\d+(?=\.ipynb$)")


@dataclass(frozen=True)
class Owner:
    """De quién es una entrega, según el LMS: el número distingue a dos del mismo nombre."""

    name: str
    number: str

    @property
    def folder(self) -> str:
        """Un nombre de carpeta, con letras de cualquier idioma."""
        name = re.sub(r"[^\w.-]+", "_", self.name).strip("._-")
        return f"{name or 'sin_nombre'}_{self.number}"


@dataclass(frozen=True)
class Handed:
    """Un archivo entregado.

    Attributes
    ----------
    owner
        De quién es.
    file
        El nombre que le dio.
    member
        Dónde está en el zip.
    upload
        El número que le dio el LMS al subirlo, mayor cuanto más tarde; 0 si no lo dice.
    """

    owner: Owner
    file: str
    member: Member
    upload: int = 0


def class_notebooks(
    path: Path, roster: Roster | None, known: Collection[str], report: Report
) -> Iterator[tuple[str, str, bytes]]:
    """Cada cuaderno del zip de una clase: estudiante, nombre y contenido; de lo que no se recoge, una línea.

    ``known`` son los nombres de los cuadernos del curso; con ``roster``, cada cual toma su identificador.

    Raises
    ------
    CourseError
        Si no es un zip de Moodle ni de Canvas.
    UnreadableError
        Si el zip no se puede leer.
    """
    with open_zip(path) as archive:
        handed = _handed(path, members(archive, MAX_CLASS_MEMBERS), report)
        students = name_students(list(handed), roster, report)
        for owner, files in handed.items():
            try:
                own_report = _prefixed(report, students[owner])
                for name, content in _bounded(_submission(archive, files, known, own_report)):
                    yield students[owner], name, content
            except BROKEN as error:
                report(f"{students[owner]} no se recoge entero: {printable(str(error))}")


def _bounded(found: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Lo mismo, hasta lo que puede pesar una entrega: cada zip cabe, pero puede haber mil."""
    left = MAX_ZIP_BYTES
    for name, content in found:
        left -= len(content)
        if left < 0:
            raise UnreadableError(f"pesa más de {MAX_ZIP_BYTES // 1_000_000} MB")
        yield name, content


def looks_like_class(found: Collection[Member]) -> str:
    """``moodle`` o ``canvas`` si los nombres son los que pone ese LMS; vacío si no."""
    if any(_MOODLE_MARK.search(member.parts[0]) for member in found):
        return MOODLE
    flat = [member for member in found if len(member.parts) == 1]
    return CANVAS if flat and all(_CANVAS.fullmatch(member.name) for member in flat) else ""


def name_students(owners: list[Owner], roster: Roster | None, report: Report) -> dict[Owner, str]:
    """Con qué nombre se guarda la entrega de cada uno."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for owner in owners:
        by_name[owner.name.casefold()].append(owner.number)
    for name, numbers in by_name.items():
        if len(numbers) > 1:
            shown, count = ", ".join(sorted(numbers)), len(numbers)
            report(
                f"Hay {count} entregas a nombre de «{printable(name)}»; se distinguen por su número: {shown}."
            )
    return {
        owner: _student(owner, len(by_name[owner.name.casefold()]) > 1, roster, report) for owner in owners
    }


def _student(owner: Owner, shared: bool, roster: Roster | None, report: Report) -> str:
    if roster is None:
        return owner.folder
    found = [person for person in roster.people if person.canvas_id == owner.number]
    found = found or ([] if shared else roster.named(owner.name))
    student = found[0].student if len(found) == 1 else ""
    if re.fullmatch(r"[\w@+'-][\w.@+'-]*", student):  # es el nombre de una carpeta
        return student
    report(
        f"«{printable(owner.name)}» ({owner.number}) no se reconoce en {roster.path.name}: "
        f"queda como {owner.folder}."
    )
    return owner.folder


def people_of(roster: Roster) -> dict[str, Person]:
    """Cada persona de la lista, por el nombre con el que se guarda su entrega."""
    return {person.student: person for person in roster.people}


def _handed(path: Path, found: list[Member], report: Report) -> dict[Owner, list[Handed]]:
    kind = looks_like_class(found)
    if not kind:
        raise CourseError(
            f"{path.name} no es el zip de las entregas de una clase: sus archivos no se llaman como los de "
            "Moodle («Nombre_123_assignsubmission_file_») ni Canvas («apellidonombre_123_456_archivo»)."
        )
    split = _moodle if kind == MOODLE else _canvas
    by_owner: dict[Owner, list[Handed]] = defaultdict(list)
    for member in found:
        if handed := split(member):
            by_owner[handed.owner].append(handed)
        elif member.is_a(".ipynb") or member.is_a(".zip"):
            report(f"{member.shown} no se recoge: no se sabe de quién es.")
    return by_owner


def _moodle(member: Member) -> Handed | None:
    first = member.parts[0]
    if len(member.parts) > 1:
        parts = _MOODLE_FOLDER.fullmatch(first)
        return Handed(Owner(parts["name"], parts["id"]), member.name, member) if parts else None
    # Sin carpetas, el nombre del archivo va pegado al de la persona: con dos marcas no se sabe de quién es.
    parts = _MOODLE_FLAT.fullmatch(first) if len(_MOODLE_MARK.findall(first)) == 1 else None
    return Handed(Owner(parts["name"], parts["id"]), parts["file"], member) if parts else None


def _canvas(member: Member) -> Handed | None:
    parts = _CANVAS.fullmatch(member.parts[0]) if len(member.parts) == 1 else None
    if not parts:
        return None
    owner = Owner(parts["name"] or parts["anon"] or "", parts["id"] or parts["code"])
    return Handed(owner, parts["file"], member, int(parts["upload"]))


def _submission(
    archive: zipfile.ZipFile, files: list[Handed], known: Collection[str], report: Report
) -> Iterator[tuple[str, bytes]]:
    # De lo que se volvió a entregar vale lo último: va antes, y lo repetido no se recoge.
    newest = sorted(files, key=lambda one: one.upload, reverse=True)
    found = [replace(one.member, alias=_own_name(one.file, known)) for one in newest]
    yield from read_notebooks(archive, found, report)
    for member in found:
        if member.is_a(".zip"):
            yield from _inner(archive, member, report)


def _inner(archive: zipfile.ZipFile, member: Member, report: Report) -> Iterator[tuple[str, bytes]]:
    """Los cuadernos del zip que alguien entregó; los zips que lleve dentro no se abren."""
    try:
        with nested(read_member(archive, member)) as inner:
            found = members(inner)
            yield from read_notebooks(inner, found, report)
            for deeper in (one for one in found if one.is_a(".zip")):
                report(f"{member.shown}, {deeper.shown}: un zip dentro de otro no se abre.")
    except BROKEN as error:
        report(f"{member.shown} no se recoge: {printable(str(error))}")


def _own_name(file: str, known: Collection[str]) -> str:
    """El nombre sin el «-1» que añade Canvas al volver a entregar, si así es el de un cuaderno del curso."""
    plain = _RESENT.sub("", file)
    return plain if plain in known and file not in known else file


def _prefixed(report: Report, student: str) -> Report:
    return lambda text: report(f"{student}: {text}")
