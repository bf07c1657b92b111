"""Rehace un cuaderno entregado a partir de la fuente: de la entrega solo se toman las respuestas.

Etiquetas, metadatos, salidas, celdas de prueba y orden son los de la fuente. Las celdas que el estudiante
añadió se ejecutan como suyas, donde estaban. Todo lo demás que cambió se apunta para quien corrige.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

from grading.engine.outputs import safe_attachments
from grading.plain import printable

MAX_SOURCE_BYTES = 2_000_000
TOO_LONG = f"# Esta celda no se mira: el texto de un cuaderno puede sumar {MAX_SOURCE_BYTES // 1_000_000} MB"
_CELL_KEYS = {"cell_type", "id", "metadata", "source", "outputs", "execution_count", "attachments"}
ADDED = "lab11_added"  # marca de las celdas que no están en la fuente


@dataclass
class Rebuilt:
    """El cuaderno que se corrige y lo que la entrega traía cambiado."""

    notebook: NotebookNode
    changes: list[str] = field(default_factory=list)


def rebuild(source: NotebookNode, submitted: NotebookNode) -> Rebuilt:
    """El cuaderno ``source`` con las respuestas de ``submitted``."""
    rebuilt = Rebuilt(copy.deepcopy(source))
    keep_answers(submitted)
    answers, added = _read_submission(source, submitted, rebuilt.changes)
    cells = []
    for cell in rebuilt.notebook.cells:
        name = grade_id(cell)
        cells += [_added_cell(text) for text in added.pop(name, [])] if name else []
        if _is_answer(cell):
            if name in answers:
                _take_answer(cell, answers[name])
            else:
                rebuilt.changes.append(f"falta la celda {name}")
                cell.source = ""
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
    cells += [_added_cell(text) for texts in added.values() for text in texts]
    rebuilt.notebook.cells = cells
    return rebuilt


def keep_answers(tree: dict[str, Any]) -> None:
    """Quita de un cuaderno entregado, en JSON, lo que no cuenta al corregirlo y puede pesar mucho.

    Fuera van las salidas, los metadatos ajenos a nbgrader y el texto que pase de ``MAX_SOURCE_BYTES`` entre
    todas las celdas: se queda un comentario que lo dice. Lo que está mal escrito sigue estándolo.
    """
    left = MAX_SOURCE_BYTES
    for cell in tree.get("cells", ()):
        if not isinstance(cell, dict):
            continue
        for name in cell.keys() - _CELL_KEYS:
            del cell[name]
        left -= _source_bytes(cell.get("source"))
        if left < 0:
            cell["source"] = TOO_LONG
        if "outputs" in cell:
            cell["outputs"], cell["execution_count"] = [], None
        if "attachments" in cell:
            cell["attachments"] = nbformat.from_dict(safe_attachments(cell["attachments"]))
        if isinstance(metadata := cell.get("metadata"), dict):
            kept = {name: metadata[name] for name in ("nbgrader", "tags") if name in metadata}
            cell["metadata"] = nbformat.from_dict(kept)


def _source_bytes(source: Any) -> int:
    lines = [source] if isinstance(source, str) else source  # en el archivo, a veces una lista de líneas
    texts = (line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ()
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def _take_answer(cell: NotebookNode, answer: NotebookNode) -> None:
    cell.source = str(answer.source)
    images = safe_attachments(answer.get("attachments"))
    if images and cell.cell_type == "markdown":
        cell.attachments = nbformat.from_dict(images)


def _read_submission(
    source: NotebookNode, submitted: NotebookNode, changes: list[str]
) -> tuple[dict[str, NotebookNode], dict[str, list[str]]]:
    """Las celdas de respuesta, y el código añadido por el ``grade_id`` de la celda con nota que lo sigue."""
    known = {grade_id(cell): cell for cell in source.cells if grade_id(cell)}
    course_texts = Counter(cell.source.strip() for cell in source.cells)
    answers: dict[str, NotebookNode] = {}
    added: dict[str, list[str]] = {}
    waiting: list[str] = []
    for cell in submitted.cells:
        name = grade_id(cell)
        if name in known:
            added.setdefault(name, []).extend(waiting)
            waiting = []
            _read_graded(known[name], cell, answers, changes)
        elif not _belongs_to_course(cell, course_texts) and cell.cell_type == "code" and cell.source.strip():
            waiting.append(str(cell.source))
            changes.append(f"celda añadida o cambiada: {_first_line(cell.source)}")
    added.setdefault("", []).extend(waiting)
    _note_missing(known, submitted, changes)
    return answers, added


def _read_graded(
    original: NotebookNode, cell: NotebookNode, answers: dict[str, NotebookNode], changes: list[str]
) -> None:
    name = grade_id(original)
    if cell.metadata.get("tags"):
        tags = ", ".join(map(str, cell.metadata.tags))
        changes.append(f"etiquetas en {name}, que no se miran: {printable(tags)}")
    if not _is_answer(original):
        return
    if name in answers:
        changes.append(f"celda repetida: {name} (vale la primera)")
    answers.setdefault(name, cell)


def _note_missing(known: dict[str, NotebookNode], submitted: NotebookNode, changes: list[str]) -> None:
    present = {grade_id(cell) for cell in submitted.cells}
    tests = [name for name, cell in known.items() if not _is_answer(cell) and name not in present]
    changes += [f"faltaba la prueba {name}: se repuso" for name in tests]


def _belongs_to_course(cell: NotebookNode, course_texts: Counter[str]) -> bool:
    text = str(cell.source).strip()
    if course_texts[text] > 0:
        course_texts[text] -= 1
        return True
    return False


def _added_cell(text: str) -> NotebookNode:
    cell = new_code_cell(text)
    cell.metadata[ADDED] = True
    return cell


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def grade_id(cell: NotebookNode) -> str:
    """El identificador de nbgrader de la celda; vacío si no tiene."""
    information = cell.metadata.get("nbgrader", {})
    return str(information.get("grade_id", "")) if isinstance(information, dict) else ""


def _first_line(source: str) -> str:
    return printable(str(source).strip().splitlines()[0], 60)
