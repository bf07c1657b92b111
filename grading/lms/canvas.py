"""Las notas en el CSV que importa el libro de calificaciones de Canvas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nbgrader.api import Gradebook

from grading.errors import CourseError
from grading.lms.exporter import LmsExporter, refuse_repeated
from grading.lms.roster import Roster
from grading.lms.scores import ClassScores, Scores
from grading.lms.sheet import is_formula, label, number, write_sheet

HEADER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POINTS_POSSIBLE = "    Points Possible"  # con los cuatro espacios que escribe Canvas
_WITH_ID = re.compile(r"(.*) \((\d+)\)", re.DOTALL)
# Canvas quita las columnas cuyo título contiene uno de estos: son las suyas.
_RESERVED = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")


class CanvasExporter(LmsExporter):
    """``nbgrader export --exporter=grading.lms.canvas.CanvasExporter``."""

    default_file = "canvas.csv"

    def write_grades(self, gradebook: Gradebook) -> tuple[Path, list[str]]:
        """Véase :meth:`LmsExporter.write_grades`."""
        table, roster, notices = self.read_class(gradebook)
        if roster is None:
            table = replace(table, students=[_without_invented_id(one) for one in table.students])
        titles = {name: _with_id(title, roster) for name, title in self.titles(table).items()}
        _refuse_reserved(titles)
        notices += [
            f"«{title}» no lleva el número de la tarea: Canvas propondrá crear una nueva."
            for title in titles.values()
            if not _WITH_ID.fullmatch(title)
        ]
        students, lost = _identified(table)
        path = Path(self.to or self.default_file)
        write_sheet(path, self.rows(table, students, titles))
        notices += lost + _odd_identifiers(students)
        self.warn(notices)
        return path, notices

    def rows(self, table: ClassScores, students: list[Scores], titles: dict[str, str]) -> Iterator[list[str]]:
        """Las filas del archivo, con la de títulos y la de puntos posibles."""
        possible = {exercise.name: number(exercise.max_score) for exercise in table.exercises}
        yield [*HEADER, *map(label, titles.values())]
        yield [POINTS_POSSIBLE, *([""] * (len(HEADER) - 1)), *(possible[name] for name in titles)]
        for one in students:
            person = one.person
            who = [label(person.sortable_name), person.canvas_id, person.id_number, person.username]
            points = [self.points(one, name) for name in titles]
            cells = [self.no_grade if value is None else number(value) for value in points]
            yield [*who, label(person.section), *cells]


def _without_invented_id(one: Scores) -> Scores:
    # Sin la lista de Canvas, lo único suyo que guarda nbgrader es el número de usuario.
    return replace(one, person=replace(one.person, id_number=""))


def _with_id(title: str, roster: Roster | None) -> str:
    """El título con el número que Canvas le da, si el CSV que exportó Canvas trae esa tarea."""
    headers = roster.headers if roster else []
    found = [head for head in headers if (parts := _WITH_ID.fullmatch(head)) and parts[1] == title]
    return found[0] if len(found) == 1 else title


def _refuse_reserved(titles: dict[str, str]) -> None:
    reserved = sorted(title for title in titles.values() if _RESERVED.search(title))
    if reserved:
        raise CourseError(
            f"Canvas pasa por alto las columnas llamadas así: {', '.join(reserved)}. Cambia el título."
        )


def _identified(table: ClassScores) -> tuple[list[Scores], list[str]]:
    wrong = [one.student for one in table.students if not re.fullmatch(r"[0-9]*", one.person.canvas_id)]
    if wrong:  # Canvas leería «12ab» como 12, que es otra persona
        raise CourseError(f"El ID de Canvas debe ser un número; no lo es el de {', '.join(wrong)}.")
    kept = [
        one for one in table.students if one.person.canvas_id or one.person.username or one.person.id_number
    ]
    refuse_repeated([one.person.canvas_id for one in kept], "ID de Canvas")
    refuse_repeated([one.person.username for one in kept], "SIS Login ID")
    lost = [one.student for one in table.students if one not in kept]
    return kept, [f"{student} no tiene ningún identificador de Canvas: no se exporta." for student in lost]


def _odd_identifiers(students: list[Scores]) -> list[str]:
    return [
        f"Un identificador de {one.student} empieza como una fórmula: importa el archivo sin abrirlo antes "
        "con una hoja de cálculo."
        for one in students
        if is_formula(one.person.username) or is_formula(one.person.id_number)
    ]
