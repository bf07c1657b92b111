"""El informe de la clase y el parecido entre entregas en un navegador: accesibles, imprimibles y sin red."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from grading.grades import Exercise, GradeTable, StudentGrades
from grading.lms.similarity import Pair, Similarity, write_similarity
from grading.report.data import ClassReport, NotebookTime
from grading.report.goals import Goal
from grading.report.page import report_page
from grading.report.statistics import summarize, totals_of

SIZES = {"ordenador": (1280, 900), "teléfono": (360, 740)}
CODE = "def f(una_variable_larguisima):\n    return una_variable_larguisima + " + "1 + " * 60 + "1"


def class_report() -> ClassReport:
    """Doce estudiantes y tres ejercicios; a la mitad le falta la nota de la reflexión."""
    exercises = [Exercise("ej1", 16, False), Exercise("ej2", 14, False), Exercise("ej2_reflexion", 5, True)]
    students = [
        StudentGrades(
            f"estudiante_con_nombre_largo_{i:02}",
            {"ej1": 16 - i % 5, "ej2": 14 - (3 * i) % 11, "ej2_reflexion": None if i % 2 else 4.5},
            {},
        )
        for i in range(12)
    ]
    table = GradeTable(exercises, students)
    goals = [Goal("Ejercicio 2", "La entropía media, en nats", 5, 12, 2, "Se esperaba 1.386 y es 2. " * 8, 3)]
    times = [NotebookTime("parte2_multi_head", 14.2, 1.1, 12)]
    return ClassReport(table, totals_of(table), summarize(table), goals, times)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("paginas")
    (folder / "informe.html").write_text(report_page(class_report()), encoding="utf-8")
    pair = Pair("Ejercicio 1", "ana", "eva", (0.97, 0.81), 120, (CODE, CODE), ([[0], [30]], [[0], [30]]))
    found = Similarity([pair], {"Ejercicio 1": 0.4}, 3, ["luz: no está"])
    write_similarity(found, 0.8, folder / "parecido.html")
    return {path.stem: path for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["informe", "parecido"])
@pytest.mark.parametrize("size", SIZES)
def test_accessible_and_within_the_screen(
    new_page: Callable[..., Page], pages: dict[str, Path], name: str, size: str
) -> None:
    width, height = SIZES[size]
    page = new_page(viewport={"width": width, "height": height})
    page.goto(pages[name].as_uri())
    for details in page.locator("summary").all():
        details.click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"se sale {wide} píxeles por la derecha"
    assert all(page.evaluate("[...document.images].map(image => image.naturalWidth > 0)"))


def test_it_prints_on_few_sheets(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["informe"].as_uri())
    assert 2 <= page.pdf(format="A4").count(b"/Type /Page\n") <= 6
