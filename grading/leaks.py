"""Busca en la versión de estudiante cualquier línea de una solución o de una prueba oculta."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

BEGIN = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
END = re.compile(r"END (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
ALLOWED_SUFFIXES = {".ipynb", ".png", ".svg", ".csv"}
SHORTEST_SECRET = 4


def secret_lines(source: Path, region: str = "") -> set[str]:
    """Las líneas de las regiones reservadas de ``source``, sin espacios; de todas, si no se dice ``region``.

    Se dejan fuera las que no llegan a ``SHORTEST_SECRET`` caracteres: un ``),`` no delata nada.
    """
    found: set[str] = set()
    for path in source.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            found.update(_squeeze(line) for line in _reserved(cell.source, region))
    return {line for line in found if len(line) >= SHORTEST_SECRET}


def find_leaks(source: Path, release: Path) -> list[str]:
    """Describe cada fuga de ``source`` en ``release``; la lista vacía dice que no hay ninguna.

    Mira todos los archivos, en bruto, con el JSON descodificado (textos, metadatos, salidas y adjuntos) y
    con los trozos en base64 o comprimidos abiertos, y compara sin espacios ni comillas de escape.
    """
    secrets = secret_lines(source)
    problems = []
    for path in sorted(p for p in release.rglob("*") if p.is_file()):
        name = path.relative_to(release)
        if path.suffix not in ALLOWED_SUFFIXES:
            problems.append(f"{name}: no es un cuaderno ni una figura, y no debería publicarse")
        texts = "\n".join(_squeeze(text) for text in _readings(path))
        problems += [f"{name}: contiene «{line}»" for line in sorted(secrets) if line in texts]
        problems += [f"{name}: contiene la marca «{mark}»" for mark in sorted(set(_marks(texts)))]
    return problems


def _reserved(text: str, region: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if mark := BEGIN.search(line):
            inside = region in mark[1]
        elif END.search(line):
            inside = False
        elif inside:
            yield line


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\\]", "", text)


def _marks(text: str) -> list[str]:
    return re.findall(r"BEGINSOLUTION|BEGINHIDDENTESTS|BEGINMARKSCHEME|\"jupytext\"", text)


def _readings(path: Path) -> Iterator[str]:
    """El contenido de un archivo en todas las formas en que podría leerse."""
    raw = path.read_bytes().decode("utf-8", errors="replace")
    yield raw
    strings = list(_strings(json.loads(raw))) if path.suffix == ".ipynb" else [raw]
    yield "\n".join(strings)
    for chunk in ENCODED.findall("\n".join(strings)):
        yield from _decoded(chunk)


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        if all(isinstance(item, str) for item in node):
            yield "".join(node)  # el texto de una celda va en una lista de líneas
        for item in node:
            yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _strings(value)


def _decoded(chunk: str) -> Iterator[str]:
    try:
        data = base64.b64decode(
            chunk + "=" * (-len(chunk) % 4), altchars=b"-_" if set("-_") & set(chunk) else None
        )
    except (binascii.Error, ValueError):
        return
    yield data.decode("utf-8", errors="replace")
    try:
        yield zlib.decompress(data, wbits=zlib.MAX_WBITS | 32).decode("utf-8", errors="replace")
    except zlib.error:
        return
