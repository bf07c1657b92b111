"""Las funciones de una lectura, sin ejecutar lo demás de sus celdas."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from types import SimpleNamespace

import nbformat

KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@functools.cache
def functions_of(notebook: Path) -> SimpleNamespace:
    """Lo que definen las celdas de código: funciones y clases, con lo que importan."""
    cells = nbformat.read(notebook, as_version=4).cells
    code = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    kept = [node for tree in code for node in tree.body if isinstance(node, KEPT)]
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(ast.Module(body=kept, type_ignores=[]), notebook.name, "exec"), namespace)
    return SimpleNamespace(**namespace)
