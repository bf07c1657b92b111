"""Las notas en el CSV de cada LMS: lo que dice su documentación, y qué pasa con los nombres difíciles."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from grading.cli import main
from grading.course import ASSIGNMENT
from grading.errors import CourseError
from grading.lms.canvas import CanvasExporter
from grading.lms.moodle import MoodleExporter
from grading.lms.sheet import label, number, write_sheet

# Puntos automáticos y a mano por cuaderno: ej1 vale 3 + 5, ej2 vale 4 y su reflexión 5.
CELLS = {
    "parte1": [("test_ej1_uno", 3), ("test_ej1_valor", 5)],
    "parte2": [("test_ej2_uno", 4), ("ej2_reflexion", 5)],
}
MOODLE_ROSTER = (
    "\ufeffNombre;Apellido(s);Nombre de usuario;Número de ID;Dirección de correo\n"
    '"Íñigo";"Núñez, ""Nano""";inigo;00017;inigo@uni.es\n'
    "=1+1;@Gil;ana;00018;ana@uni.es\n"
    "Luz;Sin Entregar;luz;00019;luz@uni.es\n"
)
CANVAS_ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 11: Ejercicio 1 (5001),Lab 11: total (5004)\n"
    "    Points Possible,,,,,8,17\n"
    '"Núñez, Íñigo",901,00017,inigo,"Grupo 1, mañana",,\n'
    '"=""=Gil, Ana""",902,00018,ana,-Grupo 2,,\n'
    '"Sin Entregar, Luz",903,00019,luz,,,\n'
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notas") / "gradebook.db"


@pytest.fixture(scope="module")
def gradebook(database: Path) -> Iterator[Gradebook]:
    """Dos entregas: una a medias y tarde; otra que espera la nota de la reflexión. Solo se lee."""
    with Gradebook(f"sqlite:///{database}") as book:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader crea las entregas por partes
            _fill(book)
        yield book


def _fill(book: Gradebook) -> None:
    book.add_assignment(ASSIGNMENT, duedate=datetime(2026, 1, 1))
    for notebook, cells in CELLS.items():
        book.add_notebook(notebook, ASSIGNMENT)
        for name, points in cells:
            book.add_grade_cell(name, notebook, ASSIGNMENT, max_score=points, cell_type="code")
    book.add_solution_cell("ej2_reflexion", "parte2", ASSIGNMENT)
    inigo = {"test_ej1_uno": 3, "test_ej1_valor": 2.25, "test_ej2_uno": 4, "ej2_reflexion": 3.5}
    ana = {"test_ej1_uno": 3, "test_ej1_valor": 5, "test_ej2_uno": 0, "ej2_reflexion": None}
    _submit(book, "inigo", inigo, {"parte1": 2.1})
    _submit(book, "ana", ana, {})


@pytest.fixture
def copied(gradebook: Gradebook, database: Path, tmp_path: Path) -> str:
    """La URL de una copia, para cambiarla."""
    shutil.copy(database, tmp_path / "copia.db")
    return f"sqlite:///{tmp_path / 'copia.db'}"


def _submit(
    book: Gradebook, student: str, scores: Mapping[str, float | None], penalty: Mapping[str, float]
) -> None:
    book.add_student(student)
    for notebook in book.add_submission(ASSIGNMENT, student).notebooks:
        notebook.late_submission_penalty = penalty.get(notebook.name)
        for grade in notebook.grades:
            grade.auto_score = scores[grade.name]
            grade.needs_manual_grade = scores[grade.name] is None
        for comment in notebook.comments:
            comment.manual_comment = "=Bien visto,\n«casi»" if student == "inigo" else None
    book.db.commit()


def roster(folder: Path, text: str) -> str:
    (folder / "lista.csv").write_text(text, encoding="utf-8")
    return str(folder / "lista.csv")


