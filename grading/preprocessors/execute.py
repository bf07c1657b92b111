"""La ejecución de una entrega con nbgrader, sin que el silencio cuente como acierto."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from nbclient.exceptions import DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Dict, Integer

T = TypeVar("T")
START_ATTEMPTS = 3
NEVER_STARTED = "Kernel died before replying to kernel_info"  # mensaje de jupyter_client
KERNEL_DIED = "El proceso de Python se cerró a mitad del cuaderno"


def retry_start(execute: Callable[[], T]) -> T:
    """Llama a ``execute``, y otra vez si su núcleo no llegó a arrancar.

    Dos núcleos que arrancan a la vez en procesos distintos pueden recibir el mismo puerto, y uno muere.
    Antes de responder no se ha ejecutado nada del estudiante: repetir no cambia el resultado.
    """
    for _ in range(START_ATTEMPTS - 1):
        try:
            return execute()
        except RuntimeError as error:
            if NEVER_STARTED not in str(error):
                raise
    return execute()


def is_test(cell: NotebookNode) -> bool:
    """¿Es una celda de prueba automática?"""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


class GradedExecute(Execute):  # type: ignore[misc]
    """Ejecuta solo los cuadernos con pruebas y suspende toda prueba que no llegó a ejecutarse.

    nbgrader da por buena una prueba sin salida de error, aunque no se haya ejecutado, y pierde la entrega
    entera si el núcleo muere. Aquí lo corregido antes de la caída conserva sus puntos.
    """

    notebook_timeout = Integer(300, help="Segundos como máximo por cuaderno.").tag(config=True)
    kernel_environment = Dict(help="Variables de entorno del núcleo que corrige.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if not any(is_test(cell) for cell in nb.cells):
            return nb, resources
        self._deadline = time.monotonic() + self.notebook_timeout
        reason = "no llegó a ejecutarse: el cuaderno agotó su tiempo o la celda estaba marcada para saltarse"
        try:
            nb, resources = retry_start(partial(super().preprocess, nb, resources, km))
        except DeadKernelError:
            reason = "no llegó a ejecutarse: el proceso de Python se cerró en una celda anterior"
            self.log.warning(KERNEL_DIED)
        _fail_unexecuted_tests(nb, reason)
        return nb, resources

    def setup_kernel(self, **kwargs: Any) -> Any:
        # Solo para el núcleo: el mismo nbgrader_config.py lo lee JupyterLab, y sus alumnos no corrigen.
        return super().setup_kernel(env=os.environ | self.kernel_environment, **kwargs)

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], index: int) -> Any:
        if time.monotonic() > self._deadline:
            return cell, resources
        return super().preprocess_cell(cell, resources, index)


def _fail_unexecuted_tests(nb: NotebookNode, reason: str) -> None:
    for cell in nb.cells:
        if is_test(cell) and cell.execution_count is None:
            text = f"La prueba {reason}."
            cell.outputs = [new_output("error", ename="PruebaNoEjecutada", evalue=text, traceback=[text])]


class IgnoreStderr(NbGraderPreprocessor):  # type: ignore[misc]
    """Quita lo escrito en ``stderr`` por una prueba que se cumplió: un aviso no es un fallo."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if is_test(cell) and not any(output.output_type == "error" for output in cell.outputs):
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        return cell, resources
