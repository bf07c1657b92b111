"""Qué pruebas visibles pasan y, de las que no, el mensaje que ayuda: sin el código ni el rastro.

Es el validador de nbgrader con otra manera de contarlo. Corre en un proceso aparte
(``python -m codigo.lab.validation CUADERNO``) y escribe el resultado en JSON: el servidor sigue
atendiendo mientras tanto.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbconvert.filters import ansi2html
from nbformat.notebooknode import NotebookNode
from nbgrader.apps import NbGrader
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade
from nbgrader.validator import Validator
from traitlets import List
from traitlets.config import Config

from codigo.lab.goals import as_title, goal_of

START_ATTEMPTS = 3
_NEVER_STARTED = "Kernel died before replying to kernel_info"  # mensaje de jupyter_client


class IgnoreStderr(NbGraderPreprocessor):  # type: ignore[misc]
    """Quita de las pruebas lo escrito en ``stderr``: para nbgrader un aviso es un fallo, y al corregir no."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if cell.cell_type == "code" and is_grade(cell):
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        return cell, resources


class CourseValidator(Validator):  # type: ignore[misc]
    """El de nbgrader, que de cada fallo deja solo el mensaje."""

    preprocessors = List([CheckCellMetadata, ClearOutput, Execute, IgnoreStderr])
    stopped = List(help="Las celdas que no son pruebas y acabaron en error, que suelen ser la causa.")

    def _preprocess(self, nb: NotebookNode) -> NotebookNode:
        nb = super()._preprocess(nb)
        self.stopped = [
            {"index": index, "source": cell.source.strip().split("\n")[0], "error": ansi2html(error)}
            for index, cell in enumerate(nb.cells)
            if not is_grade(cell) and (error := _errors(cell))
        ]
        return nb

    def _extract_error(self, cell: NotebookNode) -> str:
        return _errors(cell) or "No has contestado."


def _errors(cell: NotebookNode) -> str:
    found = [_message(output) for output in cell.get("outputs", []) if output.output_type == "error"]
    return "\n".join(dict.fromkeys(found))


def _message(output: NotebookNode) -> str:
    if output.ename in {"KeyboardInterrupt", "CellTimeoutError"}:  # lo que queda cuando se pasa de tiempo
        return "Tardaba demasiado y se ha interrumpido: ¿hay un bucle que no acaba?"
    # Un AssertionError ya dice lo necesario; de otro error importa también el tipo.
    text = output.evalue if output.ename == "AssertionError" else f"{output.ename}: {output.evalue}"
    return text or "La prueba no se cumple."


def validate(notebook: Path, config: Config | None = None) -> dict[str, Any]:
    """Ejecuta el cuaderno y dice cómo ha ido cada prueba.

    Returns
    -------
    Como el de nbgrader, un diccionario con ``failed``, las pruebas que no pasan, o con ``changed`` o
    ``type_changed`` si se ha cambiado alguna. Además, ``total`` es el número de pruebas y ``stopped``, las
    demás celdas que acaban en error. De cada celda se da ``index``, el lugar que ocupa; ``source``, su
    título, y ``error``, su mensaje en HTML.
    """
    tests = _tests(nbformat.read(notebook, as_version=4))
    validator = CourseValidator(config=config or Config())
    results = _run(validator, notebook)
    for cell in [cell for group in results.values() for cell in group]:
        cell.update(tests.get(cell["source"], {}))
    return {**results, "total": len(tests), "stopped": validator.stopped}


def _run(validator: Validator, notebook: Path) -> dict[str, Any]:
    """Otra vez si el núcleo no llegó a arrancar: dos que arrancan a la vez pueden recibir el mismo puerto."""
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            return validator.validate(str(notebook))
        except RuntimeError as error:
            if _NEVER_STARTED not in str(error) or attempt == START_ATTEMPTS:
                raise
    raise AssertionError("no se llega aquí")


def _tests(notebook: NotebookNode) -> dict[str, dict[str, Any]]:
    """El lugar y el título de cada celda de prueba, por su código."""
    found, goal = {}, ""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and is_grade(cell):
            title = as_title(goal) or cell.metadata.nbgrader.grade_id
            found[cell.source.strip()] = {"index": index, "source": title}
        goal = goal_of(cell.source) if cell.cell_type == "markdown" else ""
    return found


def course_config() -> Config:
    """La configuración de nbgrader de la carpeta en la que se está, si la hay."""
    app = NbGrader(log_level=logging.ERROR)  # que no la haya es lo corriente, y no hace falta avisar
    app.load_config_file()
    return app.config


def main(notebook: str) -> None:
    """Escribe en JSON cómo ha ido; si no se puede validar, acaba con el motivo y un código distinto de 0."""
    try:
        json.dump(validate(Path(notebook).resolve(), course_config()), sys.stdout)
    except DeadKernelError:
        sys.exit(
            "Python se ha cerrado a mitad del cuaderno: ¿usa demasiada memoria, o alguna celda lo cierra?"
        )
    except FileNotFoundError:
        sys.exit(f"No existe {notebook}: guárdalo y repite.")


if __name__ == "__main__":
    main(sys.argv[1])
