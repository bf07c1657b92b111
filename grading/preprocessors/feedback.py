"""Lo que se oculta en la página que recibe el estudiante."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from grading.engine.grade import is_test


class HideTests(NbGraderPreprocessor):  # type: ignore[misc]
    """Quita las pruebas ocultas y deja de cada fallo el mensaje, sin las líneas del rastro."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if is_test(cell):
            ClearHiddenTests(parent=self)._remove_hidden_test_region(cell)
            # Lo que el código del estudiante escriba durante una prueba podría copiar la propia prueba.
            cell.outputs = [_only_message(output) for output in cell.outputs if output.output_type == "error"]
        return cell, resources


def _only_message(output: NotebookNode) -> NotebookNode:
    # Un AssertionError ya dice lo necesario; de otro error importa también el tipo.
    text = output.evalue if output.ename == "AssertionError" else f"{output.ename}: {output.evalue}"
    output.traceback = [text or "La prueba no se cumple."]
    return output
