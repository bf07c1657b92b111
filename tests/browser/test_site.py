"""El sitio de la documentación: se hace sin un aviso, está entero, no pide nada a la red y se puede usar."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sphinx.util.inventory import InventoryFile

import codigo
from codigo import transformers
from grading.course import PROJECT_ROOT

pytestmark = pytest.mark.slow
LOOKED_AT = [
    ("index.html", "light"),
    ("index.html", "dark"),
    ("instructores.html", "dark"),
    ("referencia/pytorch.html", "light"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
# Aquí no hay nada que se importe en un cuaderno.
INSIDE = re.compile(r"codigo\.(pretrained\.|lab\b|widgets\.(base|live)$|transformers$)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """La carpeta con el sitio recién hecho; un aviso de Sphinx es un error."""
    built = tmp_path_factory.mktemp("sitio")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(built / "doctrees")]
    result = subprocess.run(
        [*command, "docs", str(built / "html")], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return built / "html"


@pytest.fixture(scope="module")
def documented(site: Path) -> set[str]:
    """Los nombres de Python que tienen su entrada en la referencia."""
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    return {name for kind in inventory.data if kind.startswith("py:") for name in inventory.data[kind]}


class Requests(HTMLParser):
    """Lo que una página pide al abrirse: guiones, estilos, imágenes y marcos."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}.get(
            tag, ""
        )
        self.urls += [value for name, value in attrs if name == wanted and value]


def test_no_page_asks_the_network_for_anything(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    asked = {url for page in pages for url in Requests(page).urls}
    assert len(pages) > 20 and len(asked) > 20
    assert {url for url in asked if re.match(r"\w+:|//", url) and not url.startswith("data:")} == set()
    styles = " ".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"url\(['\"]?(?:https?:)?//", styles) == []


def test_all_that_a_notebook_imports_is_in_the_reference(site: Path, documented: set[str]) -> None:
    modules = {module.name for module in pkgutil.walk_packages(codigo.__path__, "codigo.")}
    missing = {name for name in modules if not INSIDE.match(name)} - documented
    assert missing == set(), "ponlos en una página de docs/referencia"
    table = (site / "referencia/index.html").read_text(encoding="utf-8")
    for name, module in transformers.MODULE_OF.items():
        assert f"{module}.{name}" in documented and f"#{module}.{name}" in table


def test_docstrings_have_spanish_headings(site: Path) -> None:
    text = (site / "referencia/numpy.html").read_text(encoding="utf-8")
    headings = set(re.findall(r"<dt class=\"field-\w+\">([^<]+)<", text))
    assert headings == {"Parámetros", "Devuelve", "Errores", "Atributos"}
    assert "W_k (ndarray (d_model, d_k))" in re.sub("<[^>]+>", "", text)
    assert "Referencias</p>" in text and "Ejemplos</p>" in text


@pytest.mark.parametrize(("name", "scheme"), LOOKED_AT)
def test_no_accessibility_violation(
    new_page: Callable[..., Page], site: Path, name: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    page.goto((site / name).as_uri())
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    found = Axe().run(page, options={"runOnly": RULES, "preload": False})
    assert found.violations_count == 0, found.generate_report()


def test_a_newcomer_finds_the_way(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    doors = page.locator(".door a").all_inner_texts()
    assert doors[:3] == ["Soy estudiante", "Doy el curso", "Quiero ampliarlo"]
    page.get_by_role("link", name="Doy el curso").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Para quien da el curso")


@pytest.mark.parametrize("word", ["máscara", "mascara"])
def test_search_finds_a_page(page: Page, site: Path, word: str) -> None:
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    result = page.locator("#search-results li").filter(has_text="Las piezas, en NumPy")
    result.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Las piezas, en NumPy")


def test_it_fits_a_phone(new_page: Callable[..., Page], site: Path) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path.name} se sale {wide} píxeles por la derecha"
