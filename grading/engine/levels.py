"""Los niveles del servidor: cada uno parte del anterior y ya tiene importado lo que el anterior no.

Un cuaderno se templa desde el nivel que piden sus celdas comunes. Partir de uno más bajo solo cuesta tiempo;
de uno más alto, tendría cargado lo que no pidió.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codigo.transformers import MODULE_OF
from grading.engine.job import Shared


@dataclass(frozen=True)
class Level:
    """Un nivel.

    Attributes
    ----------
    package
        El paquete que lo pide.
    modules
        Lo que importa, además de lo del nivel anterior.
    """

    package: str
    modules: tuple[str, ...]

    def load(self) -> None:
        """Importa lo suyo y deja la memoria lista para compartirse."""
        for name in self.modules:
            with suppress(ImportError):  # si no está instalado, el cuaderno que lo use dirá qué falta
                importlib.import_module(name)
        freeze()


def freeze() -> None:
    """Que el recolector no toque, y así copie, la memoria que compartirán los procesos que se bifurquen."""
    gc.collect()
    gc.freeze()


LEVELS = (
    Level(
        "",
        (
            "IPython.core.interactiveshell",
            "matplotlib.pyplot",
            "tqdm",
            "codigo.figures",
            "codigo.student_work",
        ),
    ),
    Level("torch", ("torch", "codigo.model", "codigo.recurrent")),
    Level(
        "transformers",
        (
            "codigo.sentiment",
            "codigo.generation",
            "codigo.from_huggingface",
            "transformers.models.bert.modeling_bert",
            "transformers.models.gpt2.modeling_gpt2",
            "accelerate",
        ),
    ),
)


def level_of(shared: Shared) -> int:
    """El nivel, por su lugar en ``LEVELS``, del que conviene que parta un cuaderno."""
    packages = {name.partition(".")[0] for name in _imported(shared.cells)}
    if shared.from_scratch:
        packages.add("torch")  # retirar lo que ya está hecho lo importa
    return max(number for number, level in enumerate(LEVELS) if level.package in {"", *packages})


def _imported(cells: Iterable[str]) -> set[str]:
    """Los módulos que importan unas celdas, y los que importan a su vez los de ``codigo``."""
    pending = {name for cell in cells for name in _imports(cell, whole=True)}
    found = set[str]()
    while pending:
        name = pending.pop()
        found.add(name)
        pending |= _imports_of_module(name) - found
    return found


@cache
def _imports_of_module(name: str) -> frozenset[str]:
    if name.partition(".")[0] != "codigo":
        return frozenset()
    with suppress(ModuleNotFoundError):
        specification = importlib.util.find_spec(name)
        if specification and specification.origin:
            return _imports(Path(specification.origin).read_text(encoding="utf-8"), whole=False)
    return frozenset()


def _imports(source: str, whole: bool) -> frozenset[str]:
    """Los módulos que importa ``source``; si no es ``whole``, solo en el primer nivel."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # una orden de IPython
        return frozenset()
    names = set[str]()
    for node in ast.walk(tree) if whole else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            if node.module == "codigo.transformers":
                names |= {MODULE_OF[alias.name] for alias in node.names if alias.name in MODULE_OF}
    return frozenset(names)
