"""El error que se enseña a quien usa las herramientas, sin rastro de Python."""

from __future__ import annotations


class CourseError(Exception):
    """Algo que la persona puede arreglar; el mensaje dice qué pasó y qué hacer."""
