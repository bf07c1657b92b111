"""El camino de un estudiante en un JupyterLab de verdad: abrir, ejecutar, validar, corregir y entregar."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from grading.autograde import autograde, pending_units
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course
from grading.grades import read_grades
from grading.sample_class.build import reference_answers
from grading.submissions import find_submissions
from tests.browser.lab_page import EXPOSE, LabPage
from tests.browser.servers import Server, jupyter
from tests.browser.watch import picture
from tests.grading.small_class import part_of_the_course

pytestmark = pytest.mark.slow
NOTEBOOK = "parte1_self_attention"
INVERTED = """\
def build_causal_mask(seq_len):
    return np.tril(np.ones((seq_len, seq_len), dtype=bool))


causal_mask = build_causal_mask(seq_len)"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return part_of_the_course(tmp_path_factory.mktemp("curso"), [NOTEBOOK])


@pytest.fixture(scope="module")
def workspace(course: Course) -> Path:
    return course.root / "workspace"


@pytest.fixture(scope="module")
def server(course: Course, workspace: Path) -> Iterator[Server]:
    """Lo mismo que ``make lab``, en otra carpeta."""
    command = [sys.executable, "-m", "codigo.lab"]
    options = ["--copy-from", str(course.release), str(workspace), EXPOSE]
    with jupyter(PROJECT_ROOT, *options, command=command) as server:
        yield server


def test_it_opens_in_spanish_with_an_index(page: Page, server: Server) -> None:
    page.goto(server.at(""))
    menus = page.get_by_role("menubar")
    expect(menus).to_contain_text("Archivo")
    expect(menus).not_to_contain_text("Nbgrader", ignore_case=True)
    page.locator(".jp-MarkdownViewer").get_by_role("link", name="Parte 1").click()
    expect(page.locator(".jp-NotebookPanel h1")).to_contain_text("Autoatención paso a paso")


def test_from_a_wrong_answer_to_full_marks(
    page: Page, server: Server, course: Course, workspace: Path
) -> None:
    answers = reference_answers(course)
    lab = LabPage(page, server).open_notebook(f"{NOTEBOOK}.ipynb")
    lab.run_to(lab.index_of("ej1_mascara_causal"))
    lab.show(lab.first_figure())
    picture(page, "jupyterlab")
    lab.fill("ej1_mascara_causal", INVERTED)
    lab.run(lab.index_of("ej1_mascara_causal"))
    expect(lab.run(lab.index_of("test_ej1_mascara"))).to_contain_text("¿están True y False al revés?")

    lab.fill("ej1_atencion_causal", answers["ej1_atencion_causal"])
    dialog = lab.validate()
    expect(dialog).to_contain_text("Pasan 1 de 4 pruebas")
    expect(dialog).to_contain_text("Empieza por aquí")
    expect(dialog).to_contain_text("¿están True y False al revés? True significa oculta.")
    expect(dialog).not_to_contain_text("Traceback")
    picture(page, "validar")
    dialog.get_by_role("button", name="La máscara").click()
    expect(dialog).to_have_count(0)
    assert lab.active_index() == lab.index_of("test_ej1_mascara")

    lab.fill("ej1_mascara_causal", answers["ej1_mascara_causal"])
    expect(lab.validate()).to_contain_text("Pasan las 4 pruebas")
    lab.close_dialog()
    assert points_of(course, workspace / f"{NOTEBOOK}.ipynb") == 16


def points_of(course: Course, notebook: Path) -> float:
    """Los puntos del ejercicio 1 al entregar ese archivo, tal como está en el disco."""
    folder = course.submitted / "ana" / ASSIGNMENT
    folder.mkdir(parents=True)
    shutil.copy(notebook, folder)
    autograde(course, pending_units(course, find_submissions(course)), lambda unit, record: None)
    (row,) = read_grades(course).students
    return row.scores["ej1"]


def test_a_changed_test_is_said(page: Page, server: Server, workspace: Path) -> None:
    notebook = nbformat.read(workspace / f"{NOTEBOOK}.ipynb", as_version=4)
    test = next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test_ej1_frase"
    )
    test.source = "pass"
    notebook.cells = [test]
    nbformat.write(notebook, workspace / "cambiado.ipynb")
    dialog = LabPage(page, server).open_notebook("cambiado.ipynb").validate()
    expect(dialog).to_contain_text("Has cambiado celdas de prueba")
    expect(dialog.get_by_role("button", name="test_ej1_frase")).to_be_visible()
