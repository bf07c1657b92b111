"""Lo que hace falta para abrir el curso sin instalarlo: Binder, un contenedor de desarrollo y Colab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from grading.course import PROJECT_ROOT

BINDER = PROJECT_ROOT / ".binder"
PINNED = (PROJECT_ROOT / "requirements-student.txt").read_text(encoding="utf-8").splitlines()


def colab_cell() -> str:
    """La celda que la documentación da para Colab."""
    text = (PROJECT_ROOT / "docs" / "estudiantes.md").read_text(encoding="utf-8")
    return next(cell for cell in re.findall(r"```text\n(.+?)```", text, re.DOTALL) if "git clone" in cell)


def test_binder_takes_pytorch_for_cpu() -> None:
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (torch,) = (line for line in lines if line.startswith("torch"))
    assert torch.endswith("+cpu") and torch.removesuffix("+cpu") in PINNED
    (other,) = (line.split()[1] for line in lines if line.startswith("-r "))
    assert (BINDER / other).resolve() == PROJECT_ROOT / "requirements-student.txt"
    assert any(line.startswith("--extra-index-url https://download.pytorch.org/whl/cpu") for line in lines)


def test_binder_has_a_python_that_the_course_admits() -> None:
    version = re.fullmatch(r"python-3\.(\d+)\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))
    assert version and int(version[1]) >= 11


def test_binder_script_can_be_run() -> None:
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    modules = re.findall(r"python -m (codigo\S+)", script.read_text(encoding="utf-8"))
    assert modules == ["codigo.pretrained"]
    assert (PROJECT_ROOT / "codigo" / "pretrained" / "__main__.py").exists()


def test_dev_container_gives_commands_that_exist() -> None:
    settings = json.loads((PROJECT_ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    make, *targets = settings["postCreateCommand"].split()
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert make == "make" and set(targets) <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    python = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python.endswith("/.venv/bin/python")


def test_colab_asks_for_the_versions_of_the_course() -> None:
    (install,) = re.findall(r"^%pip install (.+)$", colab_cell(), re.MULTILINE)
    packages = {word for word in install.split() if "==" in word}
    assert len(packages) >= 2 and packages <= set(PINNED)


def test_the_course_works_from_its_folder_without_installing_it(tmp_path: Path) -> None:
    """En Colab basta con estar en la carpeta: no se instala nada que cambie su NumPy."""
    (tmp_path / "codigo").symlink_to(PROJECT_ROOT / "codigo")
    code = "import codigo.widgets, codigo.checks; print(codigo.__file__)"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, ''); {code}"]
    output = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert output.startswith(str(tmp_path)) or output.startswith("codigo")
