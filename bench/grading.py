"""El motor frente a nbgrader: la misma clase, las mismas notas, en la misma ejecución."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nbformat

from bench.memory import MemoryPeak, watch_memory
from grading.autograde import autograde, pending_units
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.engine.job import Spent
from grading.engine.settings import workers_from_environment
from grading.grades import read_grades
from grading.records import read_record
from grading.release import make_release
from grading.sample_class.build import reference_answers
from grading.store import GradeStore
from grading.submissions import find_submissions


@dataclass(frozen=True)
class EngineRun:
    """Una clase corregida por el motor.

    Attributes
    ----------
    seconds
        Tiempo de reloj, desde la orden hasta la última nota guardada.
    workers
        Cuántos cuadernos se corregían a la vez.
    notebooks
        Cuántos cuadernos con pruebas se corrigieron.
    spent
        La suma de lo que llevaron.
    start_seconds
        De la orden al primer cuaderno.
    database_seconds
        Tiempo dentro del libro de notas.
    coordinator_cpu
        Procesador que gastó el coordinador, con el libro de notas.
    peak_bytes
        Memoria máxima de todos los procesos juntos, si se miró.
    """

    seconds: float
    workers: int
    notebooks: int
    spent: Spent
    start_seconds: float
    database_seconds: float
    coordinator_cpu: float
    peak_bytes: int

    @property
    def bound_seconds(self) -> float:
        """Lo menos que puede tardar: el procesador que gasta el código del estudiante, entre los núcleos."""
        return self.spent.student_cpu / self.workers

    @property
    def bound_with_tests_seconds(self) -> float:
        """Lo mismo, con las pruebas, que también dependen del estudiante."""
        return (self.spent.student_cpu + self.spent.judge) / self.workers

    @property
    def overhead_per_notebook(self) -> float:
        """Segundos de núcleo por cuaderno, además de lo que gastan el código del estudiante y sus pruebas."""
        useful = self.spent.student_cpu + self.spent.judge
        return (self.seconds * self.workers - useful) / self.notebooks

    @property
    def overhead_once_warm(self) -> float:
        """Lo mismo, sin contar lo que se hace una sola vez: arrancar y templar."""
        once = self.start_seconds * self.workers + self.spent.warm
        return self.overhead_per_notebook - once / self.notebooks

    def breakdown(self) -> dict[str, float]:
        """Segundos de núcleo en cada cosa; suman ``seconds × workers``."""
        spent = self.spent
        inside = spent.warm + spent.fork + spent.execute + spent.judge
        parts = {
            "arrancar": self.start_seconds * self.workers,
            "esperar a que se temple (una vez por cuaderno)": spent.warm,
            "bifurcar y encerrar": spent.fork,
            "código del estudiante": spent.execute,
            "pruebas, en el juez": spent.judge,
            "rehacer y escribir el cuaderno": spent.total - inside,
        }
        # El coordinador escribe en el libro de notas mientras los trabajadores siguen: va aparte.
        return parts | {"sin nada que hacer": self.seconds * self.workers - sum(parts.values())}


@dataclass(frozen=True)
class GradingCost:
    """Lo medido al corregir una clase de entregas completas.

    Attributes
    ----------
    students, plain_students
        Cuántas entregas corrigió el motor y cuántas nbgrader.
    engine
        Con un trabajador por núcleo.
    peak_bytes
        La memoria máxima, por el número de trabajadores.
    plain_seconds
        Tiempo de reloj de nbgrader.
    same_scores
        Si las notas coinciden.
    """

    students: int
    plain_students: int
    engine: EngineRun
    peak_bytes: dict[int, int]
    plain_seconds: float
    same_scores: bool

    @property
    def ratio(self) -> float:
        """Cuántas entregas corrige el motor en lo que nbgrader corrige una."""
        return (self.plain_seconds / self.plain_students) / (self.engine.seconds / self.students)


def measure_grading(students: int, plain_students: int) -> GradingCost:
    """Corrige ``students`` entregas con el motor y las primeras ``plain_students`` con nbgrader."""
    with _class_of(students) as course, _class_of(plain_students) as plain:
        engine = _run_engine(course, workers_from_environment())
        plain_seconds = _time_plain(plain)
        scores, expected = _scores(course), _scores(plain)
    same = all(scores[student] == expected[student] for student in expected)
    return GradingCost(students, plain_students, engine, measure_memory(), plain_seconds, same)


def measure_memory(workers: Sequence[int] = (2, 4), students: int = 4) -> dict[int, int]:
    """La memoria máxima de todos los procesos juntos, por el número de trabajadores."""
    peaks = {}
    for count in workers:
        with _class_of(students) as course:
            peaks[count] = _run_engine(course, count, memory=True).peak_bytes
    return peaks


@contextmanager
def _class_of(students: int) -> Iterator[Course]:
    """Un curso con entregas completas, distintas entre sí para que nada se pueda aprovechar de otra."""
    with tempfile.TemporaryDirectory(prefix="lab11-bench-") as folder:
        course = Course(Path(folder), db_url=own_database(Path(folder)))
        shutil.copytree(PROJECT_ROOT / "source" / ASSIGNMENT, course.source)
        answers = reference_answers(course)
        for released in make_release(course):
            for number in range(students):
                _write(released, course.submitted / f"estudiante_{number:02d}" / ASSIGNMENT, answers, number)
        yield course


def _write(released: Path, folder: Path, answers: dict[str, str], number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            comment = "#" if cell.cell_type == "code" else "\n\nEntrega"
            cell.source = f"{answers[name]}\n{comment} {number}"
    nbformat.write(notebook, folder / released.name)


def _run_engine(course: Course, workers: int, memory: bool = False) -> EngineRun:
    os.environ["WORKERS"] = str(workers)
    begin, cpu = time.monotonic(), time.process_time()
    units = pending_units(course, find_submissions(course))
    # Mirar la memoria gasta procesador: donde se mide el tiempo, no se mira.
    with (
        watch_memory() if memory else nullcontext(MemoryPeak()) as peak,
        _timed(GradeStore, "save") as database,
    ):
        autograde(course, units, lambda unit, record: None)
    seconds, cpu = time.monotonic() - begin, time.process_time() - cpu
    records = [record for unit in units if (record := read_record(course, unit.student, unit.notebook))]
    spent = [record.spent for record in records if record.spent.fork]
    total = Spent(**{one.name: sum(getattr(each, one.name) for each in spent) for one in fields(Spent)})
    start = min(one.began for one in spent) - begin
    return EngineRun(seconds, workers, len(spent), total, start, sum(database), cpu, peak.total_bytes)


@contextmanager
def _timed(owner: type, name: str) -> Iterator[list[float]]:
    """Los segundos de cada llamada a un método mientras dura el bloque."""
    original, seconds = getattr(owner, name), list[float]()

    def timed(*args: Any, **kwargs: Any) -> Any:
        begin = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            seconds.append(time.perf_counter() - begin)

    setattr(owner, name, timed)
    try:
        yield seconds
    finally:
        setattr(owner, name, original)


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


def _scores(course: Course) -> dict[str, dict[str, float | None]]:
    return {row.student: row.scores for row in read_grades(course).students}
