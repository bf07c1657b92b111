"""Las cuentas del informe, frente a las hechas a mano con las notas de la clase de muestra."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import numpy as np
import pytest

from grading.course import PROJECT_ROOT
from grading.grades import Exercise, GradeTable, StudentGrades
from grading.report.figures import draw_difficulty, draw_discrimination, draw_totals
from grading.report.statistics import discriminate, histogram, small_class, summarize, totals_of

EXPECTED = PROJECT_ROOT / "tests" / "grading" / "expected_grades.csv"
POINTS = {"ej1": 16, "ej2": 14, "ej2_reflexion": 5, "ej3": 14}
POINTS |= {"ej4": 16, "ej5": 14, "ej5_reflexion": 5, "ej6": 16}


@pytest.fixture(scope="module")
def sample() -> GradeTable:
    """Las notas que debe sacar la clase de muestra."""
    exercises = [Exercise(name, points, "reflexion" in name) for name, points in POINTS.items()]
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        students = [
            StudentGrades(row["student"], {n: float(row[n]) if row[n] else None for n in POINTS}, {})
            for row in csv.DictReader(file)
        ]
    return GradeTable(exercises, students)


def test_the_sample_class_by_hand(sample: GradeTable) -> None:
    found = {one.name: one for one in summarize(sample)}
    # Ejercicio 1: ocho con 16, y los otros tres con 8, 4 y 0.
    scores = [row.scores["ej1"] for row in sample.students]
    assert found["ej1"].mean_share == pytest.approx(sum(scores) / (16 * 11))
    assert sorted(scores) == [0, 4, 8, *[16] * 8] and found["ej1"].mean_share == pytest.approx(140 / 176)
    assert found["ej2_reflexion"].waiting == 8 and len(found["ej2_reflexion"].shares) == 3
    assert found["ej2_reflexion"].why_not == "faltan notas a mano"
    assert found["ej2_reflexion"].title == "Ejercicio 2: reflexión"


def test_discrimination_is_the_correlation_with_the_rest(sample: GradeTable) -> None:
    """Con la fórmula escrita de otra manera, y sin las reflexiones, que esperan nota."""
    names = [name for name in POINTS if "reflexion" not in name]
    rows = [[row.scores[name] for name in names] for row in sample.students]
    for column, name in enumerate(names):
        item = [row[column] for row in rows]
        rest = [sum(row) - row[column] for row in rows]
        n, found = len(rows), next(one for one in summarize(sample) if one.name == name).discrimination
        top = n * sum(a * b for a, b in zip(item, rest)) - sum(item) * sum(rest)
        spread = [n * sum(value * value for value in values) - sum(values) ** 2 for values in (item, rest)]
        assert found is not None and found.count == 11
        assert found.value == pytest.approx(top / math.sqrt(spread[0] * spread[1]))
        assert math.atanh(found.high) - math.atanh(found.value) == pytest.approx(1.96 / math.sqrt(8))
        assert found.low < found.value < found.high
    assert small_class(summarize(sample)) == 11


def test_an_item_is_not_correlated_with_itself() -> None:
    """Dos ejercicios sin relación: con el total, que incluye al propio, saldría una correlación positiva."""
    points = np.array([[0, 0], [0, 5], [8, 0], [8, 5]], dtype=float)
    found, _ = discriminate(points, 0)
    assert found is not None and found.value == pytest.approx(0, abs=1e-12)
    found, _ = discriminate(np.array([[0, 5], [2, 4], [5, 2.5], [7, 1.5]]), 1)
    assert found is not None and (found.value, found.low, found.high) == pytest.approx((-1, -1, -1))


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([[1, 2]], "hacen falta 4 notas"),
        ([[1, 2], [2, 3], [3, 1]], "hacen falta 4 notas"),
        ([[7, 1], [7, 2], [7, 3], [7, 4]], "todas las notas son iguales"),
        ([[1, 3], [2, 3], [3, 3], [4, 3]], "todas las notas son iguales"),
    ],
)
def test_what_cannot_be_computed_says_why(points: list[list[float]], reason: str) -> None:
    assert discriminate(np.array(points, dtype=float), 0) == (None, reason)


def test_totals_and_their_histogram(sample: GradeTable) -> None:
    totals = totals_of(sample)
    done, waiting, edges = histogram(totals)
    assert list(edges) == [10 * step for step in range(11)]
    by_hand = [0] * 10
    for score in totals.scores:
        by_hand[min(9, int(score // 10))] += 1
    assert list(done + waiting) == by_hand and (done + waiting).sum() == 11
    assert done.sum() == sum(totals.complete) == sum("" not in row for row in _rows())
    assert totals.quartiles[1] == sorted(totals.scores)[5]


def _rows() -> list[list[str]]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return [row[1:9] for row in csv.reader(file)][1:]


def test_figures_say_their_numbers(sample: GradeTable) -> None:
    summaries = summarize(sample)
    difficulty = draw_difficulty(summaries)
    assert "Ejercicio 1, 80 %" in difficulty.alt
    assert difficulty.source.startswith("data:image/svg+xml;base64,")
    picture = draw_discrimination(summaries)
    assert picture is not None and "n = 11" in picture.caption
    assert draw_discrimination([replace(one, discrimination=None) for one in summaries]) is None
    assert draw_totals(totals_of(sample)).alt.endswith(f"Mediana, {totals_of(sample).quartiles[1]:g}.")
