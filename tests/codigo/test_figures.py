"""Las figuras: ejes, etiquetas, escala de color, anotaciones y texto alternativo."""

from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.display import Markdown
from matplotlib.figure import Figure

from codigo.attention import softmax
from codigo.figures import (
    plot_attention,
    show_figure,
    visualize_attention_weights,
    visualize_multi_head_attention,
    visualize_positional_encoding,
)


def words(count):
    return [f"palabra{i}" for i in range(count)]


def attention(count, seed=0):
    return softmax(np.random.default_rng(seed).normal(size=(count, count)))


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def drawn(fig):
    """Los ejes con imagen que se ven; dibuja la figura, así que un aviso al dibujar es un fallo."""
    assert isinstance(fig, Figure)
    fig.canvas.draw()
    bars = {image.colorbar.ax for ax in fig.axes for image in ax.images if image.colorbar}
    return [ax for ax in fig.axes if ax.get_visible() and ax not in bars]


# --- Una matriz ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 10, 11, 25])
def test_single_matrix_heatmap(count):
    weights, tokens = attention(count), words(count)
    fig = visualize_attention_weights(weights, tokens, "Un título")
    (ax,) = drawn(fig)
    assert len(fig.axes) == 2
    assert labels(ax.xaxis) == labels(ax.yaxis) == tokens
    assert ax.get_title() == "Un título"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Clave (a quién se atiende)", "Consulta (quién atiende)")
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), weights)
    assert image.get_clim() == (0.0, 1.0)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (4, 16), (10, 100), (11, 0), (25, 0)])
def test_annotates_up_to_ten_tokens(count, expected):
    (ax,) = drawn(visualize_attention_weights(attention(count), words(count)))
    assert len(ax.texts) == expected


def test_annotation_matches_its_cell():
    weights = attention(3)
    (ax,) = drawn(visualize_attention_weights(weights, words(3)))
    for text in ax.texts:
        column, row = map(int, text.get_position())
        assert text.get_text() == f"{weights[row, column]:.2f}"


def test_repeated_tokens_and_default_title():
    (ax,) = drawn(visualize_attention_weights(attention(3), ["la", "casa", "la"]))
    assert labels(ax.xaxis) == ["la", "casa", "la"]
    assert ax.get_title() == "Pesos de atención"


@pytest.mark.parametrize("token", ["$\\foo$", "a_$b", "$", "x^{2}$y$", "\\frac"])
def test_tokens_are_not_math(token):
    """Un token puede llevar signos que Matplotlib leería como una fórmula."""
    tokens = [token, "b", token]
    for fig in (
        visualize_attention_weights(attention(3), tokens),
        visualize_multi_head_attention([attention(3)] * 2, tokens),
    ):
        assert labels(drawn(fig)[0].xaxis) == labels(drawn(fig)[0].yaxis) == tokens


def test_accepts_lists_and_does_not_modify_weights():
    weights = np.eye(2)
    visualize_attention_weights(weights, ["a", "b"])
    np.testing.assert_array_equal(weights, np.eye(2))
    (ax,) = drawn(visualize_attention_weights([[1, 0], [0, 1]], ("a", "b")))
    np.testing.assert_array_equal(ax.images[0].get_array(), np.eye(2))


def test_plot_attention_draws_on_given_axes():
    _, (left, right) = plt.subplots(1, 2)
    image = plot_attention(right, attention(3), words(3), "aquí")
    assert image in right.images
    assert not left.images
    assert right.get_title() == "aquí"


@pytest.mark.parametrize(
    ("shape", "count"),
    [((3, 3), 2), ((2, 3), 3), ((3, 2), 3), ((1, 3, 3), 3), ((3,), 3), ((0, 0), 0)],
    ids=str,
)
def test_mismatched_matrix(shape, count):
    with pytest.raises(ValueError, match=r"weights debe tener forma \(T, T\)") as error:
        visualize_attention_weights(np.zeros(shape), words(count))
    assert str(shape) in str(error.value)
    assert f"{count} etiquetas" in str(error.value)


# --- Varias cabezas ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heads", "asked", "shown"),
    [(4, 4, 4), (8, 4, 4), (3, 4, 3), (1, 4, 1), (6, 6, 6), (8, 1, 1), (2, 99, 2)],
)
def test_number_of_heads(heads, asked, shown):
    matrices = [attention(3, seed) for seed in range(heads)]
    axes = drawn(visualize_multi_head_attention(matrices, words(3), asked))
    assert [ax.get_title() for ax in axes] == [f"Cabeza {i}" for i in range(1, shown + 1)]
    for ax, matrix in zip(axes, matrices, strict=False):
        np.testing.assert_array_equal(ax.images[0].get_array(), matrix)
        assert ax.images[0].get_clim() == (0.0, 1.0)
        assert labels(ax.xaxis) == words(3)


def test_four_heads_by_default():
    assert len(drawn(visualize_multi_head_attention([attention(3)] * 8, words(3)))) == 4


def test_query_labels_on_the_left():
    axes = drawn(visualize_multi_head_attention([attention(3)] * 6, words(3), 6))
    by_column = [labels(ax.yaxis) for ax in axes]
    assert by_column[0] == by_column[4] == words(3)
    assert all(not any(text) for i, text in enumerate(by_column) if i % 4)


