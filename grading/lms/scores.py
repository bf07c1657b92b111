"""Las notas de la clase, con lo que un LMS necesita además: penalización, comentarios y quién no entregó."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from grading.errors import CourseError
from grading.grades import Exercise, exercise_of, exercises_of, late_note, score_of
from grading.lms.roster import Person, Roster, plain

TOTAL = "total"
_EXERCISE = re.compile(r"(ej\d+)_\w+")


@dataclass(frozen=True)
class Scores:
    """Lo de un estudiante.

    Attributes
    ----------
    student
        Su nombre en el libro de notas.
    person
        Lo que se sabe de él en el LMS.
    points
        Puntos por ejercicio y ``total``, ya penalizados; ``None`` en lo que espera nota a mano.
    comments
        Lo que le escribió quien corrige, por ejercicio.
    submitted
        Si entregó algo.
    """

    student: str
    person: Person
    points: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    submitted: bool = False


@dataclass(frozen=True)
class ClassScores:
    """Lo de todos; ``exercises`` acaba con el total."""

    exercises: Sequence[Exercise]
    students: Sequence[Scores]


def read_scores(gradebook: Gradebook, assignment: str, only: Sequence[str] = ()) -> ClassScores:
    """Lee las notas de ``assignment``; ``only`` deja a esos estudiantes.

    Raises
    ------
    CourseError
        Si la tarea no tiene notas todavía.
    """
    try:
        exercises = exercises_of(gradebook, assignment)
    except MissingEntry as error:
        raise CourseError(f"No hay notas de {assignment}: corrige antes con `make autograde`.") from error
    total = Exercise(TOTAL, sum(exercise.max_score for exercise in exercises), manual=False)
    students = [one for one in gradebook.students if not only or one.id in only]
    return ClassScores(
        [*exercises, total], [_scores(gradebook, assignment, one, exercises) for one in students]
    )


def with_roster(table: ClassScores, roster: Roster) -> tuple[ClassScores, list[str]]:
    """Las notas con los datos de ``roster``: nadie fuera de ella, y también quien no entregó nada.

    Returns
    -------
    Las notas, y quiénes las tienen sin estar en la lista.
    """
    found = {one.student: roster.find(one.student) for one in table.students}
    matched = [replace(one, person=person) for one in table.students if (person := found[one.student])]
    seen = {id(one.person) for one in matched}
    absent = [Scores(one.student, one) for one in roster.people if id(one) not in seen]
    strangers = [student for student, person in found.items() if person is None]
    return replace(table, students=[*matched, *absent]), strangers


def in_order(table: ClassScores) -> ClassScores:
    """Las notas por orden alfabético de apellidos."""
    students = sorted(table.students, key=lambda one: (plain(one.person.sortable_name), one.student))
    return replace(table, students=students)


def _scores(gradebook: Gradebook, assignment: str, student: Any, exercises: Sequence[Exercise]) -> Scores:
    person = Person(
        username=student.id,
        id_number=student.lms_user_id or "",
        email=student.email or "",
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        canvas_id=student.lms_user_id or "",
    )
    try:
        submission = gradebook.find_submission(assignment, student.id)
    except MissingEntry:
        return Scores(student.id, person)
    points = _points(submission, exercises)
    return Scores(student.id, person, points, _comments(submission, points), submitted=True)


def _points(submission: Any, exercises: Sequence[Exercise]) -> dict[str, float | None]:
    points: dict[str, float | None] = {exercise.name: 0.0 for exercise in exercises}
    for notebook in submission.notebooks:
        share = _share_left(notebook)
        for grade in notebook.grades:
            name, score = exercise_of(grade.cell.name), score_of(grade)
            so_far = points[name]
            points[name] = None if score is None or so_far is None else so_far + share * score
    waiting = None in points.values()
    # Como lo calcula nbgrader, que es lo que enseña formgrader.
    total = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
    return {**points, TOTAL: None if waiting else total}


def _share_left(notebook: Any) -> float:
    """Qué parte de los puntos queda tras la penalización por entregar tarde, que va por cuaderno."""
    penalty, score = notebook.late_submission_penalty or 0.0, notebook.score
    return max(0.0, 1.0 - penalty / score) if score else 1.0


def _comments(submission: Any, points: dict[str, float | None]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for notebook in submission.notebooks:
        for comment in notebook.comments:
            if comment.manual_comment:
                found.setdefault(_exercise(comment.name, points), []).append(comment.manual_comment.strip())
    if late := late_note(submission.late_submission_penalty):
        found.setdefault(TOTAL, []).append(f"{late.capitalize()}.")
    return {name: " ".join(" ".join(texts).split()) for name, texts in found.items()}


def _exercise(cell: str, points: dict[str, float | None]) -> str:
    name = exercise_of(cell)
    parts = _EXERCISE.fullmatch(name)
    return parts[1] if name not in points and parts else name
