"""Muere cualquier pieza en cualquier momento: las notas son las mismas y nada se corrige dos veces.

``FAULTS=50 make faults`` prueba 50 momentos de cada pieza; «make test», unos pocos.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from grading.course import Course, own_database
from grading.engine import processes
from tests.grading.postgres import Postgres, postgres
from tests.grading.small_class import (
    WRONG,
    finish,
    grade_all,
    graded_so_far,
    grading,
    hand_in,
    hand_in_broken,
    tiny_course,
)

pytestmark = pytest.mark.slow
MOMENTS = range(int(os.environ.get("FAULTS", "2")))
PARTS, STUDENTS = 2, ("ana", "eva", "ivo", "leo", "mar", "noa")
LAST = 6  # de 12: que al llegar el momento quede algo por corregir
STARTING = 2.0  # segundos: en una máquina libre, lo que se tarda en llegar al primer cuaderno
ATTEMPTS = 5
NAMES = {
    "worker": processes.WORKER,
    "server": processes.SERVER,
    "warm": processes.WARM,
    "judge": processes.JUDGE,
}
Running = subprocess.Popen[str]


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = tiny_course(tmp_path_factory.mktemp("clase"), PARTS, seconds=0.05)
    for student in STUDENTS:
        hand_in(course, student, {"ej1_doble": WRONG} if student == "eva" else None)
    hand_in_broken(course, "leo", "parte2_diminuta")
    return course


@pytest.fixture(scope="module")
def undisturbed(ungraded: Course, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """La tabla cuando no muere nadie."""
    return grade_all(copy_of(ungraded, tmp_path_factory.mktemp("tranquila")))


def copy_of(course: Course, root: Path, with_gradebook: bool = True) -> Course:
    """Otra clase igual; sin el libro de notas, hacerlo es parte de la corrección."""
    ignored = shutil.ignore_patterns() if with_gradebook else shutil.ignore_patterns("*.db")
    shutil.copytree(course.root, root, dirs_exist_ok=True, ignore=ignored)
    return Course(root, db_url=own_database(root))


def wait_for(course: Course, victim: str, moment: int, process: Running) -> None:
    """Espera a un momento cualquiera de la corrección, siempre el mismo para cada ``moment``."""
    chance = random.Random(f"{victim} {moment}")
    graded = chance.randrange(LAST)
    while len(graded_so_far(course)) < graded and process.poll() is None:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.1 if graded else STARTING))


def kill_one(victim: str, process: Running) -> bool:
    """Mata al primero que haya; dice si lo hubo antes de que todo acabara."""
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(process.pid).children(recursive=True):
                if one.name() == NAMES[victim]:
                    one.kill()
                    return True
    return False


def try_once(ungraded: Course, undisturbed: bytes, root: Path, victim: str, moment: int) -> bool:
    """Corrige la clase y mata a uno de los que corrigen; dice si dio tiempo."""
    course = copy_of(ungraded, root)
    with grading(course) as process:
        wait_for(course, victim, moment, process)
        before = graded_so_far(course)
        killed = kill_one(victim, process)
        assert finish(course, process) == undisturbed
    assert before.items() <= graded_so_far(course).items()
    return killed


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("victim", NAMES)
def test_the_grading_goes_on(
    ungraded: Course, undisturbed: bytes, victim: str, moment: int, tmp_path: Path
) -> None:
    attempts = (tmp_path / str(number) for number in range(ATTEMPTS))
    assert any(try_once(ungraded, undisturbed, root, victim, moment) for root in attempts)


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_coordinator_is_started_again(
    ungraded: Course, undisturbed: bytes, moment: int, tmp_path: Path
) -> None:
    course = copy_of(ungraded, tmp_path, with_gradebook=False)
    with grading(course) as process:
        wait_for(course, "coordinator", moment, process)
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive, "siguen vivos procesos de una corrección que ya no existe"
    before = graded_so_far(course)
    assert grade_all(course) == undisturbed
    assert before.items() <= graded_so_far(course).items()


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_database_is_started_again(
    ungraded: Course, undisturbed: bytes, database: Postgres, moment: int, tmp_path: Path
) -> None:
    course = copy_of(ungraded, tmp_path, with_gradebook=False)
    url = database.new_database(f"momento_{moment}")
    with grading(course, url) as process:
        wait_for(course, "database", moment, process)
        database.kill()
        output = process.communicate(timeout=120)[0]
    database.start()
    assert process.returncode == 0 or "El libro de notas no responde" in output, output
    assert "Traceback" not in output
    before = graded_so_far(course)
    assert grade_all(course, url) == undisturbed
    assert before.items() <= graded_so_far(course).items()
