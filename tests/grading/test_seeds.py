"""La semilla del curso: se guarda, se recupera, y de ella salen las entradas de las pruebas."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from codigo import fresh
from grading.engine.grade import SEED, grade_notebook
from grading.engine.pool import close_all
from grading.engine.sandbox import Limits, why_unavailable
from grading.errors import CourseError
from grading.seeds import course_seed, write_course_seed

TEST = "from codigo.checks import fresh_generator\nraise AssertionError(fresh_generator().integers(10**9))"


def test_the_seed_is_drawn_once(tmp_path: Path) -> None:
    first = course_seed(tmp_path / "autograded")
    assert course_seed(tmp_path / "autograded") == first
    assert course_seed(tmp_path / "otra") != first


def test_the_first_seed_stays(tmp_path: Path) -> None:
    write_course_seed(tmp_path, 11)
    write_course_seed(tmp_path, 12)
    assert course_seed(tmp_path) == 11


def test_a_spoilt_seed_is_said(tmp_path: Path) -> None:
    (tmp_path / ".seed").write_text("once")
    with pytest.raises(CourseError, match="debe tener un número entero"):
        course_seed(tmp_path)


def test_out_of_the_judge_each_generator_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(fresh.SEED_VARIABLE, raising=False)
    assert fresh.fresh_generator().integers(2**60) != fresh.fresh_generator().integers(2**60)


def test_out_of_the_judge_the_variable_repeats_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fresh.SEED_VARIABLE, "7")
    drawn = [fresh.fresh_generator().integers(2**60) for _ in range(2)]
    assert drawn == [np.random.default_rng(7).integers(2**60)] * 2


@pytest.mark.parametrize("text", ["-1", "siete", "1.5"])
def test_a_wrong_variable_is_said(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(fresh.SEED_VARIABLE, text)
    with pytest.raises(ValueError, match="debe ser un entero"):
        fresh.fresh_generator()


def notebook(answer: str) -> str:
    """Un cuaderno con una respuesta y una prueba que dice qué número sacó."""
    node = new_notebook(cells=[new_code_cell(answer), new_code_cell(TEST)])
    common = {"schema_version": 3, "task": False, "locked": False}
    node.cells[0].metadata["nbgrader"] = {"grade_id": "ej", "solution": True, "grade": False, **common}
    node.cells[1].metadata["nbgrader"] = {
        "grade_id": "test_ej",
        "solution": False,
        "grade": True,
        "points": 1,
        **common,
    }
    return nbformat.writes(node)


def drawn(answer: str, seed: int) -> tuple[int, int]:
    """Lo que sacó la prueba, y la semilla apuntada."""
    grade = grade_notebook(notebook("x = 0"), notebook(answer), Limits(), not why_unavailable(), seed)
    node = nbformat.reads(grade.notebook, as_version=4)
    return int(node.cells[1].outputs[0].evalue), node.metadata[SEED]


@pytest.mark.slow
def test_inputs_change_with_the_course_and_the_answer_and_can_be_repeated() -> None:
    try:
        first, seed = drawn("x = 1", 5)
        assert drawn("x = 1", 5) == (first, seed)
        assert drawn("x = 1", 6)[0] != first
        assert drawn("x = 2", 5)[0] != first
        assert np.random.default_rng(seed).integers(10**9) == first
    finally:
        close_all()
