"""Lo que se exige de las pruebas de cualquier ejercicio: qué aceptan, qué rechazan y qué error nombran."""

from __future__ import annotations

from dataclasses import dataclass

from grading.course import Course
from grading.sample_class.build import ANSWERS
from tests.contract import PARTS
from tests.notebooks.inprocess import run_tests


@dataclass(frozen=True)
class Wrong:
    """Una respuesta equivocada: qué celdas cambia, qué pruebas suspende y qué debe decir la primera."""

    name: str
    answers: dict[str, str]
    fails: frozenset[str]
    says: str

    @property
    def exercise(self) -> str:
        return next(iter(self.answers)).split("_")[0]


def part_of(exercise: str) -> str:
    """El cuaderno de un ejercicio (``"ej1"``)."""
    return next(part.notebook for part in PARTS if any(name.startswith(exercise) for name in part.solutions))


def check_reference(project: Course, part: str) -> None:
    """La solución de referencia cumple todas las pruebas."""
    verdicts = run_tests(project.source / f"{part}.ipynb", {})
    assert len(verdicts) >= 2 and set(verdicts.values()) == {None}, verdicts


def check_other_style(project: Course, part: str, style: str) -> None:
    """También las de un estudiante de la clase de muestra que lo hizo bien de otra manera."""
    answers = {path.stem: path.read_text(encoding="utf-8") for path in (ANSWERS / style).glob("*.py")}
    verdicts = run_tests(project.source / f"{part}.ipynb", answers)
    assert set(verdicts.values()) == {None}, verdicts


def check_untouched(project: Course, part: str) -> None:
    """La versión sin tocar suspende todo, y se le dice qué falta."""
    stub = "raise NotImplementedError('Ejercicio por completar')"
    solutions = next(row.solutions for row in PARTS if row.notebook == part)
    verdicts = run_tests(project.source / f"{part}.ipynb", dict.fromkeys(solutions, stub))
    assert verdicts and all(message and "Falta definir" in message for message in verdicts.values()), verdicts


def check_wrong(project: Course, wrong: Wrong) -> None:
    """Una respuesta equivocada suspende las pruebas que debe, y la primera nombra el error."""
    verdicts = run_tests(project.source / f"{part_of(wrong.exercise)}.ipynb", wrong.answers)
    failed = {name: message for name, message in verdicts.items() if message}
    assert set(failed) == wrong.fails, failed
    assert wrong.says in next(iter(failed.values())), failed
