"""Escribe la clase de muestra: una carpeta de curso con sus entregas."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from grading.course import ASSIGNMENT, Course, own_database
from grading.release import make_release
from grading.sample_class.students import STUDENTS, Student
from grading.seeds import write_course_seed

SEED = 11
ANSWERS = Path(__file__).parent / "answers"
REGION_MARK = re.compile(r"^\s*### (BEGIN|END) SOLUTION\n?", flags=re.MULTILINE)


def write_sample_class(course: Course, target: Path) -> Course:
    """Rehace en ``target`` un curso con la fuente de ``course`` y la clase de muestra entregada.

    Returns
    -------
    El curso nuevo, listo para corregir.
    """
    shutil.rmtree(target, ignore_errors=True)
    sample = Course(target, db_url=own_database(target))  # nunca la que diga la variable DB
    shutil.copytree(course.source, sample.source)
    write_course_seed(sample.autograded, SEED)  # la muestra enseña siempre lo mismo, mensajes incluidos
    solutions = reference_answers(course)
    released = make_release(sample)
    for student in STUDENTS:
        folder = sample.submitted / student.name / ASSIGNMENT
        folder.mkdir(parents=True)
        for path in released:
            _write_notebook(student, path, folder / path.name, solutions)
    return sample


def reference_answers(course: Course) -> dict[str, str]:
    """El texto de cada celda de solución de la fuente, sin las marcas de región."""
    return {
        cell.metadata.nbgrader.grade_id: REGION_MARK.sub("", cell.source)
        for path in course.notebooks
        for cell in nbformat.read(path, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _write_notebook(student: Student, released: Path, target: Path, solutions: dict[str, str]) -> None:
    if released.stem in student.garbage:
        target.write_text(student.garbage[released.stem], encoding="utf-8")
        return
    notebook = nbformat.read(released, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if _grade_id(cell) not in student.deleted_cells]
    for cell in notebook.cells:
        cell.source = _answer(student, cell, solutions)
    nbformat.write(notebook, target)


def _answer(student: Student, cell: NotebookNode, solutions: dict[str, str]) -> str:
    grade_id = _grade_id(cell)
    for suffix in (".py", ".md"):
        own = ANSWERS / student.name / f"{grade_id}{suffix}"
        if own.exists():
            return own.read_text(encoding="utf-8").rstrip("\n")
    return solutions.get(grade_id, cell.source) if student.uses_reference else str(cell.source)


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
