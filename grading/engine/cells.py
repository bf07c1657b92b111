"""Ejecuta una celda como lo haría Jupyter y dice qué mostró."""

from __future__ import annotations

import ast
import traceback
from base64 import b64encode
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from grading.engine.outputs import CUT, IMAGES_PER_TEXT, MAX_ALT, MAX_TRACEBACK, captured


def run_cell(shell: InteractiveShell, source: str, output_limit: int) -> dict[str, Any]:
    """Lo que dio una celda: ``stdout``, ``stderr``, ``images``, sus ``alts`` y, si falló, ``error``."""
    shell.display_pub = shown = _Publisher(IMAGES_PER_TEXT * output_limit)
    with captured(output_limit) as streams:
        result = shell.run_cell(source, store_history=False)
    reply: dict[str, Any] = {name: stream.text for name, stream in streams.items()}
    reply |= {"images": shown.images, "alts": shown.alts}
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        reply["error"] = describe_error(error)
    return reply


def run_statements(shell: InteractiveShell, source: str, output_limit: int) -> dict[str, Any]:
    """Ejecuta una celda sentencia a sentencia: las que fallan no impiden las demás. No dice qué mostró."""
    try:
        tree = ast.parse(shell.transform_cell(source))
    except (SyntaxError, ValueError, RecursionError):  # tampoco la ejecutó el jugador
        return {}
    for statement in tree.body:
        run_cell(shell, ast.unparse(statement), output_limit)
    return {}


def describe_error(error: BaseException) -> list[str]:
    """Nombre, mensaje y traza; la excepción puede ser de una clase del estudiante, que falle al mirarla."""
    try:
        trace = "".join(_format(error))[-MAX_TRACEBACK:]
        return [type(error).__name__[:80], str(error)[:MAX_TRACEBACK], trace]
    except Exception:
        return [type(error).__name__[:80], "sin detalle", ""]


def _format(error: BaseException) -> list[str]:
    """La traza desde el código de la celda: lo de antes es de IPython, con rutas de quien corrige."""
    trace = error.__traceback__
    while trace is not None and "IPython" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return traceback.format_exception(type(error), error, trace)


class _Publisher:
    """Recoge las imágenes que la celda muestra, mientras quepan; el texto va a ``stdout``.

    De cada una, también el texto alternativo que dicen sus metadatos, vacío si no dicen ninguno.
    """

    def __init__(self, left: int) -> None:
        self.images: list[str] = []
        self.alts: list[str] = []
        self._left = left
        self.is_publishing = False

    def publish(self, data: dict[str, Any], metadata: Any = None, *_: Any, **__: Any) -> None:
        image = data.get("image/png")
        if image is not None:
            alt = str((metadata or {}).get("image/png", {}).get("alt", ""))
            self._keep(b64encode(image).decode("ascii") if isinstance(image, bytes) else str(image), alt)
        elif "text/plain" in data:
            print(data["text/plain"])

    def _keep(self, image: str, alt: str) -> None:
        alt = alt[:MAX_ALT]
        if len(image) + len(alt) > self._left:
            print(CUT)
            return
        self._left -= len(image) + len(alt)
        self.images.append(image)
        self.alts.append(alt)

    def clear_output(self, wait: bool = False) -> None:
        """Una barra de progreso puede pedirlo; aquí no hay pantalla que borrar."""
