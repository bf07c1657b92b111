"""Los cuadernos de ``source/``: parejas, celdas del contrato y ejecución de arriba abajo."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from codigo.lab.goals import goal_of
from grading.course import Course
from grading.pairing import build_notebook, mismatched, update_notebooks
from tests.contract import PARTS, Part
from tests.notebooks.kernels import execute, outputs_of

by_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.notebook)


def read(project: Course, part: Part) -> nbformat.NotebookNode:
    return nbformat.read(project.source / f"{part.notebook}.ipynb", as_version=4)


def graded(project: Course, part: Part) -> dict[str, dict]:
    cells = read(project, part).cells
    return {cell.metadata.nbgrader.grade_id: cell for cell in cells if "nbgrader" in cell.metadata}


def test_every_notebook_is_in_the_contract(project: Course) -> None:
    assert {path.stem for path in project.notebooks} == {part.notebook for part in PARTS}


def test_pairs_match(project: Course) -> None:
    assert mismatched(project.source) == []


def test_a_changed_pair_is_noticed(course_copy: Course) -> None:
    script = course_copy.source / "parte1_self_attention.py"
    script.write_text(script.read_text(encoding="utf-8").replace("gato", "perro"), encoding="utf-8")
    assert mismatched(course_copy.source) == ["parte1_self_attention: el .ipynb no coincide con el .py"]
    assert update_notebooks(course_copy.source) == [script.with_suffix(".ipynb")]
    assert mismatched(course_copy.source) == []


def test_a_missing_pair_is_noticed(course_copy: Course) -> None:
    (course_copy.source / "parte1_self_attention.ipynb").unlink()
    assert mismatched(course_copy.source) == ["parte1_self_attention: falta el .py o el .ipynb"]


def test_pairing_gives_the_same_bytes(project: Course) -> None:
    script = project.source / "parte1_self_attention.py"
    assert build_notebook(script) == build_notebook(script)


@by_part
def test_no_outputs(project: Course, part: Part) -> None:
    code = [cell for cell in read(project, part).cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@by_part
def test_graded_cells_follow_the_contract(project: Course, part: Part) -> None:
    cells = graded(project, part)
    kinds = {
        name: (cell.metadata.nbgrader.grade, cell.metadata.nbgrader.solution) for name, cell in cells.items()
    }
    manual = dict(part.manual)
    assert {name for name, kind in kinds.items() if kind == (False, True)} == set(part.solutions)
    assert {name: cells[name].metadata.nbgrader.points for name in manual} == manual
    assert all(cells[name].cell_type == "markdown" and kinds[name] == (True, True) for name in manual)
    tests = [name for name, kind in kinds.items() if kind == (True, False)]
    assert all(name.startswith(part.test_prefix) and cells[name].metadata.nbgrader.locked for name in tests)
    assert sum(cells[name].metadata.nbgrader.points for name in tests) == part.auto_points
    assert len(kinds) == len(part.solutions) + len(manual) + len(tests)


@by_part
def test_tests_have_visible_and_hidden_parts(project: Course, part: Part) -> None:
    for name, cell in graded(project, part).items():
        if name.startswith("test_"):
            visible, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS")
            assert "require_defined" in visible, name
            assert "hidden_checks." in hidden and hidden.rstrip().endswith("### END HIDDEN TESTS"), name


@by_part
def test_every_test_says_before_it_what_it_checks(project: Course, part: Part) -> None:
    """De ahí salen los nombres de Validar, la devolución y el informe; sin ella se ve el ``grade_id``."""
    cells = read(project, part).cells
    tests = {
        cell.metadata.nbgrader.grade_id: before
        for before, cell in pairwise(cells)
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "").startswith("test_")
    }
    goals = {name: goal_of(before.source) for name, before in tests.items() if before.cell_type == "markdown"}
    assert [name for name in tests if not goals.get(name)] == []
    assert len(set(goals.values())) == len(goals), "dos pruebas que se anuncian igual no se distinguen"


@by_part
def test_manual_cells_carry_a_mark_scheme(project: Course, part: Part) -> None:
    for name, _ in part.manual:
        _, begin, region = graded(project, part)[name].source.partition("### BEGIN SOLUTION")
        assert begin and "Criterios de corrección" in region and "| 0 puntos |" in region, name


@pytest.mark.slow
@by_part
def test_runs_clean(project: Course, part: Part, tmp_path: Path) -> None:
    """De arriba abajo, sin errores ni nada en stderr, y con los nombres del contrato al final."""
    notebook = execute(project.source / f"{part.notebook}.ipynb", tmp_path, extra_cell=part.check)
    noise = [output.text for _, output in outputs_of(notebook, "stream") if output.name == "stderr"]
    assert noise == []
    figures = [output for _, output in outputs_of(notebook, "display_data") if "image/png" in output.data]
    assert figures, "ninguna figura"
    assert all(len(figure.metadata.get("image/png", {}).get("alt", "")) > 40 for figure in figures)
