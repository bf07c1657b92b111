"""Un navegador de verdad: el Chromium del sistema, sin descargar nada."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium sin ventana; donde no lo hay, la prueba se salta y dice cómo ponerlo."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no hay Chromium: instálalo (apt install chromium) o di dónde está con CHROMIUM=…")
    with sync_playwright() as playwright:
        # Como root, que es lo corriente en un contenedor, Chromium no arranca con su propio encierro.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
