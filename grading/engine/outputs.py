"""Lo que escribe una celda, con tope: texto, imágenes y el error, listo para el cuaderno corregido."""

from __future__ import annotations

import io
import re
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_COLOR_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# Dónde está cada cosa es asunto de quien corrige: al estudiante le basta «codigo/attention.py».
_INSTALLED = {*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), str(Path(__file__).parents[2])}
_PASTED = ("image/png", "image/jpeg", "image/gif", "image/webp")  # un SVG no: es un documento con guiones
NOT_RUN = "La prueba no llegó a ejecutarse"
CUT = "\n[… salida recortada: pasaba del límite]\n"
IMAGES_PER_TEXT = 8  # lo que pueden ocupar las imágenes de una celda, en topes de texto
_OUTPUT_COST = 1_000  # lo que ocupa una salida, además de lo que lleva dentro
MAX_ALT = 1_000  # lo que se guarda del texto alternativo de una imagen
NO_ALT = "Figura sin descripción"
_SHORT = 400  # de un error, cuando el cuaderno ya mostró todo lo que podía
MAX_TRACEBACK = 20_000
MAX_ATTACHMENTS = 8_000_000


class CappedText(io.TextIOBase):
    """Un flujo de texto que guarda lo que quepa en ``limit`` bytes de UTF-8 y deja pasar el resto."""

    def __init__(self, limit: int) -> None:
        self._parts: list[str] = []
        self._left = limit

    def write(self, text: str) -> int:
        kept = str(text)[: self._left].encode("utf-8", "surrogatepass")[: self._left]
        self._left -= len(kept)
        if kept:
            self._parts.append(kept.decode("utf-8", "ignore"))
        return len(text)

    def writable(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """Lo guardado, con un aviso si se recortó."""
        return "".join(self._parts) + ("" if self._left > 0 else CUT)


@contextmanager
def captured(limit: int) -> Iterator[dict[str, CappedText]]:
    """``stdout`` y ``stderr`` de lo que corra dentro, cada uno con su tope."""
    streams = {"stdout": CappedText(limit), "stderr": CappedText(limit)}
    previous = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams["stdout"], streams["stderr"]
    try:
        yield streams
    finally:
        sys.stdout, sys.stderr = previous


@dataclass
class OutputCap:
    """Lo que cabe en las salidas de un cuaderno.

    Attributes
    ----------
    limit
        Lo que se guarda de cada flujo de texto de una celda, en caracteres.
    left
        Los bytes que quedan para todo el cuaderno.
    """

    limit: int
    left: int

    def text(self, text: str) -> str:
        """Lo que cabe de ``text``, con un aviso si no es todo."""
        most = min(self.limit + len(CUT), self.left // _widest(text))
        self.left -= min(len(text), most) * _widest(text)
        return text if len(text) <= most else text[:most] + CUT

    def image(self, image: str, alt: str) -> bool:
        """¿Cabe la imagen, con su texto alternativo?"""
        size = len(image) + len(alt) * _widest(alt) + _OUTPUT_COST
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits

    def error(self, output: dict[str, Any]) -> dict[str, Any]:
        """El error, que siempre se da: recortado si no cabe."""
        size = sum(map(sys.getsizeof, (output["evalue"], *output["traceback"])))
        if size <= self.left:
            self.left -= size
            return output
        self.left = 0
        return output | {"evalue": output["evalue"][:_SHORT], "traceback": [output["evalue"][:_SHORT]]}


def _widest(text: str) -> int:
    """Los bytes de memoria de cada carácter de ``text``."""
    return 1 if text.isascii() else 4


def safe_outputs(message: Any, cap: OutputCap) -> list[dict[str, Any]]:
    """Las salidas de nbformat de lo que dice el jugador, que puede decir cualquier cosa.

    Solo pasan texto e imágenes PNG: el HTML de una entrega podría llevar código a la página de quien corrige.
    """
    outputs: list[dict[str, Any]] = []
    for name in ("stdout", "stderr"):
        text = message.get(name, "")
        if isinstance(text, str) and text:
            text = _COLOR_CODES.sub("", cap.text(text))
            outputs.append({"output_type": "stream", "name": name, "text": text})
    for image, alt in _images(message):
        if cap.image(image, alt):
            data = {"image/png": image, "text/plain": "<figura>"}
            metadata = {"image/png": {"alt": alt}}  # de donde lo toma nbconvert
            outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    return outputs


def _images(message: Any) -> Iterator[tuple[str, str]]:
    """Cada imagen y su texto alternativo, de lo que sea que haya en ``message``."""
    images, alts = message.get("images", []), message.get("alts", [])
    if not isinstance(images, list):
        return
    for image, alt in zip_longest(images, alts[: len(images)] if isinstance(alts, list) else []):
        if isinstance(image, str) and _BASE64.fullmatch(image):
            yield image, alt[:MAX_ALT] if isinstance(alt, str) and alt else NO_ALT


def safe_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """Las imágenes pegadas en una respuesta de texto, hasta ``MAX_ATTACHMENTS`` caracteres."""
    kept: dict[str, dict[str, str]] = {}
    left = MAX_ATTACHMENTS
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for kind, image in kinds.items() if isinstance(kinds, dict) else ():
            if kind in _PASTED and isinstance(image, str) and len(image) <= left and _BASE64.fullmatch(image):
                left -= len(image)
                kept.setdefault(name, {})[kind] = image
    return kept


def error_output(name: str, message: str, traceback: str = "") -> dict[str, Any]:
    """Una salida de error de nbformat."""
    lines = _without_places(_COLOR_CODES.sub("", traceback or f"{name}: {message}"))[:MAX_TRACEBACK]
    return {
        "output_type": "error",
        "ename": name[:80],
        "evalue": message[:MAX_TRACEBACK],
        "traceback": lines.splitlines(),
    }


def _without_places(text: str) -> str:
    for place in sorted(_INSTALLED, key=len, reverse=True):
        text = text.replace(f"{place}/", "")
    return text
