"""``collect`` y ``similarity``: lo que queda en la carpeta del curso y lo que se dice."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat
import pytest

from grading.cli import main
from grading.course import ASSIGNMENT, PROJECT_ROOT, Course, own_database
from grading.lms.similarity import measure_similarity
from grading.sample_class.build import reference_answers

NAME = "parte3_positional_encoding"
COPY = """\
def cosine_similarity(a, b):
    # {comment}
    {x}, {y} = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    {n} = np.sqrt(({x} * {x}).sum()) * np.sqrt(({y} * {y}).sum())
    if {n} == 0:
        return 0.0
    return float(({x} * {y}).sum() / {n})
"""
OWN = """\
def cosine_similarity(a, b):
    total = first = second = 0.0
    for left, right in zip(list(a), list(b)):
        total += left * right
        first += left ** 2
        second += right ** 2
    return total / (first ** 0.5 * second ** 0.5)
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Un curso con la fuente y la versión de estudiante de un solo cuaderno, y sin entregas."""
    course = Course(tmp_path / "curso", db_url=own_database(tmp_path))
    for folder in ("source", "release"):
        (course.root / folder).mkdir(parents=True)
        (course.root / folder / ASSIGNMENT).mkdir()
        notebook = f"{folder}/{ASSIGNMENT}/{NAME}.ipynb"
        (course.root / notebook).write_bytes((PROJECT_ROOT / notebook).read_bytes())
    return course


def answered(course: Course, answer: str) -> str:
    """El cuaderno de la versión de estudiante con esa respuesta."""
    notebook = nbformat.read(course.release / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "ej3_similitud_coseno":
            cell.source = answer
    return nbformat.writes(notebook)


def hand_in(course: Course, student: str, answer: str) -> None:
    folder = course.submitted / student / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(answered(course, answer), encoding="utf-8")


def run(course: Course, *order: str) -> int:
    return main([*order, "--root", str(course.root), "--db", course.database])


def test_collect_puts_each_one_in_their_place(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "Tarea.zip", "w") as target:
        target.writestr(f"Ana Gil_102_assignsubmission_file_/{NAME}.ipynb", "{}")
        target.writestr(f"Otro_103_assignsubmission_file_/../../{NAME}.ipynb", "{}")
    before = set(tmp_path.iterdir())
    assert run(course, "collect", "--zip", str(tmp_path / "Tarea.zip")) == 0
    assert run(course, "collect", "--zip", str(tmp_path / "Tarea.zip")) == 0, "se puede repetir"
    said = capsys.readouterr().out
    found = {str(path.relative_to(course.submitted)) for path in course.submitted.rglob("*.ipynb")}
    assert found == {f"Ana_Gil_102/lab11/{NAME}.ipynb", f"Otro_103/lab11/{NAME}.ipynb"}
    assert "✗ Otro_103:" in said and "su ruta sale de la carpeta" in said
    assert "Entregas recogidas" in said and ": 2; avisos: 1." in said
    assert set(tmp_path.iterdir()) == before


def test_collect_says_what_is_wrong(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(course, "collect", "--zip", str(tmp_path / "no.zip")) == 1
    assert "No hay ningún archivo en" in capsys.readouterr().err
    (tmp_path / "roto.zip").write_bytes(b"PK no")
    assert run(course, "collect", "--zip", str(tmp_path / "roto.zip")) == 1
    shown = capsys.readouterr()
    assert "roto.zip no se recoge entero" in shown.out and "ningún cuaderno que recoger" in shown.err


def test_a_renamed_copy_is_found_and_the_reference_is_not(course: Course) -> None:
    hand_in(course, "ana", COPY.format(comment="lo mío", x="u", y="v", n="norm"))
    hand_in(course, "eva", COPY.format(comment="otra cosa", x="primero", y="segundo", n="total"))
    hand_in(course, "leo", OWN)
    hand_in(course, "luz", "raise NotImplementedError")
    result = measure_similarity(course, 0.6)
    assert [(one.first, one.second, one.shares) for one in result.pairs] == [("ana", "eva", (1.0, 1.0))]
    assert result.medians == {"Ejercicio 3": 0.0} and result.students == 4
    first, second = result.pairs[0].marked
    assert "<mark>" in first and "primero" in second


def test_what_the_statement_gives_does_not_count(course: Course) -> None:
    given = next(
        cell.source
        for cell in nbformat.read(course.release / f"{NAME}.ipynb", as_version=4).cells
        if cell.cell_type == "code" and len(cell.source) > 300
    )
    for student in ("ana", "eva"):
        hand_in(course, student, given)
    assert measure_similarity(course, 0.1).pairs == []


def test_the_page_warns_and_shows_text(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    reference = reference_answers(course)["ej3_similitud_coseno"]
    for student in ("ana", "eva"):
        hand_in(course, student, f"{reference}\n'<script>alert(1)</script>'")
    assert run(course, "similarity", "--threshold", "0,5") == 0
    page = (course.root / "parecido.html").read_text(encoding="utf-8")
    assert page.index("Es un indicio, no una prueba.") < page.index("<table>")
    assert "<script>" not in page and "&lt;script&gt;" in page and "http" not in page
    assert "100 %" in page
    shown = capsys.readouterr()
    assert "Es un indicio, no una prueba" in shown.out and shown.err == ""


def test_similarity_needs_two(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(course, "similarity") == 1
    assert "al menos dos entregas" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(course, "similarity", "--threshold", "80")
    assert "da un número de 0 a 1" in capsys.readouterr().err
