"""JupyterLab con el curso: el índice, los ajustes de cada papel y lo que dice el validador."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import get_page_config
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from codigo.lab.__main__ import config_path, main
from codigo.lab.index import INDEX, prepare
from codigo.lab.validation import validate
from grading.course import PROJECT_ROOT

RELEASED = PROJECT_ROOT / "release" / "lab11"


def test_the_index_lists_every_part_and_leads_to_it(tmp_path: Path) -> None:
    text = prepare(tmp_path, RELEASED).read_text(encoding="utf-8")
    parts = sorted(path.name for path in RELEASED.glob("*.ipynb"))
    assert sorted(path.name for path in tmp_path.glob("*.ipynb")) == parts
    rows = [line for line in text.splitlines() if line.startswith("| [Parte ")]
    assert len(rows) == len(parts) and all(f"({name})" in row for name, row in zip(parts, rows))
    assert all("minutos" in row and (" puntos" in row or "no puntúa" in row) for row in rows)


def test_the_readings_go_to_their_own_folder(tmp_path: Path) -> None:
    readings = PROJECT_ROOT / "lecturas"
    names = sorted(path.name for path in readings.glob("*.ipynb"))
    mine = tmp_path / "lecturas" / names[0]
    mine.parent.mkdir()
    mine.write_text("a medias", encoding="utf-8")
    prepare(tmp_path, RELEASED, readings)
    assert mine.read_text(encoding="utf-8") == "a medias"
    mine.unlink()
    text = prepare(tmp_path, RELEASED, readings).read_text(encoding="utf-8")
    assert sorted(path.name for path in mine.parent.glob("*")) == names
    copy, original = (nbformat.read(folder / names[0], as_version=4) for folder in (mine.parent, readings))
    assert (
        copy.cells == original.cells and "jupytext" in original.metadata and "jupytext" not in copy.metadata
    )
    rows = [line for line in text.splitlines() if line.startswith("| [Lectura.")]
    assert len(rows) == len(names) and all(f"(lecturas/{name})" in row for name, row in zip(names, rows))
    assert all("minutos" in row and "no puntúa" in row for row in rows)
    assert not {path.name for path in tmp_path.glob("*.ipynb")} & set(names)


def test_the_parts_lead_to_the_reading(tmp_path: Path) -> None:
    prepare(tmp_path, RELEASED, PROJECT_ROOT / "lecturas")
    leading = {}
    for path in tmp_path.glob("*.ipynb"):
        text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        leading[path.stem] = re.findall(r"\]\((lecturas/[^)]+)\)", text)
    found = {name: links for name, links in leading.items() if links}
    assert set(found) == {"parte2_multi_head", "parte4_transformer"}
    assert all((tmp_path / link).is_file() for links in found.values() for link in links)


def test_what_is_there_stays(tmp_path: Path) -> None:
    name = "parte1_self_attention.ipynb"
    (tmp_path / name).write_text("a medias", encoding="utf-8")
    text = prepare(tmp_path, RELEASED).read_text(encoding="utf-8")
    assert (tmp_path / name).read_text(encoding="utf-8") == "a medias"
    assert f"[parte1_self_attention]({name})" in text


def test_a_folder_without_notebooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no hay ningún cuaderno" in capsys.readouterr().err
    assert not (tmp_path / INDEX).exists()


EXTENSIONS = {
    "instructor": (["everyone"], {"formgrader"}),
    "instructor with exchange": (["exchange", "everyone"], {"formgrader", "assignment_list"}),
    "student": (["student", "everyone"], set()),
    "student with exchange": (["exchange", "student", "everyone"], {"assignment_list"}),
}


@pytest.mark.parametrize("role", EXTENSIONS)
def test_each_role_sees_what_works(role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    roles, shown = EXTENSIONS[role]
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", config_path(roles))
    found = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    ours = {name.rpartition(".")[2] for name, on in found.items() if on and name.startswith("nbgrader.")}
    assert ours == shown and found["codigo.lab.server"]
    off = get_page_config([], app_settings_dir=str(tmp_path))["disabledExtensions"]
    off = [name for name, is_off in off.items() if is_off] if isinstance(off, dict) else off
    on = {
        name
        for name in ("formgrader", "assignment-list", "course-list")
        if f"@jupyter/nbgrader:{name}" not in off
    }
    assert {name.replace("-", "_") for name in on} == shown
    assert "@jupyter/nbgrader:validate-assignment" in off


def test_other_settings_of_the_person_are_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/otra")
    assert config_path(["everyone"]).split(os.pathsep)[1:] == ["/otra"]


def exercise(*sources: str, announced: str = "") -> list[nbformat.NotebookNode]:
    """Celdas de prueba, cada una con su suma, precedidas de lo que anuncia la primera."""
    cells = []
    for number, source in enumerate(sources):
        cell = new_code_cell(source)
        cell.metadata.nbgrader = {
            "cell_type": "code", "grade": True, "grade_id": f"test_{number}", "locked": True, "points": 1,
            "schema_version": 3, "solution": False, "task": False,
        }  # fmt: skip
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        cells.append(cell)
    return [new_markdown_cell(announced), *cells]


def saved(folder: Path, *cells: nbformat.NotebookNode) -> Path:
    path = folder / "cuaderno.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


@pytest.mark.slow
def test_the_message_and_nothing_else(tmp_path: Path) -> None:
    tests = exercise(
        "assert False, 'esperado 1 < 2'",
        "import sys; print('un aviso', file=sys.stderr)",
        "missing",
        announced="**Comprueba que suma.** Dos y dos.",
    )
    result = validate(saved(tmp_path, new_code_cell("1 / 0  # aquí\nx = 3"), *tests))
    assert result == {
        "total": 3,
        "failed": [
            {
                "index": 2,
                "source": "Suma",
                "error": "esperado 1 &lt; 2",
                "raw_error": "esperado 1 < 2",
            },
            {
                "index": 4,
                "source": "test_2",
                "error": "NameError: name &#39;missing&#39; is not defined",
                "raw_error": "NameError: name 'missing' is not defined",
            },
        ],
        "stopped": [{"index": 0, "source": "1 / 0  # aquí", "error": "ZeroDivisionError: division by zero"}],
    }


def run_validation(notebook: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codigo.lab.validation", str(notebook)]
    return subprocess.run(command, cwd=notebook.parent, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_loop_without_end_and_a_python_that_closes(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("get_config().Execute.timeout = 1\n")
    run = run_validation(saved(tmp_path, new_code_cell("while True: pass"), *exercise("assert True")))
    (stopped,) = json.loads(run.stdout)["stopped"]
    assert stopped["error"] == "Tardaba demasiado y se ha interrumpido: ¿hay un bucle que no acaba?"
    run = run_validation(saved(tmp_path, new_code_cell("import os; os._exit(1)")))
    assert run.returncode == 1 and "se ha cerrado a mitad" in run.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_changed_test_is_named(tmp_path: Path) -> None:
    introduction, test = exercise("assert True")
    test.source = "assert 1"
    result = validate(saved(tmp_path, introduction, test))
    assert result == {"total": 1, "changed": [{"index": 1, "source": "test_0"}], "stopped": []}
