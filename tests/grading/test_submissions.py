"""Qué entregas hay, cuáles se pueden leer y cuáles ya están corregidas."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from grading import submissions
from grading.course import Course
from grading.submissions import find_submissions, refused_folders
from tests.grading.small_class import unreadable_reason


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


def test_what_cannot_be_opened_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.ipynb", "{}")

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(submissions.os, "open", refuse)
    assert unreadable_reason(path) == "no hay permiso para leerlo"


def test_a_pipe_does_not_wait_and_a_sparse_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    with (tmp_path / "sparse.ipynb").open("wb") as file:
        file.truncate(1 << 40)
    assert "archivo corriente" in (unreadable_reason(tmp_path / "pipe.ipynb") or "")
    assert "pesa más" in (unreadable_reason(tmp_path / "sparse.ipynb") or "")


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "ana" / "lab11" / "x.ipynb", "{}")
    (tmp_path / "eva").symlink_to("ana")
    (tmp_path / "leo").mkdir()
    (tmp_path / "leo" / "lab11").symlink_to("../ana/lab11")
    for student in ("eva", "leo"):
        reason = unreadable_reason(tmp_path / student / "lab11" / "x.ipynb")
        assert reason == "su carpeta es un enlace a otra"


def test_a_missing_notebook_names_the_one_it_may_be(tmp_path: Path) -> None:
    known = {"parte1_self_attention", "parte2_multi_head"}
    missing = tmp_path / "parte1_self_attention.ipynb"
    assert unreadable_reason(missing, known) == ""
    for name in ("parte2_multi_head.ipynb", "notas.ipynb", "parte1_self_attention.pdf"):
        write(tmp_path / name, "")
    assert unreadable_reason(missing, known) == ""
    write(tmp_path / "Parte1_self_attention\n(1).IPYNB", "")
    assert unreadable_reason(missing, known) == "no está; ¿es «Parte1_self_attention·(1).ipynb»? No se mira"


def test_a_byte_order_mark_is_no_reason(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(nbformat.writes(new_notebook()), encoding="utf-8-sig")
    assert unreadable_reason(path) is None


def test_a_folder_whose_name_cannot_be_seen_is_listed_apart(course_copy: Course) -> None:
    for name in ("ana", "e\nva"):
        write(course_copy.submitted / name / "lab11" / "x.ipynb", "{}")
    assert [submission.student for submission in find_submissions(course_copy)] == ["ana"]
    assert refused_folders(course_copy) == [r"'e\nva'"]
