"""Qué navegador se usa y cómo se arranca: el que haya, sin descargar nada y sin red."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_ONE = (
    "no hay Chromium: instálalo (apt install chromium, o .venv/bin/playwright install chromium) "
    "o di dónde está con CHROMIUM=/ruta/al/ejecutable"
)
SWITCHES = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    # Ningún nombre ni dirección de fuera existe: lo que se pida falla enseguida y queda apuntado.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def find_chromium(playwright: Playwright) -> str | None:
    """La ruta del ejecutable: ``CHROMIUM``, el del sistema o el de Playwright; ``None`` si no hay ninguno."""
    own = playwright.chromium.executable_path
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), own if Path(own).exists() else None]
    return next(filter(None, candidates), None)


def launch(playwright: Playwright) -> Browser:
    """Arranca Chromium; si no lo hay, la prueba se salta, o falla con ``LAB11_BROWSER=required``."""
    found = find_chromium(playwright)
    if not found:
        stop = pytest.fail if os.environ.get("LAB11_BROWSER") == "required" else pytest.skip
        stop(HOW_TO_GET_ONE)
    # Como root, que es lo corriente en un contenedor, Chromium no arranca con su propio encierro.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=found, args=SWITCHES + as_root, timeout=120_000)
