"""Respuestas equivocadas hechas por una herramienta: la solución de referencia con un solo cambio.

Son siempre las mismas y con el mismo nombre, que no depende del número de línea.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grading.sample_class.build import REGION_MARK
from tests.quality.corpus import TRAINING
from tests.quality.operators import OPERATORS, Cell, Edit

# Lo que solo es aspecto (rótulos, colores) no se cambia por dentro: vale cualquier figura legible.
_DECORATION = ("fig, panel =", "panel.", "spread =", "layer_means =", "figure_text =", "show_figure(")
_REGION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", flags=re.DOTALL)
# Letras: las que se enseñan a cada lado de un cambio, las de un trozo y las que bastan para entenderlo.
_SIDE, _LONG, _ENOUGH = 18, 60, 6


@dataclass(frozen=True)
class Mutant:
    """Una celda de solución con un cambio.

    Attributes
    ----------
    cell
        El ``grade_id`` de la celda.
    line
        La línea de la celda en que está el cambio.
    operator
        La clase de cambio: el nombre de una función de ``operators``.
    change
        El cambio, «antes»→«después».
    source
        El texto de la celda cambiada, sin marcas de región.
    """

    cell: str
    line: int
    operator: str
    change: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.cell} {self.change}"


def mutants_of(solutions: Mapping[str, str]) -> list[Mutant]:
    """Los mutantes de unas celdas de solución, sin repetir y por orden de aparición.

    Parameters
    ----------
    solutions
        ``grade_id`` -> texto, con las marcas de región: solo se cambia lo que hay entre ellas.
    """
    return [mutant for name, source in solutions.items() for mutant in _of_cell(name, source)]


def _of_cell(name: str, source: str) -> Iterator[Mutant]:
    times, kinds = Counter[str](), set[tuple[int, str]]()
    for mutant in _all_of_cell(name, source):
        kind = mutant.line, mutant.operator
        times[mutant.change] += 1
        if times[mutant.change] > 1:
            mutant = replace(mutant, change=f"{mutant.change} ({times[mutant.change]})")
        if not (name.startswith(TRAINING) and kind in kinds):  # si entrena, uno por línea y operador
            yield mutant
        kinds.add(kind)


def _all_of_cell(name: str, source: str) -> Iterator[Mutant]:
    cell, seen = Cell(source), {_meaning(source)}
    regions = [
        (len(source[: m.start(1)].encode()), len(source[: m.end(1)].encode()))
        for m in _REGION.finditer(source)
    ]
    for edit, operator in sorted(_edits(cell, cell.tree), key=lambda found: (found[0].start, found[0].end)):
        changed = cell.apply(edit)
        meaning = _meaning(changed)
        if meaning in seen or not any(first <= edit.start and edit.end <= last for first, last in regions):
            continue
        seen.add(meaning)
        if meaning:
            line = cell.text(0, edit.start).count("\n") + 1
            yield Mutant(name, line, operator, _change(cell, edit), REGION_MARK.sub("", changed))


def _edits(cell: Cell, node: ast.AST) -> Iterator[tuple[Edit, str]]:
    for operator in OPERATORS:
        yield from ((edit, operator.__name__) for edit in operator(cell, node))
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.stmt) and cell.text_of(child).startswith(_DECORATION)):
            yield from _edits(cell, child)


def _meaning(source: str) -> str:
    """Lo que dice el texto, sin espacios ni comentarios; vacío si no es Python."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return ""


def _change(cell: Cell, edit: Edit) -> str:
    """«antes»→«después», con algo de lo que hay alrededor."""
    first, last = _around(cell, edit)
    left, right = cell.text(first, edit.start), cell.text(edit.end, last)
    left = left if len(left) <= _SIDE else f"…{left[-_SIDE:]}"
    right = right if len(right) <= _SIDE else f"{right[:_SIDE]}…"
    before = cell.text(edit.start, edit.end)
    return f"«{_one_line(left, before, right)}»→«{_one_line(left, edit.text, right)}»"


def _around(cell: Cell, edit: Edit) -> tuple[int, int]:
    """Dónde empieza y acaba la menor expresión, argumento o sentencia que contiene el cambio y algo más."""
    nodes = (node for node in ast.walk(cell.tree) if isinstance(node, ast.expr | ast.keyword | ast.stmt))
    wider = (
        span
        for span in map(cell.span, nodes)
        if span[0] <= edit.start and edit.end <= span[1] and span[1] - span[0] >= _ENOUGH
        if span != (edit.start, edit.end)
    )
    return min(wider, key=lambda span: span[1] - span[0], default=(edit.start, edit.end))


def _one_line(left: str, text: str, right: str) -> str:
    text = " ".join(text.split()) if len(text) > _LONG else text
    text = text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
    return " ".join(f"{left}{text}{right}".split())
