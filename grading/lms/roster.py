"""La lista de la clase que da el LMS en CSV: quién es quién.

Todo es texto: un número de identificación con ceros delante es otro sin ellos.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.errors import CourseError

# Cómo llama cada LMS a cada dato, sin tildes ni mayúsculas. En Canvas, «SIS User ID» es el de la institución.
_HEADERS = {
    "username": ("nombre de usuario", "username", "sis login id"),
    "id_number": ("numero de id", "id number", "sis user id"),
    "email": (
        "direccion de correo",
        "direccion de correo electronico",
        "correo electronico",
        "email address",
    ),
    "first_name": ("nombre", "first name"),
    "last_name": ("apellido(s)", "apellidos", "last name", "surname"),
    "full_name": ("student", "nombre completo", "full name"),
    "canvas_id": ("id",),
    "section": ("section", "seccion"),
}
_FIELDS = {header: field for field, headers in _HEADERS.items() for header in headers}
_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Person:
    """Lo que el LMS sabe de alguien; vacío lo que no dice."""

    username: str = ""
    id_number: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    full_name: str = ""
    canvas_id: str = ""
    section: str = ""

    @property
    def shown_name(self) -> str:
        """«Nombre Apellidos», en el orden en que se dicen."""
        last, comma, first = self.full_name.partition(",")
        return " ".join(f"{first} {last}".split()) if comma else self.plain_name

    @property
    def plain_name(self) -> str:
        """El nombre completo tal como viene o, si no viene, «Nombre Apellidos»."""
        return " ".join((self.full_name or f"{self.first_name} {self.last_name}").split())

    @property
    def sortable_name(self) -> str:
        """«Apellidos, Nombre», como lo escribe Canvas."""
        parts = [part for part in (self.last_name, self.first_name) if part]
        return self.full_name or ", ".join(parts)

    @property
    def student(self) -> str:
        """Con qué nombre se guarda su entrega: el primero de sus identificadores que haya."""
        return self.username or self.email or self.id_number or self.canvas_id

    @property
    def keys(self) -> set[str]:
        """Lo que puede ser su nombre en el libro de notas."""
        found = (self.username, self.id_number, self.email, self.canvas_id)
        return {key.casefold() for key in found if key}


@dataclass(frozen=True)
class Roster:
    """La lista leída; ``headers`` son los títulos de sus columnas."""

    people: Sequence[Person]
    headers: Sequence[str]
    path: Path

    def find(self, student: str) -> Person | None:
        """Quién tiene ``student`` por identificador.

        Raises
        ------
        CourseError
            Si son dos.
        """
        return self._only([one for one in self.people if student.casefold() in one.keys], student)

    def named(self, name: str) -> list[Person]:
        """Quiénes se llaman así, sin mirar tildes, espacios ni mayúsculas."""
        return [one for one in self.people if plain(one.shown_name) == plain(name)]

    def _only(self, found: list[Person], student: str) -> Person | None:
        if len(found) > 1:
            raise CourseError(
                f"«{student}» vale para {len(found)} personas de {self.path.name}. Deja en esa lista un solo "
                "renglón con ese identificador."
            )
        return found[0] if found else None


def plain(text: str) -> str:
    """``text`` sin tildes, mayúsculas ni espacios de más."""
    letters = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).casefold().split())


def read_roster(path: Path) -> Roster:
    """Lee la lista, con coma, punto y coma o tabulador, y con marca de orden o sin ella.

    Raises
    ------
    CourseError
        Si no se puede leer o no tiene ninguna columna conocida.
    """
    text = read_text(path)
    separator = max(_SEPARATORS, key=lambda one: len(_known(_first_row(text, one))))
    rows = list(read_rows(path, text, separator))
    headers = rows[0] if rows else []
    if not set(_known(headers)) & {"username", "id_number", "email", "canvas_id"}:
        raise CourseError(
            f"{path} no parece la lista de la clase: le falta una columna que identifique a cada persona. "
            "Valen «Nombre de usuario», «Número de ID» o «Dirección de correo» (Moodle), e «ID» o «SIS Login "
            "ID» (Canvas)."
        )
    return Roster([one for row in rows[1:] if (one := _person(headers, row))], headers, path)


def read_text(path: Path) -> str:
    """El texto de un CSV ajeno: UTF-8, UTF-16 con marca, o lo que escribe un Excel antiguo.

    Raises
    ------
    CourseError
        Si no se puede leer.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"No se puede leer {path} ({error.strerror}). Comprueba la ruta.") from error
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_rows(path: Path, text: str, separator: str) -> Iterator[list[str]]:
    """Las filas de un CSV que no están vacías, sin espacios alrededor de cada casilla.

    Raises
    ------
    CourseError
        Si una comilla queda abierta o hay algo que no es texto.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield cells
    except csv.Error as error:
        raise CourseError(f"{path}, línea {reader.line_num}: no es un CSV bien formado ({error}).") from error


def _first_row(text: str, separator: str) -> list[str]:
    try:  # sin rigor: con un separador que no es el suyo, las comillas parecen mal puestas
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def _known(headers: Sequence[str]) -> list[str]:
    return [_FIELDS[plain(header)] for header in headers if plain(header) in _FIELDS]


def _person(headers: Sequence[str], row: Sequence[str]) -> Person | None:
    values: dict[str, str] = {}
    for header, cell in zip(headers, row, strict=False):
        field = _FIELDS.get(plain(header))
        if field and cell:
            values.setdefault(field, re.sub(r'^="(.*)"$', r"\1", cell))  # así protege Canvas los nombres
    person = Person(**values)
    return person if person.keys else None  # «Points Possible» y «Manual Posting» no son nadie
