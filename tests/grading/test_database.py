"""El libro de notas: cuál se usa y qué pasa cuando otro proceso lo tiene ocupado."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.course import PROJECT_ROOT, Course, own_database
from grading.sample_class import write_sample_class

LONGER_THAN_SQLITE_WAITS = 6  # segundos; SQLite espera 5 si no se le dice otra cosa


def test_the_variable_chooses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'otra.db'}"
    monkeypatch.setenv("DB", url)
    assert Course(tmp_path).database == url
    assert Course(tmp_path).config.CourseDirectory.db_url == url
    assert Course(tmp_path, db_url="sqlite:///mia.db").database == "sqlite:///mia.db"


@pytest.mark.slow
def test_the_sample_class_never_uses_the_chosen_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "otra.db"
    monkeypatch.setenv("DB", f"sqlite:///{other}")
    sample = write_sample_class(Course(PROJECT_ROOT), tmp_path / "clase")
    assert not other.exists() and (sample.root / "gradebook.db").exists()


@pytest.mark.slow
def test_a_busy_database_is_waited_for(tmp_path: Path) -> None:
    with Gradebook(own_database(tmp_path)) as gradebook:
        gradebook.add_student("ana")
    lock = sqlite3.connect(tmp_path / "gradebook.db", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    release = threading.Timer(LONGER_THAN_SQLITE_WAITS, lambda: lock.execute("COMMIT"))
    release.start()
    with Gradebook(own_database(tmp_path)) as gradebook:
        gradebook.update_or_create_student("zoe")
    release.join()
    lock.close()
    with Gradebook(own_database(tmp_path)) as gradebook:
        assert {student.id for student in gradebook.students} == {"ana", "zoe"}
