"""Ejecuta un cuaderno de la fuente en un núcleo de Jupyter de verdad."""

from __future__ import annotations

from pathlib import Path

from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode

START_ATTEMPTS = 3
NEVER_STARTED = "Kernel died before replying to kernel_info"  # mensaje de jupyter_client


def execute(notebook: NotebookNode, folder: Path, timeout: int = 600, allow_errors: bool = False) -> None:
    """Ejecuta ``notebook`` con ``folder`` como carpeta de trabajo y le pone salidas y tiempos.

    Dos núcleos que arrancan a la vez en procesos distintos pueden recibir el mismo puerto, y uno muere antes
    de ejecutar nada: entonces se intenta otra vez.

    Raises
    ------
    CellExecutionError
        Si una celda falla y ``allow_errors`` es falso.
    """
    resources = {"metadata": {"path": str(folder)}}
    quiet = ["--log-level=ERROR"]  # el núcleo avisa de que usa TCP en la propia máquina
    for attempt in range(1, START_ATTEMPTS + 1):
        client = NotebookClient(
            notebook,
            timeout=timeout,
            record_timing=True,
            allow_errors=allow_errors,
            resources=resources,
            extra_arguments=quiet,
        )
        try:
            client.execute()
            return
        except RuntimeError as error:
            if NEVER_STARTED not in str(error) or attempt == START_ATTEMPTS:
                raise
