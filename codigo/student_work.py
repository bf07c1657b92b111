"""Usar en una prueba lo que dejó el estudiante: llamar a sus funciones y reconocer un error arrastrado.

Un error arrastrado es un paso bien hecho sobre otro que está mal: si se reconoce, solo resta el primero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codigo.checks import as_array

_OWN_ERRORS = (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError)
_LONGEST = 200  # letras que se enseñan del error


def call(name: str, function: Callable[..., Any], *arguments: Any, hint: str = "") -> Any:
    """Lo que devuelve ``function(*arguments)``; si se detiene, se dice en español con qué y por qué.

    Raises
    ------
    AssertionError
        Si la función se detiene con uno de los errores corrientes de Python o de NumPy.
    """
    try:
        return function(*arguments)
    except _OWN_ERRORS as error:
        if type(error).__module__.partition(".")[0] not in ("builtins", "numpy"):
            raise  # no es de la función, sino de quien la llama desde fuera
        text = (
            f"`{name}` se detiene con {_describe(arguments)}: {type(error).__name__}: {str(error)[:_LONGEST]}"
        )
        raise AssertionError(f"{text}\nPista: {hint}" if hint else text) from None


def matches(value: Any, expected: ArrayLike, *, atol: float = 1e-6, rtol: float = 1e-5) -> bool:
    """¿Vale ``value`` lo esperado, sin mirar las casillas en las que se espera ``nan``?"""
    wanted = np.asarray(expected, dtype=np.float64)
    array = as_array("value", value)
    known = ~np.isnan(wanted)
    return array.shape == wanted.shape and np.allclose(
        array.astype(np.float64)[known], wanted[known], atol=atol, rtol=rtol
    )


def mistaken_mask(function: Any, size: int) -> NDArray[np.bool_] | None:
    """La máscara (size, size) que da ``function`` si no es la causal y con ella se puede juzgar lo que sigue.

    Returns
    -------
    ``None`` si es la causal, si no se lee como ceros y unos, si no oculta nada, o si ninguna consulta ve dos
    claves: entonces los pesos no dependerían de las puntuaciones.
    """
    try:
        mask = as_array("mask", function(size))
    except Exception:  # si la máscara falla, no hay con qué juzgar
        return None
    if mask.shape != (size, size) or not np.isin(mask, (0, 1)).all():
        return None
    hidden = mask.astype(bool)
    causal = np.array_equal(hidden, np.triu(np.ones((size, size), dtype=bool), k=1))
    usable = hidden.any() and (size - hidden.sum(axis=1)).max() > 1
    return hidden if usable and not causal else None


def arrays_in(
    value: Any, keys: Sequence[Any], shape: tuple[int, ...]
) -> dict[Any, NDArray[np.float64]] | None:
    """Los arreglos de un diccionario en esas claves, si están todos y tienen esa forma; ``None`` si no."""
    try:
        arrays = {key: as_array(str(key), value[key]).astype(np.float64) for key in keys}
    except Exception:  # no es un diccionario, falta una clave o no hay números
        return None
    return arrays if all(array.shape == shape for array in arrays.values()) else None


def follows(matrix: NDArray[Any], function: Any, rows: Any, pairs: Sequence[Sequence[int]]) -> bool:
    """¿Es ``matrix[i, j]`` lo que da ``function(rows[i], rows[j])``, en todas las parejas?"""
    try:
        vectors = as_array("rows", rows)
        given = as_array("values", [function(vectors[i].copy(), vectors[j].copy()) for i, j in pairs])
        return np.allclose(given.astype(np.float64).ravel(), [matrix[i, j] for i, j in pairs], atol=1e-5)
    except Exception:  # si la función falla, la matriz no sale de ella
        return False


def _describe(arguments: tuple[Any, ...]) -> str:
    shapes = [np.shape(argument) for argument in arguments]
    if all(shapes):
        return f"argumentos de forma {', '.join(map(str, shapes))}"
    return ", ".join(repr(argument)[:_LONGEST] for argument in arguments)
