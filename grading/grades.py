"""La tabla de notas por estudiante y ejercicio, leída del libro de notas de nbgrader."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Grade, Gradebook

from grading.course import ASSIGNMENT, Course
from grading.records import problems_of, write_whole
from grading.store import open_gradebook

_WORDS = {"reflexion": "reflexión"}


@dataclass(frozen=True)
class Exercise:
    """Una columna de la tabla."""

    name: str
    max_score: float
    manual: bool


@dataclass(frozen=True)
class StudentGrades:
    """Una fila: puntos por ejercicio; ``None`` en uno que espera la nota a mano.

    La penalización de nbgrader por entregar tarde se quita del total; los ejercicios van sin ella.
    """

    student: str
    scores: dict[str, float | None]
    problems: dict[str, str]
    late_penalty: float = 0.0

    @property
    def total(self) -> float:
        """Puntos hasta ahora; lo que espera nota no suma."""
        return max(0.0, sum(score or 0.0 for score in self.scores.values()) - self.late_penalty)

    @property
    def notes(self) -> str:
        """Los problemas y la penalización, en una línea."""
        problems = [f"{notebook}: {text}" for notebook, text in sorted(self.problems.items())]
        return "; ".join([*problems, *filter(None, [late_note(self.late_penalty)])])


@dataclass(frozen=True)
class GradeTable:
    """Todas las notas de la clase."""

    exercises: Sequence[Exercise]
    students: Sequence[StudentGrades]

    @property
    def max_score(self) -> float:
        """Los puntos que hay en juego."""
        return sum(exercise.max_score for exercise in self.exercises)

    @property
    def auto_max_score(self) -> float:
        """Los puntos que dan las pruebas."""
        return sum(exercise.max_score for exercise in self.exercises if not exercise.manual)


def exercise_of(grade_id: str) -> str:
    """``test_ej1_valores`` → ``ej1``; ``ej2_reflexion`` se queda como está."""
    return grade_id.split("_")[1] if grade_id.startswith("test_") else grade_id


def score_of(grade: Grade) -> float | None:
    """Los puntos de una celda; ``None`` si espera la nota a mano."""
    waiting = grade.needs_manual_grade and grade.manual_score is None
    return None if waiting else float(grade.score)


def late_note(penalty: float) -> str:
    """Cuánto se quitó por entregar tarde, con palabras; nada si no se quitó nada."""
    return f"entregado tarde: −{penalty:g} puntos" if penalty else ""


def exercise_title(name: str) -> str:
    """``ej2_reflexion`` → «Ejercicio 2: reflexión»."""
    number, _, rest = name.removeprefix("ej").partition("_")
    if not number.isdigit():
        return name
    return f"Ejercicio {number}" + (f": {_WORDS.get(rest, rest)}" if rest else "")


def read_grades(course: Course) -> GradeTable:
    """Lee las notas de todas las entregas corregidas."""
    with open_gradebook(course) as gradebook:
        submissions = gradebook.assignment_submissions(ASSIGNMENT)
        if not submissions:
            return GradeTable([], [])
        exercises = exercises_of(gradebook)
        students = [_student(submission, exercises, course) for submission in submissions]
    return GradeTable(exercises, sorted(students, key=lambda row: row.student))


def write_csv(table: GradeTable, path: Path) -> None:
    """Escribe la tabla; una casilla vacía es un ejercicio que espera nota a mano."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    names = [exercise.name for exercise in table.exercises]
    writer.writerow(["student", *names, "total", "max_score", "notes"])
    for row in table.students:
        cells = ["" if row.scores[name] is None else f"{row.scores[name]:g}" for name in names]
        writer.writerow([row.student, *cells, f"{row.total:g}", f"{table.max_score:g}", row.notes])
    write_whole(path, file.getvalue())


def exercises_of(gradebook: Gradebook, assignment: str = ASSIGNMENT) -> list[Exercise]:
    """Las columnas de la tabla, por orden."""
    points: dict[str, float] = {}
    manual: dict[str, bool] = {}
    for notebook in gradebook.find_assignment(assignment).notebooks:
        for cell in notebook.grade_cells:
            name = exercise_of(cell.name)
            points[name] = points.get(name, 0.0) + cell.max_score
            manual[name] = not cell.name.startswith("test_")
    return [Exercise(name, points[name], manual[name]) for name in sorted(points)]


def _student(submission: object, exercises: list[Exercise], course: Course) -> StudentGrades:
    scores: dict[str, float | None] = {exercise.name: 0.0 for exercise in exercises}
    for notebook in submission.notebooks:  # type: ignore[attr-defined]
        for grade in notebook.grades:
            name = exercise_of(grade.cell.name)
            score, so_far = score_of(grade), scores[name]
            scores[name] = None if score is None or so_far is None else so_far + score
    student = submission.student_id  # type: ignore[attr-defined]
    penalty = submission.late_submission_penalty  # type: ignore[attr-defined]
    return StudentGrades(student, scores, problems_of(course, student), penalty or 0.0)
