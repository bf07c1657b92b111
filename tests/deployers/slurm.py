"""Un SLURM de verdad, de un nodo, en una carpeta y en loopback, sin tocar el del sistema."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sinfo", "sbatch", "scancel")
SECONDS = 60
# El nodo dice tener más de lo que tiene: la página pide lo que tendría uno de verdad.
CONFIGURATION = """\
ClusterName=prueba
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/estado
SlurmdSpoolDir={folder}/nodo
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
NodeName={host} NodeAddr=127.0.0.1 CPUs=64 RealMemory=600000 State=UNKNOWN
PartitionName={queue} Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """Los programas de SLURM que faltan."""
    return [name for name in PROGRAMS if _path(name) is None]


def _path(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@contextmanager
def slurm(folder: Path, queue: str) -> Iterator[dict[str, str]]:
    """El entorno con el que se usa un SLURM con la partición ``queue``, mientras dura el bloque."""
    for name in ("munge", "estado", "nodo"):
        (folder / name).mkdir(mode=0o700)
    configuration = folder / "slurm.conf"
    configuration.write_text(_configuration(folder, queue), encoding="utf-8")
    munge = folder / "munge"
    subprocess.run([_path("mungekey"), "--create", f"--keyfile={munge}/llave"], check=True)
    files = {
        "key-file": "llave",
        "socket": "socket",
        "pid-file": "pid",
        "log-file": "log",
        "seed-file": "semilla",
    }
    options = [f"--{option}={munge}/{name}" for option, name in files.items()]
    with (
        daemon(["munged", "--foreground", "--force", *options], folder),
        daemon(["slurmctld", "-D", "-f", str(configuration)], folder),
        daemon(["slurmd", "-D", "-f", str(configuration)], folder),
    ):
        environment = {**os.environ, "SLURM_CONF": str(configuration)}
        _wait_for_the_node(environment)
        try:
            yield environment
        finally:
            subprocess.run(["scancel", "--full", f"--partition={queue}"], env=environment, check=False)
            _wait_for_the_jobs(environment)


def _configuration(folder: Path, queue: str) -> str:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        controller, node = one.getsockname()[1], other.getsockname()[1]
    user = pwd.getpwuid(os.geteuid()).pw_name
    host = socket.gethostname().partition(".")[0]
    return CONFIGURATION.format(
        folder=folder, queue=queue, user=user, host=host, controller=controller, daemon=node
    )


@contextmanager
def daemon(command: list[str], folder: Path) -> Iterator[None]:
    """Un programa en primer plano, que no sobrevive al bloque; lo que escribe va a ``folder``."""
    with (folder / f"{command[0]}.salida").open("wb") as output:
        process = subprocess.Popen(
            [_path(command[0]) or command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for_the_node(environment: dict[str, str]) -> None:
    command = ["sinfo", "--noheader", "--format=%t"]
    _wait(lambda: _said(command, environment) == "idle", "el nodo de SLURM no llega a estar listo")


def _wait_for_the_jobs(environment: dict[str, str]) -> None:
    _wait(lambda: not _said(["squeue", "--noheader"], environment), "los trabajos de SLURM no acaban")


def _said(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    ).stdout.strip()


def _wait(is_done, why: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_done():
        assert time.monotonic() < deadline, why
        time.sleep(0.2)
