"""Filas 15 y 16: lo que una entrega trae en su carpeta no da puntos, ni cuelga, ni toca lo de otros."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from grading.cli import main
from grading.course import Course
from grading.engine.sandbox import why_unavailable
from tests.attacks.classroom import Row, attacked_class, grade_class
from tests.attacks.folders import FILE, FOLDERS
from tests.attacks.model import NEIGHBOUR, NOTEBOOK, Attack
from tests.grading.small_class import grading, hand_in, tiny_course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
FULL = 16.0
ODD, LINK = "no es un archivo corriente", "su carpeta es un enlace a otra"
HEAVY = "pesa más de 25 MB: borra las salidas y las imágenes pegadas, y entrégalo otra vez"
SAID = {f"15{letter}": ODD for letter in "abcdefghi"} | {
    "15i": HEAVY,
    "15j": HEAVY,
    "15k": LINK,
    "15l": LINK,
    "15m": f"no está; ¿es «{NOTEBOOK} (1).ipynb»? No se mira",
}
NAMES = ("-rf", "{x}", "$(touch x)", "' OR 1=1 --", "<img src=x onerror=alert(1)>", "ñandú 🐍")
UNSEEN = ("*", "a[b]", "ana\neva,100", "ana\x1b[2J", "\u202eana", os.fsdecode(b"ana\xff"))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return attacked_class(tmp_path_factory.mktemp("clase"), FOLDERS)


@pytest.fixture(scope="module")
def before(course: Course) -> str:
    return handed_in(course)


@pytest.fixture(scope="module")
def rows(course: Course, before: str) -> dict[str, Row]:
    return grade_class(course)


def handed_in(course: Course) -> str:
    """Un resumen de lo entregado y de la fuente; de lo que no es un archivo corriente, solo el nombre."""
    digest = hashlib.sha256()
    for root in (course.submitted, course.source):
        for folder, _, names in os.walk(root):
            for path in sorted(Path(folder) / name for name in names):
                whole = path.is_file() and not path.is_symlink() and path.stat().st_size < 10_000_000
                digest.update(os.fsencode(path) + (path.read_bytes() if whole else b""))
    return digest.hexdigest()


@pytest.mark.parametrize("attack", FOLDERS, ids=lambda attack: attack.number)
def test_folder(attack: Attack, rows: dict[str, Row]) -> None:
    said = SAID.get(attack.number, "")
    assert rows[attack.number] == Row(attack.honest, f"{NOTEBOOK}: {said}" if said else "")


def test_everything_else_is_untouched(rows: dict[str, Row], course: Course, before: str) -> None:
    assert rows[NEIGHBOUR] == Row(FULL, "")
    assert len(rows) == len(FOLDERS) + 1
    assert handed_in(course) == before
    made = [path for path in course.autograded.rglob("*") if path.is_file() and ".records" not in path.parts]
    assert {path.name for path in made} <= {FILE, ".lock", ".seed"}


def test_a_strange_name_is_only_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = tiny_course(tmp_path / "curso", parts=1)
    for name in NAMES:
        hand_in(course, name)
    rows = grade_class(course)
    assert {name: row.points for name, row in rows.items()} == dict.fromkeys(NAMES, 8.0)
    assert main(["feedback", "--root", str(course.root), "--db", course.database]) == 0
    assert f"{len(NAMES)} páginas" in capsys.readouterr().out
    pages = [path.read_text(encoding="utf-8") for path in course.feedback.rglob("*.html")]
    assert len(pages) == len(NAMES) and not any("<img" in page for page in pages)
    assert [path.name for path in tmp_path.iterdir()] == ["curso"]


def test_a_name_that_cannot_be_seen_is_refused_and_said(tmp_path: Path) -> None:
    course = tiny_course(tmp_path / "curso", parts=1)
    for name in ("ana", *UNSEEN):
        hand_in(course, name)
    with grading(course) as process:
        output = process.communicate(timeout=120)[0]
    assert all(f"submitted/{name!a} no se mira" in output for name in UNSEEN)
    table = (course.root / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [line.partition(",")[0] for line in table] == ["student", "ana"]
