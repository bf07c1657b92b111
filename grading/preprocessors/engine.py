"""Las puertas de nbgrader hacia el motor: ``nbgrader autograde`` y el botón de formgrader pasan por aquí."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.engine.grade import run_notebook
from grading.engine.rebuild import grade_id, rebuild
from grading.engine.settings import isolation_from_environment, limits_from_environment
from grading.seeds import course_seed
from grading.submissions import UnreadableError, read_submitted

Converted = tuple[NotebookNode, dict[str, Any]]


class RebuildFromSource(NbGraderPreprocessor):  # type: ignore[misc]
    """Rehace el cuaderno a partir de la fuente: de la entrega solo quedan las respuestas."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> Converted:
        try:
            read_submitted(_submitted_path(self.config, resources))
        except UnreadableError as error:  # nbgrader ya lo ha leído, siguiendo el enlace si lo era
            self.log.warning("%s: %s, y no cuenta", resources["nbgrader"]["student"], error)
            nb = new_notebook()
        rebuilt = rebuild(_source_notebook(self.config, resources), nb)
        for change in rebuilt.changes:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], change)
        _copy_checksums(rebuilt.notebook, resources)
        return rebuilt.notebook, resources


class EngineExecute(NbGraderPreprocessor):  # type: ignore[misc]
    """Ejecuta la entrega encerrada y la juzga desde otro proceso; una prueba sin veredicto vale 0."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> Converted:
        source = _source_notebook(self.config, resources)
        seed = course_seed(Path(CourseDirectory(config=self.config).root) / "autograded")
        stopped, _ = run_notebook(nb, source, limits_from_environment(), isolation_from_environment(), seed)
        if stopped:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], stopped)
        return nb, resources


def _source_notebook(config: Any, resources: dict[str, Any]) -> NotebookNode:
    course = CourseDirectory(config=config)
    names = resources["nbgrader"]
    folder = course.format_path(course.source_directory, ".", names["assignment"])
    return nbformat.read(Path(folder) / f"{names['notebook']}.ipynb", as_version=4)


def _submitted_path(config: Any, resources: dict[str, Any]) -> Path:
    course, names = CourseDirectory(config=config), resources["nbgrader"]
    folder = course.format_path(course.submitted_directory, names["student"], names["assignment"])
    return Path(folder) / f"{names['notebook']}.ipynb"


def _copy_checksums(notebook: NotebookNode, resources: dict[str, Any]) -> None:
    # Con ellos sabe nbgrader si una reflexión quedó sin responder.
    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as gradebook:
        cells = gradebook.find_notebook(names["notebook"], names["assignment"]).source_cells
        checksums = {cell.name: cell.checksum for cell in cells}
    for cell in notebook.cells:
        if grade_id(cell) in checksums:
            cell.metadata.nbgrader.checksum = checksums[grade_id(cell)]
