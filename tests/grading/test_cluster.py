"""La misma clase en un clúster de Dask y con PostgreSQL: las mismas notas que en esta máquina."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from grading.cli import main
from grading.course import Course
from tests.grading.postgres import LOOPBACK, Postgres, postgres
from tests.grading.small_class import (
    copy_of,
    finish,
    grade_all,
    graded_so_far,
    grading,
    hand_in,
    hand_in_broken,
    part_of_the_course,
)

pytestmark = pytest.mark.slow
NOTEBOOKS = ("parte2_multi_head", "parte3_positional_encoding")
WORKERS = 2


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Un planificador y sus trabajadores, como los que se arrancan a mano."""
    with cluster() as (address, _):
        yield address


@contextmanager
def cluster() -> Iterator[tuple[str, int]]:
    """La dirección de un planificador con trabajadores, y su proceso."""
    with socket.create_server((LOOPBACK, 0)) as free:
        address = f"tcp://{LOOPBACK}:{free.getsockname()[1]}"
    port = address.rpartition(":")[2]
    workers = ["--nworkers", str(WORKERS), "--nthreads", "1", "--no-dashboard", "--host", LOOPBACK]
    with (
        dask("scheduler", "--host", LOOPBACK, "--port", port, "--no-dashboard") as pid,
        dask("worker", address, *workers),
    ):
        yield address, pid


@contextmanager
def dask(*arguments: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # con sus trabajadores
        process.wait()


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = part_of_the_course(tmp_path_factory.mktemp("clase"), NOTEBOOKS)
    for student in ("ana", "eva", "leo"):
        hand_in(course, student)
    hand_in(course, "zoe", {"ej3_similitud_coseno": "1 / 0", "ej2_reflexion": "Porque sí."})
    hand_in_broken(course, "leo", NOTEBOOKS[0])
    return course


@pytest.fixture(scope="module")
def expected(ungraded: Course, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """La tabla que da esta máquina con SQLite."""
    table = grade_all(copy_of(ungraded, tmp_path_factory.mktemp("local")))
    assert [line.split(b",")[0] for line in table.splitlines()] == [
        b"student",
        b"ana",
        b"eva",
        b"leo",
        b"zoe",
    ]
    return table


def a_worker(scheduler: str) -> int:
    """El proceso de un trabajador del clúster, no el que lo cuida."""
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(WORKERS, timeout=60)
        return next(iter(client.run(os.getpid).values()))


def test_same_grades_though_a_worker_is_killed(
    ungraded: Course, expected: bytes, database: Postgres, scheduler: str, tmp_path: Path
) -> None:
    course, victim = copy_of(ungraded, tmp_path), a_worker(scheduler)
    with grading(course, database.new_database("notas"), scheduler) as process:
        wait_for_one(course, process)
        before = graded_so_far(course)
        os.kill(victim, signal.SIGKILL)
        assert finish(course, process) == expected
    assert len(before) < len(graded_so_far(course)), "el trabajador murió cuando ya no hacía falta"
    assert before.items() <= graded_so_far(course).items()
    assert not psutil.pid_exists(victim)
    assert not (course.root / "gradebook.db").exists()


def test_the_report_is_the_same_from_postgresql(ungraded: Course, database: Postgres, tmp_path: Path) -> None:
    course = copy_of(ungraded, tmp_path)
    pages = []
    for url in (course.database, database.new_database("informe")):
        grade_all(course, url)  # la segunda vez solo llena el libro de notas
        assert main(["report", "--root", str(course.root), "--db", url]) == 0
        pages.append((course.root / "informe.html").read_text(encoding="utf-8"))
        (course.root / "gradebook.db").unlink(missing_ok=True)
    assert pages[0] == pages[1]
    assert "4 entregas corregidas" in pages[1] and "zoe" in pages[1]


def wait_for_one(course: Course, process: subprocess.Popen[str]) -> None:
    """Espera a que haya algo corregido."""
    while not graded_so_far(course) and process.poll() is None:
        time.sleep(0.05)


def test_the_coordinator_is_killed_and_started_again(
    ungraded: Course, expected: bytes, scheduler: str, tmp_path: Path
) -> None:
    course = copy_of(ungraded, tmp_path)
    with grading(course, scheduler=scheduler) as process:
        wait_for_one(course, process)
        process.kill()
    before = graded_so_far(course)
    assert before
    assert grade_all(course, scheduler=scheduler) == expected
    assert before.items() <= graded_so_far(course).items()


def test_the_scheduler_is_killed_and_started_again(
    ungraded: Course, expected: bytes, scheduler: str, tmp_path: Path
) -> None:
    course = copy_of(ungraded, tmp_path)
    with cluster() as (address, pid), grading(course, scheduler=address) as process:
        wait_for_one(course, process)
        os.kill(pid, signal.SIGKILL)
        output = process.communicate(timeout=300)[0]
    before = graded_so_far(course)
    assert before and "Traceback" not in output, output
    assert process.returncode == 1 and "Se perdió la conexión con el planificador de Dask" in output
    assert grade_all(course, scheduler=scheduler) == expected
    assert before.items() <= graded_so_far(course).items()


def test_an_unreachable_scheduler_is_one_clear_message(ungraded: Course, tmp_path: Path) -> None:
    with grading(copy_of(ungraded, tmp_path), scheduler=f"tcp://{LOOPBACK}:1") as process:
        output = process.communicate(timeout=120)[0]
    assert process.returncode == 1 and "No se llega al planificador de Dask" in output
    assert "Traceback" not in output
