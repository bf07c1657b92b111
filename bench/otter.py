"""El motor frente a otter-grader, con el ejercicio 3 expresado en los dos y las mismas pruebas.

otter-grader no es una dependencia del curso: la medición le hace un entorno propio en ``build/bench/otter``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

from bench.engine import EngineRun, run_engine
from bench.grading import (
    empty_course,
    per_submission,
    same_scores,
    scores_of,
    submission_folder,
    write_submission,
)
from bench.results import Outcome
from grading.course import PROJECT_ROOT, Course
from grading.engine.grade import is_test
from grading.engine.settings import usable_cores
from grading.pairing import update_notebooks
from grading.release import make_release
from grading.sample_class.build import reference_answers

VERSION = "7.0.0"
FOLDER = PROJECT_ROOT / "build" / "bench" / "otter"
# Las mismas versiones que usa el curso de lo que comparten.
PACKAGES = (f"otter-grader=={VERSION}", "ipykernel", "numpy")
CONSTRAINTS = ("requirements.txt", "requirements-dev.txt")
INSTALL_SECONDS = 600

PART, SOLUTION, NOTEBOOK = "parte3_positional_encoding", "ej3_similitud_coseno", "parte3_ejercicio"
SETUP = """\
import numpy as np

from codigo.checks import arguments_untouched, as_array, check_close, check_shape, require_defined
from codigo.student_work import call, follows
from codigo.transformers import PositionalEncodingSinusoidal

pe = PositionalEncodingSinusoidal(d_model=128, max_len=100)"""
# Una de cada tres entregas se equivoca: que las notas coincidan dice así algo más.
WRONG = ("return float(np.dot(a, b) / lengths)", "return float(np.dot(a, b) / np.linalg.norm(a))")
TEST_FILE = """\
from otter.test_files import test_case

OK_FORMAT = False

name = {name!r}
points = {points}

CODE = {code!r}


@test_case(points={points})
def test_cell(env):
    exec(compile(CODE, name, "exec"), dict(env))
