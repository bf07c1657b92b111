"""Una clase grande, con archivos rotos: ninguna entrega se queda sin su línea."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.grading.small_class import WRONG, grade_all, hand_in, hand_in_broken, tiny_course

pytestmark = pytest.mark.slow
STUDENTS, BROKEN_EVERY = 300, 20


def test_three_hundred_submissions_end_with_three_hundred_lines(tmp_path: Path) -> None:
    course = tiny_course(tmp_path, parts=1)
    names = [f"estudiante{number:03}" for number in range(STUDENTS)]
    broken = set(names[::BROKEN_EVERY])
    for name in names:
        hand_in(course, name, {"ej1_doble": WRONG} if name.endswith("1") else None)
        if name in broken:
            hand_in_broken(course, name, "parte1_diminuta")
    rows = list(csv.DictReader(grade_all(course).decode("utf-8").splitlines()))
    assert [row["student"] for row in rows] == names
    assert {row["student"] for row in rows if row["notes"]} == broken
    for row in rows:
        expected = 0 if row["student"] in broken else 3 if row["student"].endswith("1") else 8
        assert float(row["total"]) == expected, row
