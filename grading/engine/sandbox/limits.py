"""Los límites de lo que ejecuta una entrega, y los que pone el propio kernel."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Lo que puede gastar un cuaderno.

    Attributes
    ----------
    cell_seconds, notebook_seconds
        Tiempo por celda y por cuaderno, sin contar lo que se espera a un procesador libre.
    memory_bytes
        Memoria por encima de la que ya tenía el proceso templado.
    file_bytes
        Tamaño de todos los archivos de la carpeta privada, y de cada uno.
    output_bytes
        Lo que se guarda de cada flujo de texto de cada celda.
    notebook_output_bytes
        Lo que se guarda de todas las salidas del cuaderno.
    value_bytes
        Lo más que puede pesar en el juez lo que se le entrega de una vez.
    held_bytes
        Lo más que puede pesar todo lo que una prueba tiene a la vez.
    classifier_bytes
        Lo más que pueden ocupar los pesos de un clasificador, que van aparte.
    figure_bytes
        Lo más que puede ocupar lo dibujado en las figuras que mira una prueba.
    """

    cell_seconds: float = 30.0
    notebook_seconds: float = 300.0
    memory_bytes: int = 3_000 * MEGABYTE
    file_bytes: int = 200 * MEGABYTE
    output_bytes: int = 1 * MEGABYTE
    notebook_output_bytes: int = 10 * MEGABYTE
    value_bytes: int = 32 * MEGABYTE
    held_bytes: int = 64 * MEGABYTE
    classifier_bytes: int = 140 * MEGABYTE  # los del curso ocupan 133 MB
    figure_bytes: int = 60 * MEGABYTE


MAX_OPEN_FILES = 256
_CAPABILITY_VERSION = 0x20080522
_READ_ANY_FILE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE y CAP_DAC_READ_SEARCH: de los archivos se ocupa Landlock


def apply_kernel_limits(limits: Limits) -> None:
    """Pone en este proceso los límites que hace cumplir el kernel."""
    cpu = int(limits.notebook_seconds) + 1
    for kind, value in (
        (resource.RLIMIT_AS, _mapped_bytes() + limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        allowed = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        resource.setrlimit(kind, (allowed, allowed))


def _mapped_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def drop_privileges() -> None:
    """Si lo ejecuta root, deja de poder lo que root: subir los límites, cambiar de usuario, mirar procesos.

    Raises
    ------
    OSError
        Si el kernel no lo acepta.
    """
    if sys.platform != "linux" or os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, kept = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(header, kept):
        raise OSError(ctypes.get_errno(), "capget")
    for word in range(6):  # efectivas, permitidas y heredables; primero las 32 bajas
        kept[word] &= _READ_ANY_FILE if word < 2 else 0
    if libc.capset(header, kept):
        raise OSError(ctypes.get_errno(), "capset")
