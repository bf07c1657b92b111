"""Qué está corregido, qué falta y qué se apunta."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grading.course import Course
from grading.engine.sandbox import Limits
from grading.records import (
    Record,
    Unit,
    changes_of,
    find_units,
    mark_stored,
    problems_of,
    read_record,
    write_record,
)
from grading.submissions import Submission

PART = "parte1_self_attention"


@pytest.fixture
def submission(course_copy: Course) -> Submission:
    folder = course_copy.submitted / "ana" / "lab11"
    folder.mkdir(parents=True)
    (folder / f"{PART}.ipynb").write_text("{}", encoding="utf-8")
    return Submission("ana", folder)


def fingerprint(course: Course, submission: Submission, limits: Limits | None = None) -> str:
    units = find_units(course, [submission], limits or Limits())
    return next(unit.fingerprint for unit in units if unit.notebook == PART)


def test_units_go_notebook_by_notebook(course_copy: Course, submission: Submission) -> None:
    other = Submission("eva", submission.folder)
    units = find_units(course_copy, [submission, other], Limits())
    names = [path.stem for path in course_copy.notebooks]
    assert [(unit.notebook, unit.student) for unit in units] == [
        (name, student) for name in names for student in ("ana", "eva")
    ]


def test_the_fingerprint_follows_content_and_not_time(course_copy: Course, submission: Submission) -> None:
    path = submission.notebook(PART)
    first = fingerprint(course_copy, submission)
    os.utime(path, (1, 1))
    assert fingerprint(course_copy, submission) == first
    path.write_text("{ }", encoding="utf-8")
    assert fingerprint(course_copy, submission) != first


def test_the_fingerprint_follows_the_tests_of_its_own_notebook(
    course_copy: Course, submission: Submission
) -> None:
    first = {unit.notebook: unit.fingerprint for unit in find_units(course_copy, [submission], Limits())}
    source = course_copy.source / f"{PART}.ipynb"
    source.write_text(source.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    second = {unit.notebook: unit.fingerprint for unit in find_units(course_copy, [submission], Limits())}
    assert {name for name in first if first[name] != second[name]} == {PART}


def test_the_fingerprint_follows_the_limits(course_copy: Course, submission: Submission) -> None:
    shorter = Limits(cell_seconds=1)
    assert fingerprint(course_copy, submission) != fingerprint(course_copy, submission, shorter)


def test_missing_and_strange_files_have_a_fingerprint(course_copy: Course, submission: Submission) -> None:
    path = submission.notebook(PART)
    seen = {fingerprint(course_copy, submission)}
    path.unlink()
    seen.add(fingerprint(course_copy, submission))
    path.mkdir()
    seen.add(fingerprint(course_copy, submission))
    assert len(seen) == 3


def test_records_come_back(course_copy: Course) -> None:
    unit = Unit("ana", PART, Path("x"), "abc")
    assert read_record(course_copy, "ana", PART) is None
    record = Record("abc", "se cayó", ("celda repetida",))
    write_record(course_copy, unit, record)
    assert read_record(course_copy, "ana", PART) == record
    mark_stored(course_copy, unit, record)
    assert read_record(course_copy, "ana", PART) == Record("abc", "se cayó", ("celda repetida",), True)
    assert problems_of(course_copy, "ana") == {PART: "se cayó"}
    assert changes_of(course_copy, "ana") == {PART: ("celda repetida",)}
    assert problems_of(course_copy, "eva") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"fingerprint": "x"}', '{"changes": [], "otro": 1}'])
def test_a_spoilt_record_is_as_none(course_copy: Course, text: str) -> None:
    unit = Unit("ana", PART, Path("x"), "abc")
    write_record(course_copy, unit, Record("abc"))
    (path,) = (course_copy.autograded / ".records").rglob("*.json")
    path.write_text(text, encoding="utf-8")
    assert read_record(course_copy, "ana", PART) is None
