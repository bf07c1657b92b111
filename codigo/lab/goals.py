"""Lo que mira cada celda de prueba, dicho con palabras: lo pone el texto que va justo antes de ella."""

from __future__ import annotations

import re

_GOAL = re.compile(r"\*\*Comprueba (?:que )?(.+?)\.\*\*")


def goal_of(text: str) -> str:
    """Lo que anuncia ``text``, que empieza por «**Comprueba …**»; vacío si no anuncia nada."""
    found = _GOAL.match(text)
    return found[1] if found else ""


def as_title(text: str) -> str:
    """El mismo texto con la primera letra en mayúscula."""
    return f"{text[:1].upper()}{text[1:]}"
