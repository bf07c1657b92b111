"""La tabla de la terminal: todo lo que dice, sin interpretar lo que escriben otros."""

from __future__ import annotations

import pytest

from grading.console import print_grades, progress_bar
from grading.grades import Exercise, GradeTable, StudentGrades

EXERCISES = [Exercise("ej1", 16, False), Exercise("ej2_reflexion", 5, True)]


def test_table_shows_points_waiting_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    students = [
        StudentGrades("ana", {"ej1": 12.5, "ej2_reflexion": None}, {}),
        StudentGrades(
            "[bold]zoe", {"ej1": 0.0, "ej2_reflexion": 5.0}, {"parte1": "falló [Errno 2] del todo"}
        ),
        StudentGrades("eva", {"ej1": 16.0, "ej2_reflexion": 3.0}, {}, late_penalty=2.25),
        StudentGrades("luz", {"ej1": 1.0, "ej2_reflexion": 0.0}, {}, late_penalty=4),
    ]
    print_grades(GradeTable(EXERCISES, students))
    shown = capsys.readouterr().out
    lines = {line.split("│")[1].strip(): line for line in shown.splitlines() if line.count("│") > 3}
    assert [cell.strip() for cell in lines["ana"].split("│")[2:5]] == ["12.5", "—", "12.5"]
    assert [cell.strip() for cell in lines["[bold]zoe"].split("│")[2:5]] == ["0", "5", "5"]
    assert lines["eva"].split("│")[4].strip() == "16.75" and lines["luz"].split("│")[4].strip() == "0"
    assert "− eva: entregado tarde: −2.25 puntos" in shown and "ana: " not in shown
    assert "✗ [bold]zoe: parte1: falló [Errno 2] del todo" in shown
    assert "espera nota a mano" in shown


def test_no_progress_bar_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Corrigiendo", 2) as advance:
        advance()
        advance()
    assert capsys.readouterr().out.strip() == ""
