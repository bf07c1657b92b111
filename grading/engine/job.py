"""Lo que el motor encarga al juez y lo que este devuelve, por celda."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from grading.engine.sandbox import Limits

Kind = Literal["course", "student", "test"]


@dataclass(frozen=True)
class CellTask:
    """Una celda de código por ejecutar.

    Attributes
    ----------
    index
        Su sitio en el cuaderno.
    kind
        ``"course"`` (de la fuente), ``"student"`` (del estudiante) o ``"test"`` (solo la ve el juez).
    source
        Su texto.
    grade_id
        Su identificador en nbgrader, si tiene nota.
    """

    index: int
    kind: Kind
    source: str
    grade_id: str = ""


@dataclass(frozen=True)
class Job:
    """Un cuaderno de una entrega, desde la primera celda que puede depender del estudiante.

    Attributes
    ----------
    cells
        Las celdas, en orden.
    student_names
        Los nombres que el juez toma del estudiante; los demás los tiene él.
    limits
        Lo que puede gastar.
    """

    cells: tuple[CellTask, ...]
    student_names: frozenset[str]
    limits: Limits = field(default_factory=Limits)

    def to_json(self) -> dict[str, Any]:
        """Como árbol JSON."""
        return {
            "cells": [asdict(cell) for cell in self.cells],
            "student_names": sorted(self.student_names),
            "limits": asdict(self.limits),
        }

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Job:
        """Desde el árbol JSON de :meth:`to_json`."""
        cells = tuple(CellTask(**cell) for cell in tree["cells"])
        return cls(cells, frozenset(tree["student_names"]), Limits(**tree["limits"]))


@dataclass(frozen=True)
class CellResult:
    """Lo que pasó con una celda.

    Attributes
    ----------
    index
        Su sitio en el cuaderno.
    outputs
        Salidas de nbformat.
    passed
        En una prueba, si el juez la dio por cumplida. Solo ``True`` da puntos.
    stopped
        El límite que detuvo al estudiante en esta celda, si lo hubo.
    """

    index: int
    outputs: list[dict[str, Any]]
    passed: bool = False
    stopped: str = ""
