"""Páginas vigiladas: ni errores en la consola, ni excepciones, ni nada que se pida fuera de la máquina."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FloatRect, Page

from grading.course import PROJECT_ROOT

SCREENSHOTS = PROJECT_ROOT / "build" / "browser"
LOOPBACK = {"127.0.0.1", "localhost"}


@dataclass
class Watch:
    """Lo que una página hizo mal; ``allowed`` son expresiones regulares de lo que se espera."""

    allowed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def note(self, kind: str, text: str) -> None:
        self.seen.append(f"{kind}: {text}")

    def request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOOPBACK:
            self.note("sale de la máquina", url)

    @property
    def problems(self) -> list[str]:
        return [one for one in self.seen if not any(re.search(pattern, one) for pattern in self.allowed)]


def watch_context(context: BrowserContext) -> Watch:
    """Apunta lo que hagan mal las páginas de ``context``, también las que se abran después."""
    watch = Watch()
    context.on("request", lambda request: watch.request(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: watch.request(socket.url)))
    context.on("weberror", lambda error: watch.note("excepción", str(error.error)))
    context.on(
        "console",
        lambda line: (
            watch.note("consola", f"{line.text} ({line.location['url']})") if line.type == "error" else None
        ),
    )
    return watch


@contextmanager
def watched_page(
    browser: Browser,
    name: str,
    failed: Callable[[], bool] = lambda: False,
    allowed: list[str] | None = None,
    **options: Any,
) -> Iterator[Page]:
    """Una página en español que, al cerrarse, falla si hizo algo mal y deja captura si algo falló.

    ``allowed`` son expresiones regulares de los errores que se esperan; ``options``, las de
    ``browser.new_context``. ``failed`` dice, al acabar, si la prueba ya ha fallado.
    """
    context = browser.new_context(
        **{"locale": "es-ES", "viewport": {"width": 1280, "height": 900}, **options}
    )
    context.set_default_timeout(60_000)
    watch = watch_context(context)
    watch.allowed.extend(allowed or [])
    page = context.new_page()
    try:
        yield page
    except BaseException:
        keep_screenshot(page, name)
        raise
    else:
        if failed() or watch.problems:
            keep_screenshot(page, name)
    finally:
        context.close()
    assert not watch.problems, "\n".join(watch.problems)


def picture(page: Page, name: str, height: int = 900) -> None:
    """Deja lo de arriba de la página en ``LAB11_PICTURES``, para la documentación; sin ella, no hace nada."""
    if folder := os.environ.get("LAB11_PICTURES"):
        clip: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": height}
        taken = io.BytesIO(page.screenshot(animations="disabled", clip=clip, timeout=60_000))
        # Con 256 colores se ve igual y ocupa la tercera parte.
        Image.open(taken).convert("RGB").quantize(256).save(Path(folder) / f"{name}.png", optimize=True)


def keep_screenshot(page: Page, name: str) -> None:
    """Guarda lo que se ve y dice dónde."""
    path = SCREENSHOTS / (re.sub(r"[^\w.-]+", "_", name) + ".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, timeout=60_000)
    print(f"Captura de pantalla: {path}")
