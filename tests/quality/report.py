"""Lo que se enseña: la tabla en la terminal y la página ``docs/calidad.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from rich.table import Table

from grading.course import PROJECT_ROOT
from tests.quality import matrix, operators
from tests.quality.answers import Exercise
from tests.quality.figure import alternative, draw
from tests.quality.matrix import Results, rows, wrong_count

PAGE = PROJECT_ROOT / "docs" / "calidad.md"
FIGURE = PROJECT_ROOT / "docs" / "img" / "calidad.png"
PROSE = Path(__file__).with_name("calidad.plantilla.md")
HEADINGS = (
    "ejercicio",
    "correctas aceptadas",
    "correctas rechazadas",
    "a mano aceptadas",
    "a mano rechazadas",
    "mutantes muertos",
    "mutantes equivalentes",
    "mutantes supervivientes",
)


def table(results: Results) -> Table:
    """La matriz, para la terminal."""
    view = Table(title="Matriz de confusión de las pruebas")
    for heading in HEADINGS:
        view.add_column(heading.replace(" ", "\n"), justify="left" if heading == HEADINGS[0] else "right")
    for line in _matrix(results):
        view.add_row(*line)
    return view


def _matrix(results: Results) -> Iterator[Sequence[str]]:
    found = [astuple(row) for row in rows(results)]
    totals = [sum(column) for column in list(zip(*found))[1:]]
    yield from (list(map(str, row)) for row in [*found, ("total", *totals)])


def summary(results: Results) -> str:
    """Una frase con lo juzgado."""
    accepted = sum(verdict.accepted for verdict in results.of("a mano"))
    rejected = sum(not verdict.accepted for verdict in results.of("correcta"))
    return (
        f"{len(results.of('correcta'))} correctas, {rejected} rechazadas; "
        f"{wrong_count(results)} equivocadas, {accepted} a mano y "
        f"{len(results.surviving)} mutantes aceptados."
    )


def agreement(results: Results) -> str:
    """Una frase con las respuestas que tienen el mismo veredicto con todas las semillas."""
    answers = {verdict.answer for verdict in results.verdicts}
    same = len(answers) - len(matrix.seed_dependent(results))
    return f"Mismo veredicto con {matrix.tried_seeds(results)} semillas: {same} de {len(answers)} respuestas."


def write_page(results: Results, exercises: Sequence[Exercise]) -> None:
    """Escribe ``docs/calidad.md`` y su figura."""
    draw(results, FIGURE)
    PAGE.write_text(page(results, exercises), encoding="utf-8")


def page(results: Results, exercises: Sequence[Exercise]) -> str:
    """El texto de ``docs/calidad.md``."""
    figures = {
        "CORRECTAS": str(len(results.of("correcta"))),
        "EQUIVOCADAS": str(wrong_count(results)),
        "MATRIZ": _markdown(HEADINGS, _matrix(results)),
        "LIMITES": _markdown(("límite", "exigido", "medido"), _limits(results)),
        "ALTERNATIVO": alternative(results),
        "OPERADORES": _markdown(("clase de cambio", "mutantes"), _operators(exercises)),
        "EQUIVALENTES": _markdown(("celda", "cambio", "por qué sigue bien"), _equivalents(results)),
        "SUPERVIVIENTES": _markdown(("celda", "cambio", "línea"), _surviving(results)) or "Ninguno.",
        "ESTILOS": _markdown(("ejercicio", "respuestas"), _styles(results)),
    }
    text = PROSE.read_text(encoding="utf-8")
    for name, value in figures.items():
        text = text.replace(f"@{name}@", value)
    return text


def _markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Una tabla, con los números a la derecha; vacía si no hay filas."""
    body = list(lines)
    marks = ["--:" if all(line[k].isdecimal() for line in body) else "---" for k in range(len(headings))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [headings, marks, *body]) if body else ""


def _limits(results: Results) -> Iterator[Sequence[str]]:
    right, by_hand = results.of("correcta"), results.of("a mano")
    share, most = 100 * matrix.surviving_share(results), 100 * matrix.MAX_SURVIVING
    yield "correctas rechazadas", "0", str(sum(not verdict.accepted for verdict in right))
    yield "equivocadas a mano aceptadas", "0", str(sum(verdict.accepted for verdict in by_hand))
    yield "mutantes aceptados sin ser equivalentes", f"{most:g} % como mucho", f"{share:.1f} %"
    yield "respuestas correctas", f"{matrix.MIN_RIGHT} o más", str(len(right))
    yield "respuestas equivocadas", f"{matrix.MIN_WRONG} o más", str(wrong_count(results))
    styles = min(row.right_accepted + row.right_rejected for row in rows(results))
    yield "estilos correctos por ejercicio", f"{matrix.MIN_STYLES} o más", f"{styles} en el que menos"
    errors = min(row.by_hand_accepted + row.by_hand_rejected for row in rows(results))
    yield "errores a mano por ejercicio", f"{matrix.MIN_BY_HAND} o más", f"{errors} en el que menos"
    seeds, changing = matrix.tried_seeds(results), len(matrix.seed_dependent(results))
    yield f"veredictos que cambian con la semilla (probadas: {seeds})", "0", str(changing)


def _operators(exercises: Sequence[Exercise]) -> Iterator[Sequence[str]]:
    counts = Counter(mutant.operator for exercise in exercises for mutant in exercise.mutants)
    for operator in operators.OPERATORS:
        yield str(operator.__doc__).rstrip(".").replace("``", "`"), str(counts[operator.__name__])


def _equivalents(results: Results) -> Iterator[Sequence[str]]:
    for verdict in filter(results.is_equivalent, results.of("mutante")):
        yield *_cell_and_change(verdict.answer.name), results.equivalents[verdict.answer.name]


def _surviving(results: Results) -> Iterator[Sequence[str]]:
    for verdict in results.surviving:
        yield *_cell_and_change(verdict.answer.name), verdict.answer.about.removeprefix("línea ")


def _cell_and_change(name: str) -> tuple[str, str]:
    cell, _, change = name.partition(" ")
    return f"`{cell}`", f"`{change}`"


def _styles(results: Results) -> Iterator[Sequence[str]]:
    for exercise in results.tests:
        names = (f"`{verdict.answer.name}`" for verdict in results.of("correcta", exercise))
        yield exercise, ", ".join(names)
