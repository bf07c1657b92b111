"""La versión de estudiante: la misma siempre, y sin nada de las soluciones."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grading.course import Course
from grading.errors import CourseError
from grading.leaks import find_leaks, secret_lines
from grading.pairing import update_notebooks
from grading.release import make_release

SECRET = "return mix @ V, mix"
NOTEBOOK = "parte1_self_attention.ipynb"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def released(course_copy: Course) -> Course:
    make_release(course_copy)
    return course_copy


def test_release_is_what_is_committed(released: Course, project: Course) -> None:
    assert contents(released.release) == contents(project.release)


def test_release_twice_gives_the_same_bytes(released: Course) -> None:
    first = contents(released.release)
    make_release(released)
    assert contents(released.release) == first


def test_no_leak_is_found(project: Course) -> None:
    assert len(secret_lines(project.source)) > 100
    assert find_leaks(project.source, project.release) == []


def test_plain_search_agrees(project: Course) -> None:
    """Una búsqueda sin nada de ``grading.leaks``: cada línea reservada, en cada celda publicada."""
    inside, secrets = False, set()
    for script in project.source.glob("*.py"):
        for line in script.read_text(encoding="utf-8").splitlines():
            if "### BEGIN" in line or "### END" in line:
                inside = "### BEGIN" in line
            elif inside and len(line.strip("# ")) > 3:
                secrets.add(line.strip("# "))
    published = "\n".join(
        cell.source
        for path in project.release.glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    )
    assert [line for line in secrets if line in published] == []
    assert len(secrets) > 100


def test_only_notebooks_without_ties_to_the_source(project: Course) -> None:
    assert all(path.suffix == ".ipynb" for path in project.release.rglob("*") if path.is_file())
    for path in project.release.glob("*.ipynb"):
        assert set(nbformat.read(path, as_version=4).metadata) <= {"kernelspec", "language_info"}


def in_markdown(notebook: dict) -> None:
    notebook["cells"][0]["source"].append(f"\n{SECRET}")


def in_metadata(notebook: dict) -> None:
    notebook["cells"][0]["metadata"]["nota"] = {"clave": [SECRET]}


def in_output(notebook: dict) -> None:
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [SECRET]}]


def in_base64(notebook: dict) -> None:
    hidden = base64.b64encode(f"    {SECRET}\n".encode()).decode()
    notebook["cells"][0]["attachments"] = {"a.txt": {"text/plain": hidden}}


def in_compressed(notebook: dict) -> None:
    hidden = base64.b64encode(zlib.compress(f"    {SECRET}\n".encode() * 3)).decode()
    notebook["metadata"]["datos"] = hidden


def in_marks(notebook: dict) -> None:
    notebook["cells"][0]["source"].append("\n### BEGIN HIDDEN TESTS")


def in_jupytext(notebook: dict) -> None:
    notebook["metadata"]["jupytext"] = {"formats": "ipynb,py:percent"}


@pytest.mark.parametrize(
    "plant", [in_markdown, in_metadata, in_output, in_base64, in_compressed, in_marks, in_jupytext]
)
def test_a_planted_leak_is_caught(released: Course, plant: Callable[[dict], None]) -> None:
    path = released.release / NOTEBOOK
    notebook = json.loads(path.read_text(encoding="utf-8"))
    plant(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert [leak for leak in find_leaks(released.source, released.release) if leak.startswith(NOTEBOOK)]


@pytest.mark.parametrize("name", ["parte1_self_attention.py", "notas.txt"])
def test_a_stray_file_is_caught(released: Course, name: str) -> None:
    (released.release / name).write_text("nada secreto", encoding="utf-8")
    assert find_leaks(released.source, released.release) == [
        f"{name}: no es un cuaderno ni una figura, y no debería publicarse"
    ]


def test_release_refuses_a_leak(course_copy: Course) -> None:
    script = course_copy.source / "parte1_self_attention.py"
    text = script.read_text(encoding="utf-8").replace("# ## Resumen", f"# ## Resumen\n#\n# `{SECRET}`")
    script.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="make sync"):
        make_release(course_copy)
    update_notebooks(course_copy.source)
    with pytest.raises(CourseError, match="deja ver soluciones"):
        make_release(course_copy)
