"""Las órdenes que da la documentación: las de los bloques ``sh`` y las que van dentro de una frase."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.course import PROJECT_ROOT

PAGES = [
    *(PROJECT_ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((PROJECT_ROOT / "docs").rglob("*.md")),
]
PROGRAMS = (
    r"make|nbgrader|jupyter|jupyterhub|python|pip|git|sh|dask|kubectl|helm|docker|createdb|\.venv/bin/[\w-]+"
)
# En una frase, un programa con lo que se le da: «`nbgrader`» es un nombre y «`nbgrader validate`», una orden.
IN_A_SENTENCE = re.compile(rf"(?:\w+=\S* )*(?:{PROGRAMS}|\.) \S.*")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", flags=re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(?:^|\s+)#\s.*$", flags=re.MULTILINE)


def commands_in(text: str) -> set[str]:
    """Las órdenes de una página, sin comentarios y cada una en una línea."""
    blocks = [body for _, language, body in FENCE.findall(text) if language in {"sh", "bash", "console"}]
    inline = re.findall(r"`([^`]+)`", FENCE.sub("", text))
    found = {command for block in blocks for command in _lines(block)}
    return found | {" ".join(one.split()) for one in inline if IN_A_SENTENCE.fullmatch(" ".join(one.split()))}


def _lines(block: str) -> Iterator[str]:
    """Las órdenes de un bloque: las líneas que siguen y los bucles quedan en una."""
    waiting: list[str] = []
    for line in COMMENT.sub("", block).splitlines():
        if not line.strip():
            continue
        waiting.append(line.strip().removeprefix("$ ").removesuffix("\\").strip())
        inside_loop = waiting[0].startswith(("for ", "while ")) and waiting[-1] != "done"
        if not line.rstrip().endswith("\\") and not inside_loop:
            yield "\n".join(waiting) if waiting[-1] == "done" else " ".join(waiting)
            waiting = []
