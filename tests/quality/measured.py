"""Lo medido, guardado: con ello se rehace la página sin juzgar otra vez lo que no ha cambiado."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from grading.course import PROJECT_ROOT
from tests.quality.answers import Answer, Exercise
from tests.quality.judges import Verdict

FOLDER = PROJECT_ROOT / "build" / "quality"


def save(exercise: Exercise, mark: str, verdicts: Sequence[Verdict], folder: Path = FOLDER) -> None:
    """Guarda los veredictos sobre un ejercicio, con la huella que tenía al empezar a juzgarlo."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {answer: place for place, answer in enumerate(exercise.answers)}
    found = [_as_table(verdict, places[verdict.answer]) for verdict in verdicts if verdict.answer in places]
    text = json.dumps({"huella": mark, "veredictos": found}, ensure_ascii=False, indent=1)
    (folder / f"{exercise.name}.json").write_text(text, encoding="utf-8")


def load(exercise: Exercise, folder: Path = FOLDER) -> list[Verdict]:
    """Los veredictos guardados; ninguno si no los hay, o si desde entonces cambió algo de lo juzgado."""
    path = folder / f"{exercise.name}.json"
    if not path.exists():
        return []
    saved = json.loads(path.read_text(encoding="utf-8"))
    if saved["huella"] != fingerprint(exercise):
        return []
    return [_from_table(table, exercise.answers) for table in saved["veredictos"]]


def fingerprint(exercise: Exercise) -> str:
    """La huella de lo que decide los veredictos: el cuaderno, las respuestas y lo que usan las pruebas."""
    judged = hashlib.sha256(nbformat.writes(exercise.notebook).encode())
    for answer in exercise.answers:
        judged.update(repr((answer.kind, answer.name, sorted(answer.cells.items()))).encode())
        judged.update(repr((sorted(answer.fails or ()), answer.says)).encode())
    for module in sorted((PROJECT_ROOT / "codigo").glob("*.py")):
        judged.update(module.read_bytes())
    return judged.hexdigest()


def _as_table(verdict: Verdict, place: int) -> dict[str, Any]:
    return {
        "respuesta": place,  # su sitio en el corpus: el nombre se repite en las dos celdas de un ejercicio
        "semilla": verdict.seed,
        "mensajes": dict(verdict.messages),
        "problema": verdict.problem,
        "procesador": verdict.cpu,
    }


def _from_table(table: dict[str, Any], answers: Sequence[Answer]) -> Verdict:
    answer = answers[table["respuesta"]]
    return Verdict(answer, table["semilla"], table["mensajes"], table["problema"], table["procesador"])
