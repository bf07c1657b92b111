"""Los ataques, uno a uno, contra nbgrader a secas y contra el motor; escribe ``docs/ataques.md``.

Lo que dio cada uno queda en ``resultados.json``, con un resumen de su guion: así se pueden lanzar solo los
nuevos y los que han cambiado.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from grading.course import PROJECT_ROOT
from grading.engine.grade import grade_notebook
from grading.engine.pool import close_all
from grading.engine.sandbox import Limits
from tests.attacks.catalog import ATTACKS
from tests.attacks.classroom import attacked_class, grade_class
from tests.attacks.model import Attack, aimed, released, source_path
from tests.attacks.plain import PlainCourse
from tests.grading.small_class import unreadable_reason

PAGE = PROJECT_ROOT / "docs" / "ataques.md"
RESULTS = Path(__file__).with_name("resultados.json")
FOLDERS_MODULE = "tests.attacks.folders"
_ANY_ID = re.compile(r'"id": "[^"]*"')
PROSE = Path(__file__).with_name("ataques.plantilla.md")
HEADING = "| n.º | ataque | merece | nbgrader a secas | motor | qué lo detiene | dónde |"
NOT_RUN = "no se ejecuta aquí"
LIMITS = Limits(cell_seconds=3, notebook_seconds=15, file_bytes=100_000_000, memory_bytes=1_000_000_000)
Row = tuple[Attack, str, str]


def main(numbers: Sequence[str] = (), only_new: bool = False) -> int:
    """Ejecuta los ataques (todos, los de esos números, o los nuevos y cambiados) y rehace la página."""
    started, known, base = time.monotonic(), Results(RESULTS), released()
    digests = {attack.number: digest(attack, base) for attack in ATTACKS}
    chosen = [
        attack
        for attack in ATTACKS
        if attack.number in numbers
        or (not numbers and not (only_new and known.has(attack.number, digests[attack.number])))
    ]
    with tempfile.TemporaryDirectory(prefix="lab11-ataques-") as folder:
        course = PlainCourse(Path(folder) / "nbgrader")
        graded = grade_folders(Path(folder) / "motor", [attack for attack in chosen if attack.place])
        for attack in chosen:
            known.note(attack.number, digests[attack.number], *_row(course, base, attack, graded)[1:])
    close_all()
    known.keep(digests)
    rows = [(attack, *known[attack.number]) for attack in ATTACKS if known.has(attack.number)]
    PAGE.write_text(_page(rows), encoding="utf-8")
    print(f"{len(chosen)} ataques en {time.monotonic() - started:.0f} s; {len(rows)} en la página.")
    return int(any(_points(ours) > attack.honest for attack, _, ours in rows))


class Results:
    """Lo que dio cada ataque; se escribe tras cada uno, por si se corta.

    Parameters
    ----------
    path
        Dónde se guarda.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))

    def has(self, number: str, digest: str = "") -> bool:
        """¿Se sabe qué dio? Con ``digest``, con ese mismo guion."""
        return number in self._known and digest in ("", self._known[number][0])

    def __getitem__(self, number: str) -> tuple[str, str]:
        _, theirs, ours = self._known[number]
        return theirs, ours

    def note(self, number: str, digest: str, theirs: str, ours: str) -> None:
        """Apunta lo que dio."""
        self._known[number] = [digest, theirs, ours]
        self._write()

    def keep(self, numbers: Iterable[str]) -> None:
        """Olvida los ataques que ya no están, y los deja en el orden de ``numbers``."""
        self._known = {number: self._known[number] for number in numbers if number in self._known}
        self._write()

    def _write(self) -> None:
        lines = (
            f"{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in self._known.items()
        )
        self.path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def digest(attack: Attack, base: NotebookNode) -> str:
    """Un resumen de lo que entrega ``attack``, sin los identificadores de celda, que salen al azar."""
    built = attack.build(base)
    text = _ANY_ID.sub("", built if isinstance(built, str) else nbformat.writes(built))
    place = inspect.getsource(sys.modules[FOLDERS_MODULE]) if attack.place else ""
    return hashlib.sha256(f"{text}\0{place}\0{attack.plain}".encode("utf-8", "replace")).hexdigest()[:16]


def _row(course: PlainCourse, base: NotebookNode, attack: Attack, graded: dict[str, str]) -> Row:
    text = aimed(attack.build(base), course.root)
    ours = graded[attack.number] if attack.place else engine_score(text, course.root)
    theirs = NOT_RUN
    if not attack.plain:
        course.submit(f"a{attack.number}", text, attack)
        theirs = course.grade(f"a{attack.number}")
    print(f"{attack.number:>4} {attack.name}: nbgrader {theirs}; motor {ours}", flush=True)
    return attack, theirs, ours


def engine_score(text: str, folder: Path) -> str:
    """Los puntos que da el motor; «0» con el motivo si ni siquiera es un cuaderno."""
    path = folder / "entrega.ipynb"
    path.write_text(text, encoding="utf-8", errors="replace")
    if reason := unreadable_reason(path):
        return f"0, {reason.partition(' (')[0]}"
    source = source_path().read_text(encoding="utf-8")
    return f"{sum(grade_notebook(source, text, LIMITS, isolate=True).scores.values()):g}"


def grade_folders(root: Path, attacks: Sequence[Attack]) -> dict[str, str]:
    """Los puntos que da a los ataques a la carpeta la corrección de toda la clase, y si dice por qué."""
    if not attacks:
        return {}
    rows = grade_class(attacked_class(root, attacks))
    return {
        name: f"{row.points:g}" + (", y se dice por qué" if row.notes else "") for name, row in rows.items()
    }


def _points(score: str) -> float:
    return float(score.partition(",")[0])


def _page(rows: Sequence[Row]) -> str:
    ran = [row for row in rows if row[1] != NOT_RUN]
    won = sum(row[1][:1].isdigit() and _points(row[1]) > row[0].honest for row in ran)
    lost = sum(not row[1][:1].isdigit() or "por corregir" in row[1] for row in ran)
    figures = {
        "ATAQUES": len(rows),
        "EJECUTADOS": len(ran),
        "GANADOS": won,
        "PERDIDOS": lost,
        "GANADOS_AQUI": sum(_points(ours) > attack.honest for attack, _, ours in rows),
        "TABLAS": "\n".join(_tables(rows)),
    }
    page = PROSE.read_text(encoding="utf-8")
    for name, value in figures.items():
        page = page.replace(f"@{name}@", str(value))
    return page


def _tables(rows: Sequence[Row]) -> list[str]:
    lines = []
    for section, group in groupby(rows, key=lambda row: row[0].section):
        lines += [f"### {section}", "", HEADING]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += [
            f"| {a.number} | {a.name} | {a.honest:g} | {theirs} | {ours} | {a.defence} | `{a.where}` |"
            for a, theirs, ours in group
        ]
        lines.append("")
    return lines
