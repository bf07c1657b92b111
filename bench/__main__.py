"""``python -m bench``: mide los cuadernos y enseña la tabla, con el límite de cada cifra al lado."""

from __future__ import annotations

import os
import platform
import sys

from rich.table import Table

from bench.notebooks import NotebookCost, measure_notebook
from grading.console import console, progress_bar
from grading.course import PROJECT_ROOT, Course

TOTAL_SECONDS, CELL_SECONDS, PEAK_GB = 300, 20, 4.0


def main() -> int:
    """Mide todos los cuadernos de source/; devuelve siempre 0: un tiempo no es una prueba."""
    paths = Course(PROJECT_ROOT).notebooks
    costs = []
    with progress_bar("Cuadernos", len(paths)) as advance:
        for path in paths:
            costs.append(measure_notebook(path))
            advance()
    console.print(_table(costs))
    print(f"{os.cpu_count()} núcleos, {platform.machine()}, Python {platform.python_version()}.")
    return 0


def _table(costs: list[NotebookCost]) -> Table:
    table = Table(title="Coste de los cuadernos, con la solución de referencia")
    for heading in ("Cuaderno", "Tiempo (s)", "Celda con nota más lenta (s)", "Memoria máxima (GB)"):
        table.add_column(heading, justify="left" if heading == "Cuaderno" else "right")
    for cost in costs:
        table.add_row(cost.name, f"{cost.seconds:.1f}", _slowest(cost), f"{cost.peak_bytes / 1e9:.2f}")
    total = sum(cost.seconds for cost in costs)
    slowest = max(cost.slowest_graded[0] for cost in costs)
    peak = max(cost.peak_bytes for cost in costs) / 1e9
    table.add_section()
    table.add_row("Suma o máximo", f"{total:.1f}", f"{slowest:.1f}", f"{peak:.2f}")
    table.add_row("Límite", str(TOTAL_SECONDS), str(CELL_SECONDS), f"{PEAK_GB:.2f}")
    return table


def _slowest(cost: NotebookCost) -> str:
    seconds, name = cost.slowest_graded
    return f"{seconds:.1f} ({name})" if name else "—"


if __name__ == "__main__":
    sys.exit(main())