def moodle(folder: Path, book: Gradebook, **options: object) -> tuple[list[list[str]], list[str]]:
    """Las filas del CSV, leídas otra vez, y los avisos."""
    exporter = MoodleExporter(to=str(folder / "m.csv"), **options)
    path, notices = exporter.write_grades(book)
    text = path.read_bytes().decode("utf-8")
    separator = {"coma": ",", "punto_y_coma": ";", "tabulador": "\t"}[exporter.separated_by]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)), notices


def canvas(folder: Path, book: Gradebook, **options: object) -> tuple[list[list[str]], list[str]]:
    path, notices = CanvasExporter(to=str(folder / "c.csv"), **options).write_grades(book)
    text = path.read_bytes().decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True)), notices


def test_moodle_has_the_titles_that_moodle_writes(tmp_path: Path, gradebook: Gradebook) -> None:
    rows, notices = moodle(
        tmp_path, gradebook, roster=roster(tmp_path, MOODLE_ROSTER), identifier="id_number"
    )
    assert rows == [
        [
            *("Nombre", "Apellido(s)", "Número de ID", "Lab 11: Ejercicio 1", "Lab 11: Ejercicio 2"),
            *("Lab 11: Ejercicio 2: reflexión", "Lab 11: total"),
        ],
        ["'=1+1", "'@Gil", "00018", "8", "0", "-", "-"],
        # 3 + 2,25 menos 2,1 de penalización: queda el 60 %. El total es el de nbgrader: 12,75 − 2,1.
        ["Íñigo", 'Núñez, "Nano"', "00017", "3.15", "4", "3.5", "10.65"],
        ["Luz", "Sin Entregar", "00019", "-", "-", "-", "-"],
    ]
    assert notices == ["Al importar en Moodle: «Mapear desde» Número de ID, «Mapear a» useridnumber."]


def test_moodle_with_commas_semicolons_and_feedback(tmp_path: Path, gradebook: Gradebook) -> None:
    rows, _ = moodle(
        tmp_path,
        gradebook,
        roster=roster(tmp_path, MOODLE_ROSTER),
        separated_by="punto_y_coma",
        decimal=",",
        feedback=True,
        missing="0",
    )
    assert rows[0][2:5] == [
        "Nombre de usuario",
        "Lab 11: Ejercicio 1",
        "Lab 11: Ejercicio 1 (Retroalimentación)",
    ]
    assert rows[2][3:] == [
        "3,15",
        "",
        "4",
        "",
        "3,5",
        "'=Bien visto, «casi»",
        "10,65",
        "Entregado tarde: −2.1 puntos.",
    ]
    assert rows[3][3::2] == ["0", "0", "0", "0"]


def test_moodle_never_leaves_an_empty_identifier(tmp_path: Path, gradebook: Gradebook) -> None:
    """Ante una casilla vacía, Moodle pone la nota a la persona de la fila anterior."""
    text = MOODLE_ROSTER.replace(";00018;", ";;")
    rows, notices = moodle(tmp_path, gradebook, roster=roster(tmp_path, text), identifier="id_number")
    assert [row[2] for row in rows[1:]] == ["00017", "00019"]
    assert "ana no tiene «Número de ID»: no se exporta." in notices
    few = re.sub(r";(inigo|luz);|ana@uni.es", ";;", text).replace(";;;", ";;")
    with pytest.raises(CourseError, match=r"Nada identifica a todos .*Número de ID: 2 de 3"):
        moodle(tmp_path, gradebook, roster=roster(tmp_path, few))


def test_who_is_not_on_the_roster_is_not_exported(tmp_path: Path, gradebook: Gradebook) -> None:
    """Moodle rechaza el archivo entero si no conoce a alguien."""
    text = "".join(line for line in MOODLE_ROSTER.splitlines(keepends=True) if ";ana;" not in line)
    rows, notices = moodle(tmp_path, gradebook, roster=roster(tmp_path, text))
    assert [row[2] for row in rows[1:]] == ["inigo", "luz"]
    assert "ana no está en lista.csv: no se exporta." in notices


