"""El azar de las pruebas ocultas: una semilla nueva por entrega, que quien la resuelve no puede saber.

Al corregir, el juez pone la semilla y queda apuntada en el cuaderno corregido, para poder repetir cualquier
veredicto. Fuera del juez (``nbgrader validate``, nbgrader a secas) vale la de la variable ``LAB11_SEED`` o,
si no está, una al azar.
"""

from __future__ import annotations

import os
from contextvars import ContextVar

import numpy as np

SEED_VARIABLE = "LAB11_SEED"
_current: ContextVar[int | None] = ContextVar("semilla de la prueba", default=None)


def use_seed(seed: int | None) -> None:
    """Fija la semilla de los generadores que pida la prueba que viene; ``None``, ninguna."""
    _current.set(seed)


def fresh_generator() -> np.random.Generator:
    """Un generador para las entradas de una prueba: con la semilla del juez o, si no la hay, con otra.

    Raises
    ------
    ValueError
        Si ``LAB11_SEED`` no es un entero que no sea negativo.
    """
    seed = _current.get()
    return np.random.default_rng(_seed_from_environment() if seed is None else seed)


def _seed_from_environment() -> int | None:
    text = os.environ.get(SEED_VARIABLE, "")
    if text and not text.isdecimal():
        raise ValueError(f"{SEED_VARIABLE} vale {text!r}: debe ser un entero, 0 o mayor. Dale otro valor.")
    return int(text) if text else None
