"""Cuánto tarda cada cuaderno y cuánta memoria usa, leído de la corrección con nbgrader.

nbgrader ejecuta cada cuaderno entero en un núcleo nuevo, como un estudiante que lo ejecuta todo, y deja
apuntado cuándo empezó y acabó cada celda: no hace falta ejecutarlos otra vez.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from bench.results import Listing

TOTAL_SECONDS, CELL_SECONDS, PEAK_GB = 300, 20, 4.0

# En Linux, ru_maxrss cuenta también lo que ocupaba el proceso que lanzó el núcleo: VmHWM, solo lo suyo.
# En macOS no hay /proc, y ru_maxrss va en bytes.
PEAK_MEMORY = """
import sys as _sys
if _sys.platform == "darwin":
    import resource as _resource
    print(_resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss)
else:
    with open("/proc/self/status") as _status:
        print(1024 * next(int(_line.split()[1]) for _line in _status if _line.startswith("VmHWM")))
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


def ask_for_memory(path: Path) -> None:
    """Añade a la entrega ``path`` una última celda que escribe la memoria máxima de su proceso."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK_MEMORY))
    nbformat.write(notebook, path)


def listing(costs: Sequence[NotebookCost]) -> Listing:
    """Lo medido, con la suma y los límites que se ha puesto el curso."""
    total = sum(cost.seconds for cost in costs)
    slowest = max(cost.slowest_graded[0] for cost in costs)
    peak = max(cost.peak_bytes for cost in costs) / 1e9
    rows = [
        (cost.name, f"{cost.seconds:.1f}", _slowest(cost), f"{cost.peak_bytes / 1e9:.2f}") for cost in costs
    ]
    rows.append(("suma o máximo", f"{total:.1f}", f"{slowest:.1f}", f"{peak:.2f}"))
    rows.append(("límite", str(TOTAL_SECONDS), str(CELL_SECONDS), f"{PEAK_GB:.2f}"))
    headings = ("cuaderno", "tiempo (s)", "celda con nota más lenta (s)", "memoria máxima (GB)")
    return Listing("Los cuadernos, con la solución de referencia", headings, tuple(rows))


def _slowest(cost: NotebookCost) -> str:
    seconds, name = cost.slowest_graded
    return f"{seconds:.1f} (`{name}`)" if name else "—"


def read_cost(path: Path) -> NotebookCost:
    """Lo que costó el cuaderno corregido ``path``, al que se le pidió la memoria."""
    *cells, last = nbformat.read(path, as_version=4).cells
    timed = [(_duration(cell), _grade_id(cell)) for cell in cells if cell.cell_type == "code"]
    graded = [(seconds, name) for seconds, name in timed if name]
    peak = int("".join(output.get("text", "") for output in last.outputs))
    return NotebookCost(path.stem, sum(seconds for seconds, _ in timed), max(graded, default=(0.0, "")), peak)


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
