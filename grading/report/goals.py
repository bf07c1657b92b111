"""Los apartados que más fallan, con el mensaje que más se ha visto en cada uno."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from grading.course import ASSIGNMENT, Course
from grading.engine.rebuild import grade_id
from grading.plain import printable
from grading.preprocessors.feedback import NameGoals

MAX_MESSAGE = 300
# El principio de los mensajes que salen cuando no hay nada que juzgar.
_UNANSWERED = ("Falta definir", "NotImplementedError", "PruebaNoEjecutada")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Goal:
    """Un apartado: lo que mira una celda de pruebas.

    Attributes
    ----------
    exercise, title
        De qué ejercicio es y qué mira.
    failed, total
        Cuántas entregas no lo tienen entero, de cuántas.
    unanswered
        En cuántas no hay respuesta que juzgar: falta, está sin completar o Python se cerró antes.
    message, seen
        De las demás, el mensaje más repetido, y en cuántas; vacío y 0 si no hay ninguna.
    """

    exercise: str
    title: str
    failed: int
    total: int
    unanswered: int = 0
    message: str = ""
    seen: int = 0

    @property
    def share(self) -> float:
        """La parte de las entregas que fallan."""
        return self.failed / self.total if self.total else 0.0


def failed_goals(course: Course, gradebook: Gradebook) -> list[Goal]:
    """Los apartados automáticos en los que falla alguien, de más a menos."""
    failed, total = _counts(gradebook)
    messages = _messages(course, failed)
    found = [
        _goal(exercise, title, len(failed[name]), total[name], messages[name])
        for name, (exercise, title) in _titles(course).items()
        if failed[name]
    ]
    return sorted(found, key=lambda goal: (-goal.share, goal.exercise, goal.title))


def _goal(exercise: str, title: str, failed: int, total: int, messages: Counter[str]) -> Goal:
    wrong = Counter({text: n for text, n in messages.items() if not text.startswith(_UNANSWERED)})
    message, seen = wrong.most_common(1)[0] if wrong else ("", 0)
    return Goal(exercise, title, failed, total, failed - wrong.total(), message, seen)


def _counts(gradebook: Gradebook) -> tuple[dict[str, set[str]], Counter[str]]:
    """Por celda de pruebas, quién no la tiene entera y cuántas hay."""
    failed: dict[str, set[str]] = defaultdict(set)
    total: Counter[str] = Counter()
    for submission in gradebook.assignment_submissions(ASSIGNMENT):
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                total[grade.name] += 1
                if not grade.needs_manual_grade and (grade.auto_score or 0.0) < grade.max_score:
                    failed[grade.name].add(submission.student_id)
    return failed, total


def _titles(course: Course) -> dict[str, tuple[str, str]]:
    found = {}
    for path in course.notebooks:
        notebook, _ = NameGoals().preprocess(nbformat.read(path, as_version=4), {})
        for cell in notebook.cells:
            if (name := grade_id(cell)).startswith("test_"):
                found[name] = (cell.metadata.nbgrader.exercise, cell.metadata.nbgrader.title)
    return found


def _messages(course: Course, failed: dict[str, set[str]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for student in sorted(set().union(*failed.values())):
        for path in sorted((course.autograded / student / ASSIGNMENT).glob("*.ipynb")):
            for name, message in _shown(path):
                if student in failed[name]:
                    found[name][message] += 1
    return found


def _shown(path: Path) -> Iterator[tuple[str, str]]:
    """El mensaje de cada celda de pruebas de un cuaderno corregido."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and grade_id(cell):
                yield grade_id(cell), _message(output.ename, output.evalue)
                break


def _message(name: str, value: str) -> str:
    text = " ".join(_ANSI.sub("", value).split())
    return printable(text if name == "AssertionError" else f"{name}: {text}", MAX_MESSAGE)
