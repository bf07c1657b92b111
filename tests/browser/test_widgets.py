"""Las figuras con las que se juega, en un navegador: solas, y en JupyterLab con su núcleo."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from codigo.attention import softmax
from codigo.generation import sampling_probabilities
from codigo.widgets import AttentionViewer, CausalMaskToggle, SamplingPlayground
from codigo.widgets.base import PlayableFigure
from codigo.widgets.live import read_asset
from tests.browser.lab_page import EXPOSE, LabPage
from tests.browser.servers import Server, jupyter

pytestmark = pytest.mark.slow
TOKENS = ["El", "gato", "negro", "duerme"]
RNG = np.random.default_rng(7)
WEIGHTS = softmax(RNG.normal(size=(3, 2, 4, 4)) * 2)
SCORES = RNG.normal(size=(4, 4))
LOGITS = RNG.normal(size=60) * 3
FIGURES: dict[str, PlayableFigure] = {
    "atención": AttentionViewer(WEIGHTS, TOKENS, layer=1),
    "máscara": CausalMaskToggle(SCORES, TOKENS, row=1),
    "muestreo": SamplingPlayground(LOGITS, [f"t{i}" for i in range(60)], shown=8),
}
# Una página con lo justo: el tema como lo marca JupyterLab y un modelo que solo sabe dar los datos.
PAGE = """<!doctype html><html lang="es"><title>Figura</title>
<meta name="viewport" content="width=device-width"><style>%s</style>
<body style="margin: 0; background: var(--jp-layout-color0)">
<main><h1 style="color: var(--jp-content-font-color1)">Figura</h1></main></body>"""
MOUNT = """async ([code, data, theme]) => {
  document.body.dataset.jpThemeLight = theme === "claro";
  const [paper, ink] = theme === "claro" ? ["#fff", "#000"] : ["#111", "#fff"];
  document.body.style.setProperty("--jp-layout-color0", paper);
  document.body.style.setProperty("--jp-content-font-color1", ink);
  const read = (value) => value?.base64 === undefined ? value
    : new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  const ready = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, read(value)]));
  window.figure = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.figure.default.render({ model: { get: () => ready }, el: document.querySelector("main") });
}"""


def mount(page: Page, figure: PlayableFigure, theme: str = "claro") -> Locator:
    """Pone la figura sola en la página, como la pondría anywidget."""
    page.set_content(PAGE % read_asset(figure.name, ".css"))
    data = {name: _for_json(value) for name, value in figure.data().items()}
    page.evaluate(MOUNT, [read_asset(figure.name, ".js"), data, theme])
    return page.locator(".lab11")


def _for_json(value: Any) -> Any:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


# --- Cada una sola -------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["claro", "oscuro"])
@pytest.mark.parametrize("name", FIGURES)
def test_accessible_and_fits_a_phone(new_page: Callable[..., Page], name: str, theme: str) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    mount(page, FIGURES[name], theme)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"se sale {wide} píxeles por la derecha"
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()


def test_every_control_is_reached_and_shows_it(page: Page) -> None:
    for figure in FIGURES.values():
        root = mount(page, figure)
        controls = root.locator("select, input, button:not([tabindex='-1']), [tabindex='0']")
        for _ in range(controls.count()):
            page.keyboard.press("Tab")
            expect(page.locator(":focus-visible")).to_have_count(1)
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert page.evaluate("document.querySelector('.lab11').contains(document.activeElement)")


SETTINGS = [
    (1.0, None, None),
    (0.3, None, None),
    (2.5, 7, None),
    (1.0, 1, 0.9),
    (1.3, 60, 0.75),
    (0.7, 25, 0.31),
]


def test_probabilities_are_those_of_the_course(page: Page) -> None:
    mount(page, FIGURES["muestreo"])
    z = np.sort(RNG.normal(size=400) * 4)[::-1]
    z[10:14] = z[10]  # empates con el k-ésimo: se quedan todos
    for temperature, top_k, top_p in [*SETTINGS, (1.0, 12, None)]:
        code = "([z, t, k, p]) => window.figure.samplingDistribution(z, t, k, p)"
        seen = page.evaluate(code, [z.tolist(), temperature, top_k or 0, top_p or 1.0])
        expected = sampling_probabilities(z, temperature, top_k, top_p)
        # Cuál de varios empatados cruza el núcleo no está dicho: se comparan ordenadas.
        np.testing.assert_allclose(np.sort(seen), np.sort(expected), rtol=0, atol=1e-9)
        assert np.count_nonzero(seen) == np.count_nonzero(expected)
        entropy = page.evaluate("(p) => window.figure.entropy(p)", seen)
        kept = expected[expected > 0]
        assert entropy == pytest.approx(-(kept * np.log(kept)).sum(), abs=1e-9)


def test_a_whole_vocabulary_fits(page: Page) -> None:
    z = np.random.default_rng(0).normal(size=50_257)
    mount(page, SamplingPlayground(z, str, shown=5))
    expect(page.locator(".lab11-message")).to_contain_text("Quedan 50257 de 50257 tokens")


def test_the_sliders_change_what_stays(page: Page) -> None:
    root = mount(page, FIGURES["muestreo"])
    page.get_by_label("Top-k").press("Home")
    expect(root.locator(".lab11-message")).to_contain_text("Quedan 1 de 60 tokens")
    expect(root.locator(".lab11-message")).to_contain_text("Entropía: 0.00 nats")
    assert root.locator("tbody tr").nth(1).inner_text().split("\t")[2] == "fuera"
    page.get_by_role("button", name="Restablecer").click()
    expect(root.locator(".lab11-message")).to_contain_text("Quedan 60 de 60 tokens")
    page.get_by_label("Temperatura").press("ArrowRight")
    assert page.get_by_label("Temperatura").get_attribute("aria-valuetext") == "1.05"
    now = sampling_probabilities(np.sort(LOGITS)[::-1], 1.05)
    assert root.locator("tbody tr").first.inner_text().split("\t")[2] == f"{100 * now[0]:.1f} %"


def test_the_mask_renormalises_each_row(page: Page) -> None:
    root = mount(page, FIGURES["máscara"])
    plain = softmax(SCORES)
    seen = plain[1, :2].sum()
    expect(root.locator(".lab11-message")).to_contain_text(f"suman {seen:.2f}")
    page.get_by_role("button", name="Máscara causal").press("Enter")
    expect(page.get_by_role("button", name="Máscara causal: puesta")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(root.locator(".lab11-message")).to_contain_text(f"1 / {seen:.2f} = {1 / seen:.2f}")
    rows = [row.inner_text().split("\t")[1:] for row in root.locator("tbody tr").all()]
    masked = np.tril(plain) / np.tril(plain).sum(axis=1, keepdims=True)
    assert [row[-1] for row in rows] == ["1.00"] * 4
    assert rows[1] == [f"{masked[1, 0]:.2f}", f"{masked[1, 1]:.2f}", "0", "0", "1.00"]
    page.get_by_label("Ver").select_option("puntuaciones")
    cells = root.locator("tbody tr").nth(2).inner_text().split("\t")[1:]
    assert cells == [f"{s:.2f}".replace("-", "−") for s in SCORES[2, :3]] + ["−∞"]


def test_a_token_shows_its_lines(page: Page) -> None:
    root = mount(page, FIGURES["atención"])
    weights = WEIGHTS[1, 0]
    assert root.locator("line").count() == int((weights >= 0.005).sum())
    queries, keys = root.get_by_role("group", name="Consultas"), root.get_by_role("group", name="Claves")
    queries.get_by_role("button", name="gato").hover()
    assert keys.locator(".lab11-weight").all_inner_texts() == [f"{w:.2f}" for w in weights[1]]
    assert root.locator("line").count() == int((weights[1] >= 0.005).sum())
    opacity = [float(line.get_attribute("stroke-opacity")) for line in root.locator("line").all()]
    assert opacity == pytest.approx([w for w in weights[1] if w >= 0.005], abs=1e-3)
    keys.get_by_role("button", name="duerme").hover()
    assert queries.locator(".lab11-weight").all_inner_texts() == [f"{w:.2f}" for w in weights[:, 3]]


def test_the_keyboard_moves_token_head_and_layer(page: Page) -> None:
    root = mount(page, FIGURES["atención"])
    root.get_by_role("group", name="Consultas").get_by_role("button").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    expect(root.locator(".lab11-message")).to_contain_text("Capa 2, cabeza 1. «negro» atiende")
    shown = root.locator(".lab11-key .lab11-weight").all_inner_texts()
    assert shown == [f"{w:.2f}" for w in WEIGHTS[2, 1, 2]]
    page.keyboard.press("ArrowRight")  # detrás de la última cabeza, la media
    shown = root.locator(".lab11-key .lab11-weight").all_inner_texts()
    assert shown == [f"{w:.2f}" for w in WEIGHTS[2].mean(axis=0)[2]]
    expect(page.get_by_label("Cabeza")).to_have_value("media de todas")


# --- En JupyterLab -------------------------------------------------------------------------------------

CELLS = [
    "import numpy as np\nfrom codigo.attention import softmax\nfrom codigo.widgets import *\n"
    "words, rng = ['El', 'gato', 'negro', 'duerme'], np.random.default_rng(0)",
    "AttentionViewer(softmax(rng.normal(size=(3, 2, 4, 4)) * 2), words)",
    "CausalMaskToggle(rng.normal(size=(4, 4)), words)",
    "SamplingPlayground(rng.normal(size=30) * 2, [f't{i}' for i in range(30)])",
]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """Un JupyterLab y el cuaderno que sirve."""
    path = tmp_path / "figuras.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    with jupyter(tmp_path, EXPOSE) as server:
        yield server, path


def test_in_jupyterlab(served: tuple[Server, Path], page: Page) -> None:
    """Las tres responden al teclado, las flechas son suyas y el cuaderno guardado no lleva su estado."""
    server, path = served
    lab = LabPage(page, server).open_notebook(path.name)
    lab.run(0)
    viewer, mask, sampling = (lab.run(index) for index in (1, 2, 3))
    page.get_by_label("Top-k").press("Home")
    expect(sampling.locator(".lab11-message")).to_contain_text("Quedan 1 de 30 tokens")
    page.get_by_role("button", name="Máscara causal").press("Enter")
    expect(mask.locator(".lab11-hidden")).to_have_count(6)
    tokens = viewer.get_by_role("group", name="Consultas").get_by_role("button")
    tokens.first.focus()
    page.keyboard.press("ArrowDown")
    expect(tokens.nth(1)).to_be_focused()
    expect(viewer.locator(".lab11-message")).to_contain_text("«gato» atiende")
    lab.save()
    saved = nbformat.read(path, as_version=4)
    assert "widgets" not in saved.metadata
    assert all("image/png" in cell.outputs[0].data for cell in saved.cells[1:])
