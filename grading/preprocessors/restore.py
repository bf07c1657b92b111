"""Repone las celdas del ejercicio que faltan en una entrega."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import OverwriteCells
from traitlets import Bool


class AddMissingCells(OverwriteCells):  # type: ignore[misc]
    """Como ``OverwriteCells``, y además añade al final las celdas borradas.

    nbgrader puntúa 0 una prueba borrada y la deja pendiente para siempre; su opción para reponerlas falla
    si también falta la celda anterior. Al final del cuaderno todo lo que la prueba mira ya está definido.
    """

    add_missing_cells = Bool(True).tag(config=True)

    def add_missing_grade_cells(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        source = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        points = {cell.name: cell.max_score for cell in source.grade_cells}
        solutions = {cell.name for cell in source.solution_cells}
        present = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
        missing = [cell for cell in source.source_cells if cell.name not in present]
        # Las soluciones antes que sus pruebas.
        for cell in sorted(missing, key=lambda cell: cell.name not in solutions):
            self.log.warning("Falta la celda %s: se añade al final", cell.name)
            nb.cells.append(_rebuild(cell, points.get(cell.name), cell.name in solutions))
        return nb, resources


def _rebuild(source: Any, points: float | None, is_solution: bool) -> NotebookNode:
    new_cell = new_code_cell if source.cell_type == "code" else new_markdown_cell
    cell = new_cell(source.source)
    cell.metadata.nbgrader = NotebookNode(
        grade_id=source.name,
        grade=points is not None,
        solution=is_solution,
        locked=source.locked,
        task=False,
        checksum=source.checksum,
        cell_type=source.cell_type,
        schema_version=SCHEMA_VERSION,
    )
    if points is not None:
        cell.metadata.nbgrader.points = points
    return cell
