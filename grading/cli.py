"""Las órdenes de ``python -m grading``."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

from grading.autograde import autograde, pending_units
from grading.bundle import make_bundle
from grading.console import print_grades, progress_bar, say, silence_nbgrader
from grading.course import PROJECT_ROOT, Course
from grading.engine.sandbox import why_unavailable
from grading.engine.settings import ISOLATION_VARIABLE
from grading.errors import MAKE_ROOM, CourseError, is_full_disk
from grading.feedback import make_all_feedback
from grading.grades import read_grades, write_csv
from grading.lms.orders import add_collect, add_export, add_similarity
from grading.pairing import update_notebooks
from grading.records import Record, Unit, changes_of, problems_of
from grading.release import make_release
from grading.report.page import add_report
from grading.sample_class import write_sample_class
from grading.store import open_store
from grading.submissions import find_submissions, refused_folders


def sync(course: Course) -> None:
    """Pone al día los .ipynb de source/ y lecturas/ a partir de los .py."""
    changed = [*update_notebooks(course.source), *update_notebooks(course.readings)]
    for path in changed:
        say(f"Actualizado: {_shown(path)}")
    if not changed:
        say("Las parejas de source/ y lecturas/ ya coincidían.")


def release(course: Course) -> None:
    """Hace la versión de estudiante en release/."""
    notebooks = make_release(course)
    say(f"Versión de estudiante: {len(notebooks)} cuadernos en {_shown(course.release)}/")


def bundle(course: Course) -> None:
    """Hace el paquete del estudiante, un zip, en build/."""
    path = make_bundle(course)
    say(f"Paquete del estudiante: {_shown(path)} ({path.stat().st_size / 1e6:.1f} MB)")


def grade(course: Course) -> None:
    """Corrige las entregas nuevas o cambiadas de submitted/ y enseña la tabla."""
    with open_store(course):  # si no hay libro de notas, mejor saberlo antes de nada
        pass
    make_release(course)
    if not find_submissions(course):
        say("No hay entregas: deja cada una en submitted/ESTUDIANTE/lab11/ y repite.")
        return
    _grade_pending(course)
    grades(course)


def _grade_pending(course: Course) -> None:
    submissions = find_submissions(course)
    pending = pending_units(course, submissions)
    left = Counter(unit.student for unit in pending)
    say(f"Entregas: {len(submissions)}; por corregir: {len(left)} ({len(pending)} cuadernos).")
    for name in refused_folders(course):
        say(f"✗ submitted/{name} no se mira: su nombre lleva comodines o caracteres que no se ven. Cámbialo.")
    with progress_bar("Corrigiendo", len(pending)) as advance:

        def report(unit: Unit, record: Record) -> None:
            left[unit.student] -= 1
            if not left[unit.student]:
                state = "con problemas" if problems_of(course, unit.student) else "sin problemas"
                say(f"Corregida: {unit.student}, {state}", style="dim")
            advance()

        autograde(course, pending, report, os.environ.get("SCHEDULER", ""))
    for submission in submissions:
        for notebook, changes in changes_of(course, submission.student).items():
            say(f"{submission.student}, {notebook}: {'; '.join(changes)}", style="dim")


def feedback(course: Course) -> None:
    """Escribe las páginas de devolución en feedback/."""
    submissions, pages = find_submissions(course), 0
    with progress_bar("Devolución", len(submissions)) as advance:
        for made in make_all_feedback(course, submissions):
            pages += len(made.pages)
            if made.problem:
                say(f"✗ {made.student}: {made.problem}")
            advance()
    say(f"Devolución: {pages} páginas en {_shown(course.feedback)}/")


def grades(course: Course) -> None:
    """Enseña la tabla de notas y la escribe en grades.csv."""
    table = read_grades(course)
    if not table.students:
        say("Todavía no hay notas: corrige antes con `make autograde`.")
        return
    print_grades(table)
    path = course.root / "grades.csv"
    write_csv(table, path)
    say(f"Tabla escrita en {_shown(path)}")


def demo(course: Course) -> None:
    """Lo hace todo con la clase de muestra, en build/demo/, sin tocar tus entregas."""
    reason = why_unavailable()
    if reason:  # la clase de muestra es nuestra: se puede ejecutar sin encerrarla
        say(f"Aviso: aquí no se pueden encerrar las entregas ({reason}); la muestra se corrige sin encierro.")
        os.environ[ISOLATION_VARIABLE] = "off"
    demo_course = write_sample_class(course, course.root / "build" / "demo")
    _grade_pending(demo_course)
    feedback(demo_course)
    grades(demo_course)


def _shown(path: Path) -> str:
    """La ruta como se ve desde donde se dio la orden."""
    return os.path.relpath(path)


COMMANDS = {
    "sync": sync,
    "release": release,
    "bundle": bundle,
    "autograde": grade,
    "feedback": feedback,
    "grades": grades,
    "demo": demo,
}


EXTRAS = {
    "export": add_export,
    "collect": add_collect,
    "similarity": add_similarity,
    "report": add_report,
}


def main(arguments: list[str] | None = None) -> int:
    """Ejecuta una orden y devuelve el código de salida: 0 si todo fue bien, 1 si no."""
    options = _parser().parse_args(arguments)
    silence_nbgrader()
    try:
        options.run(Course(options.root.resolve(), options.db), options)
    except CourseError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if not is_full_disk(error):
            raise
        place = error.filename or options.root
        print(f"Error: No queda sitio en el disco de {place}: {MAKE_ROOM}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrumpido. Lo corregido está guardado: repite la orden para seguir.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--root", type=Path, default=PROJECT_ROOT, help="carpeta del curso")
    common.add_argument("--db", help="URL de la base de datos de notas (por defecto, gradebook.db)")
    parser = argparse.ArgumentParser(
        prog="python -m grading", description="Herramientas de corrección del Lab 11."
    )
    orders = parser.add_subparsers(dest="command", required=True, metavar="ORDEN")
    for name, function in COMMANDS.items():
        order = orders.add_parser(name, parents=[common], help=function.__doc__)
        order.set_defaults(run=lambda course, options, function=function: function(course))
    for name, add_options in EXTRAS.items():
        add_options(orders.add_parser(name, parents=[common]))
    return parser