@pytest.mark.parametrize(("count", "annotated"), [(10, True), (11, False)])
def test_annotates_heads_up_to_ten_tokens(count, annotated):
    for ax in drawn(visualize_multi_head_attention([attention(count)] * 2, words(count))):
        assert bool(ax.texts) is annotated


def test_single_colorbar():
    fig = visualize_multi_head_attention([attention(3)] * 4, words(3))
    assert len(fig.axes) == len(drawn(fig)) + 1


def test_accepts_array_of_heads():
    stacked = np.stack([attention(3, seed) for seed in range(3)])
    axes = drawn(visualize_multi_head_attention(stacked, words(3)))
    np.testing.assert_array_equal([ax.images[0].get_array() for ax in axes], stacked)


@pytest.mark.parametrize("empty", [[], (), np.empty((0, 3, 3))], ids=["list", "tuple", "array"])
def test_empty_list_of_heads(empty):
    with pytest.raises(ValueError, match="attn_list está vacía: da al menos una matriz"):
        visualize_multi_head_attention(empty, words(3))


@pytest.mark.parametrize("asked", [0, -1, 1.5])
def test_invalid_number_of_heads(asked):
    with pytest.raises(ValueError, match=f"num_heads_to_show debe ser un entero mayor que 0; se dio {asked}"):
        visualize_multi_head_attention([attention(3)], words(3), asked)


def test_head_of_other_shape():
    with pytest.raises(ValueError, match=r"se dio la forma \(4, 4\) con 3 etiquetas"):
        visualize_multi_head_attention([attention(3), attention(4)], words(3))


# --- Codificación posicional -------------------------------------------------------------------------


@pytest.mark.parametrize(("d_model", "max_len"), [(128, 100), (8, 5), (2, 1)])
def test_positional_encoding(d_model, max_len):
    fig = visualize_positional_encoding(d_model, max_len)
    matrix, curves = drawn(fig)
    assert len(fig.axes) == 3
    assert matrix.images[0].get_array().shape == (max_len, d_model)
    assert matrix.images[0].get_clim() == (-1.0, 1.0)
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("Dimensión", "Posición")
    assert (curves.get_xlabel(), curves.get_ylabel()) == ("Posición", "Valor")


def test_curves_are_columns_with_distinct_line_styles():
    matrix, curves = drawn(visualize_positional_encoding())
    data = matrix.images[0].get_array()
    assert data.shape == (100, 128)
    assert len(curves.lines) == 4
    assert len({line.get_linestyle() for line in curves.lines}) == 4
    for line in curves.lines:
        dimension = int(line.get_label().removeprefix("dimensión "))
        assert dimension % 2 == 0
        np.testing.assert_array_equal(line.get_ydata(), data[:, dimension])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((3, 10), "d_model debe ser par"), ((0, 10), "d_model debe ser"), ((4, 0), "max_len debe ser")],
)
def test_positional_encoding_with_invalid_sizes(arguments, message):
    with pytest.raises(ValueError, match=message):
        visualize_positional_encoding(*arguments)


def test_positional_encoding_error_leaves_no_open_figures():
    with pytest.raises(ValueError, match="d_model debe ser par"):
        visualize_positional_encoding(3)
    assert plt.get_fignums() == []


# --- show_figure ---------------------------------------------------------------------------------------


@pytest.fixture
def displayed(monkeypatch):
    """Lo que se manda mostrar, en orden: (valor, opciones)."""
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda value, **options: calls.append((value, options)))
    return calls


ALT = 'Tres filas con "diagonal" & pesos < 1.'


def test_show_figure_carries_alt_text(displayed):
    assert show_figure(visualize_attention_weights(attention(3), words(3)), "pie", ALT) is None
    bundle, options = displayed[0]
    assert options["metadata"] == {"image/png": {"alt": ALT}}
    assert options["raw"] is True
    assert bundle["text/plain"] == ALT
    parser = ImageTags()
    parser.feed(bundle["text/html"])
    (image,) = parser.images
    assert image["alt"] == ALT
    assert image["src"] == f"data:image/png;base64,{bundle['image/png']}"


class ImageTags(HTMLParser):
    """Guarda los atributos de cada ``<img>``."""

    def __init__(self):
        super().__init__()
        self.images = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))


def test_show_figure_sends_the_figure_image(displayed):
    show_figure(visualize_attention_weights(attention(3), words(3)), "pie", ALT)
    show_figure(visualize_positional_encoding(8, 5), "pie", ALT)
    (small, _), _, (wide, _), _ = displayed
    pixels = [plt.imread(BytesIO(b64decode(bundle["image/png"])), "png") for bundle in (small, wide)]
    assert all(image.std() > 0.05 for image in pixels)
    assert pixels[0].shape[1] < pixels[1].shape[1]


def test_show_figure_displays_caption_and_closes(displayed):
    fig = visualize_attention_weights(attention(3), words(3))
    assert plt.fignum_exists(fig.number)
    show_figure(fig, caption="**Figura 1.1.** Un mapa.", alt=ALT)
    caption, _ = displayed[-1]
    assert len(displayed) == 2
    assert isinstance(caption, Markdown)
    assert caption.data == "**Figura 1.1.** Un mapa."
    assert not plt.fignum_exists(fig.number)


def test_show_figure_closes_only_its_own(displayed):
    kept, shown = (visualize_attention_weights(attention(2), words(2)) for _ in range(2))
    show_figure(shown, "pie", "texto")
    assert plt.get_fignums() == [kept.number]
    assert displayed
