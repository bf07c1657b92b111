"""El error que se enseña a quien usa las herramientas, sin rastro de Python, y el de un disco lleno."""

from __future__ import annotations

import errno


class CourseError(Exception):
    """Algo que la persona puede arreglar; el mensaje dice qué pasó y qué hacer."""


MAKE_ROOM = "libera espacio y repite la orden. Lo ya corregido está guardado y no se corrige otra vez."
_FULL_TEXTS = ("disk is full", "disk I/O error", "No space left on device")  # SQLite y PostgreSQL


def is_full_disk(error: BaseException) -> bool:
    """¿Falló porque no queda sitio en el disco, o en la cuota de quien escribe?"""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return any(text in str(error) for text in _FULL_TEXTS)
