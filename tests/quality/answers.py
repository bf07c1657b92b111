"""Lo que se juzga de un ejercicio: referencia, vacía, correctas, equivocadas a mano y mutantes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import nbformat

from grading.engine.rebuild import grade_id
from grading.sample_class.build import REGION_MARK
from tests.notebooks.suite import part_of
from tests.quality.corpus import right_answers, wrong_answers
from tests.quality.mutants import Mutant, mutants_of

Kind = Literal["referencia", "vacía", "correcta", "a mano", "mutante"]
STUB = 'raise NotImplementedError("Ejercicio por completar")'


@dataclass(frozen=True)
class Answer:
    """Una respuesta a un ejercicio y lo que se espera de ella.

    Attributes
    ----------
    exercise, kind, name
        De qué ejercicio es, de qué clase, y cómo se llama entre las de su clase.
    cells
        El texto de cada celda que cambia respecto a la referencia.
    about
        Qué tiene de particular.
    fails
        Las pruebas que debe suspender; ``None`` si basta con que suspenda alguna.
    says
        Lo que debe decir la primera que suspende.
    """

    exercise: str
    kind: Kind
    name: str
    cells: dict[str, str] = field(hash=False)
    about: str = ""
    fails: frozenset[str] | None = None
    says: str = ""

    def __str__(self) -> str:
        return f"{self.exercise} · {self.kind} · {self.name}"


class Exercise:
    """Un ejercicio de la fuente.

    Parameters
    ----------
    name
        ``"ej1"``…
    source
        La carpeta con los cuadernos de la fuente.

    Attributes
    ----------
    whole, notebook
        Su cuaderno, y el mismo hasta la última prueba del ejercicio: lo que sigue no cambia ningún veredicto.
    """

    def __init__(self, name: str, source: Path) -> None:
        self.name, self.path = name, source / f"{part_of(name)}.ipynb"
        self.whole: Any = nbformat.read(self.path, as_version=4)
        self.notebook: Any = copy.copy(self.whole)
        last = max(k for k, cell in enumerate(self.whole.cells) if self._is_own_test(cell))
        self.notebook.cells = self.whole.cells[: last + 1]

    def _is_own_test(self, cell: Any) -> bool:
        return grade_id(cell).startswith(f"test_{self.name}_")

    @cached_property
    def tests(self) -> dict[str, float]:
        """Los puntos de cada celda de prueba."""
        cells = filter(self._is_own_test, self.notebook.cells)
        return {grade_id(cell): float(cell.metadata.nbgrader.points) for cell in cells}

    @cached_property
    def solutions(self) -> dict[str, str]:
        """Las celdas de solución de referencia, con sus marcas de región."""
        cells = filter(_is_solution, self.notebook.cells)
        return {grade_id(cell): cell.source for cell in cells if grade_id(cell).startswith(f"{self.name}_")}

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Los mutantes de sus soluciones."""
        return mutants_of(self.solutions)

    @cached_property
    def answers(self) -> Sequence[Answer]:
        """Todas las respuestas que se juzgan."""
        return (
            Answer(self.name, "referencia", "referencia", {}),
            Answer(self.name, "vacía", "sin tocar", dict.fromkeys(self.solutions, STUB)),
            *(
                self._answer("correcta", right.name, right.answers, right.about)
                for right in right_answers(self.name)
            ),
            *(
                self._answer("a mano", wrong.name, wrong.answers, fails=wrong.fails, says=wrong.says)
                for wrong in wrong_answers(self.name)
            ),
            *(
                Answer(
                    self.name, "mutante", mutant.name, {mutant.cell: mutant.source}, f"línea {mutant.line}"
                )
                for mutant in self.mutants
            ),
        )

    def _answer(
        self, kind: Kind, name: str, cells: dict[str, str], about: str = "", **expected: Any
    ) -> Answer:
        own = {cell: text for cell, text in cells.items() if cell in self.solutions}
        return Answer(self.name, kind, name, own, about, **expected)

    def cells_with(self, answer: Answer) -> dict[str, str]:
        """Todas las celdas de solución del cuaderno con esta respuesta.

        Las demás del ejercicio llevan la referencia; las de otros, nada: no hay que entrenar dos veces.
        """
        others = dict.fromkeys(map(grade_id, filter(_is_solution, self.whole.cells)), STUB)
        reference = {name: REGION_MARK.sub("", text) for name, text in self.solutions.items()}
        return others | reference | answer.cells


def _is_solution(cell: Any) -> bool:
    return cell.cell_type == "code" and bool(cell.metadata.get("nbgrader", {}).get("solution"))
