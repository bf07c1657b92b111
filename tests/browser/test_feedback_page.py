"""La página de devolución en un navegador: accesible, legible en un teléfono, imprimible y sin red."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbgrader.api import Gradebook
from playwright.sync_api import Page

from grading.autograde import autograde, pending_units
from grading.course import ASSIGNMENT, Course
from grading.feedback import make_all_feedback
from grading.submissions import find_submissions
from tests.grading.small_class import hand_in, part_of_the_course

pytestmark = pytest.mark.slow
NOTEBOOK = "parte2_multi_head"
COMMENT = "Bien visto.\nPero ¿qué pasa con <b>una</b> cabeza?"
REFLECTION = "ej2_reflexion"
ANSWERS = {
    "perfecta": {REFLECTION: "Cada cabeza mira $d_k$ dimensiones: <script>document.title='otra'</script>"},
    "con_fallos": {"ej2_comparar_cabezas": "average_attention = {1: np.eye(6)}\nraise ValueError('x' * 300)"},
    "sin_tocar": {"ej2_comparar_cabezas": "raise NotImplementedError", REFLECTION: ""},
}
SIZES = {"ordenador": (1280, 900), "teléfono": (360, 740)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """La página de cada estudiante de una clase corregida, con un comentario de quien corrige."""
    course = part_of_the_course(tmp_path_factory.mktemp("curso"), [NOTEBOOK])
    for student, answers in ANSWERS.items():
        hand_in(course, student, answers)
    autograde(course, pending_units(course, find_submissions(course)), lambda unit, record: None)
    _grade_by_hand(course)
    made = {one.student: one for one in make_all_feedback(course, find_submissions(course))}
    assert {one.problem for one in made.values()} == {""}
    return {student: one.pages[0] for student, one in made.items()}


def _grade_by_hand(course: Course) -> None:
    with Gradebook(course.database) as gradebook:
        where = (REFLECTION, NOTEBOOK, ASSIGNMENT, "perfecta")
        gradebook.find_grade(*where).manual_score = 4
        gradebook.find_comment(*where).manual_comment = COMMENT
        gradebook.db.commit()


@pytest.fixture(params=SIZES)
def page(new_page: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    width, height = SIZES[request.param]
    return new_page(viewport={"width": width, "height": height})


def show(page: Page, path: Path) -> list[str]:
    """Abre la página; devuelve lo que pidió además de sí misma."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return [url for url in asked if url != path.as_uri() and not url.startswith("data:")]


@pytest.mark.parametrize("student", ANSWERS)
def test_no_accessibility_violation(page: Page, pages: dict[str, Path], student: str) -> None:
    show(page, pages[student])
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("student", ANSWERS)
def test_it_fits_and_asks_for_nothing(page: Page, pages: dict[str, Path], student: str) -> None:
    assert show(page, pages[student]) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"se sale {wide} píxeles por la derecha"


def test_it_says_what_was_earned_and_why(page: Page, pages: dict[str, Path]) -> None:
    show(page, pages["con_fallos"])
    rows = [row.inner_text().split("\t") for row in page.locator("tbody tr").all()]
    assert [row[0] for row in rows] == [
        "Ejercicio 2: la media de los pesos",
        "Ejercicio 2: la entropía media",
        "Ejercicio 2: la reflexión",
    ]
    assert all("sin puntos" in row[2] for row in rows[:2])
    page.get_by_role("link", name="la media de los pesos").click()
    section = page.get_by_role("region", name="La media de los pesos")
    assert section.locator(".message").inner_text().strip()


def test_what_a_student_writes_is_text(page: Page, pages: dict[str, Path]) -> None:
    show(page, pages["perfecta"])
    assert page.title() == f"Devolución de {NOTEBOOK}, perfecta"
    assert "<script>" in page.locator(f"#{REFLECTION} pre").inner_text()


def test_the_comment_of_the_instructor_arrives(page: Page, pages: dict[str, Path]) -> None:
    show(page, pages["perfecta"])
    assert COMMENT in page.locator(".comment").inner_text()
    assert "4 de 5" in page.get_by_role("region", name="Tu respuesta: ej2_reflexion").inner_text()


def test_it_prints_on_paper(page: Page, pages: dict[str, Path]) -> None:
    show(page, pages["con_fallos"])
    document = io.BytesIO(page.pdf(format="A4"))
    assert 1 <= document.getvalue().count(b"/Type /Page\n") <= 4
