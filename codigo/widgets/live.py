"""La parte viva de las figuras: el único módulo que necesita anywidget, y solo cuando alguien mira."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict

FOLDER = Path(__file__).parent


def read_asset(name: str, suffix: str) -> str:
    """Un archivo ``.js`` o ``.css`` con la parte común delante: un módulo que no importa ningún otro."""
    return "\n".join((FOLDER / f"{stem}{suffix}").read_text(encoding="utf-8") for stem in ("common", name))


@cache
def _widget_class(name: str) -> type[anywidget.AnyWidget]:
    members = {
        "_esm": read_asset(name, ".js"),
        "_css": read_asset(name, ".css"),
        "data": Dict().tag(sync=True),
    }
    return type(f"Live_{name}", (anywidget.AnyWidget,), members)


def open_view(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Abre el widget ``name`` con ``data`` y devuelve la vista que va en la salida de la celda."""
    widget = _widget_class(name)(data=data)
    return {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
