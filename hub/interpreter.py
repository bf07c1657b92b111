"""Un Python que pueda usar cualquier cuenta.

El de ``pyenv`` o ``uv`` suele estar en la carpeta personal de alguien, donde los demás no entran: se copia.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from hub.errors import HubError
from hub.files import copy_folder

NOBODY = 65534
VERSION = sys.version_info[:3]
# El entorno se resolvió con esta versión: una anterior, aunque sea de la misma serie, puede no servirle.
_SUITS = f"""
import ctypes, sqlite3, ssl, sys, venv
sys.exit(not {VERSION} <= sys.version_info[:3] < {(VERSION[0], VERSION[1] + 1)})
"""


def provide_python(wanted: Path | None, copy: Path) -> Path:
    """El intérprete ``wanted``, si se pide; si no, el que está en marcha o, si está cerrado, una copia.

    Raises
    ------
    HubError
        Si el que se pide no sirve, o la copia no funciona.
    """
    if wanted:
        return _checked(wanted)
    own = Path(sys.base_prefix, "bin", f"python{VERSION[0]}.{VERSION[1]}").resolve()
    return own if serves_everyone(own) else _checked(_copy_python(own, copy))


def serves_everyone(python: Path) -> bool:
    """Si una cuenta cualquiera puede ejecutarlo, y es de una versión que vale."""
    try:
        result = subprocess.run(
            [python, "-c", _SUITS], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/",
            env={"PATH": os.defpath}, capture_output=True,
        )  # fmt: skip
    except OSError:
        return False
    return result.returncode == 0


def _checked(python: Path) -> Path:
    if serves_everyone(python):
        return python
    minimum = ".".join(map(str, VERSION))
    raise HubError(
        f"las demás cuentas no pueden usar {python}, o no es un Python {minimum} o posterior de la misma "
        "serie. Instala uno para todos, rehaz con él el entorno (make setup-hub PYTHON=/ruta/a/python3) y "
        "repite la orden."
    )


def _copy_python(python: Path, copy: Path) -> Path:
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "bin").mkdir(parents=True)
    library = Path(sys.base_prefix) / "lib"
    copy_folder(library, copy / "lib", "site-packages", "test")
    copied = copy / "bin" / python.name
    copied.write_bytes(_look_beside(python.read_bytes(), library))
    for path in (copy, copy / "bin", copied):
        path.chmod(0o755)
    return copied


def _look_beside(program: bytes, library: Path) -> bytes:
    """``program``, que busca ``libpython`` en la carpeta ``library``, buscándola junto a él."""
    old = b"\0" + os.fsencode(library) + b"\0"
    new = b"\0$ORIGIN/../lib".ljust(len(old), b"\0")
    return program.replace(old, new) if len(new) == len(old) else program
