"""La corrección de la clase: qué falta, quién lo corrige y dónde se guarda. Solo aquí se escriben notas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from filelock import FileLock, Timeout

from grading.course import Course
from grading.engine.settings import isolation_from_environment, isolation_wanted, limits_from_environment
from grading.errors import CourseError, is_full_disk
from grading.plain import printable
from grading.records import Record, Unit, find_units, mark_stored, read_record, write_record
from grading.schedule import Outcome, Task, run
from grading.seeds import course_seed
from grading.store import GradeStore, graded_path, open_store, write_graded
from grading.submissions import Submission, UnreadableError, submitted_answers
from grading.worker import Work, code_digest

MAX_REASON = 400
OnDone = Callable[[Unit, Record], None]


def pending_units(course: Course, submissions: Sequence[Submission]) -> list[Unit]:
    """Los cuadernos por corregir o por guardar: nuevos, cambiados o con las pruebas cambiadas.

    Raises
    ------
    CourseError
        Si los límites dados no son válidos.
    """
    with open_store(course) as store:
        known = store.known_students()
    units = find_units(course, submissions, limits_from_environment())
    return [unit for unit in units if unit.student not in known or not _is_done(course, unit)]


def _is_done(course: Course, unit: Unit) -> bool:
    record = read_record(course, unit.student, unit.notebook)
    return record is not None and record.stored and record.fingerprint == unit.fingerprint


def autograde(course: Course, units: Sequence[Unit], on_done: OnDone, scheduler: str = "") -> None:
    """Corrige ``units`` y guarda cada una en cuanto se sabe.

    Parameters
    ----------
    course
        El curso.
    units
        Lo que da :func:`pending_units`.
    on_done
        Recibe cada unidad guardada y su apunte.
    scheduler
        Dirección de un clúster de Dask; vacía, los núcleos de esta máquina.

    Raises
    ------
    CourseError
        Si este sistema no puede encerrar las entregas, no se llega al clúster o se pierde el libro de notas.
    """
    if not units:
        return
    isolate = isolation_wanted() if scheduler else isolation_from_environment()
    with _only_one(course), open_store(course) as store:
        _unmark_lost(course, units)
        groups = _groups(course, units, isolate, store, on_done)
        with closing(run(groups, scheduler)) as outcomes:
            for task, outcome in outcomes:
                _save_outcome(course, store, task.unit, outcome, on_done)


@contextmanager
def _only_one(course: Course) -> Iterator[None]:
    """Una sola corrección a la vez en cada curso; si esta muere, el sistema quita el cerrojo."""
    course.autograded.mkdir(exist_ok=True)
    try:
        with FileLock(course.autograded / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise CourseError("Ya hay otra corrección en marcha en este curso: espera a que acabe.") from error


def _unmark_lost(course: Course, units: Sequence[Unit]) -> None:
    """Desmarca lo que los apuntes dan por guardado y el libro de notas, que es otro, no tiene.

    Antes de escribir nada en él: si se corta en medio, la vez siguiente aún se sabe qué falta.
    """
    for unit in units:
        if _is_done(course, unit) and (record := read_record(course, unit.student, unit.notebook)):
            write_record(course, unit, replace(record, stored=False))


def _groups(
    course: Course, units: Sequence[Unit], isolate: bool, store: GradeStore, on_done: OnDone
) -> list[Iterator[Task]]:
    """Las tareas de cada cuaderno. El último va primero: es el más largo, y los cortos rellenan el final."""
    by_notebook = groupby(reversed(units), key=lambda unit: unit.notebook)
    return [_tasks(course, list(group)[::-1], isolate, store, on_done) for _, group in by_notebook]


def _tasks(
    course: Course, units: Sequence[Unit], isolate: bool, store: GradeStore, on_done: OnDone
) -> Iterator[Task]:
    """Las tareas, según se piden; por el camino guarda lo que no hace falta corregir."""
    source, seed = _read(course.source / f"{units[0].notebook}.ipynb"), course_seed(course.autograded)
    known = {notebook.stem for notebook in course.notebooks}
    for unit in units:
        if _already_known(course, unit, store, on_done):
            continue
        try:
            answers = submitted_answers(unit.path, known)
        except UnreadableError as error:
            _finish(course, store, unit, Record(unit.fingerprint, str(error)), on_done)
            continue
        work = Work(source, answers, limits_from_environment(), isolate, code_digest(), seed)
        yield Task(unit, work)


def _already_known(course: Course, unit: Unit, store: GradeStore, on_done: OnDone) -> bool:
    """¿Estaba corregida? Si es así, la guarda."""
    previous = read_record(course, unit.student, unit.notebook)
    if previous and previous.fingerprint == unit.fingerprint and graded_path(course, unit).exists():
        _finish(course, store, unit, previous, on_done, _read(graded_path(course, unit)))
        return True
    return False


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _save_outcome(course: Course, store: GradeStore, unit: Unit, outcome: Outcome, on_done: OnDone) -> None:
    if isinstance(outcome, Exception):
        # Sin huella: la próxima vez se vuelve a intentar. La nota que hubiera se queda como estaba.
        reason = printable(f"{type(outcome).__name__}: {outcome}", MAX_REASON)
        if is_full_disk(outcome):
            reason = "no queda sitio en la carpeta temporal de quien corregía"
        record = Record("", f"no se pudo corregir ({reason})")
        store.add_submission(unit.student)
        write_record(course, unit, record)
        on_done(unit, record)
        return
    problem = f"{outcome.stopped}: cuentan las pruebas anteriores" if outcome.stopped else ""
    record = Record(unit.fingerprint, problem, outcome.changes, spent=outcome.spent)
    write_graded(course, unit, outcome.notebook)
    write_record(course, unit, record)
    _finish(course, store, unit, record, on_done, outcome.notebook)


def _finish(
    course: Course,
    store: GradeStore,
    unit: Unit,
    record: Record,
    on_done: OnDone,
    notebook: str | None = None,
) -> None:
    if notebook is None:
        store.save_zero(unit)
    else:
        store.save(unit, notebook)
    mark_stored(course, unit, record)
    on_done(unit, record)
