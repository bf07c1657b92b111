"""El disco se llena mientras se corrige: se dice, lo corregido no se pierde y al repetir todo es igual."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from grading.cli import main
from grading.course import Course
from grading.engine.sandbox import why_unavailable
from tests.grading.small_class import copy_of, finish, grade_all, graded_so_far, grading, hand_in, tiny_course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
STUDENTS = ("ana", "eva", "leo", "zoe")
FULL = 8.0
FILL = """
def doble(values):
    with open("todo", "wb", 0) as file:
        while file.write(bytes(100_000)):
            pass
"""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Un disco de ``size`` en ``folder``; solo puede hacerlo root, y no dentro de cualquier contenedor."""
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "lab11", str(folder)],
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("no se puede montar un disco pequeño")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = tiny_course(tmp_path_factory.mktemp("clase"), parts=1, seconds=0.1)
    for student in STUDENTS:
        hand_in(course, student)
    return course


@pytest.fixture(scope="module")
def undisturbed(ungraded: Course, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """La tabla cuando hay sitio."""
    return grade_all(copy_of(ungraded, tmp_path_factory.mktemp("tranquila")))


def fill(folder: Path) -> Path:
    """Llena el disco hasta el último byte."""
    ballast = folder / "lastre"
    with suppress(OSError), ballast.open("wb", 0) as file:
        while file.write(bytes(4096)):
            pass
    return ballast


def test_a_disk_that_fills_up_half_way(ungraded: Course, undisturbed: bytes, tmp_path: Path) -> None:
    with small_disk(tmp_path, "32m"):
        course = copy_of(ungraded, tmp_path)
        with grading(course) as process:
            while not graded_so_far(course) and process.poll() is None:
                time.sleep(0.01)
            ballast = fill(tmp_path)
            output = process.communicate(timeout=120)[0]
        before = graded_so_far(course)
        assert process.returncode == 1 and "Traceback" not in output
        assert "Error: No queda sitio en el disco" in output and "libera espacio y repite la orden" in output
        assert not list(course.autograded.rglob("*.tmp"))
        ballast.unlink()
        assert 0 < len(before) < len(STUDENTS)
        assert grade_all(course) == undisturbed
        assert before.items() <= graded_so_far(course).items()


def test_any_write_may_be_the_one_that_does_not_fit(
    ungraded: Course,
    undisturbed: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lo mismo sin ser root: primero no cabe un apunte; a la segunda, el cuaderno de otra entrega."""
    course, write, left = copy_of(ungraded, tmp_path), Path.write_text, 0

    def write_half(path: Path, text: str, encoding: str) -> int:
        nonlocal left
        left -= course.autograded in path.parents and path.name != ".seed"
        if left >= 0:
            return write(path, text, encoding=encoding)
        write(path, text[:10], encoding=encoding)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    for written in (1, 5):
        left = written
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", write_half)
            assert main(["autograde", "--root", str(course.root), "--db", course.database]) == 1
        assert "Error: No queda sitio en el disco de " in capsys.readouterr().err
        assert not list(course.autograded.rglob("*.tmp"))
    before = graded_so_far(course)
    assert grade_all(course) == undisturbed
    assert before.items() <= graded_so_far(course).items()


def test_a_full_private_folder_is_that_students_problem(
    ungraded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disco").mkdir()
    course = copy_of(ungraded, tmp_path / "curso")
    hand_in(course, "ana", {"ej1_doble": FILL})
    monkeypatch.setenv("WORKERS", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "disco"))
    with small_disk(tmp_path / "disco", "16m"), grading(course) as process:
        lines = csv.DictReader(finish(course, process).decode().splitlines())
        assert {line["student"]: float(line["total"]) for line in lines} == {
            name: 0.0 if name == "ana" else FULL for name in STUDENTS
        }
        assert not list((tmp_path / "disco").iterdir())
    page = (course.autograded / "ana" / "lab11" / "parte1_diminuta.ipynb").read_text(encoding="utf-8")
    assert "No space left on device" in page
