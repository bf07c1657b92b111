"""nbgrader a secas: ``nbgrader autograde`` de verdad, sin el motor, en un curso de usar y tirar."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from codigo.fresh import SEED_VARIABLE
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.engine.environment import GRADING_VARIABLES
from tests.quality.answers import Answer, Exercise
from tests.quality.judges import LIMITS, Messages, Task, Verdict, error_messages, submission

TOGETHER = 8  # entregas por curso


def nbgrader(tasks: Iterable[Task]) -> Iterator[Verdict]:
    """Los veredictos de nbgrader, en orden; un curso por cada pocas entregas, y uno por núcleo a la vez."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        classes: list[Future[list[Verdict]]] = [
            pool.submit(_grade_class, exercise, chosen[first : first + TOGETHER], seed)
            for (exercise, seed), group in groupby(tasks, key=lambda task: (task[0], task[2]))
            for chosen in [[answer for _, answer, _ in group]]
            for first in range(0, len(chosen), TOGETHER)
        ]
        for one in classes:
            yield from one.result()


def _grade_class(exercise: Exercise, answers: Sequence[Answer], seed: int) -> list[Verdict]:
    with tempfile.TemporaryDirectory(prefix="lab11-nbgrader-") as folder:
        course = _course(Path(folder), exercise)
        students = {f"e{number:03}": answer for number, answer in enumerate(answers)}
        for student, answer in students.items():
            _write(course.submitted / student / ASSIGNMENT / exercise.path.name, submission(exercise, answer))
        _run(course, seed, "generate_assignment", "--force")
        told = _run(course, seed, "autograde")
        return [
            _verdict(course, exercise, answer, student, seed, told) for student, answer in students.items()
        ]


def _course(root: Path, exercise: Exercise) -> Course:
    course = Course(root, own_database(root))
    _write(course.source / exercise.path.name, nbformat.writes(exercise.notebook))
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", root)
    return course


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _run(course: Course, seed: int, order: str, *options: str) -> str:
    environment = os.environ | GRADING_VARIABLES
    environment |= {"LAB11_GRADER": "nbgrader", "DB": course.database, SEED_VARIABLE: str(seed)}
    environment["CELL_TIMEOUT"] = f"{LIMITS.cell_seconds:.0f}"
    ended = subprocess.run(
        [sys.executable, "-m", "nbgrader", order, ASSIGNMENT, *options],
        cwd=course.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stderr


def _verdict(
    course: Course, exercise: Exercise, answer: Answer, student: str, seed: int, told: str
) -> Verdict:
    path = course.autograded / student / ASSIGNMENT / exercise.path.name
    try:
        with Gradebook(course.database) as gradebook:
            notebook = gradebook.find_submission_notebook(exercise.path.stem, ASSIGNMENT, student)
            scores = {grade.name: grade.score for grade in notebook.grades}
        messages: Messages = error_messages(exercise, path.read_text(encoding="utf-8"), scores)
    except (MissingEntry, FileNotFoundError) as error:
        return Verdict(answer, seed, {}, f"nbgrader la pierde ({type(error).__name__}): {told[-300:]}")
    return Verdict(answer, seed, messages)