def test_canvas_has_the_rows_that_canvas_writes(tmp_path: Path, gradebook: Gradebook) -> None:
    rows, notices = canvas(tmp_path, gradebook, roster=roster(tmp_path, CANVAS_ROSTER))
    assert rows == [
        [
            *("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lab 11: Ejercicio 1 (5001)"),
            *("Lab 11: Ejercicio 2", "Lab 11: Ejercicio 2: reflexión", "Lab 11: total (5004)"),
        ],
        ["    Points Possible", "", "", "", "", "8", "4", "5", "17"],
        ["'=Gil, Ana", "902", "00018", "ana", "'-Grupo 2", "8", "0", "", ""],
        ["Núñez, Íñigo", "901", "00017", "inigo", "Grupo 1, mañana", "3.15", "4", "3.5", "10.65"],
        ["Sin Entregar, Luz", "903", "00019", "luz", "", "", "", "", ""],
    ]
    assert [line for line in notices if "«Lab 11: Ejercicio 2» no lleva el número" in line]


def test_a_columns_file_chooses_and_names(tmp_path: Path, gradebook: Gradebook) -> None:
    columns = tmp_path / "columnas.csv"
    columns.write_text(
        '\ufeffejercicio;columna\ntotal;"Práctica; nota (77)"\nej1;Máscara (78)\n', encoding="utf-8"
    )
    rows, notices = canvas(tmp_path, gradebook, roster=roster(tmp_path, CANVAS_ROSTER), columns=str(columns))
    assert [row[5:] for row in rows] == [
        ["Práctica; nota (77)", "Máscara (78)"],
        *(["17", "8"], ["", "8"], ["10.65", "3.15"], ["", ""]),
    ]
    assert notices == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ej1,Uno\n", "la primera línea debe ser «ejercicio,columna»"),
        ("ejercicio,columna\nej9,Nueve\n", "no existe ej9. Hay: ej1, ej2, ej2_reflexion, total"),
        ("ejercicio,columna\nej1,Uno\nej2,Uno\n", "Dos columnas con el mismo título: Uno"),
        ("ejercicio,columna\nej1,Final Score (9)\n", "Canvas pasa por alto las columnas llamadas así"),
    ],
)
def test_a_wrong_columns_file_says_what_is_wrong(
    tmp_path: Path, gradebook: Gradebook, text: str, message: str
) -> None:
    (tmp_path / "columnas.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=message):
        canvas(tmp_path, gradebook, columns=str(tmp_path / "columnas.csv"))


def test_canvas_identifiers_must_be_numbers_and_different(tmp_path: Path, gradebook: Gradebook) -> None:
    """Canvas leería «12ab» como 12, que es otra persona."""
    with pytest.raises(CourseError, match="debe ser un número; no lo es el de ana"):
        canvas(tmp_path, gradebook, roster=roster(tmp_path, CANVAS_ROSTER.replace(",902,", ",90b,")))
    with pytest.raises(CourseError, match="ID de Canvas repetido: 901"):
        canvas(tmp_path, gradebook, roster=roster(tmp_path, CANVAS_ROSTER.replace(",902,", ",901,")))


def test_without_a_roster_the_gradebook_says_who_is_who(tmp_path: Path, copied: str) -> None:
    with Gradebook(copied) as book:
        book.update_or_create_student("ana", first_name="Ana", last_name="Gil", lms_user_id="0902")
        rows, _ = canvas(tmp_path, book)
        assert [row[:4] for row in rows[2:]] == [["", "", "", "inigo"], ["Gil, Ana", "0902", "", "ana"]]
        rows, _ = moodle(tmp_path, book)
        assert [row[:3] for row in rows[1:]] == [["", "", "inigo"], ["Ana", "Gil", "ana"]]


def test_nothing_graded_says_what_to_do(tmp_path: Path, gradebook: Gradebook) -> None:
    with pytest.raises(CourseError, match="No hay notas de lab12: corrige antes con `make autograde`"):
        moodle(tmp_path, gradebook, assignment=["lab12"])


def test_the_total_is_the_same_in_the_table_the_report_and_the_export(tmp_path: Path, copied: str) -> None:
    """Y el de formgrader, que es la suma de lo que dicen las páginas de devolución."""
    for order in (["grades"], ["report"], ["export", "--lms", "moodle"]):
        assert main([*order, "--root", str(tmp_path), "--db", copied]) == 0
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    with (tmp_path / "moodle.csv").open(encoding="utf-8", newline="") as file:
        exported = {row["Nombre de usuario"]: row for row in csv.DictReader(file)}
    with Gradebook(copied) as book:
        notebooks = book.find_submission(ASSIGNMENT, "inigo").notebooks
        formgrader = sum(one.score - (one.late_submission_penalty or 0) for one in notebooks)
    assert table["inigo"]["total"] == exported["inigo"]["Lab 11: total"] == f"{formgrader:g}" == "10.65"
    assert (table["inigo"]["ej1"], table["inigo"]["notes"]) == ("5.25", "entregado tarde: −2.1 puntos")
    assert (table["ana"]["total"], table["ana"]["notes"]) == ("8", "")
    page = (tmp_path / "informe.html").read_text(encoding="utf-8")
    assert "<strong>10,65</strong> (tarde: −2,1)" in page and page.count("(tarde: ") == 1


def test_plain_nbgrader_and_make_write_the_same(tmp_path: Path, copied: str) -> None:
    """Las dos órdenes, como las escribe una persona."""
    listed, url = roster(tmp_path, MOODLE_ROSTER), copied
    order = ["export", "--lms", "moodle", "--roster", listed, "--root", str(tmp_path), "--db", url]
    assert main(order) == 0
    done = subprocess.run(
        [
            *(sys.executable, "-m", "nbgrader", "export", "--exporter=grading.lms.moodle.MoodleExporter"),
            *(f"--MoodleExporter.roster={listed}", "--to=llano.csv", f"--db={url}"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "llano.csv").read_bytes() == (tmp_path / "moodle.csv").read_bytes()
    assert (tmp_path / "moodle.csv").stat().st_mode & 0o077 == 0, "lleva los datos de la clase"


def test_collecting_with_the_roster_tells_the_gradebook_who_is_who(tmp_path: Path, copied: str) -> None:
    with zipfile.ZipFile(tmp_path / "Tarea.zip", "w") as target:
        target.writestr("nunezinigo_901_7001_parte1_self_attention.ipynb", "{}")
    order = ["--zip", str(tmp_path / "Tarea.zip"), "--roster", roster(tmp_path, CANVAS_ROSTER)]
    assert main(["collect", *order, "--root", str(tmp_path), "--db", copied]) == 0
    with Gradebook(copied) as book:
        student = book.find_student("inigo")
        assert (student.first_name, student.last_name, student.lms_user_id) == ("Íñigo", "Núñez", "901")


@pytest.mark.parametrize("option", ["lms=sakai", "decimal=;", "missing=nada", "identifier=dni"])
def test_an_option_that_is_not_there_lists_those_that_are(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--lms=moodle", f"--{option}"])
    assert f"«{option.partition('=')[2]}» no vale. Hay: " in capsys.readouterr().err


ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@settings(max_examples=80, deadline=None)
@given(names=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5), separator=st.sampled_from(",;\t"))
def test_quoting_survives_any_name(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[str, str]], separator: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "cualquiera.csv"
    rows = [[label(first), label(last), "7"] for first, last in names]
    write_sheet(path, rows, separator)
    text = path.read_bytes().decode("utf-8")
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)) == rows
    assert all(not cell.startswith(tuple("=+-@\t\r")) for row in rows for cell in row)
    assert all(label(first).lstrip("'").split() == first.lstrip("'").split() for first, _ in names)


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 100))
def test_numbers_keep_two_decimals(value: float) -> None:
    assert float(number(value)) == round(value, 2) or abs(float(number(value)) - value) <= 0.005
    assert re.fullmatch(r"\d+(,\d{1,2})?", number(value, ","))
