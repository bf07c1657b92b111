"""Corregir un cuaderno: una función de bytes a un resultado pequeño, sin disco ni base de datos."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import nbformat
from nbformat.notebooknode import NotebookNode

from grading.engine.job import CellResult, CellTask, Job, Kind, Shared, Spent
from grading.engine.names import bound_names, used_names
from grading.engine.outputs import NOT_RUN, OutputCap, error_output, safe_outputs
from grading.engine.pool import run_job
from grading.engine.rebuild import ADDED, grade_id, rebuild
from grading.engine.sandbox import Limits

WATCH = "written_from_scratch"  # de codigo.checks
SEED = "semilla_de_las_pruebas"  # en los metadatos del cuaderno corregido


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
    spent
        Los segundos que llevó.
    """

    notebook: str
    scores: dict[str, float]
    changes: tuple[str, ...] = ()
    stopped: str = ""
    spent: Spent = field(default_factory=Spent)


def grade_notebook(
    source: str, submitted: str, limits: Limits, isolate: bool, seed: int = 0
) -> NotebookGrade:
    """Corrige el cuaderno ``submitted`` con las pruebas de ``source`` (los dos, en JSON).

    Parameters
    ----------
    source, submitted
        El cuaderno de la fuente y el entregado.
    limits
        Lo que puede gastar el entregado.
    isolate
        Si se encierra.
    seed
        La del curso: con ella y las respuestas se hace la de las entradas al azar de las pruebas.

    Raises
    ------
    EngineError
        Si no se pueden ejecutar las celdas de la fuente.
    """
    begin = time.monotonic()
    original = nbformat.reads(source, as_version=4)
    rebuilt = rebuild(original, nbformat.reads(submitted, as_version=4))
    stopped, spent = run_notebook(rebuilt.notebook, original, limits, isolate, seed)
    scores = {grade_id(cell): _points(cell) for cell in rebuilt.notebook.cells if is_test(cell)}
    # Medio carácter (un sustituto suelto) no se podría escribir en ningún archivo.
    text = nbformat.writes(rebuilt.notebook).encode("utf-8", "replace").decode()
    spent = replace(spent, began=begin, total=time.monotonic() - begin)
    return NotebookGrade(text, scores, tuple(rebuilt.changes), stopped, spent)


def run_notebook(
    notebook: NotebookNode, source: NotebookNode, limits: Limits, isolate: bool, seed: int
) -> tuple[str, Spent]:
    """Ejecuta y juzga un cuaderno rehecho; le pone las salidas y, en sus metadatos, la semilla.

    Un cuaderno sin pruebas no se ejecuta.

    Returns
    -------
    El límite alcanzado, si lo hubo, y los segundos que llevó.

    Raises
    ------
    EngineError
        Si no se pueden ejecutar las celdas de la fuente.
    """
    if not any(is_test(cell) for cell in notebook.cells):
        return "", Spent()
    common, tasks = split_cells(notebook)
    shared = Shared(tuple(notebook.cells[index].source for index in common), isolate, _watches(tasks))
    own_seed = _seed_of(notebook, seed)
    notebook.metadata[SEED] = own_seed
    outcome = run_job(shared, Job(tuple(tasks), student_names(source), limits, own_seed))
    cap = OutputCap(limits.output_bytes, limits.notebook_output_bytes)  # de lo común, que es de la fuente
    for index, reply in zip(common, outcome.replies, strict=True):
        _write(notebook.cells[index], safe_outputs(reply, cap))
    _write_results(notebook, outcome.results)
    return next((result.stopped for result in outcome.results if result.stopped), ""), outcome.spent


def _seed_of(notebook: NotebookNode, course_seed: int) -> int:
    # Con otra respuesta, otras entradas: nadie las averigua a base de entregar y leer los mensajes.
    answers = [cell.source for cell in notebook.cells if not is_test(cell)]
    digest = hashlib.sha256("\0".join([str(course_seed), *answers]).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:6])


def _watches(tasks: Iterable[CellTask]) -> bool:
    """¿Alguna prueba exige que algo esté escrito desde cero?"""
    tests = (compile(task.source, "<prueba>", "exec") for task in tasks if task.kind == "test")
    return any(WATCH in used_names(code) for code in tests)


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
