"""Las carpetas temporales del motor, y el socket que vive en una."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LONGEST_ADDRESS = 100  # el kernel admite 107 bytes


def remove_folder(folder: Path) -> None:
    """Borra la carpeta privada de una entrega, que pudo hacerla honda, sin permisos, o seguir escribiendo."""
    for _ in range(50):
        with suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, str(folder)], stderr=subprocess.DEVNULL, check=False)
        time.sleep(0.1)  # su proceso acaba de recibir la señal de morir


def listen(path: Path) -> socket.socket:
    """Un socket que atiende en ``path``."""
    listener = socket.socket(socket.AF_UNIX)
    with _short(path) as address:
        listener.bind(address)
    listener.listen(64)
    return listener


def connect(path: Path) -> socket.socket:
    """Un socket conectado con quien atiende en ``path``.

    Raises
    ------
    OSError
        Si no atiende nadie.
    """
    client = socket.socket(socket.AF_UNIX)
    try:
        with _short(path) as address:
            client.connect(address)
    except OSError:
        client.close()
        raise
    return client


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """``path`` en pocas letras: la carpeta temporal puede estar muy adentro."""
    if len(os.fsencode(path)) < _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
