"""El informe, del libro de notas y de los apuntes del motor a la página."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from grading.cli import main
from grading.course import ASSIGNMENT, Course, own_database
from grading.report.data import ClassReport, read_report
from grading.report.page import report_page
from grading.report.statistics import summarize, totals_of

NOTEBOOK = "parte1_diminuta"
POINTS = {"test_ej1_forma": 4, "test_ej1_valor": 6, "ej1_reflexion": 5}
# Puntos y, de la segunda prueba, el error que dio; sin nota, la reflexión espera.
STUDENTS = {
    "ana": ([4, 6, 5], None),
    "eva": ([4, 0, 3], ("AssertionError", "Se esperaba <b>1</b>.\nPista: la máscara.")),
    "leo": ([4, 0, None], ("AssertionError", "Se esperaba <b>1</b>.\nPista: la máscara.")),
    "luz": ([0, 0, None], ("AssertionError", "Falta definir `doble`. Completa la celda.")),
}
MESSAGE = "Se esperaba <b>1</b>. Pista: la máscara."


def cell(name: str) -> nbformat.NotebookNode:
    found = new_code_cell("")
    found.metadata["nbgrader"] = {"grade_id": name, "grade": True, "solution": "reflexion" in name}
    return found


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Un curso corregido: cuatro entregas de un cuaderno con dos pruebas y una reflexión."""
    root = tmp_path_factory.mktemp("informe")
    course = Course(root, db_url=own_database(root))
    course.source.mkdir(parents=True)
    goals = [new_markdown_cell("**Comprueba la forma.**"), cell("test_ej1_forma")]
    goals += [new_markdown_cell("**Comprueba que el valor es el de $x$.**"), cell("test_ej1_valor")]
    nbformat.write(new_notebook(cells=[*goals, cell("ej1_reflexion")]), course.source / f"{NOTEBOOK}.ipynb")
    with Gradebook(course.database) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader crea las entregas por partes
        book.add_assignment(ASSIGNMENT)
        book.add_notebook(NOTEBOOK, ASSIGNMENT)
        for name, points in POINTS.items():
            book.add_grade_cell(name, NOTEBOOK, ASSIGNMENT, max_score=points, cell_type="code")
        for student, (scores, error) in STUDENTS.items():
            _grade(course, book, student, scores)
            _write_graded(course, student, error)
    return course


def _grade(course: Course, book: Gradebook, student: str, scores: list[float | None]) -> None:
    book.add_student(student)
    (notebook,) = book.add_submission(ASSIGNMENT, student).notebooks
    for grade in notebook.grades:
        score = scores[list(POINTS).index(grade.name)]
        grade.auto_score, grade.needs_manual_grade = score, score is None
    book.db.commit()
    record = course.autograded / ".records" / ASSIGNMENT / student / f"{NOTEBOOK}.json"
    record.parent.mkdir(parents=True)
    spent = {"total": 1.5 + list(STUDENTS).index(student)}
    record.write_text(json.dumps({"fingerprint": "x", "changes": [], "spent": spent}), encoding="utf-8")


def _write_graded(course: Course, student: str, error: tuple[str, str] | None) -> None:
    test = cell("test_ej1_valor")
    if error:
        test.outputs = [new_output("error", ename=error[0], evalue=error[1], traceback=[])]
    folder = course.autograded / student / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[cell("test_ej1_forma"), test]), folder / f"{NOTEBOOK}.ipynb")


@pytest.fixture(scope="module")
def found(course: Course) -> ClassReport:
    return read_report(course)


def test_goals_are_counted_and_named(found: ClassReport) -> None:
    value, shape = found.goals
    assert (value.title, value.failed, value.total, value.unanswered) == ("El valor es el de $x$", 3, 4, 1)
    assert (value.message, value.seen) == (MESSAGE, 2)
    # A quien no tiene la forma tampoco le quedó mensaje: nada que repetir.
    assert (shape.title, shape.failed, shape.unanswered, shape.message) == ("La forma", 1, 1, "")


def test_what_waits_and_what_it_took(found: ClassReport) -> None:
    assert found.waiting == [("Ejercicio 1: reflexión", ["leo", "luz"])]
    (time,) = found.times
    assert (time.notebook, time.seconds, time.median, time.count) == (NOTEBOOK, 1.5 + 2.5 + 3.5 + 4.5, 3.0, 4)
    assert found.totals.scores == (15, 7, 4, 0) and found.totals.complete == (True, True, False, False)


def test_the_page_is_whole_and_escapes(found: ClassReport) -> None:
    page = report_page(found)
    assert "http" not in page and "<script" not in page and "<link" not in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page and "<b>1" not in page
    assert page.count("<img ") == page.count('alt="') == page.count("<figcaption>") == 4
    assert "2 esperan alguna nota a mano" in page and "leo, luz" in page
    assert page == report_page(found), "los mismos datos dan los mismos bytes"


def test_anonymous_names_nobody(found: ClassReport) -> None:
    page = report_page(found, anonymous=True)
    assert not any(f">{student}" in page or f" {student}" in page for student in STUDENTS)
    assert "2 de 4" in page


def test_make_report_writes_it(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--root", str(course.root), "--db", course.database]) == 0
    assert str(course.root / "informe.html") in capsys.readouterr().out
    assert (course.root / "informe.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_one_student(found: ClassReport) -> None:
    table = replace(found.table, students=found.table.students[:1])
    alone = replace(found, table=table, totals=totals_of(table), exercises=summarize(table))
    page = report_page(replace(alone, goals=(), times=()))
    assert "1 entrega corregida." in page and "Con una sola entrega no hay distribución" in page
    assert "hacen falta 4 notas" in page and "Nadie falla ninguno." in page and "No está apuntado" in page


def test_nobody(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    with Gradebook(course.database) as book:
        for student in STUDENTS:  # va la última: las demás las necesitan
            book.remove_submission(ASSIGNMENT, student)
    assert main(["report", "--root", str(course.root), "--db", course.database]) == 1
    assert "Todavía no hay notas: corrige antes con `make autograde`." in capsys.readouterr().err
