"""Lo que se enseña en la terminal: tablas, barra de progreso y avisos."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SAWarning

from grading.grades import GradeTable, StudentGrades, late_note

_IS_CI = bool(os.environ.get("CI"))
console = Console(highlight=False, width=None if Console().is_terminal and not _IS_CI else 110)


def say(text: str, style: str = "") -> None:
    """Escribe una línea tal cual, sin partirla ni leer marcas en ella."""
    console.print(text, style=style, markup=False, soft_wrap=True)


class RateColumn(ProgressColumn):
    """Cuántos por minuto."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("— por minuto" if speed is None else f"{60 * speed:.0f} por minuto")


@contextmanager
def progress_bar(description: str, total: int) -> Iterator[Callable[[], None]]:
    """Barra con cuenta, ritmo y tiempo, que da la función que la hace avanzar.

    No aparece fuera de una terminal ni en CI.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TextColumn("quedan"),
        TimeRemainingColumn(),
    )
    disabled = _IS_CI or not console.is_terminal
    with Progress(*columns, console=console, disable=disabled) as progress:
        task = progress.add_task(description, total=total)
        yield lambda: progress.advance(task)


def print_grades(table: GradeTable) -> None:
    """La tabla de notas y, debajo, una línea por cada problema."""
    view = Table(title="Notas de lab11", caption=_caption(table))
    view.add_column("estudiante")
    for exercise in table.exercises:
        view.add_column(f"{exercise.name}\n/{exercise.max_score:g}", justify="right")
    view.add_column(f"total\n/{table.max_score:g}", justify="right", style="bold")
    for row in table.students:
        cells = [_cell(row.scores[exercise.name]) for exercise in table.exercises]
        view.add_row(escape(row.student), *cells, f"{row.total:g}")
    console.print(view)
    print_problems(table.students)


def print_problems(students: Sequence[StudentGrades]) -> None:
    """Una línea por cada cuaderno que no se pudo corregir entero, y por cada entrega penalizada."""
    for row in students:
        if late := late_note(row.late_penalty):
            say(f"− {row.student}: {late}")
        for notebook, problem in sorted(row.problems.items()):
            say(f"✗ {row.student}: {notebook}: {problem}")


def _caption(table: GradeTable) -> str:
    if any(score is None for row in table.students for score in row.scores.values()):
        return "— = espera nota a mano (`make formgrader`)"
    return ""


def _cell(score: float | None) -> str:
    return "—" if score is None else f"{score:g}"


def silence_nbgrader() -> None:
    """Quita de la pantalla los mensajes de nbgrader: lo que importa llega en el resumen."""
    for name in ("traitlets", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
