"""Las parejas ``.py`` (lo que se escribe y se revisa) y ``.ipynb`` (lo que lee nbgrader)."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

FORMATS = "ipynb,py:percent"


def build_notebook(script: Path) -> str:
    """El texto del ``.ipynb`` que corresponde a ``script``: sin salidas y siempre con los mismos bytes."""
    notebook = jupytext.read(script)
    notebook.metadata = _notebook_metadata()
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        cell.id = _stable_id(cell, seen)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def update_notebooks(folder: Path) -> list[Path]:
    """Reescribe los ``.ipynb`` que no coinciden con su ``.py``; devuelve los que cambiaron."""
    return [path for script in sorted(folder.glob("*.py")) if (path := _write_pair(script))]


def mismatched(folder: Path) -> list[str]:
    """Las parejas que no coinciden o a las que les falta un miembro."""
    problems = []
    for name in sorted({path.stem for path in folder.glob("parte*")}):
        script, notebook = folder / f"{name}.py", folder / f"{name}.ipynb"
        if not (script.exists() and notebook.exists()):
            problems.append(f"{name}: falta el .py o el .ipynb")
        elif notebook.read_text(encoding="utf-8") != build_notebook(script):
            problems.append(f"{name}: el .ipynb no coincide con el .py")
    return problems


def _write_pair(script: Path) -> Path | None:
    notebook, text = script.with_suffix(".ipynb"), build_notebook(script)
    if notebook.exists() and notebook.read_text(encoding="utf-8") == text:
        return None
    notebook.write_text(text, encoding="utf-8")
    return notebook


def _notebook_metadata() -> NotebookNode:
    return NotebookNode(
        jupytext={
            "formats": FORMATS,
            "text_representation": {"extension": ".py", "format_name": "percent"},
        },
        kernelspec={"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )


def _stable_id(cell: Any, seen: Counter[str]) -> str:
    # Del contenido, para que el mismo texto dé siempre los mismos bytes y un cambio toque una sola celda.
    text = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.cell_type + cell.source
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    seen[digest] += 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
