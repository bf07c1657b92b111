"""El encierro del código de una entrega: archivos, llamadas al sistema y límites, sin root ni paquetes."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from grading.engine.sandbox.landlock import abi_version, restrict_files
from grading.engine.sandbox.limits import Limits, apply_kernel_limits, drop_privileges
from grading.engine.sandbox.seccomp import is_supported, restrict_calls

__all__ = ["Limits", "confine", "why_unavailable"]

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share", "/etc/fonts")
_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def why_unavailable() -> str:
    """Por qué este sistema no puede encerrar una entrega; vacío si puede."""
    if sys.platform != "linux":
        return f"hace falta Linux, y esto es {sys.platform}"
    if not is_supported():
        return f"no se conoce la arquitectura {os.uname().machine}"
    if not abi_version():
        return "el kernel no tiene Landlock (hace falta Linux 5.13 o posterior, con Landlock encendido)"
    return ""


def confine(folder: Path, limits: Limits, extra_readable: tuple[Path, ...] = ()) -> None:
    """Encierra este proceso en ``folder``, para siempre.

    Parameters
    ----------
    folder
        La única carpeta en la que podrá escribir; pasa a ser la de trabajo.
    limits
        Lo que puede gastar.
    extra_readable
        Carpetas que además podrá leer: el código del curso y sus modelos.

    Raises
    ------
    OSError
        Si el kernel no acepta alguna restricción.
    """
    os.chdir(folder)
    apply_kernel_limits(limits)
    drop_privileges()
    restrict_files([*_python_folders(), *extra_readable, *_system_folders()], [folder, *map(Path, _DEVICES)])
    restrict_calls()


def _python_folders() -> set[Path]:
    paths = sysconfig.get_paths()
    return {Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {
        Path(sys.base_prefix) / "lib",
        Path(sys.prefix) / "share",
    }


def _system_folders() -> list[Path]:
    return [*map(Path, (*_SYSTEM, *_FILES)), Path(f"/proc/{os.getpid()}")]
