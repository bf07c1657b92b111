"""Las lecturas como cuadernos: parejas, sin salidas ni nota, con lo nuevo señalado, y ejecución."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from grading.cli import sync
from grading.course import PROJECT_ROOT, Course
from grading.pairing import build_notebook
from tests.contract import PARTS
from tests.notebooks.kernels import execute, outputs_of

READINGS = sorted((PROJECT_ROOT / "lecturas").glob("*.py"))
by_reading = pytest.mark.parametrize("script", READINGS, ids=lambda script: script.stem)


def cells_of(script: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells


def test_each_notebook_has_its_script() -> None:
    notebooks = {path.stem for path in (PROJECT_ROOT / "lecturas").glob("*.ipynb")}
    assert notebooks == {script.stem for script in READINGS} != set()
    assert notebooks.isdisjoint(part.notebook for part in PARTS)


@by_reading
def test_the_pair_matches(script: Path) -> None:
    assert script.with_suffix(".ipynb").read_text(encoding="utf-8") == build_notebook(script)


@by_reading
def test_no_outputs_and_nothing_graded(script: Path) -> None:
    cells = cells_of(script)
    assert all("nbgrader" not in cell.metadata for cell in cells)
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@by_reading
def test_every_version_but_the_first_marks_what_is_new(script: Path) -> None:
    code = {cell.source for cell in cells_of(script) if cell.cell_type == "code"}
    for first, others in (("attention_v", range(1, 7)), ("generate_g", range(1, 3))):
        for number in others:
            (cell,) = (source for source in code if f"def {first}{number}(" in source)
            assert "# ← nuevo" in cell, (first, number)
        (start,) = (source for source in code if f"def {first}0(" in source)
        assert "# ← nuevo" not in start


def test_sync_makes_them_too(tmp_path: Path, project: Course) -> None:
    course = Course(tmp_path)
    shutil.copytree(project.readings, course.readings)
    notebook = next(course.readings.glob("*.ipynb"))
    before = notebook.read_bytes()
    notebook.unlink()
    sync(course)
    assert notebook.read_bytes() == before


@pytest.mark.slow
@by_reading
def test_runs_clean(script: Path, tmp_path: Path) -> None:
    """Sin errores ni nada en stderr, con figuras que se pueden oír y dejando la carpeta como estaba."""
    notebook = execute(script.with_suffix(".ipynb"), tmp_path)
    assert [output.text for _, output in outputs_of(notebook, "stream") if output.name == "stderr"] == []
    figures = [output for _, output in outputs_of(notebook, "display_data") if "image/png" in output.data]
    assert len(figures) >= 3
    assert all(len(figure.metadata.get("image/png", {}).get("alt", "")) > 40 for figure in figures)
    assert list(tmp_path.iterdir()) == []
