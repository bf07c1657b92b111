"""Un navegador de verdad, sin red, y páginas que no admiten errores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import launch
from tests.browser.watch import watched_page

expect.set_options(timeout=60_000)
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Apunta en cada prueba si ha fallado, para que sus páginas dejen una captura."""
    report: Any = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium sin ventana. Donde no lo hay, la prueba se salta (o falla con ``LAB11_BROWSER=required``)."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Abre páginas vigiladas: ``new_page(viewport=…)``, con las opciones de ``browser.new_context``."""
    with ExitStack() as stack:

        def open_page(**options: Any) -> Page:
            return stack.enter_context(watched_page(browser, request.node.name, failed, **options))

        def failed() -> bool:
            return request.node.stash.get(FAILED, False)

        yield open_page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Una página vigilada del tamaño de un portátil."""
    return new_page()
