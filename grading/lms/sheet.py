"""Un CSV que un LMS importa y que nadie ejecuta sin querer al abrirlo con una hoja de cálculo."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

# Con esto empieza una fórmula (OWASP, «CSV Injection»).
_FORMULA = ("=", "+", "-", "@")


def is_formula(text: str) -> bool:
    """Si una hoja de cálculo tomaría ``text`` por una fórmula."""
    return text.lstrip().startswith(_FORMULA)


def label(text: str) -> str:
    """``text`` en una línea y, si parece una fórmula, con un apóstrofo delante.

    Solo para lo que el LMS no usa para identificar a nadie: un identificador cambiado sería otro.
    """
    line = " ".join(text.split())
    return f"'{line}" if is_formula(line) else line


def number(value: float, decimal: str = ".") -> str:
    """``value`` con dos decimales como mucho, sin separador de millares."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", decimal)


def write_sheet(path: Path, rows: Iterable[Sequence[str]], separator: str = ",") -> None:
    """Escribe ``rows`` en UTF-8, con las comillas de RFC 4180; el archivo aparece entero o no aparece."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.tmp")
    # Lleva los datos de la clase: solo los lee quien corrige.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
    partial.replace(path)
