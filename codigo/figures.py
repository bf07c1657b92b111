"""Las figuras del curso: mapas de atención y codificación posicional.

Todas usan mapas de color perceptualmente uniformes, que se distinguen con daltonismo y en gris, y
devuelven la figura sin mostrarla. :func:`show_figure` la muestra con pie y texto alternativo.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from codigo.positional import PositionalEncodingSinusoidal
from codigo.validation import require_float_array, require_positive_int

ATTENTION_CMAP = "viridis"
SIGNED_CMAP = "cividis"
MAX_ANNOTATED_TOKENS = 10
FIGURE_DPI = 90


def show_figure(fig: Figure, caption: str, alt: str) -> None:
    """Muestra ``fig`` en el cuaderno con su texto alternativo y su pie, y la cierra.

    Parameters
    ----------
    fig
        La figura.
    caption
        Pie visible, en Markdown: qué es y qué se ve.
    alt
        Descripción para quien no ve la figura.
    """
    from IPython.display import Markdown, display

    png = as_base64_png(fig)
    # JupyterLab y nbconvert solo dan texto alternativo a una imagen escrita como HTML.
    html = f'<img alt="{escape(alt)}" src="data:image/png;base64,{png}" style="max-width: 100%">'
    bundle = {"text/html": html, "image/png": png, "text/plain": alt}
    display(bundle, raw=True, metadata={"image/png": {"alt": alt}})
    display(Markdown(caption))
    plt.close(fig)


def as_base64_png(fig: Figure) -> str:
    """La figura como PNG, escrito en base64."""
    buffer = BytesIO()
    fig.savefig(buffer, format="png", dpi=FIGURE_DPI)
    return b64encode(buffer.getvalue()).decode("ascii")


def plot_attention(ax: Axes, weights: ArrayLike, tokens: Sequence[str], title: str = "") -> AxesImage:
    """Dibuja una matriz de atención en ``ax``: filas = consultas, columnas = claves.

    Parameters
    ----------
    ax
        Ejes donde dibujar.
    weights
        Pesos (T, T) o (T_q, T_k); la escala de color va siempre de 0 a 1.
    tokens
        Una etiqueta por posición (para T_q ≠ T_k, etiqueta los ejes aparte).
    title
        Título de los ejes.

    Returns
    -------
    La imagen, para poner una barra de color.

    Raises
    ------
    ValueError
        Si la matriz no es (T, T) con T = número de etiquetas.
    """
    matrix = _require_attention_matrix(weights, len(tokens))
    image = ax.imshow(matrix, cmap=ATTENTION_CMAP, vmin=0.0, vmax=1.0)
    ax.set_xticks(range(len(tokens)), tokens, rotation=45, ha="right", parse_math=False)
    ax.set_yticks(range(len(tokens)), tokens, parse_math=False)
    ax.set(title=title, xlabel="Clave (a quién se atiende)", ylabel="Consulta (quién atiende)")
    if len(tokens) <= MAX_ANNOTATED_TOKENS:
        _annotate(ax, matrix)
    return image


def _require_attention_matrix(weights: ArrayLike, num_tokens: int) -> NDArray[np.floating]:
    matrix = require_float_array("weights", weights)
    if matrix.shape != (num_tokens, num_tokens) or num_tokens == 0:
        raise ValueError(
            f"weights debe tener forma (T, T) con una etiqueta por posición; se dio la forma "
            f"{matrix.shape} con {num_tokens} etiquetas."
        )
    return matrix


def _annotate(ax: Axes, matrix: NDArray[np.floating]) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        color = "white" if value < 0.5 else "black"  # contraste sobre viridis
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color, fontsize=8)


def visualize_attention_weights(
    weights: ArrayLike, tokens: Sequence[str], title: str = "Pesos de atención"
) -> Figure:
    """Mapa de calor de una matriz de atención.

    Parameters
    ----------
    weights
        Pesos (T, T).
    tokens
        T etiquetas.
    title
        Título de la figura.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Si la forma de ``weights`` no es (T, T) con T = ``len(tokens)``.

    Examples
    --------
    >>> fig = visualize_attention_weights([[0.9, 0.1], [0.5, 0.5]], ["el", "gato"], "Dos palabras")
    >>> fig.axes[0].get_title(), fig.axes[0].get_xlabel()
    ('Dos palabras', 'Clave (a quién se atiende)')
    """
    side = max(4.5, 1.5 + 0.6 * len(tokens))
    fig, ax = plt.subplots(figsize=(side + 1.0, side), layout="constrained")
    image = plot_attention(ax, weights, tokens, title)
    fig.colorbar(image, ax=ax, label="Peso de atención (cada fila suma 1)")
    return fig


def visualize_multi_head_attention(
    attn_list: Sequence[ArrayLike], tokens: Sequence[str], num_heads_to_show: int = 4
) -> Figure:
    """Las primeras cabezas, una al lado de otra y con la misma escala de color.

    Parameters
    ----------
    attn_list
        Lista de h matrices (T, T).
    tokens
        T etiquetas.
    num_heads_to_show
        Cuántas cabezas dibujar; si hay menos, se dibujan todas.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Si la lista está vacía, si alguna forma no encaja o si el número no es positivo.

    Examples
    --------
    >>> heads = [[[0.9, 0.1], [0.5, 0.5]], [[0.2, 0.8], [1.0, 0.0]]]
    >>> fig = visualize_multi_head_attention(heads, ["el", "gato"])
    >>> [ax.get_title() for ax in fig.axes[:2]]
    ['Cabeza 1', 'Cabeza 2']
    """
    if len(attn_list) == 0:
        raise ValueError("attn_list está vacía: da al menos una matriz de atención (T, T).")
    shown = list(attn_list)[: require_positive_int("num_heads_to_show", num_heads_to_show)]
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    side = max(3.2, 1.2 + 0.45 * len(tokens))
    fig, grid = plt.subplots(
        rows, columns, figsize=(side * columns + 0.8, side * rows), squeeze=False, layout="constrained"
    )
    for index, ax in enumerate(grid.flat):
        ax.set_visible(index < len(shown))
    images = [
        plot_attention(ax, matrix, tokens, f"Cabeza {index}")
        for index, (ax, matrix) in enumerate(zip(grid.flat, shown, strict=False), start=1)
    ]
    _share_labels(grid)
    fig.colorbar(images[-1], ax=grid, label="Peso de atención")
    return fig


def _share_labels(grid: NDArray[Any]) -> None:
    """Deja el rótulo de cada eje solo en el borde de la rejilla."""
    for ax in grid[:, 1:].flat:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    for ax in grid[:-1].flat:
        ax.set_xlabel("")


def visualize_positional_encoding(d_model: int = 128, max_len: int = 100) -> Figure:
    """La matriz de codificación posicional entera y algunas de sus columnas.

    Parameters
    ----------
    d_model
        Dimensión del modelo, par.
    max_len
        Número de posiciones.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Si ``d_model`` es impar o alguna dimensión no es un entero positivo.

    Examples
    --------
    >>> fig = visualize_positional_encoding(d_model=8, max_len=20)
    >>> fig.axes[0].get_ylabel(), fig.axes[0].images[0].get_array().shape
    ('Posición', (20, 8))
    """
    encoding = PositionalEncodingSinusoidal(d_model, max_len).encoding
    fig, (left, right) = plt.subplots(1, 2, figsize=(13, 4.6), layout="constrained")
    image = left.imshow(encoding, cmap=SIGNED_CMAP, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    left.set(title="Codificación completa", xlabel="Dimensión", ylabel="Posición")
    fig.colorbar(image, ax=left, label="Valor (sin unidades)")
    _plot_dimensions(right, encoding)
    return fig


def _plot_dimensions(ax: Axes, encoding: NDArray[np.float64]) -> None:
    # Senos de frecuencia decreciente; el trazo distingue las curvas también sin color.
    d_model = encoding.shape[1]
    dimensions = sorted({2 * int(k) for k in np.linspace(0, d_model // 2 - 1, 4) * 0.45})
    for dimension, style in zip(dimensions, ("-", "--", "-.", ":"), strict=False):
        ax.plot(encoding[:, dimension], style, label=f"dimensión {dimension}")
    ax.set(title="Algunas dimensiones pares (senos)", xlabel="Posición", ylabel="Valor", ylim=(-1.1, 1.35))
    ax.legend(ncols=2, loc="upper center", frameon=False)
