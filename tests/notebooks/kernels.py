"""Ejecuta un cuaderno en un núcleo de verdad y mira lo que dejó."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from bench.kernel import execute as run_in_kernel


def execute(path: Path, folder: Path, extra_cell: str = "", allow_errors: bool = False) -> NotebookNode:
    """Ejecuta ``path`` con ``folder`` como carpeta de trabajo y devuelve el cuaderno con salidas."""
    notebook = nbformat.read(path, as_version=4)
    if extra_cell:
        notebook.cells.append(nbformat.v4.new_code_cell(extra_cell))
    run_in_kernel(notebook, folder, timeout=300, allow_errors=allow_errors)
    return notebook


def outputs_of(notebook: NotebookNode, kind: str) -> list[tuple[int, NotebookNode]]:
    """Las salidas de un tipo, con el número de su celda."""
    return [
        (index, output)
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == kind
    ]
