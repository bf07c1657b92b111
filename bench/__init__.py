"""Mediciones del curso: ``make bench``. Ninguna prueba depende de ellas."""
