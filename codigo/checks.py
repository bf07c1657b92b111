"""Comprobaciones que usan las celdas de prueba: dicen qué se esperaba, qué llegó y el error probable.

Todas lanzan ``AssertionError`` con un mensaje en español. Aceptan cualquier valor que se pueda leer
como arreglo de números: listas, escalares, arreglos de otra precisión o tensores con gradiente.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codigo.fresh import fresh_generator
from codigo.from_scratch import written_from_scratch

__all__ = [
    "arguments_untouched",
    "as_array",
    "check_close",
    "check_finite",
    "check_no_future",
    "check_rows_sum_to_one",
    "check_shape",
    "fresh_generator",
    "require_defined",
    "written_from_scratch",
]


def require_defined(namespace: Mapping[str, Any], *names: str) -> None:
    """Exige que los nombres existan: es lo primero que mira cada celda de prueba."""
    missing = [name for name in names if name not in namespace]
    assert not missing, (
        f"Falta definir {_join(missing)}. Completa la celda del ejercicio, ejecútala y vuelve a "
        "ejecutar esta prueba."
    )


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Lee ``value`` como arreglo de NumPy."""
    try:
        array = np.asarray(_without_tensors(value))
    except (ValueError, TypeError, RuntimeError):
        array = np.asarray(None)
    assert array.dtype.kind in "biuf", (
        f"`{name}` debe ser un arreglo de números reales; llegó {_describe(value)}"
    )
    return array


