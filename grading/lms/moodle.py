"""Las notas en el CSV que importa Moodle («Importar calificaciones», archivo CSV)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook
from traitlets import Bool, Enum

from grading.errors import CourseError
from grading.lms.exporter import LmsExporter, refuse_repeated
from grading.lms.scores import ClassScores, Scores
from grading.lms.sheet import is_formula, label, number, write_sheet

# Título que les da Moodle en español y campo al que hay que asignarlos al importar.
IDENTIFIERS = {
    "username": ("Nombre de usuario", "username"),
    "id_number": ("Número de ID", "useridnumber"),
    "email": ("Dirección de correo", "useremail"),
}
SEPARATORS = {"coma": ",", "punto_y_coma": ";", "tabulador": "\t"}
FEEDBACK = " (Retroalimentación)"


class MoodleExporter(LmsExporter):
    """``nbgrader export --exporter=grading.lms.moodle.MoodleExporter``."""

    identifier = Enum(
        ["", *IDENTIFIERS], "", help="qué identifica a cada estudiante; vacío, lo primero que tengan todos"
    ).tag(config=True)
    separated_by = Enum(list(SEPARATORS), "coma", help="qué separa las columnas").tag(config=True)
    decimal = Enum([".", ","], ".", help="el signo decimal").tag(config=True)
    feedback = Bool(False, help="añade una columna de retroalimentación por ejercicio").tag(config=True)

    default_file = "moodle.csv"
    # Vacío vale en una columna que ya existe, pero en una nueva Moodle lo guardaría como nota.
    no_grade = "-"

    def write_grades(self, gradebook: Gradebook) -> tuple[Path, list[str]]:
        """Véase :meth:`LmsExporter.write_grades`."""
        table, _, notices = self.read_class(gradebook)
        titles = self.titles(table)
        field = self.identifier or _common_identifier(table)
        students, nameless = _identified(table, field)
        refuse_repeated([getattr(one.person, field).casefold() for one in students], IDENTIFIERS[field][0])
        notices += nameless + _odd_identifiers(students, field)
        path = Path(self.to or self.default_file)
        write_sheet(path, self.rows(students, titles, field), SEPARATORS[self.separated_by])
        title, target = IDENTIFIERS[field]
        notices.append(f"Al importar en Moodle: «Mapear desde» {title}, «Mapear a» {target}.")
        self.warn(notices)
        return path, notices

    def rows(self, students: list[Scores], titles: dict[str, str], field: str) -> Iterator[list[str]]:
        """Las filas del archivo, con la de títulos."""
        heads = [[title, f"{title}{FEEDBACK}"] if self.feedback else [title] for title in titles.values()]
        yield [
            "Nombre",
            "Apellido(s)",
            IDENTIFIERS[field][0],
            *(label(head) for pair in heads for head in pair),
        ]
        for one in students:
            first, last = one.person.first_name, one.person.last_name
            yield [label(first), label(last), getattr(one.person, field), *self._cells(one, titles)]

    def _cells(self, one: Scores, titles: dict[str, str]) -> Iterator[str]:
        for name in titles:
            points = self.points(one, name)
            yield self.no_grade if points is None else number(points, self.decimal)
            if self.feedback:
                yield label(one.comments.get(name, ""))


def _common_identifier(table: ClassScores) -> str:
    for field in IDENTIFIERS:
        if table.students and all(getattr(one.person, field) for one in table.students):
            return field
    counts = {
        title: sum(bool(getattr(one.person, field)) for one in table.students)
        for field, (title, _) in IDENTIFIERS.items()
    }
    shown = ", ".join(f"{title}: {count} de {len(table.students)}" for title, count in counts.items())
    raise CourseError(
        f"Nada identifica a todos ({shown}). Da la lista de la clase con ROSTER=, o elige con ID=."
    )


def _identified(table: ClassScores, field: str) -> tuple[list[Scores], list[str]]:
    # Ante una casilla vacía, Moodle apunta la fila a la persona de la fila anterior: no se escribe.
    kept = [one for one in table.students if getattr(one.person, field)]
    lost = [one.student for one in table.students if not getattr(one.person, field)]
    return kept, [f"{one} no tiene «{IDENTIFIERS[field][0]}»: no se exporta." for one in lost]


def _odd_identifiers(students: list[Scores], field: str) -> list[str]:
    return [
        f"El identificador de {one.student} empieza como una fórmula: importa el archivo sin abrirlo antes "
        "con una hoja de cálculo."
        for one in students
        if is_formula(getattr(one.person, field))
    ]
