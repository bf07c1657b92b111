"""``make exercise EJ=ej3``: ¿está un ejercicio listo para publicarse?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

import nbformat

from grading.console import progress_bar, say
from grading.engine.grade import is_test
from grading.engine.rebuild import grade_id
from grading.engine.sandbox import Limits
from grading.pairing import build_notebook
from tests.contract import PARTS
from tests.quality.answers import Exercise
from tests.quality.judges import Judge, Verdict, counted
from tests.quality.matrix import Results, broken_limits

SEEDS = 20
MAX_CPU = Limits().cell_seconds / 2  # segundos: en un equipo el doble de lento, aún cabe en una celda
_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
_DEFINITION = re.compile(r"^def (\w+)", re.MULTILINE)
_FRESH = "fresh_generator"


def main(exercises: Sequence[Exercise], by: Judge, seeds: int = SEEDS) -> int:
    """Comprueba cada ejercicio y dice qué le falta.

    Returns
    -------
    0 si todos están listos, 1 si no.
    """
    missing = [text for exercise in exercises for text in problems(exercise, by, seeds)]
    for text in missing:
        say(f"✗ {text}")
    names = ", ".join(exercise.name for exercise in exercises)
    say(f"{names}: {'listo para publicarse' if not missing else f'por arreglar: {len(missing)}'}.")
    return int(bool(missing))


def problems(exercise: Exercise, by: Judge, seeds: int) -> Iterator[str]:
    """Lo que le falta a un ejercicio: lo que se ve sin ejecutarlo y lo que dicen los veredictos.

    Los límites de los veredictos son los de la matriz: la referencia y las correctas ganan todo, la vacía
    nada, y cada equivocada pierde lo que debe y se le dice por qué; con todas las semillas y a tiempo.
    """
    yield from out_of_step(exercise)
    yield from wrong_points(exercise)
    yield from stale_inputs(exercise)
    verdicts = _judge(exercise, by, seeds)
    _report_time(verdicts)
    yield from broken_limits(Results({exercise.name: exercise.tests}, verdicts, {}, whole=False))
    yield from _too_slow(verdicts)


def out_of_step(exercise: Exercise) -> Iterator[str]:
    """Si el cuaderno, que es lo que se juzga, no es el de su ``.py``, que es lo que se escribe."""
    script = exercise.path.with_suffix(".py")
    if not script.exists() or build_notebook(script) != exercise.path.read_text(encoding="utf-8"):
        yield f"Pareja: {exercise.path.name} no coincide con {script.name}: haz antes «make sync»."


def wrong_points(exercise: Exercise) -> Iterator[str]:
    """Si los puntos de las pruebas del cuaderno no suman lo que dice el contrato."""
    part = next(part for part in PARTS if part.notebook == exercise.path.stem)
    cells = filter(is_test, nbformat.read(exercise.path, as_version=4).cells)
    total = sum(float(cell.metadata.nbgrader.points) for cell in cells)
    if total != part.auto_points:
        yield f"Puntos: las pruebas de {part.notebook} suman {total:g}; por contrato, {part.auto_points:g}."


def stale_inputs(exercise: Exercise) -> Iterator[str]:
    """Las funciones del estudiante que ninguna prueba llama con entradas nuevas en cada entrega."""
    calls = {test: _calls(hidden) for test, hidden in _hidden(exercise).items()}
    for name in sorted(_DEFINITION.findall("\n".join(exercise.solutions.values()))):
        tests = [test for test, called in calls.items() if name in called]
        if tests and not any(_FRESH in _hidden(exercise)[test] for test in tests):
            yield f"Entradas fijas: {', '.join(tests)} llaman a {name} sin pedir entradas a {_FRESH}()."


def _calls(code: str) -> set[str]:
    calls = (node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def _hidden(exercise: Exercise) -> dict[str, str]:
    cells = {grade_id(cell): cell.source for cell in exercise.notebook.cells}
    return {name: "".join(_HIDDEN.findall(cells[name])) for name in exercise.tests}


def _judge(exercise: Exercise, by: Judge, seeds: int) -> list[Verdict]:
    answers = [answer for answer in exercise.answers if answer.kind != "mutante"]
    # Sin entradas al azar, todas las semillas son la misma.
    times = seeds if any(_FRESH in hidden for hidden in _hidden(exercise).values()) else 1
    tasks = [(exercise, answer, seed) for seed in range(times) for answer in answers]
    with progress_bar(exercise.name, len(tasks)) as advance:
        return list(counted(by(tasks), advance))


def _report_time(verdicts: Sequence[Verdict]) -> None:
    slowest = max(_right(verdicts), key=lambda verdict: verdict.cpu)
    say(
        f"{slowest.answer.exercise}: la correcta que más gasta usa {slowest.cpu:.1f} s de procesador "
        f"({slowest.answer.name}); se admiten {MAX_CPU:g}."
    )


def _too_slow(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Las correctas que rozan el límite de tiempo; en procesador: una máquina ocupada no cuenta."""
    yield from (
        f"Lenta: {verdict.answer} gasta {verdict.cpu:.1f} s de procesador; se admiten {MAX_CPU:g}."
        for verdict in _right(verdicts)
        if verdict.cpu > MAX_CPU
    )


def _right(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.answer.kind in ("referencia", "correcta")]
