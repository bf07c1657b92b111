"""Cuánto tarda cada cuaderno y cuánta memoria usa, con su solución de referencia."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from bench.kernel import execute

# ru_maxrss va en kilobytes en Linux y en bytes en macOS.
PEAK_MEMORY = """
import resource as _resource, sys as _sys
print(_resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss * (1 if _sys.platform == "darwin" else 1024))
"""


@dataclass(frozen=True)
class NotebookCost:
    """Lo medido en un cuaderno.

    Attributes
    ----------
    name
        Nombre del cuaderno.
    seconds
        Suma de los tiempos de sus celdas.
    slowest_graded
        La celda con nota (solución o prueba) más lenta, en segundos, y su ``grade_id``.
    peak_bytes
        Memoria máxima residente del proceso que lo ejecutó.
    """

    name: str
    seconds: float
    slowest_graded: tuple[float, str]
    peak_bytes: int


def measure_notebook(path: Path) -> NotebookCost:
    """Ejecuta ``path`` en un núcleo nuevo y mide cada celda."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = _execute(path, Path(folder))
    cells = [(_duration(cell), _grade_id(cell)) for cell in notebook.cells[:-1] if cell.cell_type == "code"]
    graded = [(seconds, name) for seconds, name in cells if name]
    peak = int("".join(output.get("text", "") for output in notebook.cells[-1].outputs))
    return NotebookCost(path.stem, sum(seconds for seconds, _ in cells), max(graded, default=(0.0, "")), peak)


def _execute(path: Path, folder: Path) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK_MEMORY))
    execute(notebook, folder)
    return notebook


def _duration(cell: NotebookNode) -> float:
    """Segundos entre que el núcleo empezó la celda y la terminó."""
    marks = cell.metadata.get("execution", {})
    if "iopub.execute_input" not in marks:
        return 0.0
    begin, end = marks["iopub.execute_input"], marks["shell.execute_reply"]
    return (_moment(end) - _moment(begin)).total_seconds()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
