"""Los procesos templados, vistos desde quien corrige: encargar una entrega y recibir lo que se supo."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grading.engine.channel import Channel, ChannelClosed, ChannelError
from grading.engine.clock import cpu_seconds
from grading.engine.folders import connect
from grading.engine.job import CellResult, Job, Outcome, Shared, Spent
from grading.engine.supervisor import ForkServer

MAX_MESSAGE = 200_000_000
WARM_UP_SECONDS = 600
JUDGE_SECONDS = 60.0  # procesador que puede gastar el juez en una celda
PATIENCE = 10  # cuánto más de reloj que de procesador se espera: la máquina puede estar llena
MAX_ATTEMPTS = 3
MAX_REPLIES = 8  # cuadernos de los que se recuerda lo que dieron las celdas comunes

Replies = list[dict[str, Any]]
_lock = threading.Lock()  # un trabajador de Dask puede tener varios hilos
_given: Path | None = None
_own: ForkServer | None = None
_replies: OrderedDict[Shared, Replies] = OrderedDict()


class EngineError(Exception):
    """El motor no pudo hacer su parte: no es culpa de la entrega."""


def use_server(address: Path) -> None:
    """Usa el servidor de bifurcaciones de otro proceso; sin esto, este arranca el suyo cuando hace falta."""
    global _given
    _given = address


def close_all() -> None:
    """Acaba el servidor de este proceso, si arrancó uno, con todo lo que cuelga de él."""
    global _own
    with _lock:
        _replies.clear()
        if _own:
            _own.close()
        _own = None


def _address() -> Path:
    global _own
    if _given:
        return _given
    with _lock:
        _own = _own or ForkServer()
        return _own.address


def run_job(shared: Shared, job: Job) -> Outcome:
    """Ejecuta y juzga una entrega, desde el proceso templado de lo común a su clase.

    Lo que se supo de cada celda vale aunque el jugador se caiga. Si muere el servidor, el proceso templado o
    el juez (lo matan, o falta memoria), se empieza otra vez.

    Raises
    ------
    EngineError
        Si alguna celda común falla, o si algo muere una y otra vez.
    """
    for _ in range(MAX_ATTEMPTS):
        try:
            return _attempt(shared, job)
        except (ChannelError, OSError) as error:
            reason = str(error)
    raise EngineError(f"el proceso que corregía murió {MAX_ATTEMPTS} veces ({reason})")


def _attempt(shared: Shared, job: Job) -> Outcome:
    begin = time.monotonic()
    with connect(_address()) as client:
        channel = Channel(client.fileno(), client.fileno(), MAX_MESSAGE)
        channel.send({"shared": asdict(shared)})
        known = _replies.get(shared)
        channel.send({"limits": asdict(job.limits), "begin": begin, "replies": known is None})
        greeting, _ = channel.receive(WARM_UP_SECONDS)
        if "error" in greeting:
            raise EngineError(f"No se pueden ejecutar las celdas comunes: {greeting['error']}.")
        results, spent = _collect(channel, job, greeting["pid"])
        return Outcome(_remember(shared, greeting["cells"]) if known is None else known, results, spent)


def _remember(shared: Shared, replies: Replies) -> Replies:
    with _lock:
        _replies[shared] = replies
        if len(_replies) > MAX_REPLIES:
            _replies.popitem(last=False)
    return replies


def _collect(channel: Channel, job: Job, judge: int) -> tuple[list[CellResult], Spent]:
    results: list[CellResult] = []
    try:
        channel.send(job.to_json())
        while "done" not in (message := _hear(channel, job, judge)):
            results.append(CellResult(**message))
        return results, Spent(**message["done"])
    except ChannelClosed:  # el estudiante no puede matar al juez: no es un 0, hay que repetir
        raise
    except ChannelError:  # lo juzgado hasta aquí vale; el resto no llegó a ejecutarse
        with suppress(ProcessLookupError):
            os.kill(judge, signal.SIGKILL)  # con él muere el jugador
        return results, Spent()


def _hear(channel: Channel, job: Job, judge: int) -> dict[str, Any]:
    ceiling = cpu_seconds(judge) + JUDGE_SECONDS

    def watch() -> None:
        if cpu_seconds(judge) > ceiling:
            raise ChannelError(f"el juez gastó más de {JUDGE_SECONDS:.0f} s en una celda")

    channel.watch = watch
    message: dict[str, Any] = channel.receive(PATIENCE * (job.limits.notebook_seconds + JUDGE_SECONDS))[0]
    return message
