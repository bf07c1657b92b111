"""Una clase con una entrega por cada ataque a la carpeta, corregida de una vez por quien la coordina."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.course import ASSIGNMENT, Course
from tests.attacks.model import NEIGHBOUR, NOTEBOOK, Attack, released
from tests.grading.small_class import grade_all, hand_in, part_of_the_course


@dataclass(frozen=True)
class Row:
    """Lo que la tabla dice de una entrega."""

    points: float
    notes: str


def attacked_class(root: Path, attacks: Sequence[Attack]) -> Course:
    """La clase, en ``root``, sin corregir: quien ataca se llama como su número."""
    course = part_of_the_course(root, [NOTEBOOK])
    hand_in(course, NEIGHBOUR)
    for attack in attacks:
        submit(course.submitted / attack.number / ASSIGNMENT, attack)
    return course


def submit(folder: Path, attack: Attack) -> None:
    """Deja la entrega de ``attack`` en ``folder``."""
    folder.mkdir(parents=True)
    nbformat.write(attack.build(released()), folder / f"{NOTEBOOK}.ipynb")
    if attack.place:
        attack.place(folder)


def grade_class(course: Course) -> dict[str, Row]:
    """Corrige toda la clase y da la línea de cada entrega."""
    lines = csv.DictReader(grade_all(course).decode().splitlines())
    return {line["student"]: Row(float(line["total"]), line["notes"]) for line in lines}
