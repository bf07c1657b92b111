"""Lo que se oculta y lo que se añade en la página que recibe el estudiante."""

from __future__ import annotations

import re
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from codigo.lab.goals import as_title, goal_of
from grading.engine.grade import is_test
from grading.engine.rebuild import grade_id

_WORDS = {"reflexion": "la reflexión"}
_EXERCISE = re.compile(r"(?:test_)?ej(\d+)_(\w+)")


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


class NameGoals(NbGraderPreprocessor):  # type: ignore[misc]
    """Pone a cada celda con nota el ejercicio del que es y qué se mira en ella, con palabras."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        goal = ""
        for cell in nb.cells:
            if name := grade_id(cell):
                cell.metadata.nbgrader.update(_titles(name, goal))
            goal = goal_of(cell.source) if cell.cell_type == "markdown" and not name else ""
        return nb, resources


def _titles(name: str, goal: str) -> dict[str, str]:
    parts = _EXERCISE.fullmatch(name)
    title = as_title(goal or _WORDS.get(parts[2] if parts else "", name))
    return {
        "exercise": f"Ejercicio {parts[1]}" if parts else "Otros apartados",
        "title": title,
    }
