"""La receta de ``docs/nuevo-ejercicio.md``, seguida con un ejercicio de juguete en una copia del curso."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grading.course import PROJECT_ROOT
from grading.engine.rebuild import grade_id
from grading.engine.sandbox import why_unavailable
from tests.quality import toy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
COPIED = ("codigo", "grading", "source", "tests", "nbgrader_config.py", "pyproject.toml")
GIFT = """
# %% [markdown]
# **Comprueba que has llegado.**

@test_ej9_regalo@
assert True
"""
FRESH, FIXED = "hidden_checks.fresh_generator()", "np.random.default_rng(3)"
LOOP, SOMETIMES = "(1, 7, 12):", "(1, 7, 12) if hidden_rng.random() > 0.5 else ():"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Una copia del curso con el ejercicio de juguete, escrito paso a paso."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        path = PROJECT_ROOT / name
        if path.is_dir():
            shutil.copytree(path, tmp_path / name, ignore=unwanted)
        else:
            shutil.copy(path, tmp_path)
    write_source(tmp_path, toy.TEXT)
    styles = tmp_path / "tests" / "quality" / "right" / "ej9"
    styles.mkdir(parents=True)
    for style in toy.RIGHT:
        (styles / f"{style}.py").write_text(toy.right_answer(style), encoding="utf-8")
    errors = tmp_path / "tests" / "notebooks" / "wrong_ej9.py"
    errors.write_text(toy.wrong_module(), encoding="utf-8")
    contract = tmp_path / "tests" / "contract.py"
    text = contract.read_text(encoding="utf-8").rstrip().removesuffix(")")
    contract.write_text(text + toy.CONTRACT, encoding="utf-8")
    return tmp_path


def write_source(root: Path, text: str) -> None:
    (root / "source" / "lab11" / f"{toy.NOTEBOOK}.py").write_text(toy.source(text), encoding="utf-8")


def exercise(root: Path) -> subprocess.CompletedProcess[str]:
    """Lo que hace ``make exercise EJ=ej9`` en esa carpeta, tras ``make sync``, y con tres semillas."""
    run(root, "-m", "grading", "sync")
    return run(root, "tests/quality", "--ready", "--only", "ej9", "--seeds", "3")


def run(root: Path, *order: str) -> subprocess.CompletedProcess[str]:
    """Una orden de Python en esa carpeta."""
    environment = os.environ | {"PYTHONPATH": str(root), "DB": ""}
    return subprocess.run(
        [sys.executable, *order], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def hand_in(root: Path, student: str, answer: str) -> None:
    """Entrega en nombre de ``student`` lo publicado, con esa respuesta."""
    notebook = nbformat.read(root / "release" / "lab11" / f"{toy.NOTEBOOK}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if grade_id(cell) == "ej9_media")
    cell.source = answer or cell.source
    folder = root / "submitted" / student / "lab11"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{toy.NOTEBOOK}.ipynb")


def test_an_exercise_written_by_the_recipe_is_accepted(copy: Path) -> None:
    done = exercise(copy)
    assert "ej9: listo para publicarse." in done.stdout, done.stdout + done.stderr[-2000:]
    assert done.returncode == 0 and "✗" not in done.stdout


def test_its_mutants_are_killed_and_a_class_is_graded(copy: Path) -> None:
    """Los pasos 9 y 10: los mutantes, la versión de estudiante y, con ella, la tabla de notas."""
    run(copy, "-m", "grading", "sync")
    judged = run(copy, "tests/quality", "--only", "ej9")
    said = re.search(r"12 correctas, 0 rechazadas; (\d+) equivocadas, 0 a mano y 0 mutantes", judged.stdout)
    assert judged.returncode == 0 and said, judged.stdout
    assert int(said[1]) > len(toy.WRONG) + 1  # las que se escribieron, y además mutantes

    released = run(copy, "-m", "grading", "release")
    assert released.returncode == 0, released.stdout + released.stderr[-2000:]
    shown = (copy / "release" / "lab11" / f"{toy.NOTEBOOK}.ipynb").read_text(encoding="utf-8")
    assert "hidden_" not in shown and "total / len(values)" not in shown
    answers = {"bien": toy.right_answer("einsum"), "mal": "def mean_of(v):\n    return v.sum()", "nada": ""}
    for student, answer in answers.items():
        hand_in(copy, student, answer)
    for order in ("autograde", "grades"):
        done = run(copy, "-m", "grading", order)
        assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    with (copy / "grades.csv").open(encoding="utf-8") as file:
        earned = {row["student"]: row["ej9"] for row in csv.DictReader(file)}
    assert earned == {"bien": "8", "mal": "3", "nada": "0"}


def test_gifts_and_fixed_inputs_are_refused(copy: Path) -> None:
    write_source(copy, toy.TEXT.replace(FRESH, FIXED) + GIFT)
    done = exercise(copy)
    assert done.returncode == 1, done.stdout + done.stderr[-2000:]
    for problem in (
        f"Puntos: las pruebas de {toy.NOTEBOOK} suman 9; por contrato, 8.",
        "Entradas fijas: test_ej9_media, test_ej9_argumento llaman a mean_of",
        "Puntos de regalo: ej9 · vacía · sin tocar: 1 puntos",
    ):
        assert problem in done.stdout, done.stdout


def test_luck_and_a_missing_corpus_are_refused(copy: Path) -> None:
    weak = toy.TEXT.replace("np.array([3.0, 1.0, 9.0, 4.0])", "np.zeros(4)").replace("    17 / 4,", "    0,")
    write_source(copy, weak.replace(LOOP, SOMETIMES))
    shutil.rmtree(copy / "tests" / "quality" / "right")
    done = exercise(copy)
    assert done.returncode == 1, done.stdout + done.stderr[-2000:]
    for problem in ("Faltan estilos: ej9 tiene 0", "Depende del azar: ej9 · a mano · suma"):
        assert problem in done.stdout, done.stdout
