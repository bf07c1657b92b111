"""El entorno de Python que usan todos: una copia del que hace ``make``, que nadie más puede cambiar."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from hub.errors import HubError
from hub.files import call, copy_folder

ROOT = Path(__file__).resolve().parent.parent
COURSE_CODE = ("codigo", "grading", "pyproject.toml", "README.md")
_COPIED = ("lib", "share", "etc")
_OWN_LINKS = ("__editable__*", "lab11_transformers-*")  # apuntan a la carpeta del repositorio


def copy_environment(source: Path, target: Path, python: Path) -> None:
    """Rehace ``target`` con lo que hay en ``source`` y el intérprete ``python``.

    Raises
    ------
    HubError
        Si ``source`` no es un entorno con JupyterHub, o un paso falla.
    """
    if not (source / "bin" / "jupyterhub").exists():
        raise HubError(f"en {source} no hay un entorno con JupyterHub: hazlo antes con «make setup-hub».")
    call([python, "-m", "venv", "--clear", "--without-pip", target])
    for name in _COPIED:
        shutil.rmtree(target / name, ignore_errors=True)
        copy_folder(source / name, target / name, *_OWN_LINKS)
    _copy_scripts(source, target)
    call([target / "bin" / "python", "-m", "ipykernel", "install", "--sys-prefix"])


def _copy_scripts(source: Path, target: Path) -> None:
    """Las órdenes del entorno, que llevan en la primera línea la ruta de su Python."""
    first_line = re.compile(rb"\A#!\S*/python[\d.]*\n")
    for script in (source / "bin").iterdir():
        text = script.read_bytes() if script.is_file() and not script.is_symlink() else b""
        if first_line.match(text):
            own = target / "bin" / script.name
            own.write_bytes(first_line.sub(f"#!{target}/bin/python\n".encode(), text))
            own.chmod(0o755)


def install_course(python: Path, only_for: int) -> None:
    """Instala ``codigo`` para todos, y ``grading``, que lleva respuestas, para el grupo ``only_for``.

    Raises
    ------
    HubError
        Si un paso falla.
    """
    with tempfile.TemporaryDirectory() as name:  # setuptools deja restos donde construye
        for part in COURSE_CODE:
            origin, copy = ROOT / part, Path(name) / part
            shutil.copytree(origin, copy) if origin.is_dir() else shutil.copy(origin, copy)
        options = ["--no-index", "--no-deps", "--no-build-isolation", "--root-user-action=ignore", "-q"]
        call([python, "-m", "pip", "--disable-pip-version-check", "install", *options, name])
    packages = Path(call([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    shutil.copy(ROOT / "nbgrader_config.py", packages)
    for path, mode in ((packages / "grading", 0o750), (packages / "nbgrader_config.py", 0o640)):
        os.chown(path, 0, only_for)
        path.chmod(mode)
