"""D y E. Ataques a la memoria de quien corrige: salidas, valores, mensajes forjados y cuadernos enormes."""

# ruff: noqa: E501  (el código de los ataques va entero en textos)

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.attacks.model import (
    ATTENTION,
    MASK,
    WRONG_ATTENTION,
    WRONG_MASK,
    Attack,
    Built,
    ending,
    insert_before,
    with_answers,
    wrong,
)
from tests.attacks.protocol import FRAME, TREE, forged

Build = Callable[[NotebookNode], Built]
_attack = partial(Attack, section="F. Contra la memoria de quien corrige", plain="agotaría la máquina")
_OUTPUT = partial(_attack, defence="tope a lo que se guarda de cada celda y del cuaderno", where="outputs")
_VALUE = partial(_attack, defence="tope a lo que pesa en el juez lo que recibe", where="allowance")
_FORGED = partial(
    _attack,
    plain="nbgrader no tiene este canal",
    defence="lo que pesará se mira antes de hacerlo",
    where="allowance, channel",
)
_FILE = partial(
    _attack, defence="tope al cuaderno, y de él solo se guardan las respuestas", where="submissions, rebuild"
)

OUTPUTS = {
    "300 MB de `stdout` en una línea": 'print("x" * 300_000_000)',
    "emojis sin saltos de línea": 'import sys\nfor _ in range(100):\n    sys.stdout.write("🐍" * 1_000_000)\n    sys.stderr.write("🐍" * 1_000_000)',
    "caracteres de control": 'import sys\nfor _ in range(100):\n    sys.stdout.write("\\0" * 1_000_000)\n    sys.stderr.write("\\x1b" * 1_000_000)',
    "2 000 figuras": 'from IPython.display import Image, display\nfor _ in range(2000):\n    display(Image(data=b"\\x89PNG\\r\\n\\x1a\\n" + bytes(60_000), format="png"))',
    "error de 300 MB, con emojis": 'raise ValueError("🐍\\n" * 100_000_000)',
}
# Lo que devuelve todo lo que se pide: los nombres y las funciones.
VALUES = {
    "arreglo de 400 MB": "np.ones(50_000_000)",
    "arreglo de 30 MB de un byte": "np.ones((5, 6_000_000), dtype=np.int8)",
    "arreglo de 3 MB que al compararlo daría 2 GB": "np.ones((3_000_000, 1, 1), dtype=bool)",
    "lista de 90 000 números": "[0.5] * 90_000",
    "listas de listas vacías": "[[[] for _ in range(300)] for _ in range(300)]",
    "diccionario de diccionarios": "{i: {i: {i: i}} for i in range(10_000)}",
    "30 000 arreglos de un número": "[np.ones(1) for _ in range(30_000)]",
    "20 000 tensores de un número": "[__import__('torch').ones(1) for _ in range(20_000)]",
    "30 000 funciones": "[(lambda: i) for i in range(30_000)]",
    "texto de 100 MB": "'x' * 100_000_000",
    "50 000 textos": "[str(i) * 100 for i in range(50_000)]",
    "lista sin fin": "Endless()",
    "figura con 200 ejes y 20 000 líneas": "crowded()",
    "matriz compleja de 16 MB": "np.ones((1000, 1000), dtype=complex)",
}
_VALUES_PRELUDE = """
class Endless(list):
    def __iter__(self):
        while True:
            yield []


def crowded():
    from matplotlib.figure import Figure

    figure = Figure()
    for number in range(200):
        axes = figure.add_subplot(200, 1, number + 1)
        for _ in range(100):
            axes.plot([0, 1])
    return figure

"""
# Un valor escrito a mano, con 30 MB de bytes detrás.
FORGED = {
    "booleanos de 30 MB": '{"array": "|b1", "shape": [30_000_000], "start": 0, "bytes": 30_000_000}',
    "arreglo de 30 MB de coma flotante": '{"array": "<f8", "shape": [3_750_000], "start": 0, "bytes": 30_000_000}',
    "clasificador donde no se usa": '{"special": "classifier", "content": {"dict": [["num_labels", {"int": "2"}], ["training_losses", None], ["state", {"dict": []}]]}}',
    "figura con 40 ejes llenos": "FIGURE",
    "15 000 tensores vacíos": '{"list": [{"tensor": "<f8", "shape": [0], "start": 0, "bytes": 0}] * 15_000}',
    "15 000 arreglos vacíos": '{"list": [{"array": "<f8", "shape": [0], "start": 0, "bytes": 0}] * 15_000}',
    "15 000 funciones": '{"list": [{"function": 0, "name": "f"}] * 15_000}',
    "15 000 tipos desconocidos": '{"list": [{"opaque": "x" * 80}] * 15_000}',
    "diccionario de 20 000": '{"dict": [[{"int": str(i)}, {"list": []}] for i in range(20_000)]}',
    "conjunto de 35 000": '{"set": [{"int": str(i)} for i in range(35_000)]}',
    "árbol muy ancho y hondo": '{"list": [{"list": [{"list": [{"list": []}] * 30}] * 30}] * 40}',
    "texto de 5 MB con un emoji": '"x" * 5_000_000 + "🐍"',
}
_AXES = """
EMPTY = {"array": "<f8", "shape": [0, 2], "start": 0, "bytes": 0}
AXES = {"dict": [[name, {"list": []}] for name in ("images", "points", "bars", "ticks", "limits", "legend")] + [["lines", {"list": [EMPTY] * 100}], ["texts", {"list": ["x"] * 100}], ["titles", {"list": ["", "", ""]}], ["xlabel", ""], ["ylabel", ""]]}
FIGURE = {"special": "figure", "content": {"dict": [["axes", {"list": [AXES] * 40}], ["headings", {"list": ["", "", ""]}], ["texts", {"list": []}], ["legend", {"list": []}]]}}
"""
# Lo que el estudiante escribe en el canal en lugar de lo que dio su celda.
REPLIES = {
    "22 MB de objetos": 'b"[" + b\'{"a":0},\' * 2_600_000 + b"0]"',
    "22 MB de listas": 'b"[" + b"[]," * 7_000_000 + b"0]"',
    "claves distintas": 'b"{" + b",".join(b\'"%d":0\' % i for i in range(1_500_000)) + b"}"',
    "texto de 23 MB con un emoji": 'b\'{"stdout": "\\\\ud83d\\\\ude00\' + b"x" * 23_000_000 + b\'"}\'',
    "23 MB de UTF-8 con un emoji": 'b\'{"stdout": "\\xf0\\x9f\\x98\\x80\' + b"x" * 23_000_000 + b\'"}\'',
    "300 000 figuras vacías": "b'{\"images\": [' + b'\"\",' * 300_000 + b'\"\"]}'",
    "error de 20 MB": 'b\'{"error": ["\' + b"x" * 7_000_000 + b\'", "\' + b"\\\\n" * 3_000_000 + b\'", "\' + b"x" * 7_000_000 + b\'"]}\'',
    "140 MB de bytes detrás": 'b"{}", bytes(140_000_000)',
}


