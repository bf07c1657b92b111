"""Qué es un ataque, y las piezas con que se escriben: cuaderno de partida y respuestas que no valen nada."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

from grading.course import ASSIGNMENT, PROJECT_ROOT, Course
from grading.sample_class.build import reference_answers

NOTEBOOK = "parte1_self_attention"
MASK, ATTENTION = "ej1_mascara_causal", "ej1_atencion_causal"
NEIGHBOUR = "vecina"  # la entrega honrada que hay al lado de la que ataca
COURSE = "@CURSO@"  # en el código de un ataque, la carpeta del curso que se ataca
LISTENERS = "@ESCUCHAS@"  # en el código de un ataque, dónde escucha la prueba (JSON)
MARK = "ataque11"  # nombre que se ponen los procesos que intentan quedarse

_SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION\n?", flags=re.M | re.S)
_HIDDEN = re.compile(r"^ *### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", flags=re.M | re.S)
_STUB = 'raise NotImplementedError("Ejercicio por completar")\n'

# Define todo lo que se pide, y todo está mal: lo que puntúe con esto lo ha conseguido el ataque.
WRONG_MASK = """
def build_causal_mask(seq_len):
    return np.full((seq_len, seq_len), 0.25)


causal_mask = build_causal_mask(7)
"""
WRONG_ATTENTION = """
def causal_attention(Q, K, V):
    return np.full((len(Q), V.shape[1]), 0.5), np.full((len(Q), len(Q)), 0.25)


output_masked, attn_masked = np.full((7, 16), 0.5), np.full((7, 7), 0.25)
"""

Built = NotebookNode | str


@dataclass(frozen=True)
class Attack:
    """Una entrega que intenta algo.

    Attributes
    ----------
    number
        Su fila en la lista de ataques; con letra si hay varias formas, y «E» si va contra este motor.
    name, section
        Qué intenta, y de qué familia es.
    build
        De la versión de estudiante, sin tocar, a la entrega (o a un texto que no es un cuaderno).
    defence, where
        Qué lo detiene, y en qué módulo.
    honest
        Los puntos que merece lo que tenga de honrado.
    plain
        Por qué no se ejecuta con nbgrader a secas; vacío si se puede.
    spends
        Si intenta gastar: cada uno tarda lo que tarde el límite.
    place
        Lo que hace en la carpeta de su entrega, con el cuaderno ya escrito, si el ataque no está en él.
    """

    number: str
    name: str
    section: str
    build: Callable[[NotebookNode], Built]
    defence: str
    where: str
    honest: float = 0.0
    plain: str = ""
    spends: bool = False
    place: Callable[[Path], object] | None = None


def source_path(notebook: str = NOTEBOOK) -> Path:
    """El cuaderno de la fuente."""
    return PROJECT_ROOT / "source" / ASSIGNMENT / f"{notebook}.ipynb"


def released(notebook: str = NOTEBOOK) -> NotebookNode:
    """La versión de estudiante: sin soluciones ni pruebas ocultas."""
    node = nbformat.read(source_path(notebook), as_version=4)
    for cell in node.cells:
        cell.source = _HIDDEN.sub("", _SOLUTION.sub(rf"\1{_STUB}", cell.source)).rstrip("\n")
    return node


def honest(notebook: str = NOTEBOOK) -> NotebookNode:
    """La entrega con las respuestas de referencia."""
    answers = reference_answers(Course(PROJECT_ROOT))
    return with_answers(released(notebook), answers)


def with_answers(node: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """Una copia de ``node`` con el texto de esas celdas de solución."""
    node = copy.deepcopy(node)
    for cell in node.cells:
        information = cell.metadata.get("nbgrader", {})
        if information.get("solution") and information.get("grade_id") in answers:
            cell.source = answers[information["grade_id"]]
    return node


def wrong(node: NotebookNode) -> NotebookNode:
    """Todo definido y todo mal."""
    return with_answers(node, {MASK: WRONG_MASK, ATTENTION: WRONG_ATTENTION})


def code(text: str, last: str = WRONG_ATTENTION) -> Callable[[NotebookNode], NotebookNode]:
    """Un ataque que es código: va delante de la primera respuesta; la segunda es ``last``."""
    return lambda node: with_answers(node, {MASK: f"{text}\n{WRONG_MASK}", ATTENTION: last})


def ending(text: str) -> Callable[[NotebookNode], NotebookNode]:
    """Un ataque que es código al final de las respuestas: aún quedan tres pruebas por delante."""
    return lambda node: with_answers(node, {MASK: WRONG_MASK, ATTENTION: f"{WRONG_ATTENTION}\n{text}"})


def edited(change: Callable[[NotebookNode], object]) -> Callable[[NotebookNode], NotebookNode]:
    """Un ataque que cambia el cuaderno, con las respuestas mal."""

    def build(node: NotebookNode) -> NotebookNode:
        node = wrong(node)
        change(node)
        return node

    return build


def on_tests(change: Callable[[NotebookNode], object]) -> Callable[[NotebookNode], NotebookNode]:
    """Un ataque que cambia cada celda de prueba."""

    def change_all(node: NotebookNode) -> None:
        for cell in tests_of(node):
            change(cell)

    return edited(change_all)


def tests_of(node: NotebookNode) -> list[NotebookNode]:
    """Las celdas de prueba."""
    return [cell for cell in node.cells if grade_id(cell).startswith("test_")]


def grade_id(cell: NotebookNode) -> str:
    """El identificador de nbgrader; vacío si no tiene."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def insert_before(node: NotebookNode, name: str, text: str) -> None:
    """Añade una celda de código delante de la celda ``name``."""
    place = next(index for index, cell in enumerate(node.cells) if grade_id(cell) == name)
    node.cells.insert(place, new_code_cell(text))


def aimed(built: Built, course: Path, listeners: dict[str, list[object]] | None = None) -> str:
    """El texto de la entrega, con el curso que ataca y los puertos que prueba en su sitio."""
    text = built if isinstance(built, str) else nbformat.writes(built)
    places = json.dumps(listeners or {"tcp": [9], "unix": []}).replace('"', "'")
    return text.replace(COURSE, str(course)).replace(LISTENERS, places)
