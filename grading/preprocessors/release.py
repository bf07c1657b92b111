"""Lo que se quita del cuaderno al hacer la versión de estudiante."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

KEPT_METADATA = ("kernelspec", "language_info")


class StripSourceMetadata(NbGraderPreprocessor):  # type: ignore[misc]
    """Deja solo los metadatos del núcleo.

    Con ``metadata.jupytext`` presente, el JupyterLab del estudiante escribiría otra vez la pareja ``.py``.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        nb.metadata = NotebookNode({key: nb.metadata[key] for key in KEPT_METADATA if key in nb.metadata})
        return nb, resources
