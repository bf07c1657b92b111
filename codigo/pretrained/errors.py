"""El error de los modelos que no se pueden usar."""

from __future__ import annotations

import errno


class ModelUnavailableError(RuntimeError):
    """El modelo no está, está a medias o no se puede preparar; el mensaje dice qué hacer."""


def describe(error: Exception) -> str:
    """El motivo de un error, en pocas palabras."""
    text = str(error)
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in text:
        return "no queda espacio en disco"
    return f"{type(error).__name__}: {text.splitlines()[0][:160] if text else 'sin detalle'}"
