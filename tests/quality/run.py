"""La orden ``python tests/quality``: juzga, enseña la matriz y lo que se incumple, y escribe la página."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from grading.console import console, progress_bar, say
from grading.course import Course
from tests.quality import autograded, judges, matrix, measured, ready, report
from tests.quality.answers import Answer, Exercise
from tests.quality.corpus import EXERCISES
from tests.quality.equivalent import equivalents
from tests.quality.judges import Verdict, counted
from tests.quality.matrix import Results, broken_limits

JUDGES: dict[str, judges.Judge] = {
    "engine": judges.engine,
    "process": judges.process,
    "nbgrader": autograded.nbgrader,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Juzga lo que se pida.

    Returns
    -------
    0 si se cumplen todos los límites, 1 si no.
    """
    options = _parser().parse_args(arguments)
    started, chosen = time.monotonic(), options.only or EXERCISES
    try:
        exercises = [Exercise(name, options.source) for name in EXERCISES if name in chosen]
    except FileNotFoundError as error:
        say(f"No existe {error.filename}: haz antes «make sync».")
        return 1
    if options.ready:
        return ready.main(exercises, JUDGES["engine"], options.seeds or ready.SEEDS)
    names = list(dict.fromkeys(options.engine))
    seeds, marks = options.seeds or 1, {one: measured.fingerprint(one) for one in exercises}
    by_judge = {name: judge(exercises, JUDGES[name], seeds, options.every) for name in names}
    whole = len(exercises) == len(EXERCISES) and options.every == 1
    tests = {exercise.name: exercise.tests for exercise in exercises}
    results = Results(tests, by_judge[names[0]], equivalents(), whole, options.every > 1)
    broken = [*broken_limits(results), *_differences(by_judge)]
    console.print(report.table(results))
    for text in _lines(results, by_judge, broken, time.monotonic() - started):
        say(text)
    if names[0] == "engine" and options.every == 1 and options.source == Course().source:
        _rewrite_page(marks, results.verdicts)
    return int(bool(broken))


def _lines(
    results: Results, by_judge: Mapping[str, Sequence[Verdict]], broken: Sequence[str], seconds: float
) -> Iterator[str]:
    """Lo que se dice después de la matriz."""
    yield from (f"· Superviviente: {verdict.answer}, {verdict.answer.about}" for verdict in results.surviving)
    yield from (f"✗ {text}" for text in broken)
    yield f"{report.summary(results)} {seconds:.0f} s."
    if matrix.tried_seeds(results) > 1:
        yield report.agreement(results)
    if len(by_judge) > 1:
        same, whole = _agreed(by_judge), len(results.verdicts)
        yield f"Jueces: {', '.join(by_judge)}; coinciden en {same} de {whole} veredictos."


def _rewrite_page(marks: Mapping[Exercise, str], verdicts: Sequence[Verdict]) -> None:
    """Guarda lo medido y, si hay medidas al día de todos los ejercicios, rehace la página y su figura."""
    for exercise, mark in marks.items():
        measured.save(exercise, mark, verdicts)
    everything = [Exercise(name, Course().source) for name in EXERCISES]
    known = {exercise.name: measured.load(exercise) for exercise in everything}
    if missing := [name for name, found in known.items() if not found]:
        say(f"docs/calidad.md queda como estaba: falta medir {', '.join(missing)} tal como está ahora.")
        return
    tests = {exercise.name: exercise.tests for exercise in everything}
    results = Results(tests, [verdict for found in known.values() for verdict in found], equivalents())
    report.write_page(results, everything)
    say("Rehechas docs/calidad.md y su figura.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python tests/quality",
        description="Juzga las respuestas del corpus y los mutantes, y dice en qué se equivocan las pruebas.",
    )
    parser.add_argument(
        "--only", nargs="+", choices=EXERCISES, metavar="EJ", help="solo estos ejercicios: ej1, ej2…"
    )
    parser.add_argument("--ready", action="store_true", help="solo dice si están listos para publicarse")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help=f"con N semillas del juez: una, o {ready.SEEDS} con --ready"
    )
    parser.add_argument(
        "--engine",
        nargs="+",
        choices=list(JUDGES),
        default=["engine"],
        metavar="JUEZ",
        help="quién juzga: el motor (engine); las pruebas solas, en un proceso (process); «nbgrader "
        "autograde» a secas (nbgrader). Si son varios, deben decir lo mismo; la matriz es la del primero",
    )
    parser.add_argument(
        "--every", type=int, default=1, metavar="K", help="solo una de cada K respuestas de cada clase"
    )
    parser.add_argument("--source", type=Path, default=Course().source, help="carpeta de la fuente")
    return parser


def judge(exercises: Sequence[Exercise], by: judges.Judge, seeds: int = 1, every: int = 1) -> list[Verdict]:
    """Los veredictos sobre las respuestas de unos ejercicios (una de cada ``every``), con cada semilla."""
    tasks = [
        (exercise, answer, seed)
        for exercise in exercises
        for seed in range(seeds)
        for answer in sample(exercise.answers, every)
    ]
    with progress_bar("Respuestas", len(tasks)) as advance:
        return list(counted(by(tasks), advance))


def sample(answers: Sequence[Answer], every: int) -> list[Answer]:
    """Una de cada ``every`` respuestas de cada clase, empezando por la primera."""
    kinds = dict.fromkeys(answer.kind for answer in answers)
    return [one for kind in kinds for one in [a for a in answers if a.kind == kind][::every]]


def _differences(by_judge: Mapping[str, Sequence[Verdict]]) -> list[str]:
    """Las respuestas sobre las que otro juez no dice lo mismo que el primero."""
    (first, verdicts), *others = by_judge.items()
    return [
        f"Jueces que no coinciden: {one.answer}: {first}, {_said(one)}; {name}, {_said(other)}."
        for name, found in others
        for one, other in zip(verdicts, found, strict=True)
        if _said(one) != _said(other)
    ]


def _agreed(by_judge: Mapping[str, Sequence[Verdict]]) -> int:
    """Cuántos veredictos son los mismos con todos los jueces."""
    return sum(len(set(map(_said, same))) == 1 for same in zip(*by_judge.values(), strict=True))


def _said(verdict: Verdict) -> str:
    return "no la pudo juzgar" if verdict.problem else f"suspende {sorted(verdict.failed)}"
