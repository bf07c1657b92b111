"""Lo común a los exportadores: qué columnas, qué personas y qué se avisa."""

from __future__ import annotations

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Enum, Unicode

from grading.course import ASSIGNMENT
from grading.errors import CourseError
from grading.grades import exercise_title
from grading.lms.roster import Roster, read_roster, read_rows, read_text
from grading.lms.scores import TOTAL, ClassScores, Scores, in_order, read_scores, with_roster

COURSE_TITLE = "Lab 11"


class LmsExporter(ExportPlugin):  # type: ignore[misc]
    """Exporta las notas en el CSV de un LMS; cada uno dice cómo es el suyo en :meth:`rows`."""

    roster = Unicode("", help="CSV con la lista de la clase, tal como lo da el LMS").tag(config=True)
    columns = Unicode(
        "", help="CSV con las columnas «ejercicio» y «columna»: qué se exporta y con qué título"
    ).tag(config=True)
    missing = Enum(["vacio", "0"], "vacio", help="qué se escribe de quien no entregó").tag(config=True)

    default_file = ""
    no_grade = ""  # cómo se dice «sin nota»
    separator = ","

    def export(self, gradebook: Gradebook) -> None:
        """Lo que llama ``nbgrader export``; un error sale en una línea."""
        try:
            self.write_grades(gradebook)
        except CourseError as error:
            self.log.error("%s", error)
            raise SystemExit(1) from error

    def write_grades(self, gradebook: Gradebook) -> tuple[Path, list[str]]:
        """Escribe el archivo; devuelve dónde y los avisos, que también van al registro.

        Raises
        ------
        CourseError
            Si no hay notas, o la lista o las columnas no sirven.
        """
        raise NotImplementedError

    def read_class(self, gradebook: Gradebook) -> tuple[ClassScores, Roster | None, list[str]]:
        """Las notas, la lista de la clase si se dio, y los avisos."""
        assignment = str(self.assignment[0]) if self.assignment else ASSIGNMENT
        table = read_scores(gradebook, assignment, [str(one) for one in self.student])
        if not self.roster:
            return in_order(table), None, []
        roster = read_roster(Path(self.roster))
        joined, strangers = with_roster(table, roster)
        notices = [f"{one} no está en {roster.path.name}: no se exporta." for one in strangers]
        return in_order(joined), roster, notices

    def titles(self, table: ClassScores) -> dict[str, str]:
        """El título de cada columna que se exporta, por ejercicio.

        Raises
        ------
        CourseError
            Si el archivo de columnas nombra un ejercicio que no existe o repite un título.
        """
        names = [exercise.name for exercise in table.exercises]
        titles = self._chosen_titles(names) if self.columns else {name: default_title(name) for name in names}
        repeated = {title for title in titles.values() if list(titles.values()).count(title) > 1}
        if repeated:
            raise CourseError(f"Dos columnas con el mismo título: {', '.join(sorted(repeated))}. Cambia uno.")
        return titles

    def _chosen_titles(self, names: list[str]) -> dict[str, str]:
        path = Path(self.columns)
        text = read_text(path)
        rows = list(read_rows(path, text, ";" if text.partition("\n")[0].count(";") else ","))
        if not rows or [cell.casefold() for cell in rows[0][:2]] != ["ejercicio", "columna"]:
            raise CourseError(f"{path}: la primera línea debe ser «ejercicio,columna».")
        titles = {row[0]: row[1] for row in rows[1:] if len(row) > 1 and row[1]}
        if unknown := sorted(set(titles) - set(names)):
            raise CourseError(f"{path}: no existe {', '.join(unknown)}. Hay: {', '.join(names)}.")
        return titles

    def points(self, scores: Scores, name: str) -> float | None:
        """Los puntos que se escriben; ``None`` si va sin nota."""
        if not scores.submitted:
            return 0.0 if self.missing == "0" else None
        return scores.points.get(name)

    def warn(self, notices: list[str]) -> None:
        """Deja los avisos en el registro de nbgrader."""
        for notice in notices:
            self.log.warning("%s", notice)


def default_title(name: str) -> str:
    """El título de una columna si nadie dice otro."""
    return f"{COURSE_TITLE}: {TOTAL if name == TOTAL else exercise_title(name)}"


def refuse_repeated(identifiers: list[str], what: str) -> None:
    """Comprueba que no hay dos iguales.

    Raises
    ------
    CourseError
        Si los hay.
    """
    repeated = sorted({one for one in identifiers if one and identifiers.count(one) > 1})
    if repeated:
        raise CourseError(f"{what} repetido: {', '.join(repeated)}. El LMS pondría la nota de uno al otro.")
