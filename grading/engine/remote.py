"""El estudiante, visto desde el juez: ejecutar una celda, pedir un valor, llamar a una función."""

from __future__ import annotations

import builtins
import gc
import math
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import Any

import numpy as np

from grading.engine.allowance import Budget
from grading.engine.channel import MAX_HEADER, Channel, ChannelClosed, ChannelError, ChannelTimeout
from grading.engine.processes import thread_count
from grading.engine.sandbox import Limits
from grading.engine.special import carries_models, read_special
from grading.engine.twin import Twin
from grading.engine.wire import Decoder, Encoder, FunctionHandle, WireError

POLL_SECONDS = 0.2
GRACE_SECONDS = 2.0  # entre pedir que pare y matarlo
MAX_THREADS = 256
MAX_FOLDERS_DEEP = 32
_FILE_COST = 4096  # lo que gasta un archivo vacío
_WORTH_COLLECTING = 1_000_000  # bytes
_SILENT = (StopIteration, StopAsyncIteration)


class PlayerStopped(Exception):
    """El proceso del estudiante ya no está; el mensaje dice por qué."""


class StudentError(Exception):
    """Un error de una clase que el juez no tiene, lanzado por el código del estudiante."""


class RemotePlayer:
    """Habla con el jugador y hace cumplir el tiempo.

    Parameters
    ----------
    channel
        El canal con el jugador, con el reloj de su proceso.
    pid, folder
        Su proceso y su carpeta privada.
    limits
        Tiempo por celda y por cuaderno, y tamaño de la carpeta.
    """

    def __init__(self, channel: Channel, pid: int, folder: Path, limits: Limits) -> None:
        self.channel, self.pid, self.folder, self.limits = channel, pid, folder, limits
        self.stopped = ""
        self.twin: Twin[RemotePlayer] | None = None
        self.waited = 0.0  # segundos de reloj esperando al estudiante
        self._left = limits.notebook_seconds  # con el reloj del canal, que es el suyo
        self._next_look = 0.0
        channel.watch = self._look_at_spending
        channel.max_bytes = MAX_HEADER + limits.value_bytes
        if carries_models():
            channel.max_bytes += limits.classifier_bytes
        self._budget = Budget.of_a_test(limits)
        self._fetched = self._budget.spent  # lo que gastan los valores que se guardan para otra prueba
        self._values: dict[str, Any] = {}
        self._unreadable: dict[str, str] = {}

    def run(self, source: str, by_statement: bool = False) -> Any:
        """Ejecuta una celda y devuelve lo que el jugador dice de ella.

        Con ``by_statement``, una sentencia que falla no impide las siguientes.
        """
        self._values, self._unreadable = {}, {}
        self._fetched = Budget().spent
        if self.twin:
            self.twin.remember(source)
        return self._ask({"order": "run", "source": source, "by_statement": by_statement})[0]

    def begin_test(self) -> None:
        """Suelta lo que recibió la prueba anterior; lo que reciba el gemelo cuenta con lo de este."""
        if sum(self._budget.spent) - sum(self._fetched) > _WORTH_COLLECTING:
            gc.collect()  # una función definida en la prueba y sus variables se sujetan unas a otras
        self._budget.spent = self._fetched
        if self.twin:
            self.twin.player._budget, self.twin.player._values = self._budget, {}

    def fetch(self, names: Iterable[str]) -> dict[str, Any]:
        """Los valores de ``names`` que existan, por valor; las funciones, como :class:`RemoteFunction`.

        Raises
        ------
        WireError
            Si alguno existe y no se puede leer.
        """
        wanted = set(names)
        missing = sorted(wanted - set(self._values))
        if missing:
            reply, payload = self._ask({"order": "get", "names": missing})
            decoder = self._decoder(payload)
            values = reply.get("values", {})
            self._values |= {name: decoder.decode(values[name]) for name in missing if name in values}
            self._fetched = self._budget.spent
            self._unreadable = {name: str(why) for name, why in reply.get("unreadable", {}).items()}
        for name in wanted & set(self._unreadable):
            raise WireError(f"`{name}` no se puede leer: {self._unreadable[name][:200]}")
        found = {name: self._values[name] for name in wanted if name in self._values}
        for name, value in found.items():
            if isinstance(value, RemoteFunction):
                value.variable = name
        return found

    def call(self, handle: FunctionHandle, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Llama a una función del estudiante con copias de los argumentos; devuelve copia del resultado."""
        encoder = Encoder()
        order = {
            "order": "call",
            "function": handle.number,
            "name": handle.name,
            "arguments": encoder.encode((args, kwargs)),
            "watch": is_watching(),
        }
        reply, payload = self._ask(order, encoder.payload)
        if "error" in reply:
            raise _rebuild_error(reply["error"])
        decoder = self._decoder(payload)
        _copy_back((args, kwargs), decoder.decode(reply.get("arguments")))
        return decoder.decode(reply.get("value"))

    def stop(self, reason: str) -> None:
        """Mata al jugador y apunta el motivo."""
        self.stopped = self.stopped or reason
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> float:
        """Acaba con el jugador; devuelve los segundos de procesador que gastó."""
        self.stop("")
        with suppress(ChildProcessError):
            usage = os.wait4(self.pid, 0)[2]
            return usage.ru_utime + usage.ru_stime
        return 0.0

    def _decoder(self, payload: bytearray) -> Decoder:
        rebuild = partial(RemoteFunction, self)
        return Decoder(payload, read_special, rebuild, self._budget.part(self.limits))

    def _ask(self, order: dict[str, Any], payload: bytes = b"") -> tuple[Any, bytearray]:
        if self.stopped:
            raise PlayerStopped(self.stopped)
        begin, own = time.monotonic(), self.channel.clock()
        try:
            self.channel.send(order, payload, self.limits.cell_seconds)
            reply, data = self._wait()
        except ChannelTimeout:
            self.stop(self._time_reason(self.channel.clock() - own))
        except ChannelClosed:
            self.stop("Python se cerró, o pasó del límite de memoria o de CPU")
        except ChannelError as error:
            self.stop(str(error))
        else:
            if isinstance(reply, dict):
                return reply, data
            self.stop("su proceso contestó algo que no se entiende")
        finally:
            self.waited += time.monotonic() - begin
            self._left -= self.channel.clock() - own
        raise PlayerStopped(self.stopped)

    def _wait(self) -> tuple[Any, bytearray]:
        if self.channel.is_ready(max(0.0, min(self.limits.cell_seconds, self._left))):
            return self.channel.receive(GRACE_SECONDS + self.limits.cell_seconds)
        # Primero, como Ctrl+C: si la celda se deja interrumpir, las siguientes aún se ejecutan.
        os.kill(self.pid, signal.SIGINT)
        return self.channel.receive(GRACE_SECONDS)

    def _look_at_spending(self) -> None:
        """Lo que el kernel no limita por sí solo, mirado cada poco mientras se espera."""
        if time.monotonic() < self._next_look:
            return
        if folder_bytes(self.folder) + unlinked_bytes(self.pid) > self.limits.file_bytes:
            raise ChannelError(f"sus archivos pasan de {self.limits.file_bytes / 1e6:.0f} MB")
        if thread_count(self.pid) > MAX_THREADS:
            raise ChannelError(f"abrió más de {MAX_THREADS} hilos")
        self._next_look = time.monotonic() + POLL_SECONDS

    def _time_reason(self, seconds: float) -> str:
        if seconds > self._left:
            return f"el cuaderno pasó de {self.limits.notebook_seconds:.0f} s"
        return f"una celda pasó de {self.limits.cell_seconds:.0f} s y no se dejó interrumpir"


class RemoteFunction:
    """Una función del estudiante: se usa como cualquier otra, pero corre encerrada."""

    def __init__(self, player: RemotePlayer, handle: FunctionHandle) -> None:
        self._player, self._handle = player, handle
        self.__name__ = handle.name
        self.variable = ""  # el nombre con el que quedó definida, si tiene uno

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if is_watching() and self._player.twin and self.variable:
            return self._player.twin.call(self.variable, args, kwargs)
        return self._player.call(self._handle, args, kwargs)


def is_watching() -> bool:
    """¿Está mirando una prueba con qué se hace el cálculo?"""
    return sys.getprofile() is not None


def folder_bytes(folder: Path) -> float:
    """Lo que ocupan los archivos de ``folder``; infinito si hay algo que no se deja contar."""
    total, pending = 0.0, [(str(folder), 0)]
    while pending:
        path, depth = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    total += _FILE_COST + _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((entry.path, depth + 1))
        except FileNotFoundError:  # se borró entretanto
            continue
        except OSError:
            return math.inf
        if depth > MAX_FOLDERS_DEEP:
            return math.inf
    return total


def _size(entry: os.DirEntry[str]) -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    return max(status.st_size, 512 * status.st_blocks)


def unlinked_bytes(pid: int) -> int:
    """Lo que ocupan los archivos que ``pid`` tiene abiertos y ya no están en ninguna carpeta."""
    total = 0
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with suppress(OSError):
                status = os.stat(entry.path)
                total += 512 * status.st_blocks if S_ISREG(status.st_mode) and not status.st_nlink else 0
    return total


def _rebuild_error(described: Any) -> BaseException:
    name, message, _ = (str(part) for part in (*described, "", "", "")[:3])
    known = getattr(builtins, name, None)
    # StopIteration no es un error para quien llama: acabaría un bucle de la prueba antes de tiempo.
    if isinstance(known, type) and issubclass(known, Exception) and known not in _SILENT:
        try:
            return known(message)
        except TypeError:  # algunas, como UnicodeDecodeError, piden más argumentos
            pass
    return StudentError(f"{name}: {message}")


def _copy_back(before: Any, after: Any) -> None:
    """Repite en los argumentos del juez los cambios que la función hizo en los suyos."""
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        if before.shape == after.shape and before.dtype == after.dtype and before.flags.writeable:
            before[...] = after
    elif isinstance(before, list) and isinstance(after, list):
        before[:] = after
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() & after.keys():
            _copy_back(before[key], after[key])
    elif isinstance(before, tuple) and isinstance(after, tuple):
        for one, other in zip(before, after, strict=False):
            _copy_back(one, other)
    elif hasattr(before, "copy_") and hasattr(after, "detach") and before.shape == after.shape:
        before.detach().copy_(after)
