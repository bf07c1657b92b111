"""Las órdenes corrientes de nbgrader hacen lo mismo en la misma carpeta, con ``nbgrader_config.py``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT, Course
from grading.grades import read_grades
from grading.sample_class import write_sample_class

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
CHOSEN = {"perfecta", "mascara_invertida"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Una copia del árbol con dos entregas, sin nada hecho todavía."""
    root = tmp_path_factory.mktemp("arbol")
    course = write_sample_class(Course(PROJECT_ROOT), root)
    for made in (course.release.parent, root / "gradebook.db"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    for folder in course.submitted.iterdir():
        if folder.name not in CHOSEN:
            shutil.rmtree(folder)
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", root)
    shutil.copytree(PROJECT_ROOT / "grading" / "templates", root / "grading" / "templates")
    return root


def nbgrader(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(
        command, cwd=tree, capture_output=True, text=True, env=os.environ | {"CELL_TIMEOUT": "60"}
    )


def test_the_whole_cycle(tree: Path) -> None:
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        result = nbgrader(tree, step, "lab11")
        assert result.returncode == 0, result.stderr[-3000:]
    assert sorted(path.name for path in (tree / "release" / "lab11").iterdir()) == sorted(
        path.name for path in (PROJECT_ROOT / "release" / "lab11").iterdir()
    )
    table = read_grades(Course(tree, db_url=f"sqlite:///{tree / 'gradebook.db'}"))
    scores = {row.student: row.scores["ej1"] for row in table.students}
    assert scores == {"perfecta": 16, "mascara_invertida": 8}
    assert not list((tree / "autograded").rglob("*.py"))
    pages = list((tree / "feedback" / "perfecta" / "lab11").glob("*.html"))
    assert pages and all("hidden_" not in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize(("student", "passes"), [("perfecta", True), ("mascara_invertida", False)])
def test_validate(tree: Path, student: str, passes: bool) -> None:
    result = nbgrader(
        tree, "validate", str(tree / "submitted" / student / "lab11" / "parte1_self_attention.ipynb")
    )
    assert result.returncode == 0
    assert ("Success! Your notebook passes all the tests." in result.stdout) is passes
    assert ("¿están True y False al revés?" in result.stdout) is not passes
