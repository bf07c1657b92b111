"""Quien corrige, en un formgrader de verdad: corregir con el motor, puntuar a mano, comentar y devolver."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import is_grade
from playwright.sync_api import Page, expect

from grading.course import ASSIGNMENT, PROJECT_ROOT, Course
from tests.browser.formgrader_page import FONT_PROBE, FormgraderPage
from tests.browser.servers import Server, jupyter
from tests.browser.watch import picture
from tests.grading.small_class import hand_in, part_of_the_course

pytestmark = pytest.mark.slow
NOTEBOOK, REFLECTION, EXERCISE = "parte2_multi_head", "ej2_reflexion", "ej2_comparar_cabezas"
ANSWER = "Con más cabezas la media se allana, porque cada una divide entre $\\sqrt{d_k}$."
EMPTY = "average_attention = {}\nmean_entropy = {}"
COMMENT = "Bien visto, pero ¿y con una sola cabeza?"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Un curso en otra carpeta con dos entregas sin corregir; la de bea se salta las pruebas."""
    course = part_of_the_course(tmp_path_factory.mktemp("curso"), [NOTEBOOK])
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", course.root)
    hand_in(course, "ana", {REFLECTION: ANSWER})
    hand_in(course, "bea", {EXERCISE: EMPTY, REFLECTION: "No sé."})
    skip_every_test(course.submitted / "bea" / ASSIGNMENT / f"{NOTEBOOK}.ipynb")
    return course


def skip_every_test(path: Path) -> None:
    """Etiqueta las pruebas para que nbgrader, sin el motor del curso, las dé por buenas."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_grade(cell):
            cell.metadata.tags = ["skip-execution"]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def server(course: Course) -> Iterator[Server]:
    """Lo mismo que ``make formgrader``, en otra carpeta."""
    with jupyter(course.root, command=[sys.executable, "-m", "codigo.lab", "--formgrader"]) as server:
        yield server


def test_from_submission_to_feedback_and_again(
    new_page: Callable[..., Page], server: Server, course: Course
) -> None:
    page = new_page(allowed=[FONT_PROBE])
    formgrader = FormgraderPage(page, server, ASSIGNMENT)
    formgrader.open_submissions()
    for student, score in (("ana", "14 / 19"), ("bea", "0 / 19")):
        expect(formgrader.row(student)).to_contain_text("needs autograding")
        formgrader.autograde(student)
        expect(formgrader.row(student)).to_contain_text("needs manual grading")
        expect(formgrader.row(student).locator(".score")).to_have_text(score)

    formgrader.open_answer("ana", NOTEBOOK)
    expect(formgrader.answer(REFLECTION).locator(".MathJax").first).to_be_visible()
    pictures = page.locator("#notebook img").all()
    assert pictures and all((one.get_attribute("alt") or "").strip() for one in pictures)
    assert any("Cuatro mapas de calor de 6 por 6" in one.get_attribute("alt") for one in pictures)
    formgrader.give(REFLECTION, "4", COMMENT)
    formgrader.answer(REFLECTION).scroll_into_view_if_needed()
    picture(page, "formgrader-reflexion")
    formgrader.open_submissions()
    expect(formgrader.row("ana")).to_contain_text("graded")
    expect(formgrader.row("ana").locator(".score")).to_have_text("18 / 19")
    picture(page, "formgrader-entregas", height=400)
    formgrader.generate_feedback("ana")
    assert COMMENT in feedback_of(course, "ana")

    hand_in(course, "ana", {REFLECTION: ANSWER, EXERCISE: EMPTY})
    formgrader.autograde("ana")
    expect(formgrader.row("ana").locator(".score")).to_have_text("4 / 19")
    formgrader.generate_feedback("ana")
    assert COMMENT in feedback_of(course, "ana")


def feedback_of(course: Course, student: str) -> str:
    page: Path = course.feedback / student / ASSIGNMENT / f"{NOTEBOOK}.html"
    return page.read_text(encoding="utf-8")
