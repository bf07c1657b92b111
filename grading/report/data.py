"""Todo lo que el informe cuenta, reunido."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from grading.course import Course
from grading.errors import CourseError
from grading.grades import GradeTable, read_grades
from grading.records import spent_on
from grading.report.goals import Goal, failed_goals
from grading.report.statistics import ExerciseSummary, Totals, summarize, totals_of
from grading.store import open_gradebook


@dataclass(frozen=True)
class NotebookTime:
    """Los segundos que llevó corregir un cuaderno, de reloj y sumando todas las entregas."""

    notebook: str
    seconds: float
    median: float
    count: int


@dataclass(frozen=True)
class ClassReport:
    """Lo que hay en la página."""

    table: GradeTable
    totals: Totals
    exercises: Sequence[ExerciseSummary]
    goals: Sequence[Goal]
    times: Sequence[NotebookTime]

    @property
    def waiting(self) -> list[tuple[str, list[str]]]:
        """Quiénes esperan nota a mano, por ejercicio."""
        pending = [
            (one.title, [row.student for row in self.table.students if row.scores[one.name] is None])
            for one in self.exercises
        ]
        return [(title, students) for title, students in pending if students]


def read_report(course: Course) -> ClassReport:
    """Lee lo que hace falta del libro de notas y de los apuntes del motor.

    Raises
    ------
    CourseError
        Si aún no hay notas, o el libro de notas no responde.
    """
    table = read_grades(course)
    if not table.students:
        raise CourseError("Todavía no hay notas: corrige antes con `make autograde`.")
    with open_gradebook(course) as gradebook:
        goals = failed_goals(course, gradebook)
    return ClassReport(table, totals_of(table), summarize(table), goals, _times(course, table))


def _times(course: Course, table: GradeTable) -> list[NotebookTime]:
    seconds: dict[str, list[float]] = {source.stem: [] for source in course.notebooks}
    for row in table.students:
        for notebook, spent in spent_on(course, row.student).items():
            if spent.total > 0:
                seconds[notebook].append(spent.total)
    return [
        NotebookTime(name, sum(found), median(found), len(found)) for name, found in seconds.items() if found
    ]
