"""El reparto y la continuación: lo que se pierde, lo que se rechaza y lo que no se hace dos veces."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook

from grading.autograde import autograde, pending_units
from grading.course import Course, own_database
from grading.engine.grade import NotebookGrade
from grading.engine.pool import EngineError
from grading.engine.sandbox import Limits
from grading.errors import CourseError
from grading.grades import read_grades, write_csv
from grading.records import Unit
from grading.schedule import Task, _freest, _Groups, _Lane, run
from grading.submissions import find_submissions
from grading.worker import Work, code_digest, grade
from tests.grading.small_class import graded_so_far, hand_in, tiny_course

EMPTY = nbformat.writes(nbformat.v4.new_notebook())
WORK = Work(EMPTY, EMPTY, Limits(), False, code_digest())


class Poison:
    """Mata al trabajador que lo recibe."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def task(name: str, work: Any = WORK) -> Task:
    return Task(Unit(name, "parte1", Path("x"), name), work)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Dos entregas sin corregir."""
    course = tiny_course(tmp_path / "curso", parts=2)
    for student in ("ana", "eva"):
        hand_in(course, student)
    return course


def csv_of(course: Course) -> bytes:
    write_csv(read_grades(course), course.root / "grades.csv")
    return (course.root / "grades.csv").read_bytes()


def grade_pending(course: Course, stop_after: int = -1) -> int:
    """Corrige o guarda lo que falte; ``stop_after`` lo corta tras tantos cuadernos. Devuelve cuántos."""
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == stop_after:
            raise InterruptedError

    autograde(course, pending_units(course, find_submissions(course)), count)
    return done


@pytest.mark.slow
def test_what_kills_the_workers_does_not_take_the_others_with_it() -> None:
    outcomes = {done.unit.student: outcome for done, outcome in run([[task("mala", Poison()), task("ana")]])}
    assert isinstance(outcomes["ana"], NotebookGrade)
    assert isinstance(outcomes["mala"], CourseError) and "se cerró 4 veces" in str(outcomes["mala"])


def test_a_worker_with_other_code_refuses() -> None:
    assert isinstance(grade(WORK), NotebookGrade)
    with pytest.raises(EngineError, match="otra versión del curso"):
        grade(replace(WORK, code="otro"))


def test_a_worker_that_cannot_isolate_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.worker.why_unavailable", lambda: "no tiene Landlock")
    with pytest.raises(EngineError, match="no tiene Landlock"):
        grade(replace(WORK, isolate=True))


@pytest.mark.slow
def test_two_gradings_at_once_are_refused(course: Course) -> None:
    course.autograded.mkdir()
    with FileLock(course.autograded / ".lock"), pytest.raises(CourseError, match="otra corrección en marcha"):
        grade_pending(course)
    assert grade_pending(course) == 4


@pytest.mark.slow
def test_another_gradebook_is_filled_without_grading_again(course: Course, tmp_path: Path) -> None:
    assert grade_pending(course) == 4
    expected, graded = csv_of(course), graded_so_far(course)
    other = Course(course.root, db_url=own_database(tmp_path))
    (tmp_path / "gradebook.db").write_bytes((course.root / "gradebook.db").read_bytes())
    with Gradebook(other.database) as gradebook:
        for student in ("ana", "eva"):
            gradebook.remove_submission("lab11", student)
    with pytest.raises(InterruptedError):
        grade_pending(other, stop_after=1)
    assert grade_pending(other) == 3
    assert csv_of(other) == expected
    assert graded_so_far(course) == graded


@pytest.mark.slow
def test_what_cannot_be_graded_has_a_line_and_is_tried_again(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("grading.autograde.code_digest", lambda: "otro")
        assert grade_pending(course) == 4
        assert [row.student for row in read_grades(course).students] == ["ana", "eva"]
        assert "no se pudo corregir" in read_grades(course).students[0].notes
    assert grade_pending(course) == 4
    assert [(row.total, row.notes) for row in read_grades(course).students] == [(16, ""), (16, "")]


def test_a_gradebook_out_of_reach_is_one_clear_message(tmp_path: Path) -> None:
    course = Course(tmp_path, db_url="postgresql://nadie@127.0.0.1:1/notas")
    with pytest.raises(CourseError, match="El libro de notas no responde"):
        pending_units(course, [])


def groups_of(**sizes: int) -> _Groups:
    return _Groups([task(f"{part}{n}") for n in range(size)] for part, size in sizes.items())


def names(groups: _Groups, count: int) -> list[str]:
    """Las ``count`` tareas que siguen, sin que acabe ninguna."""
    return [one.unit.student for one in [groups.next_task() for _ in range(count)] if one]


def test_while_a_notebook_warms_another_is_started() -> None:
    groups = groups_of(a=2, b=1, c=2)
    assert names(groups, 6) == ["a0", "c0", "b0", "a1", "c1"]


def test_what_is_warm_comes_first() -> None:
    groups = groups_of(a=3, b=2)
    first = groups.next_task()
    assert first is not None
    groups.finished(first)
    assert names(groups, 5) == ["a1", "a2", "b0", "b1"]


def test_what_is_lost_is_given_again() -> None:
    groups = groups_of(a=1)
    lost = groups.next_task()
    assert lost is not None and groups.next_task() is None
    groups.finished(lost)
    groups.put_back(lost)
    assert groups.next_task() is lost and groups.next_task() is None


def test_tasks_go_to_the_lane_with_most_room() -> None:
    narrow, wide = (_Lane(lambda: None, window) for window in (1, 3))  # aquí no se ejecuta nada
    busy: list[Any] = []
    while lane := _freest([narrow, wide], busy):
        busy.append((lane, None, None))
    assert [lane.window for lane, _, _ in busy] == [1, 3, 3, 3]
