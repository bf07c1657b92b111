"""El jugador: el proceso encerrado que ejecuta las celdas del estudiante y contesta al juez.

Nada de lo que diga se cree: el juez recibe valores, y el veredicto es solo suyo.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from grading.engine.allowance import Budget
from grading.engine.cells import describe_error, run_cell, run_statements
from grading.engine.channel import Channel, ChannelError
from grading.engine.environment import GRADING_VARIABLES
from grading.engine.outputs import captured
from grading.engine.sandbox import Limits, Readable, confine
from grading.engine.special import write_special
from grading.engine.wire import Decoder, Encoder, WireError


class Player:
    """Atiende las órdenes del juez con el espacio de nombres de ``shell``.

    Parameters
    ----------
    shell
        El intérprete que ya ejecutó las celdas comunes.
    channel
        El canal con el juez.
    limits
        Topes de salida y de tamaño de los valores.
    """

    def __init__(self, shell: InteractiveShell, channel: Channel, limits: Limits) -> None:
        self.shell, self.channel, self.limits = shell, channel, limits
        self.functions: list[Callable[..., Any]] = []

    def serve(self) -> None:
        """Atiende órdenes hasta que el juez cierra el canal."""
        orders = {"run": self._run, "get": self._get, "call": self._call}
        while True:
            order, payload = self.channel.receive()
            try:
                reply, data = orders[order["order"]](order, payload)
            except WireError as error:
                reply, data = {"error": ["WireError", str(error), ""]}, b""
            except BaseException as error:  # también KeyboardInterrupt: lo que sea que hizo el estudiante
                reply, data = {"error": describe_error(error)}, b""
            self.channel.send(reply, data)

    def _run(self, order: Any, _: bytearray) -> tuple[Any, bytes]:
        run = run_statements if order["by_statement"] else run_cell
        return run(self.shell, order["source"], self.limits.output_bytes), b""

    def _get(self, order: Any, _: bytearray) -> tuple[Any, bytes]:
        encoder = self._encoder()
        values, unreadable = {}, {}
        for name in order["names"]:
            if name in self.shell.user_ns:
                try:
                    values[name] = encoder.encode(self.shell.user_ns[name])
                except Exception as error:  # un objeto del estudiante puede fallar al mirarlo
                    unreadable[name] = str(error)[:200]
        return {"values": values, "unreadable": unreadable}, encoder.payload

    def _call(self, order: Any, payload: bytearray) -> tuple[Any, bytes]:
        args, kwargs = Decoder(payload).decode(order["arguments"])
        watch = _from_scratch(order["name"]) if order["watch"] else nullcontext()
        with captured(self.limits.output_bytes), watch:
            value = self.functions[order["function"]](*args, **kwargs)
        encoder = self._encoder()
        # Los argumentos vuelven: así el juez ve si la función los cambió.
        return {"value": encoder.encode(value), "arguments": encoder.encode((args, kwargs))}, encoder.payload

    def _encoder(self) -> Encoder:
        return Encoder(
            special=write_special, functions=self.functions, budget=Budget.of_a_message(self.limits)
        )


def _from_scratch(name: str) -> Any:
    from codigo.checks import written_from_scratch

    return written_from_scratch(name)


def play(
    shell: InteractiveShell,
    channel: Channel,
    folder: Path,
    limits: Limits,
    readable: Readable,
    isolate: bool,
) -> None:
    """Encierra este proceso y atiende al juez hasta el final; no vuelve."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _forget_standard_streams()
    os.environ.clear()
    os.environ.update(_clean_environment(folder))
    tempfile.tempdir = str(folder)
    if isolate:
        confine(folder, limits, readable)
    else:
        os.chdir(folder)
    try:
        channel.send({"ready": True})
        Player(shell, channel, limits).serve()
    except ChannelError:
        os._exit(0)


def _forget_standard_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _clean_environment(folder: Path) -> dict[str, str]:
    """Sin rastro de quién corrige ni dónde."""
    private = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
    return private | dict(GRADING_VARIABLES)
