"""Lo que el motor encarga al juez y lo que este devuelve, por celda."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from grading.engine.sandbox import Limits

Kind = Literal["course", "student", "test"]


@dataclass(frozen=True)
class Shared:
    """Lo común a toda la clase: lo que hace el proceso templado antes de bifurcarse.

    Attributes
    ----------
    cells
        El texto de las celdas comunes, en orden.
    isolate
        Si las entregas se encierran.
    from_scratch
        Si alguna prueba exige que algo esté escrito desde cero: entonces cada jugador lleva un gemelo.
    """

    cells: tuple[str, ...]
    isolate: bool
    from_scratch: bool = False


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
    seed
        De aquí salen las entradas al azar de las pruebas.
    """

    cells: tuple[CellTask, ...]
    student_names: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Como árbol JSON."""
        return {
            "cells": [asdict(cell) for cell in self.cells],
            "student_names": sorted(self.student_names),
            "limits": asdict(self.limits),
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Job:
        """Desde el árbol JSON de :meth:`to_json`."""
        cells = tuple(CellTask(**cell) for cell in tree["cells"])
        return cls(cells, frozenset(tree["student_names"]), Limits(**tree["limits"]), tree["seed"])


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


@dataclass(frozen=True)
class Spent:
    """Los segundos que llevó corregir un cuaderno.

    Attributes
    ----------
    began
        Cuándo empezó, en el reloj de ``time.monotonic``.
    warm
        Esperar a que el cuaderno estuviera templado.
    fork
        Bifurcar y encerrar al jugador.
    execute
        Esperar al código del estudiante, de reloj.
    judge
        Ejecutar las pruebas, sin contar lo anterior.
    student_cpu
        Procesador que gastó el código del estudiante.
    total
        Todo, con rehacer el cuaderno y escribirlo.
    """

    began: float = 0.0
    warm: float = 0.0
    fork: float = 0.0
    execute: float = 0.0
    judge: float = 0.0
    student_cpu: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Lo que se supo de una entrega.

    Attributes
    ----------
    replies
        Lo que dieron las celdas comunes.
    results
        Lo que se supo de las demás.
    spent
        Lo que llevó.
    """

    replies: list[dict[str, Any]]
    results: list[CellResult]
    spent: Spent
