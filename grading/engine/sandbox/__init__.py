"""El encierro del código de una entrega: archivos, llamadas al sistema y límites, sin root ni paquetes."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.engine.sandbox.landlock import abi_version, restrict_files
from grading.engine.sandbox.limits import Limits, apply_kernel_limits, drop_privileges
from grading.engine.sandbox.seccomp import is_supported, restrict_calls

__all__ = ["Limits", "Readable", "confine", "readable_paths", "why_unavailable"]

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


@dataclass(frozen=True)
class Readable:
    """Lo que puede leer una entrega, además de su carpeta.

    Attributes
    ----------
    whole
        Archivos, y carpetas con todo lo que contienen.
    listed
        Carpetas de las que solo puede ver la lista.
    """

    whole: tuple[Path, ...]
    listed: tuple[Path, ...] = ()


def readable_paths(course: Iterable[Path], hidden: frozenset[Path] = frozenset()) -> Readable:
    """Python, lo del sistema y ``course``, menos los archivos ``hidden``.

    Landlock concede carpetas enteras: la que tiene dentro algo oculto se cambia por lo demás que contiene.
    """
    folders = [path.resolve() for path in (*_python_folders(), *course, *_system_folders()) if path.exists()]
    split = {folder for folder in folders for file in hidden if file.is_relative_to(folder)}
    listed = {parent for file in hidden for parent in file.parents if any(map(parent.is_relative_to, split))}
    whole = {path for folder in folders for path in _without(folder, hidden)}
    return Readable(tuple(sorted(whole)), tuple(sorted(listed)))


def _without(path: Path, hidden: frozenset[Path]) -> Iterator[Path]:
    if not any(file.is_relative_to(path) for file in hidden):
        yield path
    elif path not in hidden:
        for child in path.iterdir():
            # Un enlace no se sigue hacia dentro: podría dar la vuelta a la misma carpeta.
            if not child.is_symlink():
                yield from _without(child, hidden)
            elif child.exists() and not any(file.is_relative_to(child.resolve()) for file in hidden):
                yield child.resolve()


def confine(folder: Path, limits: Limits, readable: Readable) -> None:
    """Encierra este proceso en ``folder``, para siempre.

    Parameters
    ----------
    folder
        La única carpeta en la que podrá escribir; pasa a ser la de trabajo.
    limits
        Lo que puede gastar.
    readable
        Lo que además podrá leer, que da :func:`readable_paths`.

    Raises
    ------
    OSError
        Si el kernel no acepta alguna restricción.
    """
    os.chdir(folder)
    apply_kernel_limits(limits)
    drop_privileges()
    own = Path(f"/proc/{os.getpid()}")
    restrict_files([*readable.whole, own], [folder, *map(Path, _DEVICES)], readable.listed)
    restrict_calls()


def _python_folders() -> set[Path]:
    paths = sysconfig.get_paths()
    return {Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {
        Path(sys.base_prefix) / "lib",
        Path(sys.prefix) / "share",
    }


def _system_folders() -> list[Path]:
    return [*map(Path, (*_SYSTEM, *_FILES))]
