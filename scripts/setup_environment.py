"""Prepara ``.venv``: dependencias fijadas, ``codigo`` instalado y núcleo de Jupyter.

Solo usa la biblioteca estándar. La segunda vez no hace nada: compara un resumen de lo que decide el
entorno con el que quedó apuntado.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def venv_python(system: str = os.name) -> Path:
    """El Python del entorno, que no está en el mismo sitio en todos los sistemas."""
    return VENV / ("Scripts/python.exe" if system == "nt" else "bin/python")


PYTHON = venv_python()
LOG = VENV / "setup.log"
REQUIREMENTS = {
    "student": ["requirements-student.txt"],
    "course": ["requirements.txt"],
    "hub": ["requirements.txt", "requirements-hub.txt"],
    "dev": ["requirements.txt", "requirements-dev.txt"],
}
SATISFIED_BY = {
    "student": ["student"],
    "course": ["course", "hub", "dev"],
    "hub": ["hub", "dev"],
    "dev": ["dev"],
}
NEEDED_GB = 5
TORCH = "torch==2.13.0"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

NETWORK_SIGNS = (
    "name resolution", "NewConnectionError", "ConnectTimeout", "Network is unreachable",
    "Failed to establish a new connection", "ReadTimeout", "ProxyError", "getaddrinfo failed",
)  # fmt: skip
DISK_SIGNS = ("No space left", "Errno 28", "Disk quota")


class SetupError(Exception):
    """Un motivo claro para no seguir."""


def main(level: str) -> int:
    """Deja el entorno listo para ``level`` y devuelve el código de salida."""
    if level not in REQUIREMENTS:
        *most, last = REQUIREMENTS
        print(f"Error: el nivel {level!r} no existe; usa {', '.join(most)} o {last}.", file=sys.stderr)
        return 1
    try:
        _prepare(level)
    except SetupError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _prepare(level: str) -> None:
    if any(_is_ready(installed) for installed in SATISFIED_BY[level]):
        return
    _check_disk()
    _create_venv()
    _install_torch()
    for file in REQUIREMENTS[level]:
        _pip(f"Instalando {file} (unos minutos la primera vez)", "install", "-r", file)
    _pip("Instalando el código del curso", "install", "--no-deps", "--no-build-isolation", "-e", ".")
    _run("Registrando el núcleo de Jupyter", ["-m", "ipykernel", "install", "--sys-prefix"])
    # Matplotlib hace su lista de tipos de letra la primera vez; mejor ahora que dentro de una corrección.
    grading = "" if level == "student" else "grading, "  # el paquete del estudiante no lo trae
    _run("Comprobando", ["-c", f"import {grading}codigo.transformers, matplotlib.pyplot, nbgrader, torch"])
    _stamp(level).write_text(_fingerprint(level))
    print(f"Entorno listo en {VENV.name}/ (Python {platform.python_version()}).")


def _is_ready(level: str) -> bool:
    return _stamp(level).exists() and _stamp(level).read_text() == _fingerprint(level)


def _stamp(level: str) -> Path:
    return VENV / f".ready-{level}"


def _fingerprint(level: str) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for file in [*REQUIREMENTS[level], "pyproject.toml", "scripts/setup_environment.py"]:
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()


def _check_disk() -> None:
    free = shutil.disk_usage(ROOT).free / 1e9
    if not PYTHON.exists() and free < NEEDED_GB:
        raise SetupError(
            f"hacen falta {NEEDED_GB} GB libres en {ROOT} y hay {free:.1f}. Libera espacio y repite la orden."
        )


def _create_venv() -> None:
    if PYTHON.exists() and _venv_version() == sys.version_info[:2]:
        return
    print(f"Creando {VENV.name}/ con Python {platform.python_version()}", flush=True)
    result = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
    )
    if result.returncode:
        raise SetupError(
            "no se pudo crear el entorno virtual. En Debian o Ubuntu: «sudo apt install python3-venv».\n"
            + (result.stdout + result.stderr).strip()[-500:]
        )


def _venv_version() -> tuple[int, ...]:
    code = "import sys; print(*sys.version_info[:2])"
    output = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True).stdout
    return tuple(map(int, output.split()))


def _install_torch() -> None:
    """Prefiere la compilación de CPU: en Linux, la corriente trae además varios GB de CUDA."""
    if _quiet("-c", f"import importlib.metadata as m; assert m.version('torch').startswith('{TORCH[7:]}')"):
        return
    print("Instalando PyTorch para CPU", flush=True)
    cpu = ["-m", "pip", "install", "-q", "--no-deps", f"{TORCH}+cpu"]
    if _quiet(*cpu) or _quiet(*cpu, "--index-url", TORCH_CPU_INDEX, "--timeout", "20", "--retries", "1"):
        return
    if platform.system() == "Linux":
        print(
            "No se encontró la compilación de CPU: se usará la corriente, que ocupa varios GB más.",
            flush=True,
        )
    _pip("Instalando PyTorch", "install", TORCH)


def _quiet(*arguments: str) -> bool:
    with LOG.open("a", encoding="utf-8") as log:
        return subprocess.run([str(PYTHON), *arguments], cwd=ROOT, stdout=log, stderr=log).returncode == 0


def _pip(what: str, *arguments: str) -> None:
    # Fuera de una terminal (en CI, por ejemplo), pip calla; en una terminal enseña sus barras.
    quiet = [] if sys.stdout.isatty() and not os.environ.get("CI") else ["-q"]
    _run(what, ["-m", "pip", "--disable-pip-version-check", *arguments, *quiet], show=not quiet)


def _run(what: str, arguments: list[str], show: bool = False) -> None:
    print(what, flush=True)
    result = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=ROOT,
        stdout=None if show else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    with contextlib.suppress(OSError), LOG.open("a", encoding="utf-8") as log:
        log.write(result.stderr)  # sin disco tampoco cabe el registro, y el motivo se dice abajo
    if result.returncode:
        reason = _explain(result.stderr)
        raise SetupError(f"falló este paso: {what}.\n{reason}\nTodo el detalle está en {LOG}.")


def _explain(errors: str) -> str:
    if any(sign in errors for sign in DISK_SIGNS):
        return "No queda espacio en disco. Libera espacio y repite la orden: seguirá donde estaba."
    if any(sign in errors for sign in NETWORK_SIGNS):
        return "No se pudo llegar al índice de paquetes. Comprueba la conexión y repite la orden."
    return errors.strip()[-800:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "course"))
