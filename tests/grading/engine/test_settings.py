"""Los ajustes del motor y la negativa a corregir sin encierro."""

from __future__ import annotations

import pytest

from grading.engine import settings
from grading.errors import CourseError


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELL_TIMEOUT", "7")
    monkeypatch.setenv("NOTEBOOK_TIMEOUT", "70.5")
    limits = settings.limits_from_environment()
    assert (limits.cell_seconds, limits.notebook_seconds) == (7, 70.5)


@pytest.mark.parametrize("value", ["0", "-1", "mucho", "inf", "nan"])
def test_bad_limits(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CELL_TIMEOUT", value)
    with pytest.raises(CourseError, match=rf"CELL_TIMEOUT debe ser un número de segundos.*se dio '{value}'"):
        settings.limits_from_environment()


def test_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKERS", raising=False)
    assert settings.workers_from_environment() >= 1
    monkeypatch.setenv("WORKERS", "3")
    assert settings.workers_from_environment() == 3


@pytest.mark.parametrize("value", ["0", "-1", "dos", "1.5"])
def test_bad_number_of_workers(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WORKERS", value)
    with pytest.raises(CourseError, match=rf"WORKERS debe ser un número entero.*se dio '{value}'"):
        settings.workers_from_environment()


def test_without_isolation_grading_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.ISOLATION_VARIABLE, raising=False)
    monkeypatch.setattr(settings, "why_unavailable", lambda: "no hay Landlock")
    with pytest.raises(CourseError, match=r"no hay Landlock.*LAB11_ISOLATION=off"):
        settings.isolation_from_environment()
    monkeypatch.setenv(settings.ISOLATION_VARIABLE, "off")
    assert settings.isolation_from_environment() is False


def test_isolation_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.ISOLATION_VARIABLE, raising=False)
    monkeypatch.setattr(settings, "why_unavailable", lambda: "")
    assert settings.isolation_from_environment() is True
    monkeypatch.setenv(settings.ISOLATION_VARIABLE, "quizá")
    with pytest.raises(CourseError, match="debe ser on u off"):
        settings.isolation_from_environment()
