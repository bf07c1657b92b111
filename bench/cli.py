"""Las mediciones de ``python -m bench``, cada cifra con el límite o el rival al lado."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

from rich.table import Table

from bench.grading import EngineRun, measure_grading
from bench.notebooks import NotebookCost, measure_notebook
from grading.console import console, progress_bar, say, silence_nbgrader
from grading.course import PROJECT_ROOT, Course

TOTAL_SECONDS, CELL_SECONDS, PEAK_GB = 300, 20, 4.0


def main(arguments: list[str] | None = None) -> int:
    """Mide lo que se pida; devuelve siempre 0: un tiempo no es una prueba."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Mediciones del Lab 11.")
    parser.add_argument(
        "what", nargs="*", metavar="QUÉ", help=f"{' o '.join(BENCHMARKS)}; todo, si no se dice"
    )
    parser.add_argument("--students", type=int, default=20, help="entregas que corrige el motor")
    parser.add_argument("--plain", type=int, default=2, help="entregas que corrige nbgrader, para comparar")
    options = parser.parse_args(arguments)
    for name in options.what or BENCHMARKS:
        BENCHMARKS[name](options)
    print(f"{os.cpu_count()} núcleos, {platform.machine()}, Python {platform.python_version()}.")
    return 0


def notebooks(_: argparse.Namespace) -> None:
    """Tiempo y memoria de cada cuaderno."""
    paths = Course(PROJECT_ROOT).notebooks
    costs = []
    with progress_bar("Cuadernos", len(paths)) as advance:
        for path in paths:
            costs.append(measure_notebook(path))
            advance()
    console.print(_table(costs))


def grading(options: argparse.Namespace) -> None:
    """El motor frente a nbgrader."""
    silence_nbgrader()
    cost = measure_grading(options.students, options.plain)
    engine = cost.engine
    table = Table(title="Corregir una clase de entregas completas")
    for heading in ("", "Entregas", "Segundos por entrega"):
        table.add_column(heading, justify="right" if heading else "left")
    plain, ours = cost.plain_seconds / cost.plain_students, engine.seconds / cost.students
    table.add_row("nbgrader autograde", str(cost.plain_students), f"{plain:.1f}")
    table.add_row("motor del curso", str(cost.students), f"{ours:.1f}")
    console.print(table)
    same = "las mismas notas" if cost.same_scores else "¡NOTAS DISTINTAS!"
    say(f"El motor corrige {cost.ratio:.1f} entregas en lo que nbgrader corrige una, con {same}.")
    console.print(_breakdown(engine))
    say(f"El motor tarda {engine.seconds:.1f} s con {engine.workers} núcleos.")
    bounds = {
        "código del estudiante": engine.bound_seconds,
        "con sus pruebas": engine.bound_with_tests_seconds,
    }
    for name, bound in bounds.items():
        say(f"Límite, {name}: {bound:.1f} s por núcleo; se llega al {bound / engine.seconds:.0%}.")
    say(
        f"Por cuaderno, además del estudiante y sus pruebas: {engine.overhead_per_notebook:.2f} s de núcleo; "
        f"{engine.overhead_once_warm:.2f} s sin arrancar ni templar."
    )
    say(
        f"Libro de notas, mientras tanto: {engine.database_seconds:.1f} s en total; el coordinador gasta "
        f"{engine.coordinator_cpu:.1f} s de procesador."
    )
    for workers, peak in cost.peak_bytes.items():
        say(f"Memoria máxima con {workers} trabajadores, todos los procesos juntos: {peak / 1e9:.2f} GB.")


def _breakdown(run: EngineRun) -> Table:
    table = Table(title=f"En qué se va el tiempo de {run.workers} trabajadores")
    for heading in ("", "Segundos de núcleo", "Por cuaderno (s)", "Parte"):
        table.add_column(heading, justify="right" if heading else "left")
    whole = run.seconds * run.workers
    for name, seconds in run.breakdown().items():
        table.add_row(name, f"{seconds:.1f}", f"{seconds / run.notebooks:.3f}", f"{seconds / whole:.0%}")
    return table


BENCHMARKS: dict[str, Callable[[argparse.Namespace], None]] = {"notebooks": notebooks, "grading": grading}


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
