"""Una corrección con el motor, medida por dentro."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from typing import Any

from bench.memory import MemoryPeak, watch_memory
from grading.autograde import autograde, pending_units
from grading.course import Course
from grading.engine.job import Spent
from grading.records import read_record
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


def run_engine(course: Course, workers: int, memory: bool = False) -> EngineRun:
    """Corrige con ``workers`` trabajadores lo entregado en ``course``.

    Parameters
    ----------
    course
        Un curso con entregas sin corregir.
    workers
        Cuántos cuadernos se corrigen a la vez.
    memory
        Si se mira la memoria, que gasta algo de procesador.
    """
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
