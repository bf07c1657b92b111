"""Las órdenes que hablan con el LMS: ``export``, ``collect`` y ``similarity``."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Collection
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning

from grading.console import say
from grading.course import ASSIGNMENT, Course
from grading.errors import CourseError
from grading.lms.canvas import CanvasExporter
from grading.lms.classzip import people_of
from grading.lms.moodle import IDENTIFIERS, SEPARATORS, MoodleExporter
from grading.lms.roster import Person, Roster, read_roster
from grading.lms.similarity import DEFAULT_THRESHOLD, measure_similarity, write_similarity
from grading.store import open_gradebook

_EXPORTERS = {"moodle": MoodleExporter, "canvas": CanvasExporter}


def add_export(parser: ArgumentParser) -> None:
    """Lo que se puede decir al exportar."""
    parser.add_argument("--lms", type=_one_of(_EXPORTERS), required=True, help="a qué LMS van las notas")
    parser.add_argument(
        "--to", default="", help="archivo que se escribe (por defecto, moodle.csv o canvas.csv)"
    )
    parser.add_argument("--roster", default="", help="lista de la clase que dio el LMS, en CSV")
    parser.add_argument(
        "--columns", default="", help="CSV «ejercicio,columna»: qué se exporta y con qué título"
    )
    parser.add_argument(
        "--missing", type=_one_of(("vacio", "0")), default="vacio", help="nota de quien no entregó"
    )
    parser.add_argument(
        "--identifier", type=_one_of(("", *IDENTIFIERS)), default="", help="Moodle: qué identifica"
    )
    parser.add_argument("--separated-by", type=_one_of(SEPARATORS), default="coma", help="Moodle: separador")
    parser.add_argument("--decimal", type=_one_of((".", ",")), default=".", help="Moodle: signo decimal")
    parser.add_argument("--feedback", action="store_true", help="Moodle: columnas de retroalimentación")
    parser.set_defaults(run=export)


def export(course: Course, options: Namespace) -> None:
    """Escribe las notas en el CSV que importa Moodle o Canvas."""
    kind = _EXPORTERS[options.lms]
    chosen = {
        name: getattr(options, name) for name in kind.class_trait_names(config=True) if hasattr(options, name)
    }
    exporter = kind(**chosen)
    exporter.to = options.to or str(course.root / kind.default_file)
    with open_gradebook(course) as gradebook:
        path, notices = exporter.write_grades(gradebook)
    for notice in notices:
        say(f"· {notice}")
    say(f"Notas para {options.lms.capitalize()}: {path}")


def _one_of(choices: Collection[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise ArgumentTypeError(f"«{text}» no vale. Hay: {', '.join(filter(None, choices))}")
        return text

    return check


def add_collect(parser: ArgumentParser) -> None:
    """Lo que se puede decir al recoger."""
    parser.add_argument("--zip", type=Path, required=True, help="zip de las entregas de toda la clase")
    parser.add_argument("--roster", default="", help="lista de la clase que dio el LMS, en CSV")
    parser.set_defaults(run=collect)


def collect(course: Course, options: Namespace) -> None:
    """Reparte en submitted/ el zip de las entregas que da Moodle o Canvas."""
    if not options.zip.is_file():
        raise CourseError(f"No hay ningún archivo en {options.zip}. Da la ruta del zip con ZIP=.")
    roster = read_roster(Path(options.roster)) if options.roster else None
    with tempfile.TemporaryDirectory() as folder:
        app = _zip_collect(course, options, Path(folder))
        students = sorted(path.name for path in Path(folder).glob(f"{ASSIGNMENT}/extracted/*"))
    notices = app.extractor_plugin_inst.notices
    for notice in notices:
        say(f"✗ {notice}")
    if not students:
        raise CourseError(f"En {options.zip.name} no hay ningún cuaderno que recoger.")
    if roster:
        _remember_people(course, roster, students)
    say(f"Entregas recogidas en {course.submitted}: {len(students)}; avisos: {len(notices)}.")


def _zip_collect(course: Course, options: Namespace, folder: Path) -> ZipCollectApp:
    """``nbgrader zip_collect --force`` con un solo zip, en una carpeta aparte."""
    config = course.config.copy()
    # Los avisos los enseña quien llama.
    config.ZipCollectApp.update({"force": True, "log_level": logging.CRITICAL})
    config.ZipCollectApp.collect_directory_structure = f"{folder}/{{assignment_id}}/{{collect_step}}"
    config.NotebookExtractor.update({"whole_class": True, "roster": options.roster})
    app = ZipCollectApp(config=config)
    app.coursedir = CourseDirectory(config=config)
    archive = Path(app._format_collect_path(app.archive_directory))
    archive.mkdir(parents=True)
    shutil.copyfile(options.zip, archive / options.zip.name)
    app.init_plugins()
    app.extract_archive_files()
    app.process_extracted_files()
    return app


def _remember_people(course: Course, roster: Roster, students: list[str]) -> None:
    """Guarda en el libro de notas el nombre y los identificadores: `make export` los usará."""
    people = people_of(roster)
    with open_gradebook(course) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        for student in students:
            if person := people.get(student):
                _remember(gradebook, student, person)


def _remember(gradebook: Gradebook, student: str, person: Person) -> None:
    first, last = person.first_name, person.last_name
    if not first and not last:
        last, _, first = (part.strip() for part in person.full_name.partition(","))
    gradebook.update_or_create_student(
        student,
        first_name=first,
        last_name=last,
        email=person.email or None,
        lms_user_id=person.canvas_id or person.id_number or None,
    )


def add_similarity(parser: ArgumentParser) -> None:
    """Lo que se puede decir al medir el parecido."""
    parser.add_argument(
        "--threshold", type=_share, default=DEFAULT_THRESHOLD, help="desde qué parecido se enseña, de 0 a 1"
    )
    parser.add_argument("--to", default="", help="página que se escribe (por defecto, parecido.html)")
    parser.set_defaults(run=similarity)


def similarity(course: Course, options: Namespace) -> None:
    """Compara las respuestas entre sí y escribe los pares más parecidos. Es un indicio, no una prueba."""
    result = measure_similarity(course, options.threshold)
    if result.students < 2:
        raise CourseError("Hacen falta al menos dos entregas en submitted/ para compararlas.")
    path = Path(options.to or course.root / "parecido.html")
    write_similarity(result, options.threshold, path)
    say(f"Pares que llegan al {100 * options.threshold:.0f} %: {len(result.pairs)}. Página: {path}")
    say("Es un indicio, no una prueba: lee las respuestas antes de concluir nada.")


def _share(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"«{text}» no vale: da un número de 0 a 1, como 0.8")
    return value
