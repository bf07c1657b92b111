"""Texto ajeno que se va a enseñar en una línea: en la terminal, en la tabla o en un apunte."""

from __future__ import annotations

UNSEEN = "·"


def printable(text: str, limit: int = 80) -> str:
    """``text``, cortado y con un punto en lugar de cada carácter que no se ve.

    Los saltos de línea partirían la tabla; los códigos de terminal la reescribirían; y medio carácter Unicode
    no se puede guardar en ningún archivo.
    """
    return "".join(character if character.isprintable() else UNSEEN for character in text[:limit])
