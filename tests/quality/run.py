"""La orden ``python tests/quality``: juzga, enseña la matriz y lo que se incumple, y escribe la página."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from grading.console import console, progress_bar, say
from grading.course import Course
from tests.quality import judges, ready, report
from tests.quality.answers import Exercise
from tests.quality.corpus import EXERCISES
from tests.quality.equivalent import equivalents
from tests.quality.judges import Verdict
from tests.quality.matrix import Results, broken_limits

JUDGES: dict[str, judges.Judge] = {"course": judges.course, "plain": judges.plain}


def main(arguments: Sequence[str] | None = None) -> int:
    """Juzga lo que se pida.

    Returns
    -------
    0 si se cumplen todos los límites, 1 si no.
    """
    options = _parser().parse_args(arguments)
    started, chosen = time.monotonic(), options.only or EXERCISES
    exercises = [Exercise(name, options.source) for name in EXERCISES if name in chosen]
    if options.ready:
        return ready.main(exercises, JUDGES["course"])
    names = list(JUDGES) if options.engine == "both" else [options.engine]
    by_judge = {name: judge(exercises, JUDGES[name], options.seeds) for name in names}
    whole = len(exercises) == len(EXERCISES)
    tests = {exercise.name: exercise.tests for exercise in exercises}
    results = Results(tests, by_judge[names[0]], equivalents(), whole)
    broken = [*broken_limits(results), *_differences(*by_judge.values())]
    console.print(report.table(results))
    for verdict in results.surviving:
        say(f"· Superviviente: {verdict.answer}, {verdict.answer.about}")
    for text in broken:
        say(f"✗ {text}")
    say(f"{report.summary(results)} {time.monotonic() - started:.0f} s.")
    if whole and options.engine != "plain":
        report.write_page(results, exercises)
    return int(bool(broken))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python tests/quality",
        description="Juzga las respuestas del corpus y los mutantes, y dice en qué se equivocan las pruebas.",
    )
    parser.add_argument(
        "--only", nargs="+", choices=EXERCISES, metavar="EJ", help="solo estos ejercicios: ej1, ej2…"
    )
    parser.add_argument("--ready", action="store_true", help="solo dice si están listos para publicarse")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="repite con N semillas del juez")
    parser.add_argument(
        "--engine",
        choices=[*JUDGES, "both"],
        default="course",
        help="quién juzga: el motor del curso, nbgrader a secas, o los dos, que deben decir lo mismo",
    )
    parser.add_argument("--source", type=Path, default=Course().source, help="carpeta de la fuente")
    return parser


def judge(exercises: Sequence[Exercise], by: judges.Judge, seeds: int = 1) -> list[Verdict]:
    """Los veredictos sobre todas las respuestas de unos ejercicios, con cada semilla."""
    pairs = [(exercise, answer) for exercise in exercises for answer in exercise.answers]
    verdicts = []
    with progress_bar("Respuestas", seeds * len(pairs)) as advance:
        for verdict in chain.from_iterable(by(pairs, seed) for seed in range(seeds)):
            verdicts.append(verdict)
            advance()
    return verdicts


def _differences(first: Sequence[Verdict], second: Sequence[Verdict] = ()) -> list[str]:
    """Las respuestas sobre las que dos jueces no dicen lo mismo."""
    known = {(verdict.answer, verdict.seed): verdict for verdict in first}
    pairs = [(known[verdict.answer, verdict.seed], verdict) for verdict in second]
    return [
        f"Jueces que no coinciden: {one.answer}: el motor suspende {sorted(one.failed)}; "
        f"a secas, {sorted(other.failed)}."
        for one, other in pairs
        if one.failed != other.failed
    ]
