"""Los mutantes que siguen siendo correctos, mirados uno a uno, con la razón."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

LIST = Path(__file__).with_name("equivalent.toml")


def equivalents(path: Path = LIST) -> dict[str, str]:
    """Por cada mutante equivalente (su nombre), por qué lo es."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{cell} {change}": reason for cell, table in tables.items() for change, reason in table.items()}


def dead_entries(listed: Iterable[str], mutants: Iterable[str], exercises: Iterable[str]) -> list[str]:
    """Las entradas de estos ejercicios que ya no corresponden a ningún mutante."""
    known, prefixes = set(mutants), tuple(f"{name}_" for name in exercises)
    return [name for name in listed if name.startswith(prefixes) and name not in known]
