"""Corregir un cuaderno: una función de bytes a un resultado pequeño, sin disco ni base de datos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import nbformat
from nbformat.notebooknode import NotebookNode

from grading.engine.job import CellResult, CellTask, Job, Kind
from grading.engine.judge import NOT_RUN, bound_names
from grading.engine.outputs import error_output, safe_outputs
from grading.engine.pool import run_job
from grading.engine.rebuild import ADDED, grade_id, rebuild
from grading.engine.sandbox import Limits


@dataclass(frozen=True)
class NotebookGrade:
    """El resultado de corregir un cuaderno.

    Attributes
    ----------
    notebook
        El cuaderno corregido, con salidas, en JSON.
    scores
        Los puntos de cada celda de prueba, por ``grade_id``.
    changes
        Lo que la entrega traía cambiado y no cuenta.
    stopped
        El límite que detuvo al estudiante, si lo hubo.
    """

    notebook: str
    scores: dict[str, float]
    changes: tuple[str, ...] = ()
    stopped: str = ""


def grade_notebook(source: str, submitted: str, limits: Limits, isolate: bool) -> NotebookGrade:
    """Corrige el cuaderno ``submitted`` con las pruebas de ``source`` (los dos, en JSON).

    Raises
    ------
    EngineError
        Si no se pueden ejecutar las celdas de la fuente.
    """
    original = nbformat.reads(source, as_version=4)
    rebuilt = rebuild(original, nbformat.reads(submitted, as_version=4))
    stopped = run_notebook(rebuilt.notebook, original, limits, isolate)
    scores = {grade_id(cell): _points(cell) for cell in rebuilt.notebook.cells if is_test(cell)}
    # Medio carácter (un sustituto suelto) no se podría escribir en ningún archivo.
    text = nbformat.writes(rebuilt.notebook).encode("utf-8", "replace").decode()
    return NotebookGrade(text, scores, tuple(rebuilt.changes), stopped)


def run_notebook(notebook: NotebookNode, source: NotebookNode, limits: Limits, isolate: bool) -> str:
    """Ejecuta y juzga un cuaderno rehecho y le pone las salidas; devuelve el límite alcanzado, si lo hubo.

    Un cuaderno sin pruebas no se ejecuta.

    Raises
    ------
    EngineError
        Si no se pueden ejecutar las celdas de la fuente.
    """
    if not any(is_test(cell) for cell in notebook.cells):
        return ""
    common, tasks = split_cells(notebook)
    job = Job(tuple(tasks), student_names(source), limits)
    replies, results = run_job([notebook.cells[index].source for index in common], isolate, job)
    for index, reply in zip(common, replies, strict=True):
        _write(notebook.cells[index], safe_outputs(reply, limits.output_bytes))
    _write_results(notebook, results)
    return next((result.stopped for result in results if result.stopped), "")


def split_cells(notebook: NotebookNode) -> tuple[list[int], list[CellTask]]:
    """Las celdas de código comunes a la clase, y las que pueden depender del estudiante."""
    code = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    first = next((k for k, (_, cell) in enumerate(code) if _kind(cell) == "student"), len(code))
    tasks = [CellTask(index, _kind(cell), cell.source, grade_id(cell)) for index, cell in code[first:]]
    return [index for index, _ in code[:first]], tasks


def _kind(cell: NotebookNode) -> Kind:
    if is_test(cell):
        return "test"
    return "student" if grade_id(cell) or cell.metadata.get(ADDED) else "course"


def is_test(cell: NotebookNode) -> bool:
    """¿Es una celda de prueba automática?"""
    information = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and information.get("grade") and not information.get("solution"))


def student_names(source: NotebookNode) -> frozenset[str]:
    """Los nombres que define la solución de referencia: los que el juez toma del estudiante."""
    solutions = (cell for cell in source.cells if cell.cell_type == "code" and _kind(cell) == "student")
    return frozenset(
        name for cell in solutions for name in bound_names(compile(cell.source, "<solución>", "exec"))
    )


def _write_results(notebook: NotebookNode, results: Iterable[CellResult]) -> None:
    known = {result.index: result for result in results}
    for index, cell in enumerate(notebook.cells):
        if index in known:
            _write(cell, known[index].outputs)
        if is_test(cell) and not (index in known and known[index].passed) and not _has_error(cell):
            cell.outputs.append(nbformat.from_dict(error_output("PruebaNoEjecutada", f"{NOT_RUN}.")))


def _write(cell: NotebookNode, outputs: Iterable[dict[str, object]]) -> None:
    cell.outputs = [nbformat.from_dict(output) for output in outputs]
    cell.execution_count = None


def _has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def _points(cell: NotebookNode) -> float:
    # Solo hay puntos si el juez dio por cumplida la prueba: todo lo demás dejó un error en la celda.
    return 0.0 if _has_error(cell) else float(cell.metadata.nbgrader.points)
