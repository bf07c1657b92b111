"""Comprobaciones de los argumentos: cada error dice qué se dio, qué se admite y qué hacer."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def require_positive_int(name: str, value: Any) -> int:
    """Devuelve ``value`` como entero; ``ValueError`` si no es un entero mayor que cero."""
    number = _as_index(value)
    if number < 1:
        raise ValueError(f"{name} debe ser un entero mayor que 0; se dio {value!r}.")
    return number


def _as_index(value: Any) -> int:
    """El entero que es ``value``, o −1 si no es ninguno (un booleano tampoco)."""
    try:
        return -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return -1


def require_index(name: str, value: Any, size: int) -> int:
    """Devuelve ``value`` como entero; ``ValueError`` si no es un índice de 0 a ``size - 1``."""
    number = _as_index(value)
    if not 0 <= number < size:
        raise ValueError(f"{name} debe ser un entero de 0 a {size - 1}; se dio {value!r}.")
    return number


def require_divisible_heads(d_model: int, num_heads: int) -> int:
    """Devuelve ``d_k = d_model / num_heads``; ``ValueError`` si la división no es exacta."""
    require_positive_int("d_model", d_model)
    require_positive_int("num_heads", num_heads)
    if d_model % num_heads:
        divisors = [n for n in range(1, d_model + 1) if d_model % n == 0]
        raise ValueError(
            f"num_heads debe dividir a d_model: se dio num_heads={num_heads} con d_model={d_model}. "
            f"Valores admitidos: {', '.join(map(str, divisors))}."
        )
    return d_model // num_heads


def require_probability(name: str, value: float) -> float:
    """Devuelve ``value``; ``ValueError`` si no es un número de [0, 1)."""
    if not isinstance(value, (int, float)) or not 0.0 <= value < 1.0:
        raise ValueError(f"{name} debe estar entre 0 (incluido) y 1 (sin incluir); se dio {value!r}.")
    return value


def require_float_array(name: str, value: Any) -> NDArray[np.floating]:
    """Convierte a un arreglo de coma flotante sin cambiar ``float32`` por ``float64``."""
    array = require_array(name, value)
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise ValueError(f"{name} debe contener números reales; se dio un arreglo de tipo {array.dtype}.")
    return array


def require_array(name: str, value: Any) -> NDArray[Any]:
    """Convierte a un arreglo de NumPy; ``ValueError`` si las filas no encajan o no se puede leer."""
    try:
        return np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(
            f"{name} debe ser un arreglo de números, con filas de igual longitud; se dio un valor de tipo "
            f"{type(value).__name__} que NumPy no puede leer. Si es un tensor con gradiente, usa `.detach()`."
        ) from error


def require_sequence_input(name: str, value: Any, d_model: int) -> NDArray[np.floating]:
    """Devuelve ``value`` como arreglo (…, T, d_model) con T ≥ 1; ``ValueError`` en otro caso."""
    array = require_float_array(name, value)
    if array.ndim < 2 or array.shape[-1] != d_model or array.shape[-2] == 0:
        raise ValueError(
            f"{name} debe tener forma (…, T, d_model) con d_model={d_model} y T ≥ 1; "
            f"se dio la forma {array.shape}."
        )
    return array
