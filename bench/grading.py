"""El motor frente a nbgrader: la misma clase, las mismas notas, en la misma ejecución."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grading.autograde import autograde, pending_units
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.grades import read_grades
from grading.release import make_release
from grading.sample_class.build import reference_answers
from grading.submissions import find_submissions


@dataclass(frozen=True)
class GradingCost:
    """Lo medido al corregir una clase de entregas completas.

    Attributes
    ----------
    students, plain_students
        Cuántas entregas corrigió el motor y cuántas nbgrader.
    engine_seconds, plain_seconds
        Tiempo de reloj de cada uno, por entrega.
    same_scores
        Si las notas coinciden.
    """

    students: int
    plain_students: int
    engine_seconds: float
    plain_seconds: float
    same_scores: bool

    @property
    def ratio(self) -> float:
        """Cuántas entregas corrige el motor en lo que nbgrader corrige una."""
        return self.plain_seconds / self.engine_seconds


def measure_grading(students: int, plain_students: int) -> GradingCost:
    """Corrige ``students`` entregas con el motor y las primeras ``plain_students`` con nbgrader."""
    with _class_of(students) as course, _class_of(plain_students) as plain:
        engine_seconds = _time_engine(course)
        plain_seconds = _time_plain(plain)
        scores, expected = _scores(course), _scores(plain)
    same = all(scores[student] == expected[student] for student in expected)
    return GradingCost(
        students, plain_students, engine_seconds / students, plain_seconds / plain_students, same
    )


@contextmanager
def _class_of(students: int) -> Iterator[Course]:
    """Un curso con entregas completas, distintas entre sí para que nada se pueda aprovechar de otra."""
    with tempfile.TemporaryDirectory(prefix="lab11-bench-") as folder:
        course = Course(Path(folder), db_url=own_database(Path(folder)))
        shutil.copytree(PROJECT_ROOT / "source" / ASSIGNMENT, course.source)
        answers = reference_answers(course)
        for released in make_release(course):
            for number in range(students):
                _write(released, course.submitted / f"estudiante_{number:02d}" / ASSIGNMENT, answers, number)
        yield course


def _write(released: Path, folder: Path, answers: dict[str, str], number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            comment = "#" if cell.cell_type == "code" else "\n\nEntrega"
            cell.source = f"{answers[name]}\n{comment} {number}"
    nbformat.write(notebook, folder / released.name)


def _time_engine(course: Course) -> float:
    begin = time.perf_counter()
    units = pending_units(course, find_submissions(course))
    autograde(course, units, lambda unit, record: None)
    return time.perf_counter() - begin


def _time_plain(course: Course) -> float:
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", course.root)
    shutil.copytree(PROJECT_ROOT / "grading" / "templates", course.root / "grading" / "templates")
    environment = os.environ | {
        "LAB11_GRADER": "nbgrader",
        "LAB11_MODELS": "quick",
        "HF_HUB_OFFLINE": "1",
        "CELL_TIMEOUT": "300",
    }
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=course.root,
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin


def _scores(course: Course) -> dict[str, dict[str, float | None]]:
    return {row.student: row.scores for row in read_grades(course).students}
