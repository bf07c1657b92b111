"""El servidor de bifurcaciones: uno por máquina y corrección; de él salen los procesos templados.

``python -m grading.engine.forkserver DESCRIPTOR CARPETA``: atiende en el socket que recibe ya abierto. Cada
conexión es un encargo: dice de qué cuaderno es, y el servidor se la pasa al proceso templado de ese cuaderno,
que sirve a todos los trabajadores. Si no lo hay, lo hace desde su nivel (``levels``); el servidor es el
primero.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from grading.engine import zygote
from grading.engine.channel import Channel, ChannelError
from grading.engine.folders import remove_folder
from grading.engine.job import Shared
from grading.engine.levels import LEVELS, level_of
from grading.engine.processes import (
    LEVEL,
    SERVER,
    WARM,
    adopt_orphans,
    name_process,
    reap,
    settle,
    why_not_forkable,
)

MAX_WARM = 6  # cuadernos templados a la vez: es lo que acota la memoria
IDLE_SECONDS = 300.0  # uno al que nadie llama en este tiempo se cierra
REQUEST_SECONDS = 10.0
MAX_REQUEST = 50_000_000
_LIFELINE = 0  # la entrada estándar: se cierra cuando muere quien arrancó el servidor
_TICK_SECONDS = 1.0
_NEXT_LEVEL, _NOTEBOOK = b"n", b"c"


def main(listener: socket.socket, folder: Path) -> None:
    """Atiende hasta que muera quien lo arrancó; entonces acaba con todo y borra la carpeta."""
    name_process(SERVER)
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    LEVELS[0].load()
    server = Server(listener, folder)
    try:
        server.serve()
    finally:
        server.kill_all()
        remove_folder(folder)


@dataclass(eq=False)
class _Member:
    """Un proceso que atiende al servidor, por su socket."""

    control: socket.socket
    folder: Path | None = None
    used: float = field(default_factory=time.monotonic)

    def fileno(self) -> int:
        return self.control.fileno()


class Server:
    """Reparte las conexiones entre los procesos templados.

    Parameters
    ----------
    listener
        El socket en el que llaman los trabajadores.
    folder
        La carpeta de todo lo que haga.
    """

    def __init__(self, listener: socket.socket, folder: Path) -> None:
        self.listener, self.folder = listener, folder
        self.levels: dict[int, _Member] = {}
        self.warm: dict[str, _Member] = {}  # por lo común del cuaderno; el último usado, al final
        self._nursery = _Nursery(0, why_not_forkable("importar lo básico"))
        self._made = 0

    def serve(self) -> None:
        """Atiende mientras viva quien lo arrancó."""
        while True:
            members = [*self.levels.values(), *self.warm.values()]
            watched: list[Any] = [_LIFELINE, self.listener, *members]
            ready = select.select(watched, [], [], _TICK_SECONDS)[0]
            if _LIFELINE in ready:
                return
            self._nursery.reap()
            for member in members:
                if member in ready:  # nunca dicen nada: es que ya no está
                    self._drop(member, dead=True)
            if self.listener in ready:
                self._attend()
            self._close_idle()

    def kill_all(self) -> None:
        """Mata a los hijos; con ellos mueren los suyos."""
        self._nursery.kill_all()

    def _attend(self) -> None:
        client, _ = self.listener.accept()
        with client, suppress(ChannelError, OSError, ValueError, LookupError, TypeError):
            channel = Channel(client.fileno(), client.fileno(), MAX_REQUEST)
            shared = Shared(**channel.receive(REQUEST_SECONDS)[0]["shared"])
            key = json.dumps(asdict(shared), sort_keys=True)
            if not self._hand_over(client, key):
                self._make_warm(key, shared, client)
                self._hand_over(client, key)

    def _hand_over(self, client: socket.socket, key: str) -> bool:
        """Pasa la conexión al proceso templado de ``key``; dice si lo hay."""
        member = self.warm.pop(key, None)
        if member is None:
            return False
        try:
            socket.send_fds(member.control, [b"e"], [client.fileno()])
        except OSError:  # acaba de morir
            self._drop(member, dead=True)
            return False
        member.used = time.monotonic()
        self.warm[key] = member  # al final: es el último usado
        return True

    def _make_warm(self, key: str, shared: Shared, client: socket.socket) -> None:
        while len(self.warm) >= MAX_WARM:
            self._drop(next(iter(self.warm.values())))
        self._made += 1
        folder = self.folder / f"cuaderno-{self._made}"
        folder.mkdir()
        # En un archivo: su nivel puede estar aún importando, y un mensaje largo haría esperar a los demás.
        (folder / zygote.COMMON).write_text(key, encoding="utf-8")
        member = self._new_member(level_of(shared), _NOTEBOOK, client)
        member.folder, self.warm[key] = folder, member
        Channel(member.fileno(), member.fileno(), MAX_REQUEST).send({"folder": str(folder)}, timeout=0)

    def _level(self, number: int, client: socket.socket) -> _Member:
        if number not in self.levels:
            self.levels[number] = self._new_member(number - 1, _NEXT_LEVEL, client)
        return self.levels[number]

    def _new_member(self, number: int, order: bytes, client: socket.socket) -> _Member:
        """Un proceso nuevo, bifurcado del nivel ``number``."""
        ours, theirs = socket.socketpair()
        with theirs:
            if number:
                socket.send_fds(self._level(number, client).control, [order], [theirs.fileno()])
            else:
                inherited = [self.listener, client, ours, *self._controls()]
                self._nursery.fork(order, theirs, inherited)
        return _Member(ours)

    def _controls(self) -> list[socket.socket]:
        return [member.control for member in (*self.levels.values(), *self.warm.values())]

    def _close_idle(self) -> None:
        limit = time.monotonic() - IDLE_SECONDS
        for member in [one for one in self.warm.values() if one.used < limit]:
            self._drop(member)

    def _drop(self, member: _Member, dead: bool = False) -> None:
        """Olvida a un miembro; si estaba vivo, acabará lo que tenga entre manos y se irá."""
        member.control.close()
        self.levels = {key: one for key, one in self.levels.items() if one is not member}
        self.warm = {key: one for key, one in self.warm.items() if one is not member}
        if dead and member.folder:
            remove_folder(member.folder)


class _Nursery:
    """De donde salen procesos: un nivel, con lo que ya tiene importado.

    Parameters
    ----------
    number
        Su lugar en ``LEVELS``.
    problem
        Por qué no se puede bifurcar sin riesgo; vacío si se puede.
    """

    def __init__(self, number: int, problem: str) -> None:
        self.number, self.problem = number, problem
        self.children: set[int] = set()

    def fork(self, order: bytes, theirs: socket.socket, inherited: Iterable[socket.socket]) -> None:
        """Bifurca un proceso que atiende en ``theirs`` y suelta lo demás."""
        if order == _NEXT_LEVEL:
            self._fork(LEVEL, inherited, lambda: _serve_level(theirs, self.number + 1, self.problem))
        else:
            self._fork(WARM, inherited, lambda: zygote.serve(theirs, self.problem))

    def _fork(self, name: str, inherited: Iterable[socket.socket], work: Callable[[], None]) -> None:
        parent, pid = os.getpid(), os.fork()
        if pid:
            self.children.add(pid)
            return
        try:
            settle(name, parent)
            for one in inherited:
                one.close()
            work()
        finally:
            os._exit(0)

    def reap(self) -> None:
        """Recoge a los hijos que hayan acabado."""
        self.children -= set(reap())

    def kill_all(self) -> None:
        """Mata a los hijos."""
        for pid in self.children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _serve_level(control: socket.socket, number: int, problem: str) -> None:
    """Un nivel: importa lo suyo y bifurca lo que le pidan."""
    LEVELS[number].load()
    nursery = _Nursery(number, problem or why_not_forkable(f"importar {LEVELS[number].package}"))
    while True:
        ready = select.select([control], [], [], _TICK_SECONDS)[0]
        nursery.reap()
        if ready:
            order, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not descriptors:
                return
            with socket.socket(fileno=descriptors[0]) as theirs:
                nursery.fork(order, theirs, [control])


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
