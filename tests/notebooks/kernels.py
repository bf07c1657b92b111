"""Ejecuta un cuaderno en un núcleo de verdad y mira lo que dejó."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode

# Dos núcleos que arrancan a la vez en procesos distintos pueden recibir el mismo puerto, y uno muere antes
# de ejecutar nada: entonces se intenta otra vez.
START_ATTEMPTS = 3
NEVER_STARTED = "Kernel died before replying to kernel_info"  # mensaje de jupyter_client


def execute(path: Path, folder: Path, extra_cell: str = "", allow_errors: bool = False) -> NotebookNode:
    """Ejecuta ``path`` con ``folder`` como carpeta de trabajo y devuelve el cuaderno con salidas."""
    notebook = nbformat.read(path, as_version=4)
    if extra_cell:
        notebook.cells.append(nbformat.v4.new_code_cell(extra_cell))
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            _client(notebook, folder, allow_errors).execute()
            break
        except RuntimeError as error:
            if NEVER_STARTED not in str(error) or attempt == START_ATTEMPTS:
                raise
    return notebook


def _client(notebook: NotebookNode, folder: Path, allow_errors: bool) -> NotebookClient:
    return NotebookClient(
        notebook,
        timeout=300,
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],  # el núcleo avisa de que usa TCP en la propia máquina
    )


def outputs_of(notebook: NotebookNode, kind: str) -> list[tuple[int, NotebookNode]]:
    """Las salidas de un tipo, con el número de su celda."""
    return [
        (index, output)
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == kind
    ]
