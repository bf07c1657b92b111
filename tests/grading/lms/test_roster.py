"""La lista de la clase: como la escriben Moodle, Canvas y una hoja de cálculo."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.errors import CourseError
from grading.lms.roster import Person, read_roster

MOODLE = (
    "Nombre,Apellido(s),Nombre de usuario,Número de ID,Institución,Departamento,Dirección de correo,Grupo\r\n"
    'Íñigo,"Núñez, de la Peña",inigo,00017,,,inigo@uni.es,A\r\n'
    '"José ""Pepe""",Ávila,jose,00018,,,jose@uni.es,B\r\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 11: Ejercicio 1 (5001),Final Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,16,(read only)\n"
    '"Núñez, Íñigo",901,00017,inigo,"Grupo 1, mañana",3.5,\n'
    '"=""=Pérez, Ana""",902,00018,ana,,,\n'
)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "lista.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_moodle_in_any_spreadsheet(tmp_path: Path, encoding: str, separator: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(csv.reader(io.StringIO(MOODLE)))
    people = read_roster(written(tmp_path, text.getvalue(), encoding)).people
    assert people == [
        Person("inigo", "00017", "inigo@uni.es", "Íñigo", "Núñez, de la Peña"),
        Person("jose", "00018", "jose@uni.es", 'José "Pepe"', "Ávila"),
    ]


def test_canvas_without_the_rows_that_are_nobody(tmp_path: Path) -> None:
    first, second = read_roster(written(tmp_path, CANVAS)).people
    assert first == Person(
        "inigo", "00017", full_name="Núñez, Íñigo", canvas_id="901", section="Grupo 1, mañana"
    )
    assert second.full_name == "=Pérez, Ana"
    assert first.shown_name == "Íñigo Núñez" and first.student == "inigo"


def test_people_are_found_by_any_identifier(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, MOODLE))
    assert roster.find("00018") == roster.find("JOSE@uni.es") == roster.find("jose") == roster.people[1]
    assert roster.find("18") is None
    assert roster.named("iñigo  NUÑEZ, de la pena") == [roster.people[0]]


def test_one_identifier_of_two_people_is_an_error(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, MOODLE.replace("00018", "00017")))
    with pytest.raises(CourseError, match=r"«00017» vale para 2 personas de lista\.csv"):
        roster.find("00017")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no parece la lista de la clase"),
        ("Nombre,Apellido(s)\nAna,Gil\n", "no parece la lista de la clase"),
        ('Nombre,Dirección de correo\nAna,"ana@uni.es\n', "línea 2: no es un CSV bien formado"),
        ('Nombre,Dirección de correo\nAna,"ana"x\n', "no es un CSV bien formado"),
    ],
)
def test_what_is_no_roster_says_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        read_roster(written(tmp_path, text))


def test_a_missing_file_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"No se puede leer .*no_esta\.csv"):
        read_roster(tmp_path / "no_esta.csv")


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(names=st.lists(CELL, min_size=1, max_size=4), separator=st.sampled_from(",;\t"))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], separator: str
) -> None:
    text = io.StringIO(newline="")
    rows = [["Nombre de usuario", "Apellidos"], *([f"u{i}", name] for i, name in enumerate(names))]
    csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    path = written(tmp_path_factory.mktemp("lista"), text.getvalue())
    people = read_roster(path).people
    expected = [name[2:-1] if name.startswith('="') and name.endswith('"') else name for name in names]
    assert [(one.username, one.last_name) for one in people if one.last_name] == [
        (f"u{i}", name) for i, name in enumerate(expected) if name
    ]
