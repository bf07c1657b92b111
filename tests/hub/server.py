"""El hub instalado como dice la documentación, en marcha en puertos libres."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from grading.course import PROJECT_ROOT
from tests.browser.lab_page import EXPOSE
from tests.hub.accounts import Classroom

SECONDS_TO_START = 300


@dataclass(frozen=True)
class Hub:
    """Un hub que ya responde."""

    url: str
    prefix: Path
    log: Path

    @contextmanager
    def log_on_failure(self) -> Iterator[None]:
        """Si algo falla dentro del bloque, escribe el final del registro."""
        try:
            yield
        except BaseException:
            print(f"--- registro del hub ---\n{self.log.read_text(errors='replace')[-20000:]}")
            raise


@dataclass(frozen=True)
class Seat:
    """El servidor de una cuenta dentro del hub; ``at`` da direcciones, como el de un servidor suelto."""

    hub: Hub
    name: str

    def at(self, path: str) -> str:
        return f"{self.hub.url}/user/{self.name}/{path}"


def install(classroom: Classroom, ports: list[int]) -> Path:
    """Pasa el instalador y devuelve la carpeta instalada."""
    prefix = classroom.folder / "lab11"
    command = [
        sys.executable, "-m", "hub", "--prefix", prefix, "--instructor", classroom.instructor.name,
        "--instructors-group", classroom.instructors_group, "--students-group", classroom.students_group,
        "--environment", sys.prefix, "--ports", *map(str, ports),
    ]  # fmt: skip
    result = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return prefix


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running_hub(prefix: Path, port: int) -> Iterator[Hub]:
    """Arranca el hub y lo para con todo lo que haya arrancado."""
    hub = Hub(f"http://127.0.0.1:{port}", prefix, prefix / "hub" / "hub.log")
    config = prefix / "hub" / "test_config.py"
    config.write_text(f"load_subconfig('jupyterhub_config.py')\nc.Spawner.args += [{EXPOSE!r}]\n")
    command = [prefix / "env" / "bin" / "jupyterhub", "-f", config]
    with hub.log.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=prefix / "hub", env={"PATH": os.defpath}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        with hub.log_on_failure():
            _wait_until_it_answers(process, hub)
        yield hub
    finally:
        _stop(process)


def _wait_until_it_answers(process: subprocess.Popen[bytes], hub: Hub) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None, f"el hub acabó con el código {process.returncode}"
        with suppress(OSError):
            urllib.request.urlopen(f"{hub.url}/hub/health", timeout=30).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"el hub no respondió en {SECONDS_TO_START} segundos")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # el hub para él mismo los servidores de las cuentas y el proxy
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=60)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
