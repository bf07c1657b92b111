"""La preparación del entorno: qué dice cuando algo falta, y que la segunda vez no hace nada."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from grading.course import PROJECT_ROOT


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """``scripts/setup_environment.py`` con la carpeta del entorno en un sitio vacío."""
    spec = importlib.util.spec_from_file_location(
        "setup_environment", PROJECT_ROOT / "scripts/setup_environment.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return module


def fake_python(folder: Path, body: str) -> None:
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13", "python3.14"):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)


def run_setup(path: str, level: str = "course") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": "/nonexistent"}
    command = ["/bin/sh", str(PROJECT_ROOT / "scripts" / "setup.sh"), level]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_an_old_python_gets_a_clear_message(tmp_path: Path) -> None:
    fake_python(tmp_path, 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    result = run_setup(f"{tmp_path}:/usr/bin:/bin")
    assert result.returncode == 1
    assert "hace falta Python 3.11" in result.stderr and "Python 3.9.2" in result.stderr


def test_no_python_gets_a_clear_message(tmp_path: Path) -> None:
    for tool in ("dirname", "cat"):
        (tmp_path / tool).symlink_to(
            f"/usr/bin/{tool}" if Path(f"/usr/bin/{tool}").exists() else f"/bin/{tool}"
        )
    result = run_setup(str(tmp_path))
    assert result.returncode == 1 and "ninguno" in result.stderr


def test_an_unknown_level_is_refused(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main("todo") == 1
    assert "student, course, hub o dev" in capsys.readouterr().err


def test_no_disk_space(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    assert setup.main("course") == 1
    assert "hacen falta 5 GB libres" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ("OSError: [Errno 28] No space left on device", "No queda espacio en disco"),
        (
            "Failed to establish a new connection: [Errno 101] Network is unreachable",
            "No se pudo llegar al índice",
        ),
        ("Temporary failure in name resolution", "No se pudo llegar al índice"),
        ("ERROR: otra cosa", "ERROR: otra cosa"),
    ],
)
def test_failures_are_explained(setup: ModuleType, errors: str, message: str) -> None:
    assert message in setup._explain(errors)


def test_a_second_run_does_nothing(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.VENV.mkdir()
    (setup.VENV / ".ready-course").write_text(setup._fingerprint("course"))

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("no debía ejecutar nada")

    monkeypatch.setattr(setup.subprocess, "run", forbidden)
    assert setup.main("course") == 0
    assert capsys.readouterr().out == ""


def test_a_changed_requirement_asks_for_work(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    before = setup._fingerprint("course")
    assert before != setup._fingerprint("dev")
    monkeypatch.setattr(setup, "REQUIREMENTS", {"course": ["requirements-dev.txt"]})
    assert setup._fingerprint("course") != before


def test_the_python_of_each_system(setup: ModuleType) -> None:
    assert setup.venv_python("nt") == setup.VENV / "Scripts" / "python.exe"
    assert setup.venv_python("posix") == setup.VENV / "bin" / "python"


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
        packages = [line for line in lines if line and not line.startswith("#")]
        assert len(packages) > 100 and all("==" in line for line in packages)
        assert not [line for line in packages if line.startswith(("nvidia", "triton", "cuda"))]
        assert "torch==2.13.0" in packages


def test_pytest_alone_finds_what_is_not_installed() -> None:
    """Sin ``python -m``, que pone en la ruta la carpeta desde la que se llama."""
    pytest_alone = Path(sys.executable).with_name("pytest")
    command = [pytest_alone, "--collect-only", "-q", "tests/bench/test_results.py"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
