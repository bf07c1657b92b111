"""Las páginas de devolución de todos los cuadernos: accesibles, enteras y sin nada de lo oculto."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from grading.autograde import autograde, pending_units
from grading.course import PROJECT_ROOT, Course
from grading.feedback import make_feedback
from grading.leaks import secret_lines
from grading.submissions import find_submissions
from tests.contract import PARTS
from tests.grading.small_class import hand_in, part_of_the_course
from tests.quality.corpus import EXERCISES, right_answers, wrong_answers

pytestmark = pytest.mark.slow
NOTEBOOKS = [part.notebook for part in PARTS]
NOISY = ("ruidosa", "con_avisos_y_barras", "con_avisos")
STUDENTS = ("con_fallos", "ruidosa")
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Dos entregas de todo el curso: una con un error por ejercicio y otra correcta que escribe mucho."""
    made = part_of_the_course(tmp_path_factory.mktemp("curso"), NOTEBOOKS)
    wrong, noisy = dict[str, str](), dict[str, str]()
    for name in EXERCISES:
        wrong |= wrong_answers(name)[0].answers
        for right in right_answers(name):
            noisy |= right.answers if right.name in NOISY else {}
    tuning = wrong_answers("ej6")[-1].answers  # como las correctas, pero acaba en un segundo
    for student, answers in zip(STUDENTS, (wrong, noisy | tuning), strict=True):
        hand_in(made, student, answers)
    submissions = find_submissions(made)
    autograde(made, pending_units(made, submissions), lambda unit, record: None)
    for submission in submissions:
        make_feedback(made, submission)
    return made


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_page_is_accessible_fits_and_hides_the_tests(
    new_page: Callable[..., Page], course: Course, notebook: str, student: str
) -> None:
    page = new_page(viewport=PHONE)
    page.goto(_page(course, student, notebook).as_uri())
    for closed in page.locator("details:not([open])").all():
        closed.evaluate("element => { element.open = true }")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"se sale {wide} píxeles por la derecha"
    text = re.sub(r"[\s\\]", "", page.evaluate("document.documentElement.textContent"))
    assert [line for line in _hidden_lines() if line in text] == []


def _page(course: Course, student: str, notebook: str) -> Path:
    return course.feedback / student / "lab11" / f"{notebook}.html"


def _hidden_lines() -> list[str]:
    """Todas las líneas de las pruebas ocultas, sin espacios, que no sean también de una solución."""
    source = Course(PROJECT_ROOT).source
    answers = "".join(secret_lines(source, "SOLUTION"))
    return [line for line in secret_lines(source, "HIDDEN TESTS") if line not in answers]


def test_every_hidden_region_is_searched_for() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in Course(PROJECT_ROOT).source.glob("*.py"))
    regions = re.findall(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", scripts, flags=re.DOTALL)
    searched = set(_hidden_lines())
    assert len(regions) == scripts.count('"grade_id": "test_')
    for region in regions:
        lines = {re.sub(r"[\s\\]", "", line) for line in region.splitlines()}
        assert len(lines & searched) > 3, region
