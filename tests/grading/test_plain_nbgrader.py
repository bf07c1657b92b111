"""Las órdenes corrientes de nbgrader hacen lo mismo en la misma carpeta, con ``nbgrader_config.py``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grading.bundle import student_config
from grading.course import PROJECT_ROOT, Course, own_database
from grading.grades import read_grades
from grading.sample_class import write_sample_class
from tests.notebooks.kernels import NEVER_STARTED, START_ATTEMPTS

pytestmark = pytest.mark.slow
CHOSEN, LINKED = {"perfecta", "mascara_invertida"}, "enlazada"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Una copia del árbol con dos entregas y un enlace a la fuente, sin nada hecho todavía."""
    root = tmp_path_factory.mktemp("arbol")
    course = write_sample_class(Course(PROJECT_ROOT), root)
    for made in (course.release.parent, root / "gradebook.db"):
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    for folder in course.submitted.iterdir():
        if folder.name not in CHOSEN:
            shutil.rmtree(folder)
    linked = course.submitted / LINKED / "lab11" / "parte1_self_attention.ipynb"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(course.source / linked.name)
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", root)
    return root


def nbgrader(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Da la orden; otra vez si el núcleo no llegó a arrancar porque otra prueba le quitó el puerto."""
    command, environment = [sys.executable, "-m", "nbgrader", *arguments], os.environ | {"CELL_TIMEOUT": "60"}
    for _ in range(START_ATTEMPTS):
        result = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=environment)
        if NEVER_STARTED not in result.stderr:
            break
    return result


def test_the_whole_cycle(tree: Path) -> None:
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        result = nbgrader(tree, step, "lab11")
        assert result.returncode == 0, result.stderr[-3000:]
    assert sorted(path.name for path in (tree / "release" / "lab11").iterdir()) == sorted(
        path.name for path in (PROJECT_ROOT / "release" / "lab11").iterdir()
    )
    table = read_grades(Course(tree, db_url=own_database(tree)))
    scores = {row.student: row.scores["ej1"] for row in table.students}
    assert scores == {"perfecta": 16, "mascara_invertida": 8, LINKED: 0}
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
    assert ("Fallan 2 celdas de prueba" in result.stdout) is not passes


NOISES = {
    "none": "assert 'sys' not in globals(), 'un nombre de más'",
    "a print": "import sys; print('ruido', file=sys.stderr)",
    "a warning": "import warnings; warnings.warn('ruido')",
    "a logger": "import logging; logging.warning('ruido')",
    "a library in C": "import os, time; os.write(2, b'ruido'); time.sleep(0.5)",
}


@pytest.mark.parametrize("config", ["course", "bundle"])
def test_validate_does_not_punish_what_is_written_to_stderr(tree: Path, tmp_path: Path, config: str) -> None:
    folder = tree if config == "course" else tmp_path
    if config == "bundle":
        (tmp_path / "nbgrader_config.py").write_text(student_config(), encoding="utf-8")
    notebook = tmp_path / "ruidoso.ipynb"
    nbformat.write(noisy_notebook(), notebook)
    result = nbgrader(folder, "validate", str(notebook))
    assert "Fallan 1 celdas de prueba" in result.stdout
    assert "ValueError: mal" in result.stdout and "ruido" not in result.stdout


def noisy_notebook() -> nbformat.NotebookNode:
    """Una prueba por ruido, que pasa, y una que no."""
    cells = [new_code_cell(source) for source in (*NOISES.values(), "raise ValueError('mal')")]
    for number, cell in enumerate(cells):
        cell.metadata.nbgrader = {
            "cell_type": "code", "grade": True, "grade_id": f"test_{number}", "locked": True, "points": 1,
            "schema_version": 3, "solution": False, "task": False,
        }  # fmt: skip
    return new_notebook(cells=cells)


def test_formgrader_opens(tree: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        f"--port={port}",
        "--ip=127.0.0.1",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "server", *options],
        cwd=tree,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assignments = json.loads(fetch(f"http://127.0.0.1:{port}/formgrader/api/assignments"))
        page = fetch(f"http://127.0.0.1:{port}/formgrader/manage_assignments").decode()
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert [assignment["name"] for assignment in assignments] == ["lab11"]
    assert "<title>nbgrader formgrade</title>" in page


def fetch(url: str, seconds: int = 60) -> bytes:
    """Pide una página local, esperando a que el servidor arranque."""
    for _ in range(seconds * 2):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:  # todavía no escucha
            time.sleep(0.5)
    raise TimeoutError(url)
