"""Ejecuta las celdas de código de un cuaderno en este proceso, con otras respuestas: rápido y sin núcleo."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat

from grading.sample_class.build import REGION_MARK


def run_tests(notebook: Path, answers: Mapping[str, str]) -> dict[str, str | None]:
    """Resultado de cada celda de prueba: ``None`` si se cumple, o el mensaje del fallo.

    Las celdas de solución que no estén en ``answers`` llevan la de referencia. Lo anterior al ejercicio se
    ejecuta una vez y sirve a todas las llamadas.
    """
    cells, namespace = _exercise_cells(notebook), dict(_before_exercise(notebook))
    verdicts: dict[str, str | None] = {}
    for grade_id, source in cells:
        message = _execute(answers.get(grade_id, REGION_MARK.sub("", source)), namespace)
        if grade_id.startswith("test_"):
            verdicts[grade_id] = message
    return verdicts


@functools.cache
def _before_exercise(notebook: Path) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for grade_id, source in _code_cells(notebook):
        if grade_id:
            break
        exec(compile(source, "<celda>", "exec"), namespace)
        # En lugar de mostrar las figuras, se cierran: aquí no hay cuaderno que las enseñe.
        namespace["show_figure"] = lambda fig, caption, alt: plt.close(fig)
    return namespace


def _exercise_cells(notebook: Path) -> list[tuple[str, str]]:
    """Las celdas con ``grade_id``: soluciones y pruebas."""
    return [(grade_id, source) for grade_id, source in _code_cells(notebook) if grade_id]


@functools.cache
def _code_cells(notebook: Path) -> list[tuple[str, str]]:
    code = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    return [(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source) for cell in code]


def _execute(code: str, namespace: dict[str, Any]) -> str | None:
    try:
        exec(compile(code, "<celda>", "exec"), namespace)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
