"""El proceso templado: ejecuta una vez lo común a toda la clase y se bifurca para cada entrega.

Lo crea ``forkserver``, que le pasa las conexiones de los trabajadores. De cada bifurcación salen dos
procesos: el jugador, que se encierra, y el juez. El texto de las pruebas solo entra en el juez, después. Si
alguna prueba exige escribir algo desde cero, sale además un gemelo del jugador, sin lo que ya está hecho.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import select
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from grading.engine.cells import run_cell
from grading.engine.channel import Channel, ChannelError
from grading.engine.clock import FairClock
from grading.engine.folders import remove_folder
from grading.engine.job import Job, Shared, Spent
from grading.engine.judge import Judge
from grading.engine.levels import freeze
from grading.engine.player import play
from grading.engine.processes import JUDGE, PLAYER, TWIN, adopt_orphans, reap, settle, why_not_forkable
from grading.engine.remote import RemotePlayer
from grading.engine.sandbox import Limits, Readable, readable_paths
from grading.engine.special import prepare_models
from grading.engine.twin import Twin

MAX_MESSAGE = 1_000_000_000
COMMON = "comun.json"  # lo común a la clase, en la carpeta del proceso templado
START_SECONDS = 60.0  # lo que puede tardar un jugador en encerrarse, con la máquina ocupada
_TICK_SECONDS = 0.2


def serve(control: socket.socket, problem: str = "") -> None:
    """Templa el cuaderno que llegue y atiende conexiones; cerrado ``control``, acaba lo empezado y se va.

    Parameters
    ----------
    control
        Por donde llegan la carpeta, con el cuaderno, y después las conexiones.
    problem
        Por qué no se puede bifurcar; vacío si se puede. Se dice a quien llame.
    """
    adopt_orphans()
    with suppress(ChannelError):
        order, _ = Channel(control.fileno(), control.fileno(), MAX_MESSAGE).receive()
        folder = Path(order["folder"])
        try:
            _enter(folder)
            shared = Shared(**json.loads((folder / COMMON).read_text(encoding="utf-8")))
            _serve_clients(control, Warm.up(shared, problem), folder)
        finally:
            remove_folder(folder)


def _enter(folder: Path) -> None:
    os.chdir(folder)
    os.environ["IPYTHONDIR"] = str(folder)
    if numpy := sys.modules.get("numpy"):  # su estado es el de todos los que salgan del mismo nivel
        numpy.random.seed()


def _serve_clients(control: socket.socket, warm: Warm, folder: Path) -> None:
    judges: dict[int, Path] = {}
    is_open = True
    while is_open or judges:
        ready = select.select([control] if is_open else [], [], [], _TICK_SECONDS if judges else None)[0]
        for pid in reap():
            if private := judges.pop(pid, None):
                remove_folder(private)  # si lo mataron, aún está
        if ready:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            is_open = bool(descriptors)
            for descriptor in descriptors:
                with socket.socket(fileno=descriptor) as client:
                    judges |= _attend(control, client, warm, folder)


def _attend(control: socket.socket, client: socket.socket, warm: Warm, folder: Path) -> dict[int, Path]:
    """Bifurca un juez para ``client``; devuelve su proceso y su carpeta."""
    if warm.error:
        with suppress(ChannelError):
            Channel(client.fileno(), client.fileno(), MAX_MESSAGE).send({"error": warm.error})
        return {}
    private = Path(tempfile.mkdtemp(prefix="entrega-", dir=folder))
    pid = _fork(JUDGE)
    if pid == 0:
        try:
            control.close()
            _judge(warm, Channel(client.fileno(), client.fileno(), MAX_MESSAGE), private)
        finally:
            os._exit(0)
    return {pid: private}


def _fork(name: str) -> int:
    """Bifurca; el hijo sigue con los mismos números al azar, que Python cambia por su cuenta."""
    parent, state = os.getpid(), random.getstate()
    pid = os.fork()
    if pid == 0:
        settle(name, parent)
        random.setstate(state)
    return pid


@dataclass
class Warm:
    """Un cuaderno templado.

    Attributes
    ----------
    shell, shared
        El intérprete que ejecutó lo común, y lo común.
    replies
        Lo que dio cada celda.
    error
        Por qué no sirve; vacío si sirve.
    ready
        Cuándo acabó de templarse, en el reloj de ``time.monotonic``.
    readable, readable_by_twin
        Lo que puede leer el jugador, y lo que puede leer el gemelo.
    """

    shell: Any
    shared: Shared
    error: str = ""
    replies: list[dict[str, Any]] = field(default_factory=list)
    ready: float = 0.0
    readable: Readable = field(default_factory=lambda: Readable(()))
    readable_by_twin: Readable = field(default_factory=lambda: Readable(()))

    @classmethod
    def up(cls, shared: Shared, problem: str) -> Warm:
        """Ejecuta las celdas comunes de ``shared``."""
        warm = cls(_new_shell(), shared, problem)
        for source in shared.cells:
            warm.replies.append(run_cell(warm.shell, source, Limits.output_bytes))
            if "error" in warm.replies[-1]:
                warm.error = ": ".join(warm.replies[-1]["error"][:2])
                return warm
        prepare_models(warm.shell.user_ns)
        warm.readable = warm.readable_by_twin = readable_paths(_course_folders())
        if shared.from_scratch:  # de paso importa lo que el gemelo va a retirar
            warm.readable_by_twin = readable_paths(_course_folders(), _ready_made_files())
        warm.error = warm.error or why_not_forkable("ejecutarlas")
        freeze()
        warm.ready = time.monotonic()
        return warm


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


def _ready_made_files() -> frozenset[Path]:
    from codigo.from_scratch import ready_made_files

    return frozenset(path.resolve() for path in ready_made_files())


def _judge(warm: Warm, engine: Channel, folder: Path) -> None:
    """Ejecuta y juzga la entrega que pida ``engine``; antes de decir que acabó, borra ``folder``."""
    order, _ = engine.receive()
    engine.send({"pid": os.getpid(), "cells": warm.replies if order["replies"] else []})
    limits, begin = Limits(**order["limits"]), max(warm.ready, order["begin"])
    players = _Players(warm, engine, limits)
    player = players.fork(folder / "jugador")
    if warm.shared.from_scratch:
        player.twin = Twin(players.fork(folder / "gemelo", is_twin=True))
    ready = time.monotonic()
    job = Job.from_json(engine.receive()[0])  # los jugadores ya se separaron: no han visto ninguna prueba
    for result in Judge(warm.shell.user_ns, player, job).results():
        engine.send(asdict(result))
    spent = _spent(player, begin, ready, waited=begin - order["begin"])
    remove_folder(folder)
    engine.send({"done": asdict(spent)})


def _spent(player: RemotePlayer, begin: float, ready: float, waited: float) -> Spent:
    everyone = [player, player.twin.player] if player.twin else [player]
    student_cpu, execute = sum(one.finish() for one in everyone), sum(one.waited for one in everyone)
    judge = time.monotonic() - ready - execute
    return Spent(warm=waited, fork=ready - begin, execute=execute, judge=judge, student_cpu=student_cpu)


class _Players:
    """De dónde salen los jugadores de una entrega: el intérprete templado y lo que puede leer cada uno."""

    def __init__(self, warm: Warm, engine: Channel, limits: Limits) -> None:
        self.warm, self.engine, self.limits = warm, engine, limits
        self._private = [engine.reader]  # los descriptores del juez, que ningún jugador debe tener

    def fork(self, folder: Path, is_twin: bool = False) -> RemotePlayer:
        """Un jugador nuevo, ya encerrado en ``folder``."""
        folder.mkdir()
        (from_judge, to_player), (from_player, to_judge) = os.pipe(), os.pipe()
        self._private += [to_player, from_player]
        pid = _fork(TWIN if is_twin else PLAYER)
        if pid == 0:
            for descriptor in self._private:
                os.close(descriptor)
            self._play(Channel(from_judge, to_judge, self.limits.value_bytes), folder, is_twin)
        os.close(from_judge)
        os.close(to_judge)
        channel = Channel(from_player, to_player, self.limits.value_bytes, FairClock(pid))
        with suppress(ChannelError):  # si no llegó a encerrarse, se verá en cuanto se le pida algo
            channel.receive(START_SECONDS)
        return self._watched(RemotePlayer(channel, pid, folder, self.limits))

    def _watched(self, player: RemotePlayer) -> RemotePlayer:
        """Mientras se espera al jugador, también se mira si sigue ahí quien encargó el trabajo."""
        look, poll = player.channel.watch, select.poll()
        poll.register(self.engine.reader, 0)

        def watch() -> None:
            if poll.poll(0):
                os._exit(1)  # con este proceso muere el jugador; su carpeta la borra el templado
            look()

        player.channel.watch = watch
        return player

    def _play(self, channel: Channel, folder: Path, is_twin: bool) -> NoReturn:
        try:
            if is_twin:
                _take_away()
            readable = self.warm.readable_by_twin if is_twin else self.warm.readable
            play(self.warm.shell, channel, folder, self.limits, readable, self.warm.shared.isolate)
        finally:
            os._exit(1)


def _course_folders() -> list[Path]:
    """Lo que una entrega puede leer además de Python: el código del curso y sus modelos."""
    specification = importlib.util.find_spec("codigo")
    folders = list(specification.submodule_search_locations or []) if specification else []
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [*map(Path, folders), cache / "lab11"]


def _take_away() -> None:
    from codigo.from_scratch import take_away

    take_away()
