"""El proceso templado: ejecuta una vez lo común a toda la clase y se bifurca para cada entrega.

``python -m grading.engine.zygote DESCRIPTOR``: habla con ``pool`` por ese socket. De cada bifurcación salen
dos procesos: el jugador, que se encierra, y el juez. El texto de las pruebas solo entra en el juez, después.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grading.engine.cells import run_cell
from grading.engine.channel import Channel, ChannelError
from grading.engine.job import Job
from grading.engine.judge import Judge
from grading.engine.player import play
from grading.engine.pool import remove_folder
from grading.engine.remote import RemotePlayer
from grading.engine.sandbox import Limits
from grading.engine.sandbox.landlock import adopt_orphans, die_with_parent

MAX_MESSAGE = 1_000_000_000


def main(descriptor: int) -> None:
    """Templa el cuaderno que llegue, atiende entregas hasta que se cierre el socket y borra su carpeta."""
    folder = Path.cwd()
    try:
        with socket.socket(fileno=descriptor) as control, suppress(ChannelError):
            _serve(control)
    finally:  # también si a quien lo creó lo mataron: nadie más la borraría
        remove_folder(folder)


def _serve(control: socket.socket) -> None:
    channel = Channel(control.fileno(), control.fileno(), MAX_MESSAGE)
    adopt_orphans()
    order, _ = channel.receive()
    shell = _new_shell()
    channel.send(_warm_up(shell, order["cells"]))
    readable = tuple(map(Path, order["readable"]))
    judge = 0
    try:
        while True:
            request, _ = channel.receive()
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            judge = _fork_judge(shell, descriptors[0], readable, request, control)
            channel.send({"pid": judge})
            _reap()
    finally:
        if judge:
            _kill(judge)


def _kill(judge: int) -> None:
    with suppress(ChildProcessError):
        if os.waitpid(judge, os.WNOHANG) == (0, 0):
            os.kill(judge, signal.SIGKILL)  # con él muere el jugador


def _new_shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False  # su hilo impediría bifurcar sin riesgo
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell._showtraceback = lambda *_: None  # el error va aparte: en la salida estaría repetido
    # Lo que un cuaderno de Jupyter admite y aquí no existe no debe costarle la celda a nadie.
    shell.enable_gui = lambda gui=None: None  # %matplotlib inline
    shell.system = shell.getoutput = _no_commands  # !pip install, %pip
    with suppress(ImportError):
        from tqdm import tqdm

        tqdm.monitor_interval = 0
    return shell


def _no_commands(command: str, *_: Any, **__: Any) -> list[str]:
    print(f"Al corregir no se ejecutan órdenes del sistema: {command}")
    return []


def _warm_up(shell: Any, cells: list[str]) -> dict[str, Any]:
    """Ejecuta las celdas comunes; devuelve lo que dio cada una y el error que haya."""
    replies = []
    for source in cells:
        replies.append(run_cell(shell, source, Limits.output_bytes))
        if "error" in replies[-1]:
            return {"error": ": ".join(replies[-1]["error"][:2])}
    if threading.active_count() > 1:
        return {"error": f"las celdas comunes dejan {threading.active_count()} hilos: no se puede bifurcar"}
    gc.collect()
    gc.freeze()  # que el recolector no toque, y así copie, la memoria compartida
    return {"cells": replies}


def _fork_judge(
    shell: Any, descriptor: int, readable: tuple[Path, ...], request: dict[str, Any], control: Any
) -> int:
    pid = os.fork()
    if pid == 0:
        control.close()
        _die_with_parent()
        status = 1
        try:
            _judge(shell, descriptor, readable, request)
            status = 0
        finally:
            os._exit(status)
    os.close(descriptor)
    return pid


def _judge(shell: Any, descriptor: int, readable: tuple[Path, ...], request: dict[str, Any]) -> None:
    engine = Channel(descriptor, descriptor, MAX_MESSAGE)
    folder, limits = Path(request["folder"]), Limits(**engine.receive()[0])
    channel, pid = _fork_player(shell, folder, limits, readable, bool(request["isolate"]), descriptor)
    job = Job.from_json(engine.receive()[0])  # el jugador ya se separó: no ha visto ninguna prueba
    player = RemotePlayer(channel, pid, folder, job.limits)
    for result in Judge(shell.user_ns, player, job).results():
        engine.send(asdict(result))
    player.stop("")
    engine.send({"done": True})


def _fork_player(
    shell: Any, folder: Path, limits: Limits, readable: tuple[Path, ...], isolate: bool, judge_descriptor: int
) -> tuple[Channel, int]:
    (from_judge, to_player), (from_player, to_judge) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        for unused in (to_player, from_player, judge_descriptor):
            os.close(unused)
        _die_with_parent()
        try:
            channel = Channel(from_judge, to_judge, limits.value_bytes)
            play(shell, channel, folder, limits, readable, isolate)
        finally:
            os._exit(1)
    os.close(from_judge)
    os.close(to_judge)
    return Channel(from_player, to_player, limits.value_bytes), pid


def _die_with_parent() -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C es cosa de quien dio la orden


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
