"""Los cambios que convierten una solución correcta en otra: cada operador, un despiste de estudiante.

Un operador recibe un nodo y da los cambios posibles: qué trozo del texto se sustituye y por qué otro.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, permutations


@dataclass(frozen=True)
class Edit:
    """Un cambio: los bytes de ``start`` a ``end`` pasan a ser ``text``."""

    start: int
    end: int
    text: str


_LOOSE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda)


class Cell:
    """El texto de una celda de solución y su árbol.

    Parameters
    ----------
    source
        El texto, en Python.
    """

    def __init__(self, source: str) -> None:
        self.source, self.tree = source, ast.parse(source)
        self._bytes = source.encode()
        lengths = [len(line) for line in self._bytes.splitlines(keepends=True)]
        self._line_starts = [sum(lengths[:index]) for index in range(len(lengths) + 1)]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Dónde empieza y acaba el nodo, en bytes."""
        start = self._line_starts[node.lineno - 1] + node.col_offset
        return start, self._line_starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, start: int, end: int) -> str:
        """El trozo de texto entre dos bytes."""
        return self._bytes[start:end].decode()

    def text_of(self, node: ast.AST) -> str:
        """El texto del nodo, sin los paréntesis que lo rodeen."""
        return self.text(*self.span(node))

    def operand(self, node: ast.AST) -> str:
        """El texto del nodo, entre paréntesis si al ponerlo en otro sitio podría leerse de otra manera."""
        return f"({self.text_of(node)})" if isinstance(node, _LOOSE) else self.text_of(node)

    def replace(self, node: ast.AST, text: str) -> Edit:
        """El cambio de un nodo entero."""
        return Edit(*self.span(node), text)

    def replace_between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Edit:
        """El cambio de lo que separa dos nodos: un operador."""
        start, end = self.span(left)[1], self.span(right)[0]
        return Edit(start, end, self.text(start, end).replace(old, new, 1))

    def apply(self, edit: Edit) -> str:
        """El texto con el cambio hecho."""
        return (self._bytes[: edit.start] + edit.text.encode() + self._bytes[edit.end :]).decode()


Operator = Callable[[Cell, ast.AST], Iterator[Edit]]

_SYMBOLS: dict[type[ast.AST], tuple[str, tuple[str, ...]]] = {
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("/", "+")),
    ast.Div: ("/", ("*", "-")),
    ast.MatMult: ("@", ("*",)),
    ast.Pow: ("**", ("*",)),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.And: ("and", ("or",)),
    ast.Or: ("or", ("and",)),
}
# Lo que se confunde con otra cosa parecida.
_RELATIVES = {
    "mean": ("sum", "max"),
    "sum": ("mean", "cumsum"),
    "max": ("min", "mean"),
    "min": ("max",),
    "log": ("log2",),
    "exp": ("exp2",),
    "sqrt": ("square",),
    "cumsum": ("cumprod",),
    "zeros_like": ("ones_like",),
}
# Quitar una de estas conversiones no es un error: el ejercicio admite cualquier clase de número.
_CONVERSIONS = {"float", "int", "list"}


