"""El cuaderno rehecho: de la entrega solo quedan las respuestas."""

from __future__ import annotations

import copy
from collections.abc import Callable

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.engine.rebuild import grade_id, rebuild


def cell(source: str, name: str = "", kind: str = "") -> NotebookNode:
    made = new_code_cell(source)
    if name:
        made.metadata.nbgrader = nbformat.from_dict(
            {"grade_id": name, "grade": kind != "solution", "solution": kind != "test", "points": 2}
        )
    return made


@pytest.fixture
def source() -> NotebookNode:
    reflection = new_markdown_cell("modelo", metadata=cell("", "ej_r", "manual").metadata)
    cells = [new_markdown_cell("# Título"), cell("import os"), cell("solución", "ej_a", "solution")]
    return new_notebook(cells=[*cells, cell("assert a", "test_a", "test"), cell("print(a)"), reflection])


@pytest.fixture
def answered(source: NotebookNode) -> NotebookNode:
    submitted = copy.deepcopy(source)
    submitted.cells[2].source, submitted.cells[5].source = "a = 1", "mi respuesta"
    return submitted


def texts(notebook: NotebookNode) -> list[str]:
    return [made.source for made in notebook.cells]


HONEST = ["# Título", "import os", "a = 1", "assert a", "print(a)", "mi respuesta"]


def test_answers_are_taken(source: NotebookNode, answered: NotebookNode) -> None:
    rebuilt = rebuild(source, answered)
    assert texts(rebuilt.notebook) == HONEST and rebuilt.changes == []
    assert texts(source)[2] == "solución"


def change_test(notebook: NotebookNode) -> None:
    notebook.cells[3].source = "assert True"


def retag(notebook: NotebookNode) -> None:
    notebook.cells[3].metadata.tags = ["skip-execution"]


def to_raw(notebook: NotebookNode) -> None:
    notebook.cells[3].cell_type = "raw"


def more_points(notebook: NotebookNode) -> None:
    notebook.cells[3].metadata.nbgrader.points = 99


def fake_outputs(notebook: NotebookNode) -> None:
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", text="todo bien")]


def delete_test(notebook: NotebookNode) -> None:
    del notebook.cells[3]


def shuffle(notebook: NotebookNode) -> None:
    notebook.cells = notebook.cells[::-1]


def other_kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "bash"}


@pytest.mark.parametrize(
    "tamper",
    [change_test, retag, to_raw, more_points, fake_outputs, delete_test, shuffle, other_kernel],
    ids=lambda tamper: tamper.__name__,
)
def test_what_is_not_an_answer_has_no_effect(
    source: NotebookNode, answered: NotebookNode, tamper: Callable[[NotebookNode], None]
) -> None:
    tamper(answered)
    rebuilt = rebuild(source, answered).notebook
    assert texts(rebuilt) == HONEST
    assert [made.cell_type for made in rebuilt.cells] == [made.cell_type for made in source.cells]
    assert [made.metadata for made in rebuilt.cells] == [made.metadata for made in source.cells]
    assert rebuilt.metadata == source.metadata
    assert all(made.outputs == [] for made in rebuilt.cells if made.cell_type == "code")


def test_changes_are_listed(source: NotebookNode, answered: NotebookNode) -> None:
    retag(answered)
    answered.cells.append(copy.deepcopy(answered.cells[2]))
    del answered.cells[5]
    changes = rebuild(source, answered).changes
    assert any("etiquetas en test_a" in change for change in changes)
    assert "celda repetida: ej_a (vale la primera)" in changes
    assert "falta la celda ej_r" in changes


def test_a_missing_test_is_put_back_and_said(source: NotebookNode, answered: NotebookNode) -> None:
    delete_test(answered)
    assert "faltaba la prueba test_a: se repuso" in rebuild(source, answered).changes


def test_added_cells_stay_where_they_were(source: NotebookNode, answered: NotebookNode) -> None:
    answered.cells.insert(2, cell("def ayuda(): ..."))
    answered.cells.insert(4, cell("b = 2"))
    answered.cells.append(cell("c = 3"))
    rebuilt = rebuild(source, answered)
    assert texts(rebuilt.notebook) == [
        "# Título",
        "import os",
        "def ayuda(): ...",
        "a = 1",
        "b = 2",
        "assert a",
        "print(a)",
        "mi respuesta",
        "c = 3",
    ]
    assert "celda añadida o cambiada: b = 2" in rebuilt.changes


def test_a_missing_answer_is_empty(source: NotebookNode, answered: NotebookNode) -> None:
    del answered.cells[2]
    assert texts(rebuild(source, answered).notebook)[2] == ""


@pytest.mark.parametrize("broken", ["texto", 3, None, [], {"grade_id": 7}])
def test_broken_metadata_is_no_grade_id(source: NotebookNode, answered: NotebookNode, broken: object) -> None:
    answered.cells[2].metadata["nbgrader"] = broken
    rebuilt = rebuild(source, answered)
    assert "a = 1" in texts(rebuilt.notebook)  # cuenta como celda añadida
    assert [grade_id(made) for made in rebuilt.notebook.cells if grade_id(made)] == ["ej_a", "test_a", "ej_r"]


def test_what_it_says_of_the_student_can_be_shown(source: NotebookNode, answered: NotebookNode) -> None:
    answered.cells.insert(2, cell("x = '\ud83d\x1b[2J'\rana 100"))
    answered.cells[3].metadata.tags = ["a\nb"]
    assert rebuild(source, answered).changes == [
        "celda añadida o cambiada: x = '··[2J'",
        "etiquetas en ej_a, que no se miran: a·b",
    ]


def test_pasted_images_come_with_the_answer_and_nothing_else_does(
    source: NotebookNode, answered: NotebookNode
) -> None:
    pasted = {"image/png": "aGVsbG8=", "image/svg+xml": "PHN2Zz4=", "text/html": "<script>"}
    broken = {"image/png": "<script>", "image/jpeg": 3}
    answered.cells[5].attachments = nbformat.from_dict({"a.png": pasted, "b.png": broken, "c.png": []})
    answered.cells[2].attachments = nbformat.from_dict({"a.png": pasted})
    rebuilt = rebuild(source, answered).notebook
    assert rebuilt.cells[5].attachments == {"a.png": {"image/png": "aGVsbG8="}}
    assert "attachments" not in rebuilt.cells[2]


def test_pasted_images_have_a_limit(source: NotebookNode, answered: NotebookNode) -> None:
    image = {"image/png": "A" * 5_000_000}
    answered.cells[5].attachments = nbformat.from_dict({"a.png": image, "b.png": image})
    assert list(rebuild(source, answered).notebook.cells[5].attachments) == ["a.png"]
