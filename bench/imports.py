"""Cuánto tarda en importarse cada nombre público, frente a importar solo la biblioteca que necesita."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.results import Bound, Comparison, Outcome
from codigo.transformers import MODULE_OF
from grading.course import PROJECT_ROOT

# Solo lo que tarda la importación: lo que tarda Python en arrancar es de los dos.
TIMED = "from time import perf_counter as now\nbegin = now()\n{statement}\nprint(now() - begin)"


@dataclass(frozen=True)
class Library:
    """Una biblioteca y los nombres que la necesitan.

    Attributes
    ----------
    name
        Cómo se llama.
    statement
        Lo que la importa, sin nada del curso: es lo menos que puede tardar quien la usa.
    modules
        Los módulos del curso que la usan y no necesitan otra mayor.
    rounds
        Cuántas veces se mide cada importación: menos, cuanto más tarda.
    """

    name: str
    statement: str
    modules: tuple[str, ...]
    rounds: int


LIBRARIES = (
    Library("numpy", "import numpy", ("attention", "positional", "masks"), 9),
    Library("matplotlib", "import matplotlib.pyplot", ("figures",), 5),
    Library("torch", "import torch", ("blocks", "model"), 3),
    Library(
        "transformers",
        "import torch\nfrom transformers import AutoModelForCausalLM, AutoModelForSequenceClassification",
        ("sentiment", "generation"),
        2,
    ),
    Library(
        "transformers y matplotlib",
        "import torch\nimport matplotlib.pyplot\nfrom transformers import AutoModelForSequenceClassification",
        ("layer_patterns",),
        2,
    ),
)


def measure(quick: bool, advance: Callable[[], None] = lambda: None) -> Outcome:
    """Importa cada nombre y su biblioteca por turnos, cada vez en un proceso nuevo.

    Antes se importan todas las bibliotecas una vez, que no cuenta: deja sus archivos en la memoria.
    """
    libraries = LIBRARIES[:1] if quick else LIBRARIES
    seconds_to_import("\n".join(library.statement for library in libraries))
    comparisons: list[Comparison] = []
    for library in libraries:
        comparisons += compare(library, 2 if quick else library.rounds)
        advance()
    return Outcome(tuple(comparisons))


def names_of(library: Library) -> list[list[str]]:
    """Los nombres públicos de cada módulo de ``library``."""
    return [
        [name for name, module in MODULE_OF.items() if module == f"codigo.{wanted}"]
        for wanted in library.modules
    ]


def compare(library: Library, rounds: int, timer: Callable[[str], float] | None = None) -> list[Comparison]:
    """Una comparación por módulo; en cada ronda se importa la biblioteca una vez y cada módulo otra.

    Los nombres de un módulo tardan lo mismo: importar uno carga los demás.

    Parameters
    ----------
    library
        La biblioteca, con sus módulos.
    rounds
        Cuántas rondas.
    timer
        Cómo se mide una importación; en un proceso nuevo, si no se dice.
    """
    time_import = timer or seconds_to_import
    ours = {", ".join(names): f"from codigo.transformers import {names[0]}" for names in names_of(library)}
    statements = {"": library.statement, **ours}
    measured = [_one_round(statements, time_import) for _ in range(rounds)]
    base = tuple(one[""] for one in measured)
    lowest = Bound("importar la biblioteca", float(np.median(base)))
    return [
        Comparison(
            f"importar lo que usa {library.name}",
            {},
            {"nombre": name},
            1,
            statement,
            library.statement.replace("\n", "; "),
            tuple(one[name] for one in measured),
            base,
            lowest,
        )
        for name, statement in ours.items()
    ]


def _one_round(statements: Mapping[str, str], timer: Callable[[str], float]) -> dict[str, float]:
    return {name: timer(statement) for name, statement in statements.items()}


def seconds_to_import(statement: str) -> float:
    """Segundos que tarda ``statement`` en un Python recién arrancado."""
    result = subprocess.run(
        [sys.executable, "-c", TIMED.format(statement=statement)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(result.stdout.split()[-1])
