"""Medir dos cosas por turnos, y comprobar antes que dan lo mismo."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import ArrayLike

from codigo.measure import Action, time_together

SHORTEST = 5e-3  # segundos: lo que dura menos se repite dentro de cada turno


class DifferentResultsError(AssertionError):
    """Lo del curso y lo otro no dan lo mismo: no tiene sentido compararlos."""


@dataclass(frozen=True)
class Effort:
    """Cuánto se insiste en cada comparación.

    Attributes
    ----------
    repeats, min_repeats, budget_s
        Como en :func:`codigo.measure.time_together`.
    """

    repeats: int = 21
    min_repeats: int = 5
    budget_s: float = 0.7


QUICK = Effort(repeats=3, min_repeats=2, budget_s=0.05)


def time_both(
    ours: Action, theirs: Action, device: torch.device, effort: Effort, slow: bool = False
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Segundos de cada ronda de dos acciones; véase :func:`time_all`."""
    seconds = time_all({"ours": ours, "theirs": theirs}, device, effort, slow)
    return seconds["ours"], seconds["theirs"]


def time_all(
    actions: Mapping[str, Action], device: torch.device, effort: Effort, slow: bool = False
) -> dict[str, tuple[float, ...]]:
    """Segundos de cada ronda de varias acciones, por turnos.

    Lo que dura menos de cinco milésimas de segundo se repite en cada turno, todas las acciones las mismas
    veces, y se apunta lo que toca a una: así pesa poco lo que cuesta empezar con lo que la otra dejó en la
    memoria caché del procesador, que en lo corto puede ser la décima parte.

    Parameters
    ----------
    actions
        Funciones sin argumentos, por nombre.
    device
        Dónde trabajan.
    effort
        Cuánto se insiste.
    slow
        Si duran mucho más y ya se ejecutaron, por ejemplo al comprobar que dan lo mismo: no se prueban antes.
    """
    calls = 1 if slow else calls_per_turn(min(map(_once, actions.values())))
    seconds = time_together(
        {name: _repeated(action, calls) for name, action in actions.items()},
        device,
        repeats=effort.repeats,
        min_repeats=effort.min_repeats,
        budget_s=effort.budget_s,
        warm_up=False,  # ya se han ejecutado
    )
    return {name: tuple(one / calls for one in found) for name, found in seconds.items()}


def calls_per_turn(seconds: float) -> int:
    """Cuántas llamadas de ``seconds`` hacen falta para que un turno se pueda medir bien.

    Examples
    --------
    >>> calls_per_turn(0.0003), calls_per_turn(2.0)
    (17, 1)
    """
    return max(1, math.ceil(SHORTEST / max(seconds, 1e-7)))


def _once(action: Action) -> float:
    seconds = _time(action)
    # La primera vez se reserva memoria y se preparan los núcleos: en lo corto, eso es casi todo.
    return seconds if seconds > 4 * SHORTEST else _time(action)


def _time(action: Action) -> float:
    started = perf_counter()
    action()
    return perf_counter() - started


def _repeated(action: Action, calls: int) -> Action:
    def repeated() -> None:
        for _ in range(calls):
            action()

    return repeated


def require_close(ours: ArrayLike, theirs: ArrayLike, tolerance: float) -> str:
    """Comprueba que dos resultados son iguales salvo redondeo y dice cuánto difieren.

    Parameters
    ----------
    ours, theirs
        Arreglos de la misma forma.
    tolerance
        La diferencia que se admite, relativa al mayor valor absoluto de ``theirs``.

    Raises
    ------
    DifferentResultsError
        Si las formas o los valores difieren, o hay algo que no es un número.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise DifferentResultsError(f"Las formas difieren: {a.shape} y {b.shape}.")
    difference = float(np.abs(a - b).max() / max(float(np.abs(b).max()), 1e-30))
    if not difference <= tolerance:  # así tampoco pasa un NaN
        raise DifferentResultsError(f"Los resultados difieren en {difference:.2g}; se admite {tolerance:g}.")
    return f"misma salida salvo {difference:.0e}" if difference else "misma salida exacta"
