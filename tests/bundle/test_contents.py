"""El paquete del estudiante por dentro: qué lleva, qué no, y que sirve también en Windows."""

from __future__ import annotations

import ast
import html.parser
import os
import sys
import zipfile
from pathlib import Path, PurePosixPath

import nbformat
import pytest

from grading import bundle
from grading.bundle import NAME, OWN_FILES, make_bundle, student_config, write_bundle
from grading.course import PROJECT_ROOT, Course
from grading.errors import CourseError
from grading.leaks import BEGIN, find_leaks
from tests.contract import PARTS

SCRIPTS = {
    "preparar.py": OWN_FILES / "preparar.py",
    "abrir.py": OWN_FILES / "abrir.py",
    "setup_environment.py": PROJECT_ROOT / "scripts" / "setup_environment.py",
}
EACH_SCRIPT = pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)
RESERVED = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}
ONLY_POSIX = {
    "fork", "kill", "killpg", "execv", "execvp", "geteuid", "getuid", "chmod", "chown", "symlink",
    "symlink_to", "setsid", "WNOHANG", "SIGKILL", "fcntl", "pwd", "grp", "resource", "termios", "pty",
}  # fmt: skip


@pytest.fixture(scope="module")
def package(project: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paquete") / "lab11.zip"
    write_bundle(project, path)
    return path


@pytest.fixture(scope="module")
def names(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as archive:
        return archive.namelist()


def test_it_has_what_a_student_needs(names: list[str]) -> None:
    inside = {name.removeprefix(f"{NAME}/") for name in names}
    assert all(name.startswith(f"{NAME}/") for name in names)
    assert {f"cuadernos/{part.notebook}.ipynb" for part in PARTS} <= inside
    readings = {path.name for path in (PROJECT_ROOT / "lecturas").glob("*.ipynb")}
    assert readings and {f"lecturas/{name}" for name in readings} <= inside
    assert {"INICIO.html", "preparar.py", "abrir.py", "pyproject.toml", "LICENSE"} <= inside
    assert {"requirements-student.txt", "nbgrader_config.py", "scripts/setup_environment.py"} <= inside
    course = {path.relative_to(PROJECT_ROOT).as_posix() for path in (PROJECT_ROOT / "codigo").rglob("*")}
    kept = {name for name in course if (PROJECT_ROOT / name).is_file() and "__pycache__" not in name}
    assert kept <= inside


def test_it_has_nothing_of_whoever_grades(names: list[str]) -> None:
    parts = {part for name in names for part in PurePosixPath(name).parts}
    assert parts.isdisjoint({"source", "grading", "tests", "submitted", "autograded", "gradebook.db", ".git"})
    assert not [name for name in names if name.endswith((".pyc", ".db")) or "/." in name]


def test_no_solution_inside(package: Path, project: Course, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path)
    assert find_leaks(project.source, tmp_path / NAME / "cuadernos") == []
    texts = [path for path in (tmp_path / NAME).rglob("*") if path.suffix in {".py", ".md", ".html", ".toml"}]
    assert len(texts) > 40
    assert [path.name for path in texts if BEGIN.search(path.read_text(encoding="utf-8"))] == []


def test_the_same_bytes_again(package: Path, project: Course, tmp_path: Path) -> None:
    again = tmp_path / "otra.zip"
    os.utime(OWN_FILES / "abrir.py")
    write_bundle(project, again)
    assert again.read_bytes() == package.read_bytes()


def test_a_leak_stops_it(course_copy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(course: Course) -> None:
        raise CourseError("La versión de estudiante deja ver soluciones")

    monkeypatch.setattr(bundle, "make_release", leaking)
    with pytest.raises(CourseError, match="deja ver soluciones"):
        make_bundle(course_copy)
    assert not (course_copy.root / "build").exists()


def test_paths_fit_windows(names: list[str]) -> None:
    assert max(map(len, names)) < 150
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name.isascii() and not set(name) & set('<>:"\\|?*') and all(char >= " " for char in name)
        for part in PurePosixPath(name).parts:
            assert part.split(".")[0].lower() not in RESERVED and not part.endswith((".", " "))


# --- Las órdenes, en cualquier sistema -------------------------------------------------------------------


@EACH_SCRIPT
def test_scripts_use_nothing_of_one_system(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert used.isdisjoint(ONLY_POSIX)
    assert "shell=True" not in text and "/usr/" not in text and "/tmp" not in text
    text.encode("cp1252")  # lo que se imprime debe caber en una consola de Windows redirigida


@EACH_SCRIPT
def test_scripts_use_only_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    packages = {name.split(".")[0] for name in imported} - {"scripts"}
    assert packages <= set(sys.stdlib_module_names)


def test_an_old_python_can_read_the_message() -> None:
    ast.parse(SCRIPTS["preparar.py"].read_text(encoding="utf-8"), feature_version=(3, 7))


# --- Lo demás --------------------------------------------------------------------------------------------


def test_validate_speaks_spanish() -> None:
    text = student_config()
    assert "Fallan {num_failed} celdas de prueba" in text and "c.Execute.timeout" in text
    assert "grading" not in text and text.startswith("import os\n\nc = get_config()\n")
    compile(text, "nbgrader_config.py", "exec")


def test_student_requirements_are_pinned_like_the_others() -> None:
    def read(name: str) -> set[str]:
        lines = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
        return {line for line in lines if line and not line.startswith("#")}

    student = read("requirements-student.txt")
    assert student < read("requirements.txt")
    assert {line.split("==")[0] for line in student} >= {"nbgrader", "anywidget", "torch", "jupyterlab"}
    assert not [line for line in student if line.startswith(("copydetect", "jupytext", "nvidia"))]


def test_the_start_page_is_whole(package: Path) -> None:
    class Reader(html.parser.HTMLParser):
        tags: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append(tag)

    page = (OWN_FILES / "INICIO.html").read_text(encoding="utf-8")
    Reader().feed(page)
    assert {"title", "main", "h1"} <= set(Reader.tags) and "script" not in Reader.tags
    assert "python preparar.py\npython abrir.py" in page and '<html lang="es">' in page


def test_notebooks_open_with_the_kernel_that_is_installed(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if name.endswith(".ipynb"):
                notebook = nbformat.reads(archive.read(name).decode(), as_version=4)
                assert notebook.metadata.kernelspec.name == "python3"
