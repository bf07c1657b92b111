"""Los preprocesadores de nbgrader, uno a uno."""

from __future__ import annotations

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grading.preprocessors import HideTests, NameGoals, StripSourceMetadata

ERROR = {
    "output_type": "error",
    "ename": "AssertionError",
    "evalue": "mal",
    "traceback": ["línea oculta", "mal"],
}
KERNEL = {"name": "python3", "display_name": "Python 3"}


def graded_cell(source: str = "assert True") -> NotebookNode:
    nbgrader = {"grade": True, "solution": False, "grade_id": "test_ej1_x", "points": 1}
    return new_code_cell(source, metadata={"nbgrader": nbgrader})


def outputs(*items: dict) -> list[NotebookNode]:
    return [nbformat.from_dict(item) for item in items]


def test_feedback_hides_source_traceback_and_prints() -> None:
    cell = graded_cell("visible = 1\n### BEGIN HIDDEN TESTS\noculta = 2\n### END HIDDEN TESTS")
    cell.outputs = outputs(ERROR, {"output_type": "stream", "name": "stdout", "text": "oculta = 2"})
    HideTests().preprocess_cell(cell, {}, 0)
    assert cell.source == "visible = 1"
    assert [output.traceback for output in cell.outputs] == [["mal"]]


def test_feedback_names_other_errors() -> None:
    cell = graded_cell()
    cell.outputs = [new_output("error", ename="TypeError", evalue="no se llama", traceback=["x"])]
    HideTests().preprocess_cell(cell, {}, 0)
    assert cell.outputs[0].traceback == ["TypeError: no se llama"]


def test_feedback_says_what_each_test_looks_at() -> None:
    texts = ["**Comprueba que generaliza.** Vuelve a predecir.", "Otro texto", "**Comprueba los valores.**"]
    cells = [item for text in texts for item in (new_markdown_cell(text), graded_cell())]
    cells += [
        new_markdown_cell("# Sigue", metadata={"nbgrader": {"grade_id": "ej2_reflexion", "grade": True}})
    ]
    notebook, _ = NameGoals().preprocess(new_notebook(cells=cells), {})
    named = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [info.title for info in named] == ["Generaliza", "Test_ej1_x", "Los valores", "La reflexión"]
    assert [info.exercise for info in named] == ["Ejercicio 1"] * 3 + ["Ejercicio 2"]


def test_release_keeps_only_kernel_metadata() -> None:
    metadata = {"jupytext": {"formats": "ipynb,py"}, "kernelspec": KERNEL, "autor": "x"}
    notebook, _ = StripSourceMetadata().preprocess(new_notebook(metadata=metadata), {})
    assert notebook.metadata == {"kernelspec": KERNEL}