def _without_tensors(value: Any) -> Any:
    """El mismo valor con los tensores de PyTorch, estén donde estén, como arreglos de NumPy."""
    if isinstance(value, (list, tuple)):
        return [_without_tensors(item) for item in value]
    if not hasattr(value, "detach"):
        return value
    tensor = value.detach().cpu()
    return (tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy()


def check_shape(name: str, value: Any, shape: tuple[int, ...], hint: str = "") -> NDArray[Any]:
    """Exige la forma ``shape`` y devuelve el arreglo."""
    array = as_array(name, value)
    wanted = f"tener forma {shape}" if shape else "ser un solo número"
    came = f"llegó un arreglo de forma {array.shape}" if array.shape else "llegó un solo número"
    assert array.shape == shape, _message(f"`{name}` debe {wanted}; {came}.", hint)
    return array


def check_finite(name: str, value: Any, hint: str = "") -> None:
    """Exige que no haya ``nan`` ni infinitos."""
    array = as_array(name, value)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        place = _place(bad[0])
        text = f"`{name}`{f', {place},' if place else ''} vale {array[tuple(bad[0])]}."
        raise AssertionError(_message(text, hint))


def check_close(
    name: str,
    value: Any,
    expected: ArrayLike,
    *,
    hint: str = "",
    mistakes: Mapping[str, Any] | None = None,
    places: Sequence[Sequence[int]] | None = None,
    case: str = "",
    atol: float = 1e-6,
    rtol: float = 1e-5,
) -> None:
    """Compara con lo esperado y, si coincide con un error conocido, lo nombra.

    Parameters
    ----------
    name
        Cómo llama el cuaderno al valor.
    value
        Lo que calculó el estudiante.
    expected
        Lo correcto; si son valores lógicos, el mensaje dice ``True`` o ``False``.
    hint
        Qué revisar si no se reconoce el error.
    mistakes
        Resultado de cada error conocido, con la frase que lo nombra como clave.
    places
        Las posiciones de ``value`` que se comparan, si no son todas; lo esperado y los errores llevan
        entonces un valor por posición, en ese orden.
    case
        Con qué entradas salió, para el mensaje: ``"con T = 5"``.
    atol, rtol
        Tolerancia absoluta y relativa.

    Raises
    ------
    AssertionError
        Si ``value`` no son números, si su forma no es la esperada o si algún valor difiere.
    """
    wanted = np.asarray(expected)
    array = _picked(name, value, places) if places else check_shape(name, value, wanted.shape, hint)
    array, target = array.astype(np.float64), wanted.astype(np.float64)
    wrong = np.argwhere(~np.isclose(array, target, atol=atol, rtol=rtol))
    if not len(wrong):
        return
    first = tuple(wrong[0])
    where = _where(name, _place(places[int(first[0])] if places else first), case)
    values = _shown(target[first], array[first], wanted.dtype.kind == "b")
    named = (text for text, known in (mistakes or {}).items() if _matches(array, known, atol, rtol))
    raise AssertionError(_message(f"{where}{_others(len(wrong) - 1)}: {values}.", next(named, hint)))


def check_rows_sum_to_one(name: str, weights: Any) -> None:
    """Exige que cada fila de una matriz de pesos (…, T_q, T_k) sume 1."""
    array = _as_matrix(name, weights)
    sums = array.sum(axis=-1)
    wrong = np.argwhere(~np.isclose(sums, 1.0, atol=1e-5))
    if not len(wrong):
        return
    row = tuple(wrong[0])
    text = f"La fila {row[-1]} de `{name}{_index(row[:-1])}` suma {sums[row]:.4g} y debe sumar 1."
    raise AssertionError(_message(text, _why_not_one(array)))


def _why_not_one(array: NDArray[Any]) -> str:
    """El error probable de unos pesos (…, T_q, T_k) cuyas filas no suman 1."""
    if np.allclose(array.sum(axis=-2), 1.0, atol=1e-5):
        return "Lo que suma 1 son las columnas: el softmax va sobre las claves, axis=-1."
    if np.allclose(array.sum(axis=(-2, -1)), 1.0, atol=1e-5):
        return "Lo que suma 1 es toda la matriz: el softmax va por filas, sobre las claves (axis=-1)."
    if np.allclose(array.sum(axis=-1), 1.0, atol=0.02):
        return "Casi suman 1: ¿redondeas los pesos?"
    return "¿Aplicaste la máscara después del softmax, o te falta dividir entre la suma?"


def check_no_future(name: str, weights: Any, hint: str = "") -> None:
    """Exige peso 0 en toda clave posterior a su consulta, en una matriz (…, T, T).

    Parameters
    ----------
    name
        Cómo llama el cuaderno a los pesos.
    weights
        Los pesos.
    hint
        Qué revisar si se ve el futuro además del pasado; si no se dice, las puntuaciones.

    Raises
    ------
    AssertionError
        Si algún peso posterior no es 0, o si no son una matriz.
    """
    array = _as_matrix(name, weights)
    leaks = np.argwhere(np.triu(array, k=1) > 1e-6)
    if not len(leaks):
        return
    first = tuple(leaks[0])
    inverted = not np.tril(array, k=-1).any() and array.shape[-1] > 1
    usual = "La máscara deja ver el futuro: las puntuaciones con j > i deben valer −inf antes del softmax."
    reversed_mask = "Solo ve el futuro: la máscara está al revés (True = oculta), ¿`tril` en lugar de `triu`?"
    text = f"En `{name}{_index(first[:-2])}`, la posición {first[-2]} atiende a la {first[-1]}"
    chosen = reversed_mask if inverted else hint or usual
    raise AssertionError(_message(f"{text} con peso {array[first]:.4g}.", chosen))


def _as_matrix(name: str, weights: Any) -> NDArray[Any]:
    array = as_array(name, weights)
    assert array.ndim >= 2, (
        f"`{name}` debe ser una matriz, con una fila por consulta y una columna por clave; "
        f"llegó un valor de forma {array.shape}."
    )
    return array


@contextmanager
def arguments_untouched(**arrays: NDArray[Any]) -> Iterator[None]:
    """Exige que la función llamada dentro del bloque deje sus argumentos como estaban."""
    before = {name: array.copy() for name, array in arrays.items()}
    yield
    changed = [
        name for name, array in arrays.items() if not np.array_equal(array, before[name], equal_nan=True)
    ]
    assert not changed, (
        f"La función modificó su argumento {_join(changed)}: trabaja sobre una copia "
        "(por ejemplo, `X = X / 2` en lugar de `X /= 2`)."
    )


def _matches(array: NDArray[Any], wrong: Any, atol: float, rtol: float) -> bool:
    wrong = np.asarray(wrong)
    return wrong.shape == array.shape and np.allclose(array, wrong, atol=atol, rtol=rtol, equal_nan=True)


def _picked(name: str, value: Any, places: Sequence[Sequence[int]]) -> NDArray[Any]:
    """Los valores que hay en esas posiciones."""
    array = as_array(name, value)
    return array[tuple(np.transpose(places))]  # (posiciones, ejes) -> (ejes, posiciones)


def _shown(expected: Any, obtained: Any, logical: bool) -> str:
    if logical:
        names = {0.0: "False", 1.0: "True"}
        return f"esperado {names[expected]}, obtenido {names.get(obtained, f'{obtained:.4g}')}"
    obtained = obtained + 0.0  # sin ceros negativos
    shown = [f"{expected:.4g}", f"{obtained:.4g}"]
    if shown[0] == shown[1]:  # lo esperado, siempre redondeado: con más cifras bastaría con copiarlo
        shown = [f"{shown[0]} (redondeado)", f"{obtained:.8g}"]
    return f"esperado {shown[0]}, obtenido {shown[1]}"


def _where(name: str, place: str, case: str) -> str:
    return ", ".join(filter(None, (f"`{name}`", place, case)))


def _others(count: int) -> str:
    return f" (y {count} {'valores' if count > 1 else 'valor'} más)" if count else ""


def _place(position: Sequence[int] | NDArray[np.intp]) -> str:
    """Dónde está un valor, en palabras; vacío si es un solo número."""
    numbers = [str(int(i)) for i in position]
    if len(numbers) < 2:
        return f"posición {numbers[0]}" if numbers else ""
    *outer, row, column = numbers
    matrix = f"matriz {', '.join(outer)}, " if outer else ""
    return f"{matrix}fila {row}, columna {column}"


def _index(position: Any) -> str:
    numbers = ", ".join(str(int(i)) for i in np.atleast_1d(position))
    return f"[{numbers}]" if numbers else ""


def _message(text: str, hint: str) -> str:
    return f"{text}\nPista: {hint}" if hint else text


def _describe(value: Any) -> str:
    if value is None:
        return "None. ¿Falta un `return` o un valor por definir?"
    inside = (
        " con algo que no son números, o con filas de distinta longitud"
        if isinstance(value, (list, tuple))
        else ""
    )
    return f"un valor de tipo {type(value).__name__}{inside}."


def _join(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
