"""Qué entregas hay, cuáles se pueden leer y cuáles ya están corregidas."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from grading import submissions
from grading.course import Course
from grading.submissions import find_submissions, unreadable_reason


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_finds_folders_in_order(course_copy: Course) -> None:
    for name in ("zoe", "ana", "ñu"):
        write(course_copy.submitted / name / "lab11" / "x.ipynb", "{}")
    write(course_copy.submitted / "README.md", "")
    write(course_copy.submitted / "eva" / "lab10" / "x.ipynb", "{}")
    assert [submission.student for submission in find_submissions(course_copy)] == ["ana", "zoe", "ñu"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Profe, no pude", "no es un cuaderno de Jupyter"),
        ("", "no es un cuaderno de Jupyter"),
        ("[1, 2]", "no es un cuaderno de Jupyter"),
        (
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "gato"}]}',
            "estructura",
        ),
    ],
)
def test_unreadable_files_are_explained(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in (unreadable_reason(write(tmp_path / "x.ipynb", text)) or "")


def test_a_good_notebook_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    nbformat.write(new_notebook(), path)
    assert unreadable_reason(path) is None


def test_links_folders_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = write(tmp_path / "real.ipynb", "{}")
    (tmp_path / "link.ipynb").symlink_to(real)
    (tmp_path / "dir.ipynb").mkdir()
    assert "archivo corriente" in (unreadable_reason(tmp_path / "link.ipynb") or "")
    assert "archivo corriente" in (unreadable_reason(tmp_path / "dir.ipynb") or "")
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK_BYTES", 1)
    assert "pesa más" in (unreadable_reason(real) or "")
