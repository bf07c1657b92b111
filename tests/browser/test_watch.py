"""La vigilancia de las páginas se entera de lo que debe, y sin navegador no parece que todo va bien."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import watch
from tests.browser.chromium import launch
from tests.browser.watch import watched_page

BAD_PAGES = {
    "sale de la máquina: http://192.0.2.7/": '<img src="http://192.0.2.7/">',
    "sale de la máquina: wss://ejemplo.invalid/": "<script>new WebSocket('wss://ejemplo.invalid/')</script>",
    "excepción: aposta": "<script>throw new Error('aposta')</script>",
    "consola: aposta": "<script>console.error('aposta')</script>",
}


def visit(browser: Browser, html: str, **options: Any) -> None:
    with watched_page(browser, "mala/página", **options) as page:
        page.set_content(html)
        page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("problem", BAD_PAGES)
def test_a_page_that_misbehaves_fails_and_leaves_a_picture(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    monkeypatch.setattr(watch, "SCREENSHOTS", tmp_path)
    with pytest.raises(AssertionError, match=re.escape(problem)):
        visit(browser, BAD_PAGES[problem])
    assert (tmp_path / "mala_página.png").stat().st_size > 0


def test_what_is_allowed_passes(browser: Browser) -> None:
    visit(browser, BAD_PAGES["consola: aposta"], allowed=["consola: aposta"])


@pytest.mark.parametrize(
    ("asked", "outcome"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)]
)
def test_without_a_browser(monkeypatch: pytest.MonkeyPatch, asked: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("LAB11_BROWSER", asked)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    nothing = SimpleNamespace(chromium=SimpleNamespace(executable_path="/no/existe"))
    with pytest.raises(outcome, match="apt install chromium"):
        launch(nothing)
