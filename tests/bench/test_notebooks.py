"""Lo que cuesta un cuaderno, leído de lo que nbgrader apunta al ejecutarlo."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bench.notebooks import NotebookCost, ask_for_memory, listing, read_cost
from tests.notebooks.kernels import execute


def timed(seconds, name=""):
    """Una celda que tardó ``seconds``, con nota si tiene ``name``."""
    marks = {
        "iopub.execute_input": "2026-01-01T10:00:00.500000Z",
        "shell.execute_reply": f"2026-01-01T10:00:{seconds + 0.5:09.6f}Z",
    }
    grading = {"nbgrader": {"grade_id": name}} if name else {}
    return new_code_cell("x", metadata={"execution": marks, **grading})


@pytest.fixture
def graded(tmp_path):
    """Un cuaderno corregido, con la memoria en su última celda."""
    memory = new_code_cell("y", outputs=[new_output("stream", text="2500000000\n")])
    cells = [new_markdown_cell("# Hola"), timed(4.0), timed(1.5, "ej9_a"), timed(2.25, "test_ej9"), memory]
    path = tmp_path / "parte9.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def test_the_cost_is_read_from_the_marks_of_each_cell(graded):
    assert read_cost(graded) == NotebookCost("parte9", 7.75, (2.25, "test_ej9"), 2_500_000_000)


def test_a_cell_without_marks_took_nothing_and_no_graded_cell_is_slowest(tmp_path):
    memory = new_code_cell("y", outputs=[new_output("stream", text="1")])
    nbformat.write(new_notebook(cells=[new_code_cell("x"), timed(1.0), memory]), tmp_path / "a.ipynb")
    assert read_cost(tmp_path / "a.ipynb") == NotebookCost("a", 1.0, (0.0, ""), 1)


def test_the_cell_that_is_added_writes_the_memory_in_bytes_of_its_own_process(tmp_path):
    launcher = bytearray(1_000_000_000)
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("filled = bytearray(200_000_000)")]), path)
    ask_for_memory(path)
    nbformat.write(execute(path, tmp_path), path)
    assert 200_000_000 < read_cost(path).peak_bytes < len(launcher)


def test_the_listing_ends_with_the_total_and_the_limits():
    costs = [NotebookCost("a", 1.0, (0.5, "t"), 10**9), NotebookCost("b", 2.0, (0.0, ""), 3 * 10**9)]
    rows = listing(costs).rows
    assert rows[0] == ("a", "1.0", "0.5 (`t`)", "1.00") and rows[1][2] == "—"
    assert rows[2] == ("suma o máximo", "3.0", "0.5", "3.00") and rows[3][0] == "límite"
