"""El motor frente a nbgrader: la misma clase, las mismas notas, en la misma ejecución.

De la de nbgrader sale además lo que cuesta cada cuaderno.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat

from bench.engine import EngineRun, run_engine
from bench.notebooks import ask_for_memory, listing, read_cost
from bench.results import Bound, Comparison, Listing, Outcome
from bench.tables import share
from bench.timing import DifferentResultsError
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.engine.settings import usable_cores
from grading.grades import read_grades
from grading.release import make_release
from grading.sample_class.build import reference_answers

Scores = dict[str, dict[str, float | None]]
Advance = Callable[[], None]


def measure(
    students: int, plain_students: int, rounds: int, parts: str = "*", advance: Advance = lambda: None
) -> Outcome:
    """Corrige ``students`` entregas con el motor y ``plain_students`` con nbgrader, ``rounds`` veces.

    ``parts`` es el patrón de los cuadernos que se corrigen; todos, si no se dice.

    Raises
    ------
    DifferentResultsError
        Si las notas difieren.
    """
    runs, plain_seconds = list[EngineRun](), list[float]()
    for _ in range(rounds):
        with class_of(students, parts) as course, class_of(plain_students, parts) as plain:
            for path in plain.submitted.rglob("*.ipynb"):
                ask_for_memory(path)
            runs.append(run_engine(course, usable_cores()))
            advance()
            plain_seconds.append(_time_plain(plain))
            advance()
            check = same_scores(scores_of(course), scores_of(plain))
            costs = [read_cost(path) for path in sorted(graded_folder(plain, 0).glob("*.ipynb"))]
    sizes = {"entregas del motor": students, "entregas de nbgrader": plain_students}
    names = ("corregir el laboratorio entero", "nbgrader autograde")
    each = [seconds / plain_students for seconds in plain_seconds]
    comparison = per_submission(*names, sizes, runs, students, each, check)
    return Outcome(
        (comparison,),
        listings=(_breakdown(runs[-1]), listing(costs)),
        notes=tuple(_notes(runs[-1])),
        values={cost.name: cost.seconds for cost in costs},
    )


def per_submission(
    case: str,
    rival: str,
    sizes: Mapping[str, int],
    runs: Sequence[EngineRun],
    students: int,
    their_seconds: Sequence[float],
    check: str,
) -> Comparison:
    """El motor frente a otro corrector, en segundos por entrega.

    Parameters
    ----------
    case, rival, sizes, check
        Lo que se corrige, con qué otro, cuánto, y en qué coinciden.
    runs, students
        Las rondas del motor y cuántas entregas tiene cada una.
    their_seconds
        Lo que tarda el otro por entrega, en cada ronda.
    """
    return Comparison(
        case,
        dict(sizes),
        {"unidad": "segundos por entrega"},
        runs[0].workers,
        "motor del curso",
        rival,
        tuple(run.seconds / students for run in runs),
        tuple(their_seconds),
        student_bound(runs, students),
        check,
    )


def student_bound(runs: Sequence[EngineRun], students: int) -> Bound:
    """Lo menos por entrega: lo que gastó el código del estudiante en la mejor ronda, entre los núcleos."""
    return Bound("código del estudiante entre núcleos", min(run.bound_seconds for run in runs) / students)


def same_scores(ours: Scores, theirs: Mapping[str, Mapping[str, float | None]]) -> str:
    """Comprueba que los estudiantes de ``theirs`` tienen las mismas notas en los dos lados.

    Raises
    ------
    DifferentResultsError
        Si alguna nota difiere; dice cuál.
    """
    if not theirs:
        raise DifferentResultsError("No hay ninguna nota que comparar.")
    for student, expected in theirs.items():
        if ours.get(student) != expected:
            raise DifferentResultsError(f"{student}: notas distintas, {ours.get(student)} y {expected}.")
    return f"mismas notas en {len(theirs)} entregas"


def measure_memory(workers: Sequence[int], students: int, advance: Advance = lambda: None) -> Outcome:
    """La memoria máxima de todos los procesos juntos, por el número de trabajadores."""
    rows = []
    for count in workers:
        with class_of(students) as course:
            peak = run_engine(course, count, memory=True).peak_bytes
        rows.append((str(count), str(students), f"{peak / 1e9:.2f}"))
        advance()
    headings = ("trabajadores", "entregas", "memoria máxima, todos los procesos juntos (GB)")
    return Outcome(listings=(Listing("Memoria al corregir", headings, tuple(rows)),))


def _breakdown(run: EngineRun) -> Listing:
    whole = run.seconds * run.workers
    rows = tuple(
        (name, f"{seconds:.1f}", f"{seconds / run.notebooks:.3f}", share(seconds / whole))
        for name, seconds in run.breakdown().items()
    )
    headings = ("en qué", "segundos de núcleo", "por cuaderno (s)", "parte")
    return Listing(f"En qué se va el tiempo del motor, con {run.workers} trabajadores", headings, rows)


def _notes(run: EngineRun) -> Iterator[str]:
    alone, with_tests = (
        share(bound / run.seconds) for bound in (run.bound_seconds, run.bound_with_tests_seconds)
    )
    yield (
        f"El motor llega al {alone} de lo que permite el código del estudiante, y al {with_tests} si se le "
        "suman sus pruebas, que también dependen de la entrega."
    )
    yield (
        f"Por cuaderno, además del estudiante y sus pruebas: {run.overhead_per_notebook:.2f} s de núcleo; "
        f"{run.overhead_once_warm:.2f} s sin arrancar ni templar."
    )
    yield (
        f"El libro de notas lleva {run.database_seconds:.1f} s en total, mientras lo demás sigue; el "
        f"coordinador gasta {run.coordinator_cpu:.1f} s de procesador."
    )


@contextmanager
def empty_course() -> Iterator[Course]:
    """Un curso sin cuadernos, con su propio libro de notas."""
    with tempfile.TemporaryDirectory(prefix="lab11-bench-") as folder:
        course = Course(Path(folder), db_url=own_database(Path(folder)))
        course.source.mkdir(parents=True)
        yield course


@contextmanager
def class_of(students: int, parts: str = "*") -> Iterator[Course]:
    """Un curso con entregas completas, distintas entre sí para que nada se pueda aprovechar de otra."""
    with empty_course() as course:
        for path in Course(PROJECT_ROOT).source.glob(f"{parts}.*"):
            shutil.copy(path, course.source)
        answers = reference_answers(course)
        for released in make_release(course):
            for number in range(students):
                write_submission(released, submission_folder(course, number), answers, number)
        yield course


def submission_folder(course: Course, number: int) -> Path:
    """La carpeta de la entrega número ``number``."""
    return course.submitted / student_name(number) / ASSIGNMENT


def graded_folder(course: Course, number: int) -> Path:
    """La carpeta de esa entrega, ya corregida."""
    return course.autograded / student_name(number) / ASSIGNMENT


def student_name(number: int) -> str:
    """El estudiante de la entrega número ``number``."""
    return f"estudiante_{number:02d}"


def write_submission(released: Path, folder: Path, answers: Mapping[str, str], number: int) -> None:
    """Escribe en ``folder`` el cuaderno ``released`` con ``answers`` en sus celdas."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            comment = "#" if cell.cell_type == "code" else "\n\nEntrega"
            cell.source = f"{answers[name]}\n{comment} {number}"
    nbformat.write(notebook, folder / released.name)


def scores_of(course: Course) -> Scores:
    """Las notas guardadas, por estudiante y prueba."""
    return {row.student: row.scores for row in read_grades(course).students}


def _time_plain(course: Course) -> float:
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", course.root)
    shutil.copytree(PROJECT_ROOT / "grading" / "templates", course.root / "grading" / "templates")
    environment = os.environ | {
        "LAB11_GRADER": "nbgrader",
        "LAB11_MODELS": "quick",
        "HF_HUB_OFFLINE": "1",
        "CELL_TIMEOUT": "300",
    }
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=course.root,
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin
