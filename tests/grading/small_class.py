"""Clases pequeñas y rápidas de corregir, y la orden que las corrige en otro proceso."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat

from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.pairing import update_notebooks
from grading.release import make_release
from grading.sample_class.build import reference_answers
from grading.submissions import UnreadableError, submitted_answers

# Sin torch ni figuras: casi todo el tiempo es del motor.
SOURCE = """\
# %% [markdown]
# # Parte {number}. Un cuaderno pequeño

# %%
import time

import numpy as np

# %% nbgrader={{"grade": false, "grade_id": "ej{number}_doble", "locked": false, "schema_version": 3, \
"solution": true, "task": false}}
def doble(values):
    ### BEGIN SOLUTION
    time.sleep({seconds})
    return values * {factor}
    ### END SOLUTION


# %% nbgrader={{"grade": true, "grade_id": "test_ej{number}_uno", "locked": true, "points": 3, \
"schema_version": 3, "solution": false, "task": false}}
assert doble(np.ones(2)).shape == (2,)

# %% nbgrader={{"grade": true, "grade_id": "test_ej{number}_valor", "locked": true, "points": 5, \
"schema_version": 3, "solution": false, "task": false}}
### BEGIN HIDDEN TESTS
hidden_values = doble(np.arange(3.0))
assert np.array_equal(hidden_values, {factor} * np.arange(3.0)), "hidden_error"
### END HIDDEN TESTS
"""
WRONG = "def doble(values):\n    return values"
BROKEN = "Profe, no me dejaba guardarlo :("


def tiny_course(root: Path, parts: int, seconds: float = 0.0) -> Course:
    """Un curso en ``root`` con ``parts`` cuadernos diminutos y su versión de estudiante hecha.

    ``seconds`` es lo que tarda cada llamada a la solución: da tiempo a que algo muera a mitad.
    """
    course = Course(root, db_url=own_database(root))
    course.source.mkdir(parents=True)
    for number in range(1, parts + 1):
        text = SOURCE.format(number=number, factor=number + 1, seconds=seconds)
        (course.source / f"parte{number}_diminuta.py").write_text(text, encoding="utf-8")
    update_notebooks(course.source)
    make_release(course)
    return course


def part_of_the_course(root: Path, notebooks: Sequence[str]) -> Course:
    """Un curso en ``root`` con algunos cuadernos de verdad y su versión de estudiante hecha."""
    course = Course(root, db_url=own_database(root))
    course.source.mkdir(parents=True)
    for name in notebooks:
        for suffix in (".py", ".ipynb"):
            shutil.copy(Course(PROJECT_ROOT).source / f"{name}{suffix}", course.source)
    make_release(course)
    return course


def hand_in(course: Course, student: str, other: Mapping[str, str] | None = None) -> None:
    """Entrega las soluciones de referencia, salvo las celdas de ``other``, por ``grade_id``."""
    answers = {**reference_answers(course), **(other or {})}
    for released in sorted(course.release.glob("*.ipynb")):
        notebook = nbformat.read(released, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            cell.source = answers.get(grade_id, cell.source)
        target = course.submitted / student / ASSIGNMENT / released.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)


def hand_in_broken(course: Course, student: str, notebook: str) -> None:
    """Estropea un cuaderno ya entregado."""
    (course.submitted / student / ASSIGNMENT / f"{notebook}.ipynb").write_text(BROKEN, encoding="utf-8")


def copy_of(course: Course, root: Path) -> Course:
    """Una copia en ``root``, con su propio libro de notas, sin empezar."""
    shutil.copytree(course.root, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db"))
    return Course(root, db_url=own_database(root))


@contextmanager
def grading(course: Course, database: str = "", scheduler: str = "") -> Iterator[subprocess.Popen[str]]:
    """``make autograde`` en otro proceso, que no sobrevive al bloque."""
    process = subprocess.Popen(
        [sys.executable, "-m", "grading", "autograde", "--root", str(course.root)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "DB": database, "SCHEDULER": scheduler},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def grade_all(course: Course, database: str = "", scheduler: str = "") -> bytes:
    """Corrige lo que falte y devuelve la tabla, en CSV."""
    with grading(course, database, scheduler) as process:
        return finish(course, process)


def finish(course: Course, process: subprocess.Popen[str]) -> bytes:
    """Espera a que la corrección acabe bien y devuelve la tabla, en CSV."""
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    return (course.root / "grades.csv").read_bytes()


def graded_so_far(course: Course) -> dict[Path, tuple[int, int]]:
    """Los cuadernos corregidos y apuntados; el valor cambia si se corrigen otra vez."""
    found = {}
    for record in (course.autograded / ".records" / ASSIGNMENT).glob("*/*.json"):
        path = course.autograded / record.parent.name / ASSIGNMENT / f"{record.stem}.ipynb"
        if path.exists():
            status = path.stat()
            found[path] = (status.st_ino, status.st_mtime_ns)
    return found


def unreadable_reason(notebook: Path, known: Collection[str] = ()) -> str | None:
    """Por qué no hay cuaderno que corregir, como :func:`submitted_answers`; ``None`` si lo hay."""
    try:
        submitted_answers(notebook, known)
    except UnreadableError as error:
        return str(error)
    return None
