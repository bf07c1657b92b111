"""Los preprocesadores de nbgrader, uno a uno."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.preprocessors import Execute

from grading.preprocessors import GradedExecute, HideTests, IgnoreStderr, StripSourceMetadata
from grading.preprocessors.execute import NEVER_STARTED

ERROR = {
    "output_type": "error",
    "ename": "AssertionError",
    "evalue": "mal",
    "traceback": ["línea oculta", "mal"],
}
KERNEL = {"name": "python3", "display_name": "Python 3"}
STDERR = {"output_type": "stream", "name": "stderr", "text": "aviso"}


def graded_cell(source: str = "assert True") -> NotebookNode:
    nbgrader = {"grade": True, "solution": False, "grade_id": "test_ej1_x", "points": 1}
    return new_code_cell(source, metadata={"nbgrader": nbgrader})


def outputs(*items: dict) -> list[NotebookNode]:
    return [nbformat.from_dict(item) for item in items]


def test_stderr_of_a_passed_test_is_ignored() -> None:
    cell = graded_cell()
    cell.outputs = outputs(STDERR, {"output_type": "stream", "name": "stdout", "text": "hola"})
    IgnoreStderr().preprocess_cell(cell, {}, 0)
    assert [output.name for output in cell.outputs] == ["stdout"]


def test_stderr_of_a_failed_test_stays() -> None:
    cell = graded_cell()
    cell.outputs = outputs(STDERR, ERROR)
    IgnoreStderr().preprocess_cell(cell, {}, 0)
    assert len(cell.outputs) == 2


def test_stderr_of_other_cells_stays() -> None:
    cell = new_code_cell("x = 1")
    cell.outputs = outputs(STDERR)
    IgnoreStderr().preprocess_cell(cell, {}, 0)
    assert len(cell.outputs) == 1


def test_notebook_without_tests_is_not_executed() -> None:
    notebook = new_notebook(cells=[new_code_cell("1/0")])
    GradedExecute().preprocess(notebook, {"metadata": {}})
    assert notebook.cells[0].outputs == []


def run(*cells: NotebookNode, **settings: int) -> list[list[str]]:
    notebook = new_notebook(cells=list(cells))
    GradedExecute(**settings).preprocess(notebook, {"metadata": {}})
    return [[output.get("ename", output.output_type) for output in cell.outputs] for cell in notebook.cells]


def test_tests_before_a_crash_count_and_the_rest_fail() -> None:
    results = run(graded_cell(), new_code_cell("import os; os._exit(1)"), graded_cell())
    assert results[0] == [] and results[2] == ["PruebaNoEjecutada"]


def test_a_skipped_test_fails() -> None:
    skipped = graded_cell()
    skipped.metadata.tags = ["skip-execution"]
    assert run(graded_cell(), skipped) == [[], ["PruebaNoEjecutada"]]


def test_an_endless_loop_stops_and_the_next_test_counts() -> None:
    results = run(new_code_cell("while True: pass"), graded_cell(), timeout=2)
    assert results[0][-1] == "CellTimeoutError" and results[1] == []


def test_the_notebook_has_its_own_limit() -> None:
    results = run(new_code_cell("import time; time.sleep(1.5)"), graded_cell(), notebook_timeout=1)
    assert results[1] == ["PruebaNoEjecutada"]


def test_a_kernel_that_never_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([RuntimeError(NEVER_STARTED), RuntimeError(NEVER_STARTED)])
    start = Execute.preprocess

    def unlucky(self: Execute, *arguments: object) -> object:
        for failure in failures:
            raise failure
        return start(self, *arguments)

    monkeypatch.setattr(Execute, "preprocess", unlucky)
    assert run(graded_cell()) == [[]]


def test_other_failures_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def broken(self: Execute, *arguments: object) -> object:
        calls.append(arguments)
        raise RuntimeError("otra cosa")

    monkeypatch.setattr(Execute, "preprocess", broken)
    with pytest.raises(RuntimeError, match="otra cosa"):
        run(graded_cell())
    assert len(calls) == 1


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


def test_release_keeps_only_kernel_metadata() -> None:
    metadata = {"jupytext": {"formats": "ipynb,py"}, "kernelspec": KERNEL, "autor": "x"}
    notebook, _ = StripSourceMetadata().preprocess(new_notebook(metadata=metadata), {})
    assert notebook.metadata == {"kernelspec": KERNEL}
