"""Los zips que dan Moodle y Canvas, y los que nadie debería dar."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from grading.errors import CourseError
from grading.lms import archive
from grading.lms.classzip import class_notebooks
from grading.lms.roster import read_roster

NAME, OTHER = "parte1_self_attention.ipynb", "parte2_multi_head.ipynb"
KNOWN = frozenset({NAME, OTHER})
ROSTER = (
    "Nombre,Apellido(s),Nombre de usuario,Dirección de correo\n"
    "Íñigo,Núñez,inigo,i@uni.es\nAna,Gil,ana.gil,a@uni.es\nMal,Ejemplo,../fuera,m@uni.es\n"
)
CANVAS_ROSTER = 'Student,ID,SIS Login ID,Section\n"Núñez, Íñigo",901,inigo,1\n'
Members = dict[str, bytes]
Found = dict[tuple[str, str], bytes]


def zipped(members: Members, mode: int = 0) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, mode << 16
            target.writestr(info, data)
    return content.getvalue()


def collected(
    folder: Path, content: bytes, roster: str = ""
) -> tuple[dict[tuple[str, str], bytes], list[str]]:
    """Lo recogido, por estudiante y nombre, y los avisos."""
    (folder / "clase.zip").write_bytes(content)
    people = None
    if roster:
        (folder / "lista.csv").write_text(roster, encoding="utf-8")
        people = read_roster(folder / "lista.csv")
    said: list[str] = []
    found = list(class_notebooks(folder / "clase.zip", people, KNOWN, said.append))
    assert len({(student, name) for student, name, _ in found}) == len(found)
    return {(student, name): data for student, name, data in found}, said


@pytest.mark.parametrize(
    "tail", ["_assignsubmission_file_/", "_assignsubmission_file/", "_assignsubmission_file_"]
)
def test_moodle_with_and_without_folders(tmp_path: Path, tail: str) -> None:
    content = zipped(
        {
            f"Íñigo Núñez_101{tail}{NAME}": b"1",
            f"Ana Gil_102{tail}{OTHER}": b"2",
            "Ana Gil_102_assignsubmission_onlinetext_/onlinetext.html": b"hola",
        }
    )
    assert collected(tmp_path, content) == (
        {("Íñigo_Núñez_101", NAME): b"1", ("Ana_Gil_102", OTHER): b"2"},
        [],
    )
    assert set(collected(tmp_path, content, ROSTER)[0]) == {("inigo", NAME), ("ana.gil", OTHER)}


def test_moodle_keeps_subfolders_and_old_encodings(tmp_path: Path) -> None:
    plain = zipped({f"X_101_assignsubmission_file_/lab11/{NAME}": b"1"})
    # El nombre en UTF-8 sin la marca que lo dice, y con la misma longitud.
    content = plain.replace(b"X_101", "Ñ_01".encode())
    assert collected(tmp_path, content) == ({("Ñ_01", NAME): b"1"}, [])


def test_two_students_of_one_name_stay_apart(tmp_path: Path) -> None:
    tail = "_assignsubmission_file_/"
    content = zipped({f"Ana Gil_102{tail}{NAME}": b"1", f"ana gil_103{tail}{NAME}": b"2"})
    found, said = collected(tmp_path, content, ROSTER)
    assert found == {("Ana_Gil_102", NAME): b"1", ("ana_gil_103", NAME): b"2"}
    assert "Hay 2 entregas a nombre de «ana gil»; se distinguen por su número: 102, 103." in said
    assert any("«Ana Gil» (102) no se reconoce en lista.csv: queda como Ana_Gil_102" in line for line in said)


def test_canvas_late_resent_and_anonymous(tmp_path: Path) -> None:
    content = zipped(
        {
            f"nunezinigo_LATE_901_7001_{NAME}": b"vieja",
            f"nunezinigo_LATE_901_7002_{NAME.replace('.', '-1.')}": b"nueva",
            f"gilana_902_7003_{OTHER}": b"2",
            f"anon_Ab1x9_7004_{OTHER}": b"3",
            "gilana_902_7005_dibujo-1.png": b"",
        }
    )
    found, said = collected(tmp_path, content)
    assert found == {
        ("nunezinigo_901", NAME): b"nueva",
        ("gilana_902", OTHER): b"2",
        ("anon_Ab1x9", OTHER): b"3",
    }
    assert len(said) == 1 and "repetido en la misma entrega" in said[0]
    assert ("inigo", NAME) in collected(tmp_path, content, CANVAS_ROSTER)[0]


def test_nobody_hands_in_for_another(tmp_path: Path) -> None:
    flat = zipped({f"Eva Ruiz_105_assignsubmission_file_x_102_assignsubmission_file_{NAME}": b"falsa"})
    found, said = collected(tmp_path, flat)
    assert found == {} and "no se sabe de quién es" in said[0]
    inside = zipped({f"Eva_105_assignsubmission_file_/Ana_102_assignsubmission_file_/{NAME}": b"de Eva"})
    assert collected(tmp_path, inside)[0] == {("Eva_105", NAME): b"de Eva"}
    named = zipped({f"Ana_102_assignsubmission_file__105_assignsubmission_file_/{NAME}": b"de Eva"})
    assert {student[-4:] for student, _ in collected(tmp_path, named)[0]} == {"_105"}
    canvas = zipped({f"ruizeva_105_7001_x_102_7002_{NAME}": b"de Eva"})
    assert {student for student, _ in collected(tmp_path, canvas)[0]} == {"ruizeva_105"}


def test_a_roster_names_no_folder_outside(tmp_path: Path) -> None:
    content = zipped({f"Mal Ejemplo_104_assignsubmission_file_/{NAME}": b"1"})
    found, said = collected(tmp_path, content, ROSTER)
    assert set(found) == {("Mal_Ejemplo_104", NAME)} and len(said) == 1


FOLDER = "Eva_105_assignsubmission_file_/"
HOSTILE = {
    "sube": (f"{FOLDER}../../../{NAME}", "su ruta sale de la carpeta"),
    "absoluta": (f"/{FOLDER}{NAME}", "no se sabe de quién es"),
    "unidad": (f"C:\\{FOLDER}{NAME}", "no se sabe de quién es"),
    "invisible": (f"{FOLDER}a\u202eb.ipynb", "caracteres que no se ven"),
    "zip_roto": (f"{FOLDER}entrega.zip", "no se recoge"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_each_hostile_name_has_its_line(tmp_path: Path, case: str) -> None:
    name, message = HOSTILE[case]
    found, said = collected(tmp_path, zipped({name: b"x", f"Ana_102_assignsubmission_file_/{NAME}": b"1"}))
    assert ("Ana_102", NAME) in found
    assert all("/" not in part and ".." not in part for key in found for part in key)
    assert any(message in line for line in said), said


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    found, said = collected(tmp_path, zipped({f"{FOLDER}{NAME}": b"/etc/passwd"}, mode=kind | 0o777))
    assert found == {} and "no es un archivo corriente" in said[0]


def test_encrypted_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({f"{FOLDER}{NAME}": b"x"}))
    for mark, where in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + where] |= 1
    found, said = collected(tmp_path, bytes(content))
    assert found == {} and "está cifrado" in said[0]


def test_ten_gigabytes_of_zeros_are_not_opened(tmp_path: Path) -> None:
    content = bytearray(
        zipped({f"{FOLDER}{NAME}": b"0" * 100, f"Ana_102_assignsubmission_file_/{NAME}": b"1"})
    )
    where = content.index(b"PK\x01\x02") + 24
    content[where : where + 4] = (4_000_000_000).to_bytes(4, "little")
    found, said = collected(tmp_path, bytes(content))
    assert set(found) == {("Ana_102", NAME)} and "pesan más de 200 MB" in said[0]


def test_names_that_differ_only_in_case(tmp_path: Path) -> None:
    found, said = collected(tmp_path, zipped({f"{FOLDER}{NAME}": b"1", f"{FOLDER}{NAME.upper()}": b"2"}))
    assert found == {("Eva_105", NAME): b"1"} and "solo cambia en mayúsculas de" in said[0]


def test_a_zip_that_someone_handed_in_is_opened_once(tmp_path: Path) -> None:
    deep = zipped({OTHER: b"2"})
    found, said = collected(
        tmp_path, zipped({f"{FOLDER}entrega.zip": zipped({NAME: b"1", "otra.zip": deep})})
    )
    assert found == {("Eva_105", NAME): b"1"}
    assert "un zip dentro de otro no se abre" in said[0]


def test_many_small_zips_are_one_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.lms.classzip.MAX_ZIP_BYTES", 2_500_000)
    handed = {f"{FOLDER}{n}.zip": zipped({f"{n}.ipynb": bytes(1_000_000)}) for n in range(4)}
    found, said = collected(tmp_path, zipped(handed))
    assert len(found) == 2 and said == ["Eva_105 no se recoge entero: pesa más de 2 MB"]


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grading.lms.classzip.MAX_CLASS_MEMBERS", 3)
    with pytest.raises(archive.UnreadableError, match="trae más de 3 archivos"):
        collected(tmp_path, zipped({f"{FOLDER}{number}.ipynb": b"" for number in range(4)}))


def test_another_zip_is_not_taken_for_a_class(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"clase\.zip no es el zip de las entregas de una clase"):
        collected(tmp_path, zipped({NAME: b"1"}))
