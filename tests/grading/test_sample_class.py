"""La clase de muestra, de ``source/`` a la tabla de notas: lo mismo que hace ``make demo``."""

from __future__ import annotations

import csv
import re
from html import escape, unescape
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.autograde import autograde, pending_units
from grading.course import PROJECT_ROOT, Course
from grading.feedback import make_feedback
from grading.grades import GradeTable, read_grades, write_csv
from grading.leaks import secret_lines
from grading.sample_class import STUDENTS, write_sample_class
from grading.submissions import find_submissions
from tests.contract import PARTS

pytestmark = pytest.mark.slow
EXPECTED = Path(__file__).parent / "expected_grades.csv"


def grade_pending(course: Course) -> list[tuple[str, str]]:
    """Corrige lo que falte y dice qué fue: estudiante y cuaderno."""
    units = pending_units(course, find_submissions(course))
    autograde(course, units, lambda unit, record: None)
    return [(unit.student, unit.notebook) for unit in units]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """La clase de muestra corregida una vez para todas las pruebas de este archivo."""
    course = write_sample_class(Course(PROJECT_ROOT), tmp_path_factory.mktemp("clase"))
    grade_pending(course)
    return course


@pytest.fixture(scope="module")
def table(graded: Course) -> GradeTable:
    return read_grades(graded)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_grades_are_the_expected_ones(table: GradeTable, tmp_path: Path) -> None:
    write_csv(table, tmp_path / "grades.csv")
    assert rows(tmp_path / "grades.csv") == rows(EXPECTED)


def test_points_are_the_contract_ones(table: GradeTable) -> None:
    assert table.auto_max_score == sum(part.auto_points for part in PARTS)
    assert table.max_score - table.auto_max_score == sum(
        points for part in PARTS for _, points in part.manual
    )


def test_who_gets_what(table: GradeTable) -> None:
    auto = [exercise.name for exercise in table.exercises if not exercise.manual]
    points = {row.student: sum(row.scores[name] or 0 for name in auto) for row in table.students}
    for student in ("perfecta", "otro_estilo", "ruidosa", "celda_borrada"):
        assert points[student] == table.auto_max_score, student
    assert points["sin_tocar"] == 0
    assert 0 < points["a_medias"] < table.auto_max_score / 2
    assert points["tramposa"] == table.auto_max_score - 12  # del ejercicio 6 solo cuentan sus datos
    assert set(points) == {student.name for student in STUDENTS}


def test_each_problem_has_one_clear_line(table: GradeTable) -> None:
    problems = {row.student: row.problems for row in table.students if row.problems}
    assert set(problems) == {"no_es_cuaderno", "se_cae"}
    assert problems["no_es_cuaderno"]["parte2_multi_head"].startswith("no es un cuaderno de Jupyter")
    assert "Python se cerró" in problems["se_cae"]["parte1_self_attention"]


def test_nothing_is_graded_twice(graded: Course) -> None:
    assert pending_units(graded, find_submissions(graded)) == []


def test_points_by_hand_survive_a_regrade(graded: Course) -> None:
    path = graded.submitted / "perfecta" / "lab11" / "parte2_multi_head.ipynb"
    with Gradebook(graded.database) as gradebook:
        grade = gradebook.find_grade("ej2_reflexion", path.stem, "lab11", "perfecta")
        grade.manual_score, grade.needs_manual_grade = 4.5, False
        gradebook.db.commit()
    original = path.read_bytes()
    path.write_bytes(original + b"\n")
    assert grade_pending(graded) == [("perfecta", path.stem)]
    scores = next(row.scores for row in read_grades(graded).students if row.student == "perfecta")
    assert scores["ej2_reflexion"] == 4.5 and scores["ej2"] == 14


def test_a_broken_resubmission_replaces_the_grade(graded: Course) -> None:
    path = graded.submitted / "celda_borrada" / "lab11" / "parte3_positional_encoding.ipynb"
    path.write_text("ya no es un cuaderno", encoding="utf-8")
    assert grade_pending(graded) == [("celda_borrada", path.stem)]
    row = next(row for row in read_grades(graded).students if row.student == "celda_borrada")
    assert row.scores["ej3"] == 0 and row.scores["ej1"] == 16 and "parte3_positional_encoding" in row.problems


def hidden_lines(source: Path) -> list[str]:
    """Las líneas de las pruebas ocultas, sin espacios ni barras, que no sean también de una solución."""
    answers = "".join(secret_lines(source, "SOLUTION"))
    return [line for line in secret_lines(source, "HIDDEN TESTS") if line not in answers]


def squeezed_text(page: str) -> str:
    """Lo que se lee en la página, escrito como :func:`hidden_lines` para que se puedan comparar."""
    return re.sub(r"[\s\\]", "", unescape(re.sub(r"<[^>]+>", "", page)))


def test_a_hidden_line_on_a_page_is_seen(graded: Course) -> None:
    lines = {line for path in graded.source.glob("*.py") for line in path.read_text("utf-8").splitlines()}
    hidden = set(hidden_lines(graded.source))
    written = [line for line in lines if re.sub(r"[\s\\]", "", line) in hidden]
    assert any("\\" in line for line in written) and any('"' in line for line in written)
    for line in written:
        coloured = "<span>".join(map(escape, line.split(" ")))
        assert hidden & {squeezed_text(f"<pre>{coloured}</pre>")}, line


def test_feedback_shows_scores_and_no_hidden_line(graded: Course) -> None:
    hidden = hidden_lines(graded.source)
    assert len(hidden) > 500
    for submission in find_submissions(graded):
        pages = make_feedback(graded, submission)
        assert pages, submission.student
        unscored = [page.stem for page in pages if "Esta parte no puntúa" in page.read_text(encoding="utf-8")]
        assert unscored == [part.notebook for part in PARTS if not part.solutions]
        for page in pages:
            text = squeezed_text(page.read_text(encoding="utf-8"))
            assert ("puntos" in text) is ("Estapartenopuntúa" not in text)
            assert [line for line in hidden if line in text] == []
            assert "http" not in re.sub(r"https?://\S*w3\.org", "", text), "la página pide algo a la red"


def test_feedback_names_the_mistake(graded: Course) -> None:
    submission = next(item for item in find_submissions(graded) if item.student == "mascara_invertida")
    page = make_feedback(graded, submission)[0].read_text(encoding="utf-8")
    assert "¿están True y False al revés?" in page
