"""Servidores de Jupyter de usar y tirar: puerto libre, carpetas propias y nada que sobreviva."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

SECONDS_TO_START = 180
# Del entorno de fuera no llega nada que cambie a Jupyter o a nbgrader.
OWN_PREFIXES = ("JUPYTER", "JPY_", "IPYTHON", "NBGRADER", "XDG_RUNTIME")


@dataclass(frozen=True)
class Server:
    """Un servidor que ya responde. ``url`` acaba en «/»."""

    url: str
    token: str
    home: Path
    log: Path

    def at(self, path: str) -> str:
        """La dirección completa de ``path``, con el permiso para entrar."""
        joint = "&" if "?" in path else "?"
        return f"{self.url}{path.lstrip('/')}{joint}token={self.token}"


@contextmanager
def jupyter(
    folder: Path,
    *options: str,
    app: str = "lab",
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
) -> Iterator[Server]:
    """Un servidor de Jupyter cuya raíz es ``folder``; se para con todo lo que haya arrancado.

    ``command`` cambia la orden (por defecto ``python -m jupyter lab``); las opciones van detrás.
    Si la prueba falla, se ve su registro.
    """
    with tempfile.TemporaryDirectory(prefix="lab11-", ignore_cleanup_errors=True) as name:
        home, token = Path(name), secrets.token_hex(16)
        arguments = [*(command or [sys.executable, "-m", "jupyter", app]), *_common(token), *options]
        log = home / "servidor.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                env={**private_environment(home), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Server(_wait_until_it_answers(process, home, token), token, home, log)
        except BaseException:
            print(f"--- registro del servidor ---\n{log.read_text(errors='replace')[-8000:]}")
            raise
        finally:
            stop(process)


def _common(token: str) -> list[str]:
    return [
        "--no-browser",
        "--ip=127.0.0.1",
        # Si alguien ocupa el puerto, Jupyter prueba otros; el bueno se lee de su carpeta de ejecución.
        f"--port={20_000 + secrets.randbelow(10_000)}",
        "--ServerApp.port_retries=50",
        f"--IdentityProvider.token={token}",
        "--ServerApp.shutdown_no_activity_timeout=1800",  # por si nadie llega a pararlo
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def private_environment(home: Path) -> dict[str, str]:
    """El entorno de fuera con carpetas personales en ``home``, salvo la caché (modelos y tipos de letra)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_PREFIXES)}
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return kept | {
        "HOME": str(home),
        "XDG_CACHE_HOME": cache,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_it_answers(process: subprocess.Popen[bytes], home: Path, token: str) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"el servidor acabó con el código {process.returncode}")
        for path in (home / "run").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                url: str = json.loads(path.read_text())["url"]
                urllib.request.urlopen(f"{url}api/status?token={token}", timeout=30).close()
                return url
        time.sleep(0.1)
    raise TimeoutError(f"el servidor no respondió en {SECONDS_TO_START} segundos")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Para el servidor por las buenas y, si no, a él y a sus núcleos, que tienen cada uno su propio grupo."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        server = psutil.Process(process.pid)
        family = [server, *server.children(recursive=True)]
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=15)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait(timeout=30)
