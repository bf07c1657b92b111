"""La versión de estudiante se detiene solo donde hay algo que completar."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.course import Course
from tests.contract import PARTS, Part
from tests.notebooks.kernels import execute, outputs_of


@pytest.mark.slow
@pytest.mark.parametrize("part", [part for part in PARTS if part.solutions], ids=lambda part: part.notebook)
def test_stops_only_at_the_exercise(project: Course, part: Part, tmp_path: Path) -> None:
    notebook = execute(project.release / f"{part.notebook}.ipynb", tmp_path, allow_errors=True)
    failures = {
        notebook.cells[index].metadata.get("nbgrader", {}).get("grade_id", index): output
        for index, output in outputs_of(notebook, "error")
    }
    solutions = {name for name in failures if name in part.solutions}
    tests = {name for name in failures if str(name).startswith(part.test_prefix)}
    assert solutions == set(part.solutions)
    assert set(failures) == solutions | tests
    assert {failures[name].ename for name in solutions} == {"NotImplementedError"}
    assert {failures[name].ename for name in tests} <= {"AssertionError", "NotImplementedError"}