def _values(expression: str) -> Build:
    text = f"{_VALUES_PRELUDE}\n\ndef make(*a):\n    return {expression}\n\n\nbuild_causal_mask = make\n\n\ndef causal_attention(*a):\n    return make(), make()\n\n\ncausal_mask, output_masked, attn_masked = make(), make(), make()\n"
    return lambda node: with_answers(node, {MASK: text, ATTENTION: ""})


def _forging(tree: str) -> Build:
    text = f"{WRONG_ATTENTION}{TREE}{_AXES}{forged(tree, 30_000_000)}"
    return lambda node: with_answers(node, {MASK: WRONG_MASK, ATTENTION: text})


def _replying(reply: str) -> Build:
    text = f"{FRAME}\nreply = {reply}\nfor _ in range(8):\n    say(frame(*(reply if isinstance(reply, tuple) else (reply,))))"
    return ending(text)


def _many_cells(node: NotebookNode) -> NotebookNode:
    """Cada celda muestra casi 1 MB, y falla con un error largo."""
    node = wrong(node)
    for _ in range(60):
        insert_before(node, ATTENTION, 'print("ñ" * 450_000)\nraise ValueError("🐍" * 30_000)')
    return node


def _outputs(node: NotebookNode) -> NotebookNode:
    node = wrong(node)
    data = {"image/png": "A" * 23_000_000}
    node.cells.append(new_code_cell("1", outputs=[new_output("display_data", data=data)]))
    return node


def _with_text(piece: str, times: int, before: str = "", size: int = 0) -> Build:
    """El cuaderno con una lista de ``times`` veces ``piece`` en los metadatos, y una celda larga."""

    def build(node: NotebookNode) -> str:
        node = wrong(node)
        node.metadata["sobra"] = "@SOBRA@"
        node.cells.append(new_code_cell(before + "x" * size))
        return nbformat.writes(node).replace('"@SOBRA@"', f"[{piece * times}0]", 1)

    return build


def _countless(node: NotebookNode) -> str:
    text = nbformat.writes(wrong(node))
    rest = '"metadata":{},"outputs":[],"execution_count":null,"source":""'
    cells = "".join(f'{{"cell_type":"code","id":"c{number}",{rest}}},' for number in range(100_000))
    return text.replace('"cells": [', f'"cells": [{cells}', 1)


def _no_structure(node: NotebookNode) -> str:
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"gato": "x" * 23_000_000 + "🐍"}]},
        ensure_ascii=False,
    )


def _cases() -> Iterator[Attack]:
    kinds: tuple[tuple[Callable[..., Attack], str, dict[str, str], Callable[[str], Build]], ...] = (
        (_OUTPUT, "salida", OUTPUTS, ending),
        (_VALUE, "valor", VALUES, _values),
        (_FORGED, "valor forjado", FORGED, _forging),
        (_FORGED, "respuesta forjada", REPLIES, _replying),
    )
    for kind, what, cases, build in kinds:
        for name, text in cases.items():
            yield kind("", f"{what}: {name}", build=build(text))
    yield _OUTPUT("", "salida: 60 celdas de 1 MB que además fallan", build=_many_cells)
    yield _FILE("", "cuaderno de 23 MB por sus salidas", build=_outputs)
    yield _FILE("", "cuaderno de 20 MB de listas vacías", build=_with_text("[],", 6_500_000))
    yield _FILE("", "cuaderno de 20 MB de textos vacíos", build=_with_text('"",', 6_500_000))
    yield _FILE("", "cuaderno con 100 000 celdas", build=_countless)
    yield _FILE(
        "", "cuaderno con una celda de 23 MB, y un emoji", build=_with_text("", 0, "# 🐍", 23_000_000)
    )
    yield _FILE("", "23 MB de lo que no es un cuaderno", build=_no_structure)


HEAVY = tuple(replace(attack, number=f"F{number}") for number, attack in enumerate(_cases(), 1))
