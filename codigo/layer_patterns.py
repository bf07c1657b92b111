"""Comparación de la atención de BERT entre capas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from codigo.figures import ATTENTION_CMAP
from codigo.sentiment import BERTSentimentClassifier


def compare_attention_patterns(
    text: str,
    layers_to_show: Sequence[int] = (0, 6, 11),
    *,
    classifier: BERTSentimentClassifier | None = None,
) -> Figure:
    """La atención de varias capas de BERT, media de sus cabezas, con la misma escala de color.

    Bajo cada media va la cabeza cuya atención está más concentrada: el promedio esconde lo que hace cada una.

    Parameters
    ----------
    text
        Una frase.
    layers_to_show
        Números de capa, desde 0; los negativos cuentan desde el final.
    classifier
        El BERT que se mira; si falta, se carga ``bert-base-uncased`` (o su sustituto).

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Si el texto está vacío, no se pide ninguna capa o alguna no existe.

    Examples
    --------
    >>> bert = BERTSentimentClassifier(source="quick")  # doctest: +ELLIPSIS
    Modelo del curso ...
    >>> fig = compare_attention_patterns("The film was good.", [0, -1], classifier=bert)
    >>> [ax.get_title().partition(":")[0] for ax in fig.axes[:2]]
    ['Capa 0', 'Capa -1']
    """
    if len(layers_to_show) == 0:
        raise ValueError("layers_to_show está vacía: da al menos una capa, por ejemplo [0, 6, 11].")
    bert = classifier or BERTSentimentClassifier()
    numbers = [bert.require_layer(layer) for layer in layers_to_show]
    tokens = bert.get_tokens(text)
    maps = bert.get_attention_maps([text])[0][numbers]  # (capas pedidas, h, T, T)
    return _figure(list(layers_to_show), maps, tokens)


def _figure(numbers: list[int], maps: NDArray[np.floating], tokens: Sequence[str]) -> Figure:
    """Una columna por capa de ``maps`` (capas, h, T, T), rotulada con su número en ``numbers``."""
    side = max(3.4, 1.4 + 0.28 * len(tokens))
    size = (side * len(maps) + 0.8, 2 * side)
    fig, grid = plt.subplots(2, len(maps), figsize=size, squeeze=False, layout="constrained")
    for column, (layer, heads) in enumerate(zip(numbers, maps, strict=True)):
        sharpest = _most_concentrated(heads)
        _draw(grid[0, column], heads.mean(axis=0), tokens, f"Capa {layer}: media de {len(heads)} cabezas")
        image = _draw(grid[1, column], heads[sharpest], tokens, f"Capa {layer}: cabeza {sharpest}")
    _outer_labels(grid)
    fig.colorbar(image, ax=grid, label="Peso de atención (cada fila suma 1)")
    return fig


def _most_concentrated(heads: NDArray[np.floating]) -> int:
    """La cabeza de ``heads`` (h, T, T) con el mayor peso máximo por consulta, en promedio."""
    return int(heads.max(axis=-1).mean(axis=-1).argmax())


def _draw(ax: Axes, matrix: NDArray[np.floating], tokens: Sequence[str], title: str) -> Any:
    ax.set_title(title, fontsize=10)
    ax.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=8, parse_math=False)
    ax.set_yticks(range(len(tokens)), tokens, fontsize=8, parse_math=False)
    return ax.imshow(matrix, cmap=ATTENTION_CMAP, vmin=0.0, vmax=1.0)


def _outer_labels(grid: NDArray[Any]) -> None:
    for ax in grid[:, 0]:
        ax.set_ylabel("Consulta (quién atiende)")
    for ax in grid[-1]:
        ax.set_xlabel("Clave (a quién se atiende)")
