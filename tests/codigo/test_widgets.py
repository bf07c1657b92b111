"""Las figuras con las que se juega: qué admiten, qué mandan al navegador y qué se ve sin él."""

import json
import types
from base64 import b64decode

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter

from codigo.attention import softmax
from codigo.generation import sampling_probabilities
from codigo.widgets import AttentionViewer, CausalMaskToggle, SamplingPlayground
from codigo.widgets.base import VIEW, someone_is_looking
from codigo.widgets.live import FOLDER, read_asset
from tests.codigo.test_public_face import run_python

TOKENS = ["El", "gato", "$x$", "<b>duerme</b>", "."]


def attention(*shape, seed=0):
    return softmax(np.random.default_rng(seed).normal(size=shape) * 2)


def scores(count=5):
    return np.random.default_rng(1).normal(size=(count, count))


def logits(count=30):
    return np.random.default_rng(2).normal(size=count).astype(np.float32) * 3


FIGURES = {
    "capas": lambda: AttentionViewer(attention(3, 2, 5, 5), TOKENS, layer=2, head=1),
    "cabezas": lambda: AttentionViewer(attention(4, 5, 5), TOKENS, head_names=["a", "b", "c", "d"]),
    "una": lambda: AttentionViewer(attention(5, 5), TOKENS),
    "máscara": lambda: CausalMaskToggle(scores(), TOKENS),
    "muestreo": lambda: SamplingPlayground(
        logits(), lambda i: f"t{i}", temperature=0.8, top_k=9, top_p=0.9, shown=6
    ),
}
EACH_FIGURE = pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)


@pytest.fixture
def asked_by(monkeypatch):
    """Hace como si la celda la hubiera pedido alguien que admite preguntas, o que no."""

    def pretend(allow_stdin):
        shell = types.SimpleNamespace(parent_header={"content": {"allow_stdin": allow_stdin}})
        monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)

    return pretend


# --- Lo que se ve sin mandos ---------------------------------------------------------------------------


@EACH_FIGURE
def test_static_bundle_is_whole(make):
    data, metadata = make()._repr_mimebundle_()
    assert set(data) == {"text/html", "image/png", "text/plain"}
    assert b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert len(metadata["image/png"]["alt"]) > 60
    assert data["text/plain"].startswith(metadata["image/png"]["alt"])
    assert data["text/html"].startswith('<figure><img alt="') and "<figcaption>" in data["text/html"]
    assert "<b>" not in data["text/html"]  # lo que trae un token no es HTML


@EACH_FIGURE
def test_static_figure_is_small(make):
    data, _ = make().static_bundle()
    assert len(json.dumps(data)) < 250_000


def test_alt_says_what_is_seen():
    weights = np.array([[0.9, 0.1], [0.25, 0.75]])
    viewer = AttentionViewer(weights, ["a", "b"])
    assert viewer.alt == "Atención. A quién atiende más cada token: «a» a «a» (0.90); «b» a «b» (0.75)."
    mask = CausalMaskToggle(np.log(weights), ["a", "b"], row=0)
    assert "En la fila «a»" in mask.alt and "sumaban 0.90 y se multiplican por 1.11" in mask.alt
    z = np.log([0.5, 0.3, 0.2])
    sampling = SamplingPlayground(z, ["x", "y", "z"], top_k=2)
    assert "«x», de 50.0% a 62.5%; «y», de 30.0% a 37.5%; «z», fuera" in sampling.alt
    assert "quedan 2 de 3 tokens; entropía, 0.66 nats" in sampling.caption


def test_viewer_shows_the_chosen_head():
    viewer = AttentionViewer(attention(3, 2, 5, 5), TOKENS, layer=2, head=1)
    assert "capa 2, cabeza 1" in viewer.alt and "capa 2, cabeza 1" in viewer.caption
    (ax,) = viewer.figure().axes
    assert len(ax.lines) == int((viewer.weights[2, 1] >= 0.005).sum())


def test_mask_figure_has_three_panels():
    fig = CausalMaskToggle(scores(4), list("abcd")).figure()
    plain, masked = (ax.images[0].get_array() for ax in fig.axes[1:])
    assert np.allclose(masked, np.tril(plain) / np.tril(plain).sum(axis=1, keepdims=True))


# --- Quién mira ----------------------------------------------------------------------------------------


def test_nobody_looks_outside_a_kernel():
    assert someone_is_looking() is False


@EACH_FIGURE
def test_live_view_when_someone_looks(make, asked_by):
    asked_by(True)
    figure = make()
    data, _ = figure._repr_mimebundle_()
    assert data[VIEW]["version_major"] == 2 and len(data[VIEW]["model_id"]) == 32
    assert {"text/html", "image/png", "text/plain"} < set(data)
    assert figure._repr_mimebundle_()[0][VIEW] == data[VIEW]  # enseñarla otra vez no abre otro


@EACH_FIGURE
def test_no_live_view_when_nobody_can_answer(make, asked_by):
    asked_by(False)
    assert VIEW not in make()._repr_mimebundle_()[0]


def test_nbconvert_shows_the_static_figure(asked_by):
    """También de un cuaderno guardado con la vista del widget: sin su estado, se pasa a lo siguiente."""
    asked_by(True)
    data, metadata = FIGURES["una"]()._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("viewer", outputs=[output])])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    assert "<figcaption>" in page and VIEW not in page


# --- Lo que va al navegador ----------------------------------------------------------------------------


