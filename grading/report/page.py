"""La página del informe."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from grading.console import say
from grading.course import ASSIGNMENT, Course
from grading.records import write_whole
from grading.render import render
from grading.report.data import ClassReport, read_report
from grading.report.statistics import small_class


def add_report(parser: ArgumentParser) -> None:
    """Lo que se puede decir al hacer el informe."""
    parser.add_argument("--anonymous", action="store_true", help="sin los nombres de los estudiantes")
    parser.add_argument("--to", default="", help="página que se escribe (por defecto, informe.html)")
    parser.set_defaults(run=report)


def report(course: Course, options: Namespace) -> None:
    """Escribe informe.html: cómo va la clase, ejercicio por ejercicio."""
    path = Path(options.to or course.root / "informe.html")
    write_whole(path, report_page(read_report(course), options.anonymous))
    say(f"Informe de la clase: {path}")


def report_page(found: ClassReport, anonymous: bool = False) -> str:
    """El HTML del informe; con ``anonymous``, sin nada que diga de quién es cada nota."""
    from grading.report.figures import pictures  # trae Matplotlib: se carga cuando hace falta

    return render(
        "report.html.j2",
        assignment=ASSIGNMENT,
        report=found,
        pictures=pictures(found),
        few=small_class(found.exercises),
        anonymous=anonymous,
        decimal=lambda value, digits=2: f"{value:.{digits}f}".replace(".", ","),
        points=lambda value: f"{value:g}".replace(".", ","),
    )
