"""Mensajes entre procesos: una cabecera JSON y, detrás, los bytes de los arreglos."""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Callable
from typing import Any

from grading.engine.allowance import MAX_JSON_BYTES, json_weight

_SIZES = struct.Struct("<II")
_CHUNK = 1 << 20
_WATCH_SECONDS = 0.1
MAX_HEADER = 24_000_000  # las salidas de una celda, con cada emoji escrito en doce letras


class ChannelError(Exception):
    """El otro extremo calló, habló de más o dijo algo que no se entiende."""


class ChannelClosed(ChannelError):
    """El otro extremo ya no está."""


class ChannelTimeout(ChannelError):
    """El otro extremo no contestó a tiempo."""


class Channel:
    """Un canal de ida y vuelta sobre dos descriptores de tubería.

    Parameters
    ----------
    reader, writer
        Descriptores de lectura y de escritura.
    max_bytes
        Lo más que se acepta en un mensaje. Se mira antes de leerlo.
    clock
        El reloj de los plazos; si no se da, el de la pared.
    """

    def __init__(
        self, reader: int, writer: int, max_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reader, self.writer, self.max_bytes, self.clock = reader, writer, max_bytes, clock
        self.watch: Callable[[], None] = lambda: None  # se llama a menudo mientras se espera

    def send(self, message: Any, payload: bytes = b"", timeout: float | None = None) -> None:
        """Envía ``message`` (JSON) y ``payload``.

        Raises
        ------
        ChannelClosed, ChannelTimeout
            Si ya no hay nadie al otro lado, o no lee.
        """
        deadline = None if timeout is None else self.clock() + timeout
        header = json.dumps(message).encode()
        try:
            for part in (_SIZES.pack(len(header), len(payload)), header, payload):
                self._write(part, deadline)
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, timeout: float | None = None) -> tuple[Any, bytearray]:
        """Espera un mensaje y devuelve su JSON y sus bytes.

        Raises
        ------
        ChannelClosed, ChannelTimeout, ChannelError
            Si no llega, no llega a tiempo, o no es un mensaje.
        """
        deadline = None if timeout is None else self.clock() + timeout
        header_size, payload_size = _SIZES.unpack(self._read(_SIZES.size, deadline))
        if header_size > MAX_HEADER or header_size + payload_size > self.max_bytes:
            raise ChannelError(f"mensaje de {(header_size + payload_size) / 1e6:.0f} MB")
        header = self._read(header_size, deadline)
        payload = self._read(payload_size, deadline)
        if not header.isascii():  # json.dumps no lo hace: un emoji bastaría para cuadruplicar lo que ocupa
            raise ChannelError("mensaje ilegible")
        if json_weight(header) > MAX_JSON_BYTES:
            raise ChannelError("mensaje con demasiados elementos")
        try:
            return json.loads(header), payload
        except (ValueError, RecursionError) as error:
            raise ChannelError("mensaje ilegible") from error

    def is_ready(self, timeout: float) -> bool:
        """¿Hay algo que leer antes de ``timeout`` segundos?"""
        deadline = self.clock() + timeout
        while True:
            self.watch()
            wait = min(_WATCH_SECONDS, max(0.0, deadline - self.clock()))
            if select.select([self.reader], [], [], wait)[0]:
                return True
            if self.clock() >= deadline:
                return False

    def _read(self, size: int, deadline: float | None) -> bytearray:
        parts = bytearray(size)  # de una vez: ir alargándolo pediría la memoria dos veces
        view = memoryview(parts)
        while view:
            if not self.is_ready(math.inf if deadline is None else deadline - self.clock()):
                raise ChannelTimeout("sin respuesta")
            count = self._read_part(view[:_CHUNK])
            if not count:
                raise ChannelClosed("canal cerrado")
            view = view[count:]
        return parts

    def _read_part(self, room: memoryview) -> int:
        try:
            return os.readv(self.reader, [room])
        except ConnectionResetError:  # murió sin leer lo que se le había enviado
            return 0

    def _write(self, data: bytes, deadline: float | None) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.writer, view if deadline is None else self._room(view, deadline)) :]

    def _room(self, view: memoryview, deadline: float) -> memoryview:
        """Lo que cabe sin esperar a quien quizá no lea nunca: si hay sitio, es al menos PIPE_BUF."""
        while not select.select([], [self.writer], [], _WATCH_SECONDS)[1]:
            if self.clock() >= deadline:
                raise ChannelTimeout("no lee")
        return view[: select.PIPE_BUF]

    def close(self) -> None:
        """Cierra los dos extremos."""
        for descriptor in {self.reader, self.writer}:
            os.close(descriptor)
