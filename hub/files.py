"""Copiar carpetas enteras para todos: con enlaces donde se puede, y siempre legibles."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

from hub.errors import HubError


def copy_folder(source: Path, target: Path, *ignored: str) -> None:
    """Copia ``source`` en ``target``, que no debe existir, menos lo que cumpla los patrones ``ignored``.

    Los archivos de root se enlazan: el entorno son 2 GB, y así se tarda segundos y no se ocupa nada.
    """
    shutil.copytree(source, target, True, shutil.ignore_patterns(*ignored), _link_or_copy)
    for folder, _, _ in os.walk(target):
        os.chmod(folder, 0o755)


def _link_or_copy(source: str, target: str) -> None:
    status = os.stat(source)
    # Un enlace comparte dueño y permisos: solo vale si nadie más puede cambiar el archivo y todos lo leen.
    safe = status.st_uid == 0 and not status.st_mode & 0o022 and status.st_mode & stat.S_IROTH
    if safe and status.st_dev == os.stat(os.path.dirname(target)).st_dev:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
        os.chmod(target, (status.st_mode | 0o444) & ~0o022)


def call(command: list[str | Path]) -> str:
    """Lo que escribe una orden.

    Raises
    ------
    HubError
        Si falla; lleva lo que dijo.
    """
    result = subprocess.run(command, cwd="/", capture_output=True, text=True, umask=0o022)
    if result.returncode:
        said = (result.stderr or result.stdout).strip()[-800:]
        raise HubError(f"falló «{' '.join(map(str, command))}»:\n{said}")
    return result.stdout