"""


def measure(students: int, rounds: int, advance: Callable[[], None] = lambda: None) -> Outcome:
    """Corrige las mismas entregas con los dos, por turnos; si otter-grader no se puede instalar, lo dice.

    Raises
    ------
    DifferentResultsError
        Si las notas difieren.
    """
    problem = prepare_environment()
    advance()
    if problem:
        return Outcome(notes=(f"No se ha medido otter-grader {VERSION}: {problem}",))
    runs, their_seconds, workers = list[EngineRun](), list[float](), usable_cores()
    for _ in range(rounds):
        with exercise_class(students) as course, tempfile.TemporaryDirectory() as folder:
            autograder = build_autograder(course, Path(folder))
            submissions = [_as_otter(course, Path(folder), number) for number in range(students)]
            runs.append(run_engine(course, workers))
            seconds, scores = _run_otter(autograder, submissions, workers)
            their_seconds.append(seconds)
            check = same_scores(scores_of(course), scores)
        advance()
    each = [seconds / students for seconds in their_seconds]
    names = ("corregir el ejercicio 3", f"otter run {VERSION}")
    comparison = per_submission(*names, {"entregas": students}, runs, students, each, check)
    return Outcome((comparison,))


def prepare_environment(folder: Path = FOLDER) -> str:
    """Deja otter-grader instalado en ``folder``; devuelve por qué no se pudo, o nada."""
    wanted, stamp = " ".join(PACKAGES), folder / "ready.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    constraints = [part for name in CONSTRAINTS for part in ("-c", str(PROJECT_ROOT / name))]
    uv = [sys.executable, "-m", "uv"]
    create = [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    # Compilado al instalar, como hace pip: si no, la primera corrección lo pagaría.
    install = [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder)]
    try:
        for command in (create, [*install, *PACKAGES, *constraints]):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        return f"no se pudo instalar ({type(error).__name__}); hace falta llegar al índice de paquetes."
    stamp.write_text(wanted)
    return ""


@contextmanager
def exercise_class(students: int) -> Iterator[Course]:
    """Un curso que solo tiene el ejercicio 3, con sus entregas."""
    with empty_course() as course:
        jupytext.write(exercise_notebook(), course.source / f"{NOTEBOOK}.py", fmt="py:percent")
        update_notebooks(course.source)
        (released,) = make_release(course)
        for number in range(students):
            write_submission(released, submission_folder(course, number), answers_of(course, number), number)
        yield course


def exercise_notebook() -> NotebookNode:
    """El ejercicio 3 de la fuente, con lo justo delante para que funcione."""
    source = nbformat.read(Course(PROJECT_ROOT).source / f"{PART}.ipynb", as_version=4)
    wanted = [cell for cell in source.cells if "nbgrader" in cell.metadata]
    cells = [nbformat.v4.new_markdown_cell("# Ejercicio 3"), nbformat.v4.new_code_cell(SETUP)]
    for cell in wanted:
        if is_test(cell):
            # Como en la parte 3: un texto delante de cada prueba separa unas de otras.
            cells.append(nbformat.v4.new_markdown_cell(f"**Comprueba {cell.metadata.nbgrader.grade_id}.**"))
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def answers_of(course: Course, number: int) -> dict[str, str]:
    """Lo que responde la entrega ``number``: la referencia o, una de cada tres veces, con un error."""
    answers = reference_answers(course)
    if number % 3 == 2:
        answers[SOLUTION] = answers[SOLUTION].replace(*WRONG)
    return answers


def build_autograder(course: Course, folder: Path) -> Path:
    """El zip de otter-grader con las pruebas de ``course``: el mismo código, celda a celda."""
    tests = folder / "tests"
    tests.mkdir()
    (source,) = course.notebooks
    for cell in filter(is_test, nbformat.read(source, as_version=4).cells):
        name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
        text = TEST_FILE.format(name=name, points=points, code=cell.source)
        (tests / f"{name}.py").write_text(text, encoding="utf-8")
    target = folder / "autograder.zip"
    nothing_else = ("--no-config", "--no-requirements", "--no-environment")
    _otter("generate", "-t", str(tests), "-o", str(target), *nothing_else)
    return target


def _as_otter(course: Course, folder: Path, number: int) -> Path:
    """La entrega ``number`` como la tendría un estudiante de otter-grader."""
    answer = f"{answers_of(course, number)[SOLUTION]}\n# {number}"
    start = "import otter\n\ngrader = otter.Notebook()"
    cells = [nbformat.v4.new_code_cell(text) for text in (start, SETUP, answer)]
    path = folder / f"estudiante_{number:02d}.ipynb"
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def _run_otter(
    autograder: Path, submissions: list[Path], workers: int
) -> tuple[float, dict[str, dict[str, float | None]]]:
    """Segundos de corregirlas todas, tantas a la vez como núcleos, y las notas por estudiante."""

    def grade(submission: Path) -> dict[str, float | None]:
        output = submission.with_suffix("")
        output.mkdir()
        _otter("run", "-a", str(autograder), "-o", str(output), "--no-logo", str(submission))
        return scores_in(output / "results.json")

    begin = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        scores = list(pool.map(grade, submissions))
    seconds = time.perf_counter() - begin
    return seconds, {path.stem: score for path, score in zip(submissions, scores, strict=True)}


def scores_in(results: Path) -> dict[str, float | None]:
    """Los puntos de cada ejercicio en el ``results.json`` de otter-grader."""
    scores: dict[str, float | None] = {}
    for test in json.loads(results.read_text(encoding="utf-8"))["tests"]:
        if found := re.fullmatch(r"test_([^_]+)_\w+", test["name"]):  # lo demás son avisos suyos
            scores[found[1]] = (scores.get(found[1]) or 0.0) + float(test["score"])
    return scores


def _otter(*arguments: str) -> None:
    # Las pruebas usan `codigo`, que no se instala en el entorno de otter-grader.
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    command = [str(FOLDER / "bin" / "python"), "-m", "otter", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
