"""Máscara causal que se pone y se quita: qué le pasa a cada fila antes y después del softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from codigo.attention import softmax
from codigo.figures import SIGNED_CMAP, plot_attention
from codigo.masks import create_causal_mask
from codigo.validation import require_float_array, require_index
from codigo.widgets.base import PlayableFigure, require_tokens

MAX_TOKENS = 16


class CausalMaskToggle(PlayableFigure):
    """Enseña la atención de una frase con máscara causal y sin ella.

    Parameters
    ----------
    scores
        Puntuaciones (T, T) antes del softmax, ya escaladas y sin máscara.
    tokens
        T textos.
    row
        La fila que se explica al empezar, desde 0; si falta, la del medio.

    Raises
    ------
    ValueError
        Si ``scores`` no es (T, T), tiene valores no finitos o la fila no existe.
    """

    name = "causal_mask_toggle"

    def __init__(self, scores: ArrayLike, tokens: Sequence[str], *, row: int | None = None) -> None:
        self.tokens = require_tokens(tokens, MAX_TOKENS)
        self.scores = _require_scores(scores, len(self.tokens))
        T = len(self.tokens)
        self.row = require_index("row", (T - 1) // 2 if row is None else row, T)

    def data(self) -> dict[str, Any]:
        """Las puntuaciones: los pesos los calcula el navegador."""
        return {"tokens": self.tokens, "scores": self.scores.tolist(), "row": self.row}

    def figure(self) -> Figure:
        """Las puntuaciones, los pesos sin máscara y los pesos con ella."""
        side = max(3.6, 1.5 + 0.42 * len(self.tokens))
        fig, axes = plt.subplots(1, 3, figsize=(3 * side, side))
        # Márgenes fijos: buscarlos con «constrained» cuesta el doble que dibujar.
        fig.subplots_adjust(left=0.08, right=0.99, top=0.93, bottom=1.05 / side, wspace=0.35)
        _draw_scores(axes[0], self.scores, self.tokens)
        plain, masked = self._weights()
        plot_attention(axes[1], plain, self.tokens, "Pesos sin máscara")
        plot_attention(axes[2], masked, self.tokens, "Pesos con máscara")
        return fig

    @property
    def caption(self) -> str:
        """Qué se ve y qué se puede hacer en JupyterLab."""
        return (
            "Puntuaciones antes del softmax, pesos sin máscara y pesos con máscara causal. Con ella, lo "
            "que queda "
            "de cada fila vuelve a sumar 1. Al ejecutar la celda en JupyterLab la máscara se pone y se quita."
        )

    @property
    def alt(self) -> str:
        """Cuánto suma, y cuánto se multiplica, lo que la máscara deja ver de la fila elegida."""
        visible = self._weights()[0][self.row, : self.row + 1].sum()
        return (
            f"Tres mapas de calor de {len(self.tokens)} por {len(self.tokens)}: puntuaciones, pesos sin "
            "máscara y pesos "
            f"con máscara causal, con el triángulo superior a 0. En la fila «{self.tokens[self.row]}» los "
            "pesos que se "
            f"siguen viendo sumaban {visible:.2f} y se multiplican por {1 / visible:.2f}."
        )

    def _weights(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        hidden = np.where(create_causal_mask(len(self.tokens)), -np.inf, self.scores)
        return softmax(self.scores), softmax(hidden)


def _draw_scores(ax: Axes, scores: NDArray[np.floating], tokens: Sequence[str]) -> None:
    ax.imshow(scores, cmap=SIGNED_CMAP)
    ax.set_xticks(range(len(tokens)), tokens, rotation=45, ha="right", parse_math=False)
    ax.set_yticks(range(len(tokens)), tokens, parse_math=False)
    ax.set(title="Puntuaciones", xlabel="Clave (a quién se atiende)", ylabel="Consulta (quién atiende)")
    middle = (scores.min() + scores.max()) / 2
    for (row, column), value in np.ndenumerate(scores):
        color = "white" if value <= middle else "black"
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color, fontsize=8)


def _require_scores(scores: ArrayLike, T: int) -> NDArray[np.floating]:
    array = require_float_array("scores", scores)
    if array.shape != (T, T):
        raise ValueError(
            f"scores debe tener forma (T, T), con T = número de tokens; se dio la forma {array.shape} con "
            f"{T} tokens."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            "scores debe contener números finitos, y hay alguno infinito o NaN: da las puntuaciones sin "
            "máscara, "
            "que la figura ya la pone y la quita."
        )
    return array