def operator_symbol(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Otro operador aritmético, lógico o de comparación."""
    for operator, left, right in _operations(node):
        old, others = _SYMBOLS.get(type(operator), ("", ()))
        for new in others:
            yield cell.replace_between(left, right, old, new)


def _operations(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, ast.AST]]:
    if isinstance(node, ast.BinOp):
        yield node.op, node.left, node.right
    elif isinstance(node, ast.AugAssign):
        yield node.op, node.target, node.value
    elif isinstance(node, ast.BoolOp):
        yield from ((node.op, left, right) for left, right in pairwise(node.values))
    elif isinstance(node, ast.Compare):
        yield from zip(node.ops, [node.left, *node.comparators], node.comparators)


def one_side(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Una operación que pierde uno de sus dos lados."""
    if isinstance(node, ast.BinOp):
        yield cell.replace(node, cell.operand(node.left))
        yield cell.replace(node, cell.operand(node.right))


def lost_sign(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Un signo menos o un ``not`` que se pierde."""
    if isinstance(node, ast.UnaryOp):
        yield cell.replace(node, cell.operand(node.operand))


def constant(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Un entero que se va en uno, un decimal al doble, o un valor lógico al revés."""
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield cell.replace(node, str(not node.value))
    elif isinstance(node.value, int):
        yield cell.replace(node, str(node.value + 1))
        yield cell.replace(node, str(node.value - 1))
    elif isinstance(node.value, float):
        yield cell.replace(node, repr(2 * node.value or 1.0))


def arguments(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Dos argumentos cambiados de orden, uno repetido en lugar de otro, o uno de menos."""
    if not isinstance(node, ast.Call):
        return
    for left, right in pairwise(node.args):
        yield _swapped(cell, left, right)
        yield cell.replace(left, cell.text_of(right))
        yield cell.replace(right, cell.text_of(left))
    given = [*node.args, *node.keywords]
    if len(given) > 1 or node.keywords:
        yield from (_without(cell, given, k) for k, item in enumerate(given) if not _is_buffer(item))


def _is_buffer(node: ast.AST) -> bool:
    """¿Es ``out``? Sin él se lee memoria sin inicializar, y el veredicto no dependería de la prueba."""
    return isinstance(node, ast.keyword) and node.arg == "out"


def _swapped(cell: Cell, left: ast.AST, right: ast.AST) -> Edit:
    start, end = cell.span(left)[0], cell.span(right)[1]
    middle = cell.text(cell.span(left)[1], cell.span(right)[0])
    return Edit(start, end, f"{cell.text_of(right)}{middle}{cell.text_of(left)}")


def _without(cell: Cell, items: Sequence[ast.AST], index: int) -> Edit:
    """El cambio que quita un elemento de una lista entre comas."""
    if len(items) == 1:
        return cell.replace(items[0], "")
    if index:
        return Edit(cell.span(items[index - 1])[1], cell.span(items[index])[1], "")
    return Edit(cell.span(items[0])[0], cell.span(items[1])[0], "")


def lost_call(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Una función o un método que no se llega a llamar, una traspuesta o un índice que se pierde."""
    if isinstance(node, ast.Call) and cell.text_of(node.func) not in _CONVERSIONS:
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield cell.replace(node, cell.operand(node.func.value))
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield cell.replace(node, cell.operand(node.args[0]))
    elif _is_transposed(node) or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)):
        yield cell.replace(node, cell.operand(node.value))


def _is_transposed(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def _is_module(node: ast.AST) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in {"np", "torch", "plt"}


def relative(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Una función en lugar de otra parecida: suma por media, logaritmo en base 2…"""
    if isinstance(node, ast.Attribute):
        for name in _RELATIVES.get(node.attr, ()):
            yield cell.replace(node, f"{cell.operand(node.value)}.{name}")


def slice_end(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Un rango al que le falta un extremo."""
    if isinstance(node, ast.Slice):
        yield from (cell.replace(end, "") for end in (node.lower, node.upper) if end)


def order(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Dos elementos de una tupla en otro orden: lo que se devuelve, lo que se asigna o un índice."""
    if isinstance(node, ast.Tuple):
        yield from (_swapped(cell, left, right) for left, right in pairwise(node.elts))


def condition(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Un ``if`` al revés, o una condición de una comprensión que se pierde."""
    if isinstance(node, ast.If):
        yield cell.replace(node.test, f"not ({cell.text_of(node.test)})")
    elif isinstance(node, ast.comprehension):
        yield from (cell.replace(test, "True") for test in node.ifs)


def parameter(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Un parámetro de la función en lugar de otro que también sea obligatorio, o que tampoco lo sea."""
    if not isinstance(node, ast.FunctionDef):
        return
    names = [argument.arg for argument in node.args.args]
    required = len(names) - len(node.args.defaults)
    used = [item for line in node.body for item in ast.walk(line) if isinstance(item, ast.Name)]
    for old, new in chain(permutations(names[:required], 2), permutations(names[required:], 2)):
        yield from (cell.replace(item, new) for item in used if item.id == old)


def lost_statement(cell: Cell, node: ast.AST) -> Iterator[Edit]:
    """Una sentencia que se pierde; no la que da por primera vez un nombre: eso es «sin hacer»."""
    seen: set[str] = set()
    for line in getattr(node, "body", []) if isinstance(getattr(node, "body", []), list) else []:
        names = _assigned(line)
        if not isinstance(line, ast.Return | ast.FunctionDef) and names <= seen and not _is_docstring(line):
            yield cell.replace(line, "pass")
        seen |= names


def _assigned(line: ast.AST) -> set[str]:
    targets = line.targets if isinstance(line, ast.Assign) else []
    return {item.id for target in targets for item in ast.walk(target) if _is_stored(item)}


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _is_docstring(line: ast.AST) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


OPERATORS: tuple[Operator, ...] = (
    operator_symbol,
    one_side,
    lost_sign,
    constant,
    arguments,
    lost_call,
    relative,
    slice_end,
    order,
    condition,
    parameter,
    lost_statement,
)
