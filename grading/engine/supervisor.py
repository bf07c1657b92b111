"""Quien arranca el servidor de bifurcaciones: le da carpeta y entorno, y lo repone si muere."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from grading.engine.environment import GRADING_VARIABLES
from grading.engine.folders import listen, remove_folder

MAX_STARTS = 20
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "HOME", "XDG_CACHE_HOME")


class ForkServer:
    """Un servidor en marcha, que muere con este proceso. También sirve de contexto.

    Attributes
    ----------
    address
        El socket en el que atiende. No cambia aunque el servidor muera: es de este proceso, y a quien llame
        entretanto le contestará el siguiente.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lab11-templado-"))
        self.address = self._folder / "servidor"
        self._listener = listen(self.address)
        self._lock, self._is_closing = threading.Lock(), False
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self._listener.fileno()
        return subprocess.Popen(
            [sys.executable, "-m", "grading.engine.forkserver", str(descriptor), str(self._folder)],
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,  # nadie escribe en ella: se cierra cuando muere este proceso
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=_environment(self._folder),
            start_new_session=True,
        )

    def _watch(self) -> None:
        for _ in range(MAX_STARTS):
            self._process.wait()
            with self._lock:
                if self._is_closing:
                    return
                self._replace()
        self._listener.close()  # no hay manera: a quien llame se le dice enseguida

    def _replace(self) -> None:
        self._close_pipe()
        for path in self._folder.iterdir():
            if path != self.address:
                remove_folder(path)
        self._process = self._start()

    def _close_pipe(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()

    def close(self) -> None:
        """Acaba el servidor, con todo lo que cuelga de él, y borra su carpeta."""
        with self._lock:
            self._is_closing = True
            self._close_pipe()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._watcher.join()
        self._listener.close()
        remove_folder(self._folder)

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _environment(folder: Path) -> dict[str, str]:
    """Un entorno limpio, con lo justo del de quien corrige."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    fixed = {
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(folder),
    }
    threads = {f"{name}_NUM_THREADS": "1" for name in ("MKL", "OPENBLAS", "NUMEXPR", "VECLIB")}
    return kept | fixed | threads | dict(GRADING_VARIABLES)
