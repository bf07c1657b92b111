"""A. Ataques que cambian el cuaderno, no el código."""

from __future__ import annotations

import copy
import json
from functools import partial

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.attacks.model import Attack, code, edited, grade_id, insert_before, on_tests, tests_of, wrong

_attack = partial(
    Attack,
    section="A. La estructura del cuaderno",
    defence="el cuaderno se rehace desde la fuente",
    where="rebuild",
)
DEFEAT_CHECKS = """
import codigo.checks as _checks
for _name in [n for n in dir(_checks) if n.startswith(("check", "require", "as_array"))]:
    globals()[_name] = lambda *a, **k: np.ones((50, 50))
    setattr(_checks, _name, globals()[_name])
np.allclose = np.array_equal = lambda *a, **k: True
"""


def _skip(cell: NotebookNode) -> None:
    cell.metadata["tags"] = ["skip-execution"]


def _empty(cell: NotebookNode) -> None:
    cell.source = "pass"


def _rename(cell: NotebookNode) -> None:
    cell.metadata["nbgrader"]["grade_id"] += "_otra"


def _delete_tests(node: NotebookNode) -> None:
    node.cells = [cell for cell in node.cells if not grade_id(cell).startswith("test_")]


def _strip_metadata(node: NotebookNode) -> None:
    for cell in node.cells:
        cell.metadata.pop("nbgrader", None)


def _no_grade(cell: NotebookNode) -> None:
    cell.metadata["nbgrader"]["grade"] = False


def _to_raw(cell: NotebookNode) -> None:
    cell.cell_type = "raw"
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)


def _duplicate(node: NotebookNode) -> None:
    for cell in tests_of(node):
        for place in (0, len(node.cells) + 1):
            fake = copy.deepcopy(cell)
            fake.source, fake["id"] = "pass", f"falsa-{len(node.cells)}"
            node.cells.insert(place, fake)


def _points(cell: NotebookNode) -> None:
    cell.metadata["nbgrader"]["points"] = 400


def _reorder(node: NotebookNode) -> None:
    tests = tests_of(node)
    node.cells = tests + [cell for cell in node.cells if cell not in tests]


def _kernel(node: NotebookNode) -> None:
    node.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}


def _baked(cell: NotebookNode) -> None:
    data = {"text/plain": "3.0"}
    cell.outputs = [new_output("execute_result", data=data, execution_count=1)]
    cell.execution_count = 1


def _strange_cells(node: NotebookNode) -> None:
    strange = ({"nbgrader": []}, {"nbgrader": {"grade_id": 7}}, {"tags": ["skip-execution"]})
    for number, metadata in enumerate(strange):
        node.cells.insert(0, new_code_cell("x = 1", id=f"rara-{number}", metadata=metadata))


def _deep(node: NotebookNode) -> NotebookNode:
    deep: list[object] = []
    for _ in range(400):
        deep = [deep]
    node = wrong(node)
    node.cells[0].metadata["hondo"] = deep
    return node


def _too_deep(node: NotebookNode) -> str:
    return '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"


def _attachment(node: NotebookNode) -> NotebookNode:
    node = wrong(node)
    node.cells[0]["attachments"] = {"a.png": {"image/png": "A" * 20_000_000}}
    return node


def _wrong_shapes(node: NotebookNode) -> str:
    tree = json.loads(nbformat.writes(wrong(node)))
    tree["cells"] += [{"cell_type": "code"}, {"cell_type": "code", "metadata": None, "source": 3}]
    return json.dumps(tree)


ATTACKS = (
    _attack("1", "etiqueta skip-execution en las pruebas", build=on_tests(_skip)),
    _attack("2", "texto de las pruebas cambiado", build=on_tests(_empty)),
    _attack("3", "pruebas borradas", build=edited(_delete_tests)),
    _attack("4", "sin metadatos de nbgrader", build=edited(_strip_metadata)),
    _attack("5", "grade: false en las pruebas", build=on_tests(_no_grade)),
    _attack("6", "pruebas con otro grade_id", build=on_tests(_rename)),
    _attack("7", "pruebas convertidas en texto", build=on_tests(_to_raw)),
    _attack("8", "pruebas falsas con el mismo grade_id", build=edited(_duplicate)),
    _attack("9", "más puntos en los metadatos", build=on_tests(_points)),
    _attack("10", "pruebas antes que las respuestas", build=edited(_reorder)),
    _attack(
        "11",
        "celda añadida justo antes de cada prueba",
        build=edited(
            lambda node: [insert_before(node, grade_id(cell), DEFEAT_CHECKS) for cell in tests_of(node)]
        ),
        defence="lo añadido corre con el estudiante; la prueba, en otro proceso",
        where="rebuild, judge",
    ),
    _attack("12", "otro núcleo en los metadatos", build=edited(_kernel)),
    _attack("13", "salidas de «aprobado» guardadas", build=on_tests(_baked)),
    _attack("14a", "metadatos con 400 niveles", build=_deep),
    _attack(
        "14b", "JSON con 100 000 niveles", build=_too_deep, defence="no es un cuaderno: 0", where="grade"
    ),
    _attack("14c", "adjunto de 20 MB", build=_attachment),
    _attack("14d", "celdas sin metadatos o sin texto", build=_wrong_shapes, where="rebuild, grade"),
    _attack(
        "14e", "no es JSON", build=lambda node: "\x00\xff no", defence="no es un cuaderno: 0", where="grade"
    ),
    _attack("14f", "metadatos de nbgrader de otro tipo", build=edited(_strange_cells)),
    _attack(
        "14g",
        "medio carácter Unicode en el texto",
        build=code('print("\\ud83d", chr(0xD800))\nraise ValueError(chr(0xDC00))'),
        defence="se cambia por «?» antes de escribir",
        where="grade",
    ),
)
