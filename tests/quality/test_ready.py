"""Lo que se exige a un ejercicio antes de publicarlo."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from grading.course import Course
from tests.contract import PARTS
from tests.quality import run
from tests.quality.answers import Exercise
from tests.quality.corpus import EXERCISES
from tests.quality.ready import out_of_step, stale_inputs, wrong_points


@pytest.fixture
def changed(project: Course, tmp_path: Path) -> Exercise:
    """El ejercicio 3, con un punto de más y las entradas ocultas de semilla fija."""
    for path in project.notebooks:
        shutil.copy(path, tmp_path)
    exercise = Exercise("ej3", tmp_path)
    notebook = nbformat.read(exercise.path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_ej3_coseno":
            cell.metadata.nbgrader.points += 1
        cell.source = cell.source.replace("fresh_generator", "fixed_generator")
    nbformat.write(notebook, exercise.path)
    return Exercise("ej3", tmp_path)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_keeps_its_points_and_draws_its_inputs(project: Course, name: str) -> None:
    exercise = Exercise(name, project.source)
    assert [*wrong_points(exercise), *stale_inputs(exercise)] == []


def test_points_that_do_not_add_up_are_found(changed: Exercise) -> None:
    total = next(part.auto_points for part in PARTS if part.notebook == changed.path.stem)
    assert list(wrong_points(changed)) == [
        f"Puntos: las pruebas de {changed.path.stem} suman {total + 1:g}; por contrato, {total:g}."
    ]


def test_inputs_with_a_fixed_seed_are_found(changed: Exercise) -> None:
    [told] = stale_inputs(changed)
    assert told.startswith("Entradas fijas: test_ej3_coseno") and "cosine_similarity" in told


def test_a_notebook_that_is_not_the_one_of_its_script_is_found(
    project: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise = Exercise("ej3", project.source)
    for suffix in (".py", ".ipynb"):
        shutil.copy(exercise.path.with_suffix(suffix), tmp_path)
    copied = Exercise("ej3", tmp_path)
    assert list(out_of_step(copied)) == []
    script = copied.path.with_suffix(".py")
    script.write_text(script.read_text(encoding="utf-8").replace("coseno", "ángulo"), encoding="utf-8")
    [told] = out_of_step(copied)
    assert told.endswith("haz antes «make sync».")
    copied.path.unlink()
    assert run.main(["--ready", "--only", "ej3", "--source", str(tmp_path)]) == 1
    assert "haz antes «make sync»" in capsys.readouterr().out
