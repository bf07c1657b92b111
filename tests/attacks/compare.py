"""Los ataques, uno a uno, contra nbgrader a secas y contra el motor; escribe ``docs/ataques.md``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

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
PROSE = Path(__file__).with_name("ataques.plantilla.md")
HEADING = "| n.º | ataque | merece | nbgrader a secas | motor | qué lo detiene | dónde |"
NOT_RUN = "no se ejecuta aquí"
LIMITS = Limits(cell_seconds=3, notebook_seconds=15, file_bytes=100_000_000, memory_bytes=1_000_000_000)
Row = tuple[Attack, str, str]


def main(numbers: Sequence[str] = ()) -> int:
    """Ejecuta los ataques (o los de esos números, sin escribir la página) y los cuenta."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab11-ataques-") as folder:
        course, base = PlainCourse(Path(folder) / "nbgrader"), released()
        chosen = [attack for attack in ATTACKS if not numbers or attack.number in numbers]
        graded = grade_folders(Path(folder) / "motor", [attack for attack in chosen if attack.place])
        rows = [_row(course, base, attack, graded) for attack in chosen]
    close_all()
    if not numbers:
        PAGE.write_text(_page(rows), encoding="utf-8")
    print(f"{len(rows)} ataques en {time.monotonic() - started:.0f} s.")
    return int(any(_points(ours) > attack.honest for attack, _, ours in rows))


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
