"""El error de los modelos que no se pueden usar."""

from __future__ import annotations


class ModelUnavailableError(RuntimeError):
    """El modelo no está, está a medias o no se puede preparar; el mensaje dice qué hacer."""
