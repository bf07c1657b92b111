"""Los nombres que usa y que define un trozo de código, sin ejecutarlo."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Any


def used_names(code: CodeType) -> set[str]:
    """Los nombres y los textos que aparecen en ``code``, con sus funciones de dentro."""
    names = set(code.co_names) | {name for value in code.co_consts for name in _texts(value)}
    for value in code.co_consts:
        if isinstance(value, CodeType):
            names |= used_names(value)
    return names


def _texts(value: Any) -> set[str]:
    if isinstance(value, tuple):
        return {text for item in value for text in _texts(item)}
    return {value} if isinstance(value, str) else set()


def bound_names(code: CodeType) -> set[str]:
    """Los nombres que ``code`` define en el primer nivel."""
    stores = ("STORE_NAME", "STORE_GLOBAL")
    return {step.argval for step in dis.get_instructions(code) if step.opname in stores}
