"""Visor de atención: tokens a los dos lados y una línea por peso, capa a capa y cabeza a cabeza.

La idea es de BertViz (Vig, 2019, arXiv 1906.05714); el código, no.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from codigo.validation import require_float_array, require_index
from codigo.widgets.base import PlayableFigure, require_tokens

MAX_TOKENS = 48
SUM_TOLERANCE = 1e-3
LINE_COLOR = "#0064a0"


class AttentionViewer(PlayableFigure):
    """Enseña con líneas a quién atiende cada token.

    Parameters
    ----------
    weights
        Pesos de atención (capas, h, T, T), (h, T, T) o (T, T); cada fila suma 1.
    tokens
        T textos.
    layer, head
        Capa y cabeza que se enseñan al empezar, desde 0. Son las de la figura fija.
    head_names
        Cómo se llama cada cabeza; si falta, su número desde 0.

    Raises
    ------
    ValueError
        Si las formas no encajan, los pesos no son de una atención o la capa o la cabeza no existen.
    """

    name = "attention_viewer"

    def __init__(
        self,
        weights: ArrayLike,
        tokens: Sequence[str],
        *,
        layer: int = 0,
        head: int = 0,
        head_names: Sequence[str] | None = None,
    ) -> None:
        self.tokens = require_tokens(tokens, MAX_TOKENS)
        self.weights = _require_weights(weights, len(self.tokens))
        self.layer = require_index("layer", layer, self.weights.shape[0])
        self.head = require_index("head", head, self.weights.shape[1])
        self.head_names = _require_names(head_names, self.weights.shape[1])

    def data(self) -> dict[str, Any]:
        """Los pesos como bytes de ``float32``, y lo que hace falta para leerlos."""
        return {
            "tokens": self.tokens,
            "shape": list(self.weights.shape[:3]),
            "weights": self.weights.astype("<f4").tobytes(),
            "layer": self.layer,
            "head": self.head,
            "head_names": self.head_names,
        }

    def figure(self) -> Figure:
        """Todas las líneas de la capa y la cabeza elegidas."""
        T = len(self.tokens)
        fig, ax = plt.subplots(figsize=(5.5, 0.9 + 0.34 * T), layout="constrained")
        _draw_lines(ax, self._shown)
        for x, align in ((0.0, "right"), (1.0, "left")):
            for y, token in enumerate(self.tokens):
                side = -0.02 if align == "right" else 0.02
                ax.text(x + side, y, token, ha=align, va="center", parse_math=False)
        ax.set(xlim=(-0.5, 1.5), ylim=(T - 0.5, -1.2), title=self._place)
        ax.text(-0.02, -0.8, "Consulta", ha="right", weight="bold")
        ax.text(1.02, -0.8, "Clave", ha="left", weight="bold")
        ax.axis("off")
        return fig

    @property
    def caption(self) -> str:
        """Qué es y qué se puede hacer en JupyterLab."""
        _, heads, T, _ = self.weights.shape
        what = "elegir capa y cabeza y " if heads > 1 else ""
        return (
            f"{self._place}: una línea por peso, más gruesa y opaca cuanto mayor es ({T} × {T}). "
            f"Al ejecutar la celda en JupyterLab se puede {what}señalar un token para ver solo sus líneas."
        )

    @property
    def alt(self) -> str:
        """A quién atiende más cada token."""
        best = self._shown.argmax(axis=1)
        pairs = [
            f"«{token}» a «{self.tokens[j]}» ({self._shown[i, j]:.2f})"
            for i, (token, j) in enumerate(zip(self.tokens, best, strict=True))
        ]
        return f"{self._place}. A quién atiende más cada token: {'; '.join(pairs)}."

    @property
    def _shown(self) -> NDArray[np.floating]:
        return self.weights[self.layer, self.head]

    @property
    def _place(self) -> str:
        layers, heads = self.weights.shape[:2]
        place = [f"capa {self.layer}"] * (layers > 1) + [f"cabeza {self.head_names[self.head]}"] * (heads > 1)
        return ", ".join(["Atención", *place])


def _draw_lines(ax: Axes, matrix: NDArray[np.floating]) -> None:
    for (i, j), weight in np.ndenumerate(matrix):
        if weight >= 0.005:
            width, alpha = 0.5 + 4 * weight, min(1.0, float(weight))
            ax.plot([0, 1], [i, j], color=LINE_COLOR, alpha=alpha, linewidth=width, solid_capstyle="round")


def _require_weights(weights: ArrayLike, T: int) -> NDArray[np.floating]:
    """Los pesos como (capas, h, T, T)."""
    array = require_float_array("weights", weights)
    if not 2 <= array.ndim <= 4 or array.shape[-2:] != (T, T) or array.size == 0:
        raise ValueError(
            "weights debe tener forma (capas, h, T, T), (h, T, T) o (T, T), con T = número de tokens; se "
            f"dio la forma {array.shape} con {T} tokens."
        )
    sums = array.sum(axis=-1)
    if not (np.isfinite(array).all() and array.min() >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE):
        raise ValueError(
            "weights debe contener pesos de atención: números de 0 a 1 que suman 1 en cada fila; los que "
            f"se dieron van de {array.min():.3g} a {array.max():.3g} y sus filas suman de {sums.min():.3g} a "
            f"{sums.max():.3g}. ¿Son las puntuaciones, antes del softmax?"
        )
    return array.reshape((1,) * (4 - array.ndim) + array.shape)  # (…, T, T) -> (capas, h, T, T)


def _require_names(names: Sequence[str] | None, heads: int) -> list[str]:
    if names is None:
        return [str(head) for head in range(heads)]
    if isinstance(names, str) or len(names) != heads:
        raise ValueError(
            f"head_names debe ser una lista con un nombre por cabeza ({heads}); se dio {names!r:.80}."
        )
    return [str(name) for name in names]
