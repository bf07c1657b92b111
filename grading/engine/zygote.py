"""El proceso templado: ejecuta una vez lo común a toda la clase y se bifurca para cada entrega.

``python -m grading.engine.zygote DESCRIPTOR``: habla con ``pool`` por ese socket. De cada bifurcación salen
dos procesos: el jugador, que se encierra, y el juez. El texto de las pruebas solo entra en el juez, después.
Si alguna prueba exige escribir algo desde cero, sale además un gemelo del jugador, sin lo que ya está hecho.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from grading.engine.cells import run_cell
from grading.engine.channel import Channel, ChannelError
from grading.engine.job import Job, Shared, Spent
from grading.engine.judge import Judge
from grading.engine.player import play
from grading.engine.pool import remove_folder
from grading.engine.remote import RemotePlayer
from grading.engine.sandbox import Limits, readable_paths
from grading.engine.sandbox.landlock import adopt_orphans, die_with_parent
from grading.engine.twin import Twin

MAX_MESSAGE = 1_000_000_000
START_SECONDS = 60.0  # lo que puede tardar un jugador en encerrarse, con la máquina ocupada


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
    shared, shell = Shared(**order["shared"]), _new_shell()
    channel.send(_warm_up(shell, shared))
    players = _Players(shell, shared, tuple(map(Path, order["readable"])))
    judge = 0
    try:
        while True:
            request, _ = channel.receive()
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            judge = _fork_judge(players, descriptors[0], request, control)
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


def _warm_up(shell: Any, shared: Shared) -> dict[str, Any]:
    """Ejecuta las celdas comunes; devuelve lo que dio cada una y el error que haya."""
    replies = []
    for source in shared.cells:
        replies.append(run_cell(shell, source, Limits.output_bytes))
        if "error" in replies[-1]:
            return {"error": ": ".join(replies[-1]["error"][:2])}
    if shared.from_scratch:
        _ready_made_files()  # que el gemelo no tenga que importar lo que va a retirar
    if threading.active_count() > 1:
        return {"error": f"las celdas comunes dejan {threading.active_count()} hilos: no se puede bifurcar"}
    gc.collect()
    gc.freeze()  # que el recolector no toque, y así copie, la memoria compartida
    return {"cells": replies}


def _ready_made_files() -> frozenset[Path]:
    from codigo.from_scratch import ready_made_files

    return frozenset(path.resolve() for path in ready_made_files())


def _fork_judge(players: _Players, descriptor: int, request: dict[str, Any], control: Any) -> int:
    pid = os.fork()
    if pid == 0:
        control.close()
        _die_with_parent()
        status = 1
        try:
            _judge(players, descriptor, request)
            status = 0
        finally:
            os._exit(status)
    os.close(descriptor)
    return pid


def _judge(players: _Players, descriptor: int, request: dict[str, Any]) -> None:
    engine = Channel(descriptor, descriptor, MAX_MESSAGE)
    folder, limits = Path(request["folder"]), Limits(**engine.receive()[0])
    players.private.append(descriptor)
    player = players.fork(folder / "jugador", limits)
    if players.shared.from_scratch:
        player.twin = Twin(players.fork(folder / "gemelo", limits, is_twin=True))
    ready = time.monotonic()
    job = Job.from_json(engine.receive()[0])  # los jugadores ya se separaron: no han visto ninguna prueba
    for result in Judge(players.shell.user_ns, player, job).results():
        engine.send(asdict(result))
    engine.send({"done": asdict(_spent(player, request["begin"], ready))})


def _spent(player: RemotePlayer, begin: float, ready: float) -> Spent:
    everyone = [player, player.twin.player] if player.twin else [player]
    student_cpu, execute = sum(one.finish() for one in everyone), sum(one.waited for one in everyone)
    judge = time.monotonic() - ready - execute
    return Spent(fork=ready - begin, execute=execute, judge=judge, student_cpu=student_cpu)


class _Players:
    """De dónde salen los jugadores: el intérprete templado y lo que puede leer cada uno."""

    def __init__(self, shell: Any, shared: Shared, course: tuple[Path, ...]) -> None:
        self.shell, self.shared = shell, shared
        self.readable = readable_paths(course)
        hidden = _ready_made_files() if shared.from_scratch else frozenset()
        self.readable_by_twin = readable_paths(course, hidden)
        self.private: list[int] = []  # los descriptores del juez, que ningún jugador debe tener

    def fork(self, folder: Path, limits: Limits, is_twin: bool = False) -> RemotePlayer:
        """Un jugador nuevo, ya encerrado en ``folder``."""
        folder.mkdir()
        (from_judge, to_player), (from_player, to_judge) = os.pipe(), os.pipe()
        self.private += [to_player, from_player]
        pid = os.fork()
        if pid == 0:
            for descriptor in self.private:
                os.close(descriptor)
            self._play(Channel(from_judge, to_judge, limits.value_bytes), folder, limits, is_twin)
        os.close(from_judge)
        os.close(to_judge)
        channel = Channel(from_player, to_player, limits.value_bytes)
        with suppress(ChannelError):  # si no llegó a encerrarse, se verá en cuanto se le pida algo
            channel.receive(START_SECONDS)
        return RemotePlayer(channel, pid, folder, limits)

    def _play(self, channel: Channel, folder: Path, limits: Limits, is_twin: bool) -> NoReturn:
        _die_with_parent()
        try:
            if is_twin:
                _take_away()
            readable = self.readable_by_twin if is_twin else self.readable
            play(self.shell, channel, folder, limits, readable, self.shared.isolate)
        finally:
            os._exit(1)


def _take_away() -> None:
    from codigo.from_scratch import take_away

    take_away()


def _die_with_parent() -> None:
    die_with_parent()
    # Tras bifurcar, PyTorch rehace su grupo de hilos al usarlo: dos hilos a la vez verían que no está.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(torch.get_num_threads())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C es cosa de quien dio la orden


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