def test_viewer_data_are_the_weights():
    weights = attention(3, 2, 5, 5)
    data = AttentionViewer(weights, TOKENS, layer=1).data()
    read = np.frombuffer(data["weights"], "<f4").reshape(*data["shape"], 5)
    assert np.allclose(read, weights) and data["shape"] == [3, 2, 5] and data["layer"] == 1
    assert data["head_names"] == ["0", "1"]


def test_sampling_data_are_sorted():
    z = logits(9)
    data = SamplingPlayground(z, [f"t{i}" for i in range(9)], shown=4).data()
    read = np.frombuffer(data["logits"], "<f8")
    assert np.array_equal(read, np.sort(z.astype(float))[::-1])
    assert data["tokens"] == [f"t{i}" for i in np.argsort(-z)[:4]]
    assert (data["temperature"], data["top_k"], data["top_p"]) == (1.0, 0, 1.0)


@pytest.mark.parametrize("stem", ["attention_viewer", "sampling_playground", "causal_mask_toggle"])
def test_assets_ask_for_nothing(stem):
    code, style = read_asset(stem, ".js"), read_asset(stem, ".css")
    assert "export default { render }" in code
    for forbidden in ("import ", "import(", "fetch(", "https://", "url("):
        assert forbidden not in code and forbidden not in style
    assert "http" not in code.replace("http://www.w3.org/2000/svg", "")


def test_assets_are_installed():
    text = (FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert '"widgets/*.js", "widgets/*.css"' in text


# --- Ligereza ------------------------------------------------------------------------------------------


def test_no_widget_library_without_an_audience():
    code = """
import sys
from codigo.widgets import AttentionViewer, CausalMaskToggle
import numpy as np
AttentionViewer(np.eye(3), list("abc"))._repr_mimebundle_()
CausalMaskToggle(np.eye(3), list("abc"))._repr_mimebundle_()
print([name for name in ("anywidget", "ipywidgets", "torch", "transformers") if name in sys.modules])
"""
    assert run_python(code).stdout.strip() == "[]"


# --- La distribución -----------------------------------------------------------------------------------


def test_sampling_probabilities_by_hand():
    z = np.log([0.05, 0.40, 0.10, 0.30, 0.15])
    assert np.allclose(sampling_probabilities(z), [0.05, 0.40, 0.10, 0.30, 0.15])
    assert np.allclose(sampling_probabilities(z, top_k=3, top_p=0.8), [0, 4 / 7, 0, 3 / 7, 0])
    assert np.allclose(sampling_probabilities(z, 0.5)[1], 0.16 / 0.285)


# --- Errores -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AttentionViewer(attention(4, 4), TOKENS), r"forma \(4, 4\) con 5 tokens"),
        (lambda: AttentionViewer(attention(1, 1, 1, 5, 5), TOKENS), r"\(capas, h, T, T\)"),
        (lambda: AttentionViewer(scores(), TOKENS), "antes del softmax"),
        (lambda: AttentionViewer(np.full((5, 5), np.nan), TOKENS), "números de 0 a 1"),
        (lambda: AttentionViewer(np.eye(5).T * 0.9, TOKENS), "suman de 0.9 a 0.9"),
        (lambda: AttentionViewer([["a"]], ["a"]), "números reales"),
        (lambda: AttentionViewer(np.eye(5), "gatos"), "lista de textos"),
        (lambda: AttentionViewer(np.eye(2), ["a", 3]), "un valor de tipo int"),
        (lambda: AttentionViewer(np.eye(60), ["a"] * 60), "de 1 a 48 elementos.*se dieron 60"),
        (lambda: AttentionViewer(np.zeros((0, 0)), []), "se dieron 0"),
        (lambda: AttentionViewer(attention(2, 5, 5), TOKENS, layer=1), "layer debe ser un entero de 0 a 0"),
        (lambda: AttentionViewer(attention(2, 5, 5), TOKENS, head=2), "head debe ser un entero de 0 a 1"),
        (lambda: AttentionViewer(attention(2, 5, 5), TOKENS, head_names=["a"]), r"por cabeza \(2\)"),
        (lambda: CausalMaskToggle(scores(4), TOKENS), r"forma \(4, 4\) con 5 tokens"),
        (lambda: CausalMaskToggle(np.full((5, 5), -np.inf), TOKENS), "puntuaciones sin máscara"),
        (lambda: CausalMaskToggle(scores(), TOKENS, row=5), "row debe ser un entero de 0 a 4"),
        (lambda: CausalMaskToggle(scores(17), ["a"] * 17), "de 1 a 16"),
        (lambda: SamplingPlayground([[1.0]], ["a"]), r"forma \(1, 1\)"),
        (lambda: SamplingPlayground([1.0, np.inf], ["a", "b"]), "infinitos o NaN"),
        (lambda: SamplingPlayground([1.0, 2.0], ["a"]), "lista de 2 textos, uno por logit.*se dio 1"),
        (lambda: SamplingPlayground([1.0, 2.0], 7), "se dio int"),
        (lambda: SamplingPlayground([1.0], ["a"], temperature=0), "temperature debe ser"),
        (lambda: SamplingPlayground([1.0], ["a"], top_p=2), "top_p debe estar"),
        (lambda: SamplingPlayground([1.0], ["a"], top_k=-1), "top_k"),
        (lambda: SamplingPlayground([1.0], ["a"], shown=0), "shown"),
    ],
)
def test_bad_input(make, says):
    with pytest.raises(ValueError, match=says):
        make()
