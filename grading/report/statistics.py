"""Las cuentas del informe, a partir de la tabla de notas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grading.grades import Exercise, GradeTable, exercise_title

FEWEST = 4  # con menos notas, ni la correlación ni su intervalo dicen nada
Counts = NDArray[np.int64]
SMALL_CLASS = 30  # por debajo, una correlación se mueve mucho al cambiar una sola nota


@dataclass(frozen=True)
class Discrimination:
    """Cuánto distingue un ejercicio a quien va bien en los demás.

    Attributes
    ----------
    value
        La correlación de Pearson entre sus puntos y la suma de los otros, de −1 a 1.
    low, high
        El intervalo del 95 % (Fisher, 1921).
    count
        Con cuántas notas se calcula.
    """

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class ExerciseSummary:
    """Un ejercicio en números.

    Attributes
    ----------
    name
        Cuál es: ``ej2_reflexion``.
    title
        Cuál es, con palabras.
    max_score
        Lo que vale.
    shares
        La parte de los puntos de cada nota puesta, de 0 a 1.
    waiting
        Cuántas notas faltan por poner a mano.
    discrimination
        ``None`` si no se puede calcular; entonces ``why_not`` dice por qué.
    """

    name: str
    title: str
    max_score: float
    shares: tuple[float, ...]
    waiting: int
    discrimination: Discrimination | None
    why_not: str = ""

    @property
    def mean_share(self) -> float | None:
        """La media de las partes: cuanto más baja, más difícil. ``None`` sin notas."""
        return float(np.mean(self.shares)) if self.shares else None


@dataclass(frozen=True)
class Totals:
    """Los totales de la clase; ``complete`` dice, de cada uno, si no espera ninguna nota."""

    scores: tuple[float, ...]
    complete: tuple[bool, ...]
    max_score: float

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Primer cuartil, mediana y tercer cuartil."""
        low, middle, high = np.percentile(self.scores, [25, 50, 75])
        return float(low), float(middle), float(high)


def totals_of(table: GradeTable) -> Totals:
    """Los totales hasta ahora."""
    complete = tuple(None not in row.scores.values() for row in table.students)
    return Totals(tuple(row.total for row in table.students), complete, table.max_score)


def summarize(table: GradeTable) -> list[ExerciseSummary]:
    """Cada ejercicio en números.

    La discriminación se calcula con los ejercicios que tienen puestas todas las notas.
    """
    graded = [
        one for one in table.exercises if all(row.scores[one.name] is not None for row in table.students)
    ]
    points = np.array([[row.scores[one.name] for one in graded] for row in table.students], dtype=float)
    position = {one.name: index for index, one in enumerate(graded)}
    return [_summary(table, one, points, position.get(one.name)) for one in table.exercises]


def _summary(
    table: GradeTable, one: Exercise, points: NDArray[np.float64], column: int | None
) -> ExerciseSummary:
    scores = [row.scores[one.name] for row in table.students]
    shares = tuple(score / one.max_score for score in scores if score is not None and one.max_score)
    found, why_not = discriminate(points, column)
    title = exercise_title(one.name)
    return ExerciseSummary(one.name, title, one.max_score, shares, scores.count(None), found, why_not)


def discriminate(points: NDArray[np.float64], column: int | None) -> tuple[Discrimination | None, str]:
    """La correlación corregida de un ejercicio con el resto, o por qué no se puede calcular.

    Parameters
    ----------
    points
        Puntos, (estudiantes, ejercicios).
    column
        Qué ejercicio; ``None`` si tiene notas por poner.
    """
    if column is None:
        return None, "faltan notas a mano"
    if len(points) < FEWEST:
        return None, f"hacen falta {FEWEST} notas"
    item, rest = points[:, column], np.delete(points, column, axis=1).sum(axis=1)
    if np.ptp(item) == 0 or np.ptp(rest) == 0:
        return None, "todas las notas son iguales"
    value = float(np.clip(np.corrcoef(item, rest)[0, 1], -1.0, 1.0))
    return Discrimination(value, *_interval(value, len(points)), len(points)), ""


def _interval(value: float, count: int) -> tuple[float, float]:
    if abs(value) == 1.0:
        return value, value
    middle, reach = math.atanh(value), 1.96 / math.sqrt(count - 3)
    return math.tanh(middle - reach), math.tanh(middle + reach)


def histogram(
    totals: Totals, bins: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Cuántos totales caen en cada tramo: los completos, los que esperan nota, y los bordes de los tramos."""
    scores, complete = np.array(totals.scores), np.array(totals.complete, dtype=bool)
    edges = np.linspace(0.0, totals.max_score, bins + 1)
    done, _ = np.histogram(scores[complete], edges)
    waiting, _ = np.histogram(scores[~complete], edges)
    return done, waiting, edges


def small_class(summaries: Sequence[ExerciseSummary]) -> int | None:
    """Cuántas notas hay, si son pocas para fiarse de las correlaciones."""
    counts = [one.discrimination.count for one in summaries if one.discrimination]
    return min(counts) if counts and min(counts) < SMALL_CLASS else None
