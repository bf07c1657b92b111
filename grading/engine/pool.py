"""Los procesos templados: uno por cuaderno, que sirve a toda la clase."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from grading.engine.channel import Channel, ChannelClosed, ChannelError
from grading.engine.environment import GRADING_VARIABLES
from grading.engine.job import CellResult, Job, Outcome, Shared, Spent

MAX_MESSAGE = 200_000_000
WARM_UP_SECONDS = 600
JUDGE_GRACE = 60.0  # lo que puede tardar el juez por su cuenta, además del tiempo del estudiante
MAX_ATTEMPTS = 3


class EngineError(Exception):
    """El motor no pudo hacer su parte: no es culpa de la entrega."""


class WarmNotebook:
    """Un proceso que ya ejecutó las celdas comunes de un cuaderno.

    Parameters
    ----------
    shared
        Lo común a la clase.

    Raises
    ------
    EngineError
        Si alguna celda común falla: el cuaderno de la fuente está roto.
    ChannelError
        Si el proceso muere antes de terminar.
    """

    def __init__(self, shared: Shared) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lab11-templado-")
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = _start(theirs.fileno(), Path(self._folder.name))
        self._channel = Channel(self._control.fileno(), self._control.fileno(), MAX_MESSAGE)
        self.replies = self._warm_up(shared)

    def _warm_up(self, shared: Shared) -> list[dict[str, Any]]:
        try:
            self._channel.send(
                {"shared": asdict(shared), "readable": [str(path) for path in _course_folders()]}
            )
            answer, _ = self._channel.receive(WARM_UP_SECONDS)
            if "error" in answer:
                raise EngineError(f"No se pueden ejecutar las celdas comunes: {answer['error']}.")
        except (ChannelError, EngineError):
            self.close()
            raise
        return list(answer["cells"])

    def run(self, job: Job) -> Outcome:
        """Ejecuta y juzga una entrega; lo que se supo de cada celda vale aunque el jugador se caiga.

        Raises
        ------
        ChannelError
            Si muere el proceso templado o el juez: no se sabe la nota.
        """
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        try:
            return self._run_in(folder, job)
        finally:
            remove_folder(folder)

    def _run_in(self, folder: Path, job: Job) -> Outcome:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._channel.send({"folder": str(folder), "begin": time.monotonic()})
            _send_descriptor(self._control, theirs.fileno())
            theirs.close()
            judge_pid = self._channel.receive(JUDGE_GRACE)[0]["pid"]
            channel = Channel(ours.fileno(), ours.fileno(), MAX_MESSAGE)
            try:
                return Outcome(self.replies, *_collect(channel, job))
            finally:
                with suppress(ProcessLookupError):
                    os.kill(judge_pid, signal.SIGKILL)  # con él muere el jugador

    def close(self) -> None:
        """Acaba el proceso y borra su carpeta."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def _collect(channel: Channel, job: Job) -> tuple[list[CellResult], Spent]:
    results: list[CellResult] = []
    spent = Spent()
    timeout = job.limits.notebook_seconds + JUDGE_GRACE
    try:
        channel.send(asdict(job.limits))
        channel.send(job.to_json())
        while "done" not in (message := channel.receive(timeout)[0]):
            results.append(CellResult(**message))
        spent = Spent(**message["done"])
    except ChannelClosed:  # el estudiante no puede matar al juez: no es un 0, hay que repetir
        raise
    except ChannelError:  # lo juzgado hasta aquí vale; el resto no llegó a ejecutarse
        pass
    return results, spent


def _send_descriptor(control: socket.socket, descriptor: int) -> None:
    try:
        socket.send_fds(control, [b"j"], [descriptor])
    except OSError as error:
        raise ChannelClosed(str(error)) from error


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


def _start(descriptor: int, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "grading.engine.zygote", str(descriptor)],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )


def _environment(folder: Path) -> dict[str, str]:
    """Un entorno limpio, con lo justo del de quien corrige."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
    fixed = {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(folder),
    }
    threads = {f"{name}_NUM_THREADS": "1" for name in ("MKL", "OPENBLAS", "NUMEXPR", "VECLIB")}
    return kept | fixed | threads | dict(GRADING_VARIABLES)


def _course_folders() -> list[Path]:
    """Lo que una entrega puede leer además de Python: el código del curso y sus modelos."""
    specification = importlib.util.find_spec("codigo")
    folders = list(specification.submodule_search_locations or []) if specification else []
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [*map(Path, folders), cache / "lab11"]


_own = threading.local()  # un trabajador de Dask puede tener varios hilos, y cada uno templa el suyo


def run_job(shared: Shared, job: Job) -> Outcome:
    """Ejecuta y juzga una entrega con el proceso templado de lo común a su clase.

    Si muere el proceso templado o el juez (lo matan, o falta memoria), se empieza otra vez con uno nuevo.

    Raises
    ------
    EngineError
        Si alguna celda común falla, o si el proceso muere una y otra vez.
    """
    for _ in range(MAX_ATTEMPTS):
        try:
            begin = time.monotonic()
            warm = _warm_notebook(shared)
            ready = time.monotonic() - begin
            outcome = warm.run(job)
            return replace(outcome, spent=replace(outcome.spent, warm=ready))
        except ChannelError as error:
            close_all()
            reason = str(error)
    raise EngineError(f"el proceso que corregía murió {MAX_ATTEMPTS} veces ({reason})")


def _warm_notebook(shared: Shared) -> WarmNotebook:
    """El proceso templado de este cuaderno; solo se guarda el último, para acotar la memoria."""
    if getattr(_own, "shared", None) != shared:
        close_all()
        _own.warm, _own.shared = WarmNotebook(shared), shared
    return _own.warm


def close_all() -> None:
    """Acaba el proceso templado de este hilo."""
    _own.shared = None
    if warm := _own.__dict__.pop("warm", None):
        warm.close()
