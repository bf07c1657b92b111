"""Lo que nuestras órdenes y sus trabajadores no importan."""

from __future__ import annotations

import sys


def skip_slow_ones() -> None:
    """Da por no instalado lo más lento de nbformat, casi un segundo.

    Es opcional: ``jsonschema`` lo usa para mirar direcciones web con tildes, que un cuaderno no tiene.
    """
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
