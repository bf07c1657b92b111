"""Los ajustes del motor, que se dan con variables de entorno."""

from __future__ import annotations

import os
import sys

from grading.engine.sandbox import Limits, why_unavailable
from grading.errors import CourseError

ISOLATION_VARIABLE = "LAB11_ISOLATION"


def limits_from_environment() -> Limits:
    """Los límites de una entrega: ``CELL_TIMEOUT`` y ``NOTEBOOK_TIMEOUT``, en segundos.

    Raises
    ------
    CourseError
        Si alguno no es un número mayor que cero.
    """
    default = Limits()
    return Limits(
        cell_seconds=_seconds("CELL_TIMEOUT", default.cell_seconds),
        notebook_seconds=_seconds("NOTEBOOK_TIMEOUT", default.notebook_seconds),
    )


def workers_from_environment() -> int:
    """Cuántos cuadernos se corrigen a la vez en esta máquina: ``WORKERS`` o, si no, uno por núcleo.

    Raises
    ------
    CourseError
        Si no es un entero mayor que cero.
    """
    text = os.environ.get("WORKERS") or str(usable_cores())
    if not text.isdecimal() or int(text) == 0:
        raise CourseError(f"WORKERS debe ser un número entero mayor que 0; se dio {text!r}.")
    return int(text)


def usable_cores() -> int:
    """Los núcleos que puede usar este proceso, que en un contenedor pueden no ser todos."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise CourseError(f"{variable} debe ser un número de segundos mayor que 0; se dio {text!r}.")
    return value


def isolation_wanted() -> bool:
    """Si se pide encerrar cada entrega: sí, salvo ``LAB11_ISOLATION=off``.

    Raises
    ------
    CourseError
        Si la variable dice otra cosa.
    """
    wanted = os.environ.get(ISOLATION_VARIABLE) or "on"
    if wanted not in {"on", "off"}:
        raise CourseError(f"{ISOLATION_VARIABLE} debe ser on u off; se dio {wanted!r}.")
    return wanted == "on"


def isolation_from_environment() -> bool:
    """Si se encierra cada entrega en esta máquina.

    Raises
    ------
    CourseError
        Si el sistema no puede encerrar y no se ha dicho que se siga sin ello.
    """
    wanted, reason = isolation_wanted(), why_unavailable()
    if wanted and reason:
        raise CourseError(
            f"Aquí no se puede encerrar el código de las entregas: {reason}. Corrige en otra máquina o, si "
            f"te fías de todas las entregas, repite la orden con {ISOLATION_VARIABLE}=off delante."
        )
    return wanted
