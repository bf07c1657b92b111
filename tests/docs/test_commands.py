"""Cada orden que da la documentación se comprueba, y ``commands.toml`` dice cómo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from grading.course import PROJECT_ROOT
from tests.docs.commands import PAGES, commands_in
from tests.grading.small_class import hand_in, part_of_the_course

PART = "parte1_self_attention"
COPIED = ("Makefile", "bench", "codigo", "grading", "nbgrader_config.py", "pyproject.toml", "scripts")
TABLE = tomllib.loads((Path(__file__).parent / "commands.toml").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = [row for kind in ("run", "tested", "partly") for row in TABLE[kind]]
# Quien da las órdenes puede tener esto puesto; en la copia decidiría dónde van las notas o quién corrige.
FOREIGN = {"DB", "SCHEDULER", "WORKERS", "CELL_TIMEOUT", "LAB11_ISOLATION", "MAKEFLAGS", "GIT_DIR"}


def commands_of(row: dict[str, Any]) -> list[str]:
    return row.get("commands") or [row["command"].strip()]


def test_every_command_is_in_the_table_and_every_row_in_a_page() -> None:
    given = {command for page in PAGES for command in commands_in(page.read_text(encoding="utf-8"))}
    listed = [command for row in ROWS for command in commands_of(row)]
    assert len(given) > 40
    assert given - set(listed) == set(), "di en tests/docs/commands.toml cómo se comprueban"
    assert set(listed) - given == set(), "ninguna página da estas órdenes"
    assert [command for command, times in Counter(listed).items() if times > 1] == []


@pytest.mark.parametrize("row", TABLE["tested"], ids=lambda row: row["commands"][0])
def test_another_test_gives_it(row: dict[str, str]) -> None:
    assert row["with"] in (PROJECT_ROOT / row["by"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "command", [one for row in TABLE["tested"] for one in row["commands"] if "make " in one]
)
def test_make_knows_it(command: str) -> None:
    order = command.replace("make ", "make --dry-run ")
    result = subprocess.run(["sh", "-c", order], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert result.returncode == 0 and result.stdout, result.stderr


def test_make_docs_reads_docs_and_writes_where_it_says() -> None:
    order = subprocess.run(["make", "--dry-run", "docs"], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert " docs build/docs\n" in order.stdout and " docs screenshots" not in order.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Una copia del curso con una sola parte, una entrega y el mismo entorno."""
    root = tmp_path_factory.mktemp("curso")
    hand_in(part_of_the_course(root, [PART]), "ana")
    for name in (*COPIED, *(path.name for path in PROJECT_ROOT.glob("requirements*.txt"))):
        if (PROJECT_ROOT / name).is_dir():  # otra prueba puede estar escribiendo lo compilado
            shutil.copytree(PROJECT_ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT_ROOT / name, root / name)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    _borrow_environment(root)
    return root


def _borrow_environment(root: Path) -> None:
    """Un ``.venv`` hecho de enlaces al de estas pruebas, y dado por preparado en la copia."""
    venv = root / ".venv"
    venv.mkdir()
    for path in Path(sys.prefix).iterdir():
        if not path.name.startswith(".ready"):
            (venv / path.name).symlink_to(path)
    code = (
        "import setup_environment as s; [s._stamp(x).write_text(s._fingerprint(x)) for x in s.REQUIREMENTS]"
    )
    environment = {**os.environ, "PYTHONPATH": str(root / "scripts")}
    subprocess.run([venv / "bin" / "python", "-c", code], cwd=root, env=environment, check=True)


def give(folder: Path, command: str) -> str:
    """Da la orden, como en una terminal, y devuelve lo que dice."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment = {**kept, "PYTHON": sys.executable, "LAB11_MODELS": "quick", "COLUMNS": "120"}
    result = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
    return result.stdout + result.stderr


@pytest.mark.slow
def test_the_commands_run(folder: Path, subtests: pytest.Subtests) -> None:
    for row in TABLE["run"]:
        with subtests.test(row["command"].strip()):
            assert row.get("says", "") in give(folder, row["command"])


@pytest.mark.slow
def test_what_can_be_run_of_the_others(folder: Path, subtests: pytest.Subtests) -> None:
    for row in TABLE["partly"]:
        assert len(row["reason"]) > 10
        if "instead" in row:
            with subtests.test(row["instead"]):
                assert row.get("says", "") in give(folder, row["instead"])
