"""Una clase en un JupyterHub: de nada a una tarea publicada, entregada, corregida y devuelta.

Cuentas de verdad en esta máquina, el instalador tal cual y un navegador: nada se hace por debajo.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from grading.course import PROJECT_ROOT, Course
from grading.sample_class.build import reference_answers
from tests.browser.chromium import launch
from tests.browser.formgrader_page import FONT_PROBE
from tests.browser.watch import watched_page
from tests.hub.accounts import TOOLS, Account, Classroom, classroom
from tests.hub.people import InstructorPage, StudentPage, log_in
from tests.hub.server import Hub, Seat, free_ports, install, running_hub

pytestmark = pytest.mark.hub

NOTEBOOK, CELL, REFLECTION = "parte2_multi_head", "ej2_comparar_cabezas", "ej2_reflexion"
ANSWER = "Promediar $h$ cabezas al azar reduce el ruido, no añade información."
PATIENCE = 300_000  # milisegundos: son tres servidores a la vez, quizá en dos núcleos
COMMENT = "Bien visto. ¿Y con pesos entrenados?"


def why_not() -> str:
    """Por qué aquí no se puede probar; vacío si se puede."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "la prueba del hub crea cuentas: hay que pasarla en Linux como root (sudo make test-hub)"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"la prueba del hub necesita {', '.join(missing)} (apt install passwd)"
    return ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if reason := why_not():
        (pytest.fail if os.environ.get("LAB11_BROWSER") == "required" else pytest.skip)(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def people(browser: Browser) -> Iterator[Classroom]:
    with classroom(Path(sys.prefix)) as made:
        yield made


@pytest.fixture(scope="module")
def hub(people: Classroom) -> Iterator[Hub]:
    ports = free_ports(3)
    prefix = install(people, ports)
    for path in course_of(people.instructor).joinpath("source", "lab11").iterdir():
        if path.stem != NOTEBOOK:  # con un cuaderno basta para ver el camino entero
            path.unlink()
    with running_hub(prefix, ports[0]) as hub:
        yield hub


def course_of(instructor: Account) -> Path:
    return instructor.home / "lab11-curso"


@dataclass(frozen=True)
class Returned:
    """Cómo quedó todo al final del recorrido."""

    validations: tuple[str, str]
    feedback: tuple[str, str]


@pytest.fixture(scope="module")
def returned(browser: Browser, hub: Hub, people: Classroom) -> Returned:
    """El recorrido entero."""
    everyone = (people.instructor, *people.students)
    with hub.log_on_failure(), ExitStack() as stack:
        pages = [
            stack.enter_context(watched_page(browser, f"hub_{account.name[-1]}", allowed=[FONT_PROBE]))
            for account in everyone
        ]
        for page, account in zip(pages, everyone):
            page.set_default_timeout(PATIENCE)
            log_in(page, hub, account)
        return _story(hub, people, pages)


def _story(hub: Hub, people: Classroom, pages: list[Page]) -> Returned:
    formgrader = InstructorPage(pages[0], Seat(hub, people.instructor.name))
    publish(formgrader)
    ana, bea = (StudentPage(page, Seat(hub, one.name)) for page, one in zip(pages[1:], people.students))
    right = reference_answers(Course(PROJECT_ROOT))[CELL]
    curious = f"print(open({str(course_of(people.instructor) / 'gradebook.db')!r}, 'rb').read(15))"
    validations = hand_in(ana, right), hand_in(bea, curious)
    grade(formgrader, people.students)
    return Returned(validations, (read(ana), read(bea)))


def publish(formgrader: InstructorPage) -> None:
    formgrader.do("assign")
    formgrader.do("release")


def hand_in(student: StudentPage, answer: str) -> str:
    """Recoge la tarea, la hace y la entrega; devuelve lo que dijo *Validate*."""
    student.fetch()
    student.open_notebook(f"lab11/{NOTEBOOK}.ipynb")
    student.fill(CELL, answer)
    student.fill(REFLECTION, ANSWER)
    student.save()
    said = student.validate().inner_text()
    student.close_dialog()
    student.submit()
    return said


def grade(formgrader: InstructorPage, students: tuple[Account, Account]) -> None:
    formgrader.do("collect")
    formgrader.open_submissions()
    for student in students:
        formgrader.autograde(student.name)
    for student in students:
        formgrader.open_answer(student.name, NOTEBOOK)
        formgrader.give(REFLECTION, "4", COMMENT)
    formgrader.do("generate-feedback")
    formgrader.do("release-feedback")


def read(student: StudentPage) -> str:
    student.fetch_feedback()
    return student.read_feedback(NOTEBOOK)


def test_students_are_told_before_handing_in(returned: Returned) -> None:
    assert "Pasan las 2 pruebas" in returned.validations[0]
    assert "Pasan 0 de 2 pruebas" in returned.validations[1]


def test_feedback_comes_back_with_points_and_comment(returned: Returned) -> None:
    assert "18 de 19 puntos" in returned.feedback[0]
    assert "4 de 19 puntos" in returned.feedback[1]
    assert all(COMMENT in text and ANSWER in text for text in returned.feedback)


def test_a_submission_cannot_read_the_gradebook(returned: Returned, people: Classroom) -> None:
    assert "SQLite" not in returned.feedback[1]
    assert "PermissionError" in returned.feedback[1]


LOOK = """
import json, os, sys
def opens(path):
    try:
        os.scandir(path).close() if os.path.isdir(path) else open(path).close()
    except OSError:
        return False
    return True
print(json.dumps([path for path in sys.argv[1:] if opens(path)]))
"""


def seen_by(account: Account, hub: Hub, *paths: Path) -> set[Path]:
    """Cuáles de ``paths`` puede abrir una cuenta."""
    result = account.run(hub.prefix / "env" / "bin" / "python", "-c", LOOK, *paths)
    return set(map(Path, json.loads(result.stdout)))


@pytest.mark.usefixtures("returned")
def test_who_sees_what(hub: Hub, people: Classroom) -> None:
    course, packages = course_of(people.instructor), next(hub.prefix.glob("env/lib/python3*/site-packages"))
    exchange = hub.prefix / "exchange" / "lab11"
    private = [
        course, course / "gradebook.db", course / "source" / "lab11" / f"{NOTEBOOK}.ipynb",
        packages / "grading" / "course.py", packages / "nbgrader_config.py", hub.prefix / "instructor",
    ]  # fmt: skip
    secret = [hub.prefix / "hub", hub.prefix / "hub" / "jupyterhub.sqlite"]
    submitted = [*exchange.glob("inbound/*"), *people.students[0].home.glob("lab11/*.ipynb")]
    closed = [exchange / "inbound", exchange / "feedback", people.students[0].home]
    public = [exchange / "outbound" / "lab11", packages / "codigo" / "transformers.py"]
    assert all(path.exists() for path in [*private, *secret, *submitted, *closed, *public])
    bea = people.students[1]
    assert seen_by(bea, hub, *private, *secret, *closed, *public) == set(public)
    assert seen_by(people.instructor, hub, *private, *secret, *public) == {*private, *public}
    assert seen_by(people.stranger, hub, *private, *secret, *closed, exchange) == set()


def test_whoever_is_not_in_the_course_does_not_get_in(browser: Browser, hub: Hub, people: Classroom) -> None:
    with watched_page(browser, "hub_x", allowed=["403"]) as page:
        log_in(page, hub, people.stranger)
        expect(page.locator(".login_error")).to_contain_text("no estás en el curso")
