"""La orden ``python -m bench``: mide, guarda lo medido y escribe la página."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import torch

from bench.machine import describe_machine
from bench.report import terminal_tables, write_page
from bench.results import Section, load_sections, save_sections
from bench.subjects import SUBJECTS, Advance, Options
from grading.console import console, progress_bar, say, silence_nbgrader
from grading.course import PROJECT_ROOT

DOCS, RESULTS = PROJECT_ROOT / "docs", PROJECT_ROOT / "bench" / "resultados.json"
QUICK_FOLDER = PROJECT_ROOT / "build" / "bench" / "prueba"


def main(arguments: list[str] | None = None) -> int:
    """Mide lo que se pida y devuelve 0: un tiempo no es una prueba; un resultado distinto es un error."""
    options = _parser().parse_args(arguments)
    docs, results = (QUICK_FOLDER, QUICK_FOLDER / "resultados.json") if options.quick else (DOCS, RESULTS)
    if not options.redraw:
        names = options.what or [name for name, subject in SUBJECTS.items() if subject.usual()]
        settings = Options(options.students, options.plain, options.rounds)
        if options.quick:
            settings = Options(students=2, rounds=1, quick=True)
        run(names, settings, results)
    page = write_page(load_sections(results), docs)
    say(f"Informe: {page.relative_to(PROJECT_ROOT)}. Medidas: {results.relative_to(PROJECT_ROOT)}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:<12}{subject.about}" for name, subject in SUBJECTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Mediciones del Lab 11, y la página docs/rendimiento.md.",
        epilog=f"Lo que se puede medir:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "what", nargs="*", metavar="QUÉ", choices=[*SUBJECTS, []], help="lo corriente, si no se dice"
    )
    parser.add_argument("--redraw", action="store_true", help="rehace la página con lo ya medido")
    parser.add_argument("--quick", action="store_true", help="prueba con tamaños pequeños, en build/bench")
    default = Options()
    parser.add_argument("--students", type=int, default=default.students, help="entregas por ronda del motor")
    parser.add_argument("--plain", type=int, default=default.plain, help="entregas por ronda de nbgrader")
    parser.add_argument("--rounds", type=int, default=default.rounds, help="rondas de la corrección")
    return parser


def run(names: Sequence[str], options: Options, results: Path) -> None:
    """Mide ``names`` y guarda cada apartado en cuanto está: si algo falla, lo anterior queda."""
    silence_nbgrader()
    steps = sum(SUBJECTS[name].steps(options) for name in names)
    with progress_bar("Mediciones", steps) as advance:
        for name in names:
            section = _measure(name, options, advance)
            save_sections(results, {**load_sections(results), name: section})
            for table in terminal_tables(SUBJECTS[name].about, section.outcome):
                console.print(table)
            for note in section.outcome.notes:
                say(note)


def _measure(name: str, options: Options, advance: Advance) -> Section:
    subject, begin = SUBJECTS[name], time.perf_counter()
    outcome = subject.measure(options, advance)
    seconds = time.perf_counter() - begin
    return Section(outcome, describe_machine(torch.device(subject.device)), date.today().isoformat(), seconds)
