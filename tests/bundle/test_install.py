"""El paquete del estudiante de principio a fin: se descomprime, se prepara, se abre y se valida.

Instala de verdad, así que solo corre con ``make test-bundle``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest

from grading.bundle import NAME, make_bundle
from grading.course import Course
from tests.browser.servers import Server, jupyter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("LAB11_BUNDLE") != "install", reason="instala: usa «make test-bundle»"),
]
# Lo único que un ordenador recién estrenado tendría, y por dónde se llega al índice de paquetes.
KEPT = ("PIP_", "SSL_CERT", "REQUESTS_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "XDG_CACHE_HOME")
FIRST_CELLS = """
import nbclient, nbformat
notebook = nbformat.read("trabajo/parte1_self_attention.ipynb", as_version=4)
notebook.cells = notebook.cells[:12]
nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": "trabajo"}}).execute()
print(*(output.text for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output))
"""


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(KEPT)}
    return {"HOME": os.environ["HOME"], "PATH": os.defpath, **kept}


def system_python() -> str:
    """El Python con que se hizo el entorno de las pruebas: el que tendría un estudiante."""
    return str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))


@pytest.fixture(scope="module")
def folder(project: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """El paquete ya preparado, en una carpeta con espacios y acentos."""
    place = tmp_path_factory.mktemp("paquete") / "Mis prácticas de señales"
    with zipfile.ZipFile(make_bundle(project)) as archive:
        archive.extractall(place)
    root = place / NAME
    run(root, system_python(), "preparar.py")
    return root


def run(root: Path, *command: str) -> str:
    result = subprocess.run(
        command, cwd=root, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_second_time_does_nothing_new(folder: Path) -> None:
    assert "Creando" not in run(folder, system_python(), "preparar.py")


def test_open_run_and_validate(folder: Path) -> None:
    with jupyter(folder, command=[system_python(), "abrir.py"], environment={"PYTHONPATH": ""}) as server:
        assert len(list((folder / "trabajo").glob("*.ipynb"))) == 8
        assert "X_mini: T = 3, d_model = 4" in run(
            folder, str(folder / ".venv/bin/python"), "-c", FIRST_CELLS
        )
        answer = validate(server, "parte1_self_attention.ipynb")
    assert answer["failed"][0]["error"].startswith("Falta definir `causal_mask`. Completa la celda")
    assert answer["stopped"][0]["error"].startswith("NotImplementedError: Ejercicio por completar")


def validate(server: Server, notebook: str) -> dict[str, list[dict[str, str]]]:
    """Lo que hace el botón *Validar*: pedirle al servidor que ejecute el cuaderno."""
    body = urllib.parse.urlencode({"path": notebook}).encode()
    request = urllib.request.Request(server.at("assignments/validate"), data=body)
    request.add_header("Authorization", f"token {server.token}")
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)["value"]


def test_work_is_never_overwritten(folder: Path) -> None:
    mine = folder / "trabajo" / "parte2_multi_head.ipynb"
    mine.write_text("lo mío", encoding="utf-8")
    run(folder, system_python(), "abrir.py", "--version")  # copia y, en vez de quedarse, acaba
    assert mine.read_text(encoding="utf-8") == "lo mío"
