"""``python -m grading``: mensajes y códigos de salida."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from grading.cli import COMMANDS, main
from grading.course import PROJECT_ROOT, Course


def run(course: Course, command: str) -> int:
    return main([command, "--root", str(course.root), "--db", course.database])


def test_autograde_without_submissions_says_where_to_put_them(
    course_copy: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(course_copy, "autograde") == 0
    assert "submitted/ESTUDIANTE/lab11/" in capsys.readouterr().out


def test_grades_without_grades_says_what_to_do(
    course_copy: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(course_copy, "grades") == 0
    assert "make autograde" in capsys.readouterr().out


def test_sync_reports_what_it_changed(course_copy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course_copy.notebooks[0].unlink()
    assert run(course_copy, "sync") == 0
    assert re.search(r"Actualizado: \S*source/lab11/parte1_self_attention.ipynb", capsys.readouterr().out)
    assert run(course_copy, "sync") == 0
    assert "ya coincidían" in capsys.readouterr().out


def test_a_course_error_is_one_clear_message(course_copy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course_copy.notebooks[0].write_text("{}", encoding="utf-8")
    assert run(course_copy, "release") == 1
    assert capsys.readouterr().err.startswith("Error: Parejas de source/ desajustadas")


def test_without_a_source_it_says_so(course_copy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(course_copy.source)
    assert run(course_copy, "release") == 1
    assert "¿es esta la carpeta del curso?" in capsys.readouterr().err


def test_an_unknown_command_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["corregir"])
    assert stop.value.code == 2
    shown = capsys.readouterr().err
    assert all(command in shown for command in COMMANDS)


def test_it_works_without_activating_the_environment(course_copy: Course) -> None:
    """nbgrader busca `alembic` en el PATH; un PATH sin el entorno no debe estropear nada."""
    command = [sys.executable, "-m", "grading", "release", "--root", str(course_copy.root)]
    environment = {**os.environ, "PATH": os.defpath}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=PROJECT_ROOT)
    assert result.returncode == 0, result.stderr
    assert "Versión de estudiante" in result.stdout
