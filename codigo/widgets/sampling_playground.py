"""Mandos de temperatura, top-k y top-p sobre la distribución del token siguiente."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from codigo.validation import require_float_array, require_positive_int
from codigo.widgets.base import PlayableFigure

MAX_SHOWN = 40
NOW, BEFORE = "#0064a0", "#b04400"


class SamplingPlayground(PlayableFigure):
    """Enseña qué tokens quedan, y con qué probabilidad, al mover temperatura, top-k y top-p.

    Parameters
    ----------
    logits
        Los logits (V,) del token siguiente.
    tokens
        V textos, o una función que da el texto de un índice (para no escribir todo el vocabulario).
    temperature, top_k, top_p
        Dónde empiezan los mandos, con las reglas de :meth:`codigo.generation.GPT2TextGenerator.generate`.
    shown
        Cuántos tokens se enseñan, los más probables; las cuentas son con todos.

    Raises
    ------
    ValueError
        Si los logits no son (V,) y finitos, si no hay un texto por logit o si un mando está fuera de rango.
    """

    name = "sampling_playground"

    def __init__(
        self,
        logits: ArrayLike,
        tokens: Sequence[str] | Callable[[int], str],
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        shown: int = 12,
    ) -> None:
        from codigo.generation import require_sampling  # PyTorch: solo quien muestrea lo necesita

        self.temperature, self.top_k, self.top_p = require_sampling(temperature, top_k, top_p)
        values = _require_logits(logits)
        order = np.argsort(-values, kind="stable")
        self.logits = values[order]
        best = order[: min(require_positive_int("shown", shown), MAX_SHOWN)].tolist()
        self.tokens = [_text_of(tokens, index, len(values)) for index in best]

    def data(self) -> dict[str, Any]:
        """Los logits de mayor a menor, como bytes de ``float64``, y el texto de los primeros."""
        return {
            "tokens": self.tokens,
            "logits": self.logits.astype("<f8").tobytes(),
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
        }

    def probabilities(self) -> NDArray[np.float64]:
        """Las probabilidades (V,) con los mandos donde empiezan, en el orden de los logits."""
        from codigo.generation import sampling_probabilities

        return sampling_probabilities(self.logits, self.temperature, self.top_k, self.top_p)

    def figure(self) -> Figure:
        """Las probabilidades de los primeros tokens, según el modelo y tras los mandos."""
        before, now = self._before()[: len(self.tokens)], self.probabilities()[: len(self.tokens)]
        rows = np.arange(len(self.tokens))
        fig, ax = plt.subplots(figsize=(6.4, 1.2 + 0.3 * len(rows)), layout="constrained")
        ax.barh(rows, now, height=0.7, color=NOW, label="con estos mandos")
        ax.barh(
            rows,
            before,
            height=0.7,
            facecolor="none",
            edgecolor=BEFORE,
            linewidth=1.8,
            label="según el modelo",
        )
        out = ["" if p > 0 else "  (fuera)" for p in now]
        labels = [f"«{token}»{mark}" for token, mark in zip(self.tokens, out, strict=True)]
        ax.set_yticks(rows, labels, parse_math=False)
        ax.invert_yaxis()
        ax.set(title=self._setting, xlabel="Probabilidad")
        ax.legend(frameon=False, loc="lower right")
        return fig

    @property
    def caption(self) -> str:
        """Cuántos tokens quedan y con cuánta incertidumbre."""
        now = self.probabilities()
        kept = now[now > 0]
        entropy = float(-(kept * np.log(kept)).sum())
        return (
            f"{self._setting}: quedan {kept.size} de {now.size} tokens; entropía, {entropy:.2f} nats. "
            "Al ejecutar la celda en JupyterLab los tres mandos se mueven."
        )

    @property
    def alt(self) -> str:
        """Las probabilidades de los cinco primeros tokens, antes y después."""
        pairs = zip(self.tokens, self._before(), self.probabilities(), strict=False)
        texts = [f"«{token}», de {b:.1%} a {n:.1%}" if n else f"«{token}», fuera" for token, b, n in pairs]
        what = f"Barras con la probabilidad de {len(self.tokens)} tokens"
        return f"{what}. {self._setting}: {'; '.join(texts[:5])}."

    def _before(self) -> NDArray[np.float64]:
        from codigo.generation import sampling_probabilities

        return sampling_probabilities(self.logits)

    @property
    def _setting(self) -> str:
        top_k = f"top-k {self.top_k}" if self.top_k else "sin top-k"
        top_p = f"top-p {self.top_p:g}" if self.top_p < 1 else "sin top-p"
        return f"Temperatura {self.temperature:g}, {top_k}, {top_p}"


def _require_logits(logits: ArrayLike) -> NDArray[np.float64]:
    values = require_float_array("logits", logits).astype(np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(
            "logits debe ser un arreglo (V,) de números finitos, uno por token del vocabulario; se dio la "
            "forma "
            f"{values.shape}" + (" con valores infinitos o NaN." if not np.isfinite(values).all() else ".")
        )
    return values


def _text_of(tokens: Sequence[str] | Callable[[int], str], index: int, V: int) -> str:
    if callable(tokens):
        return str(tokens(index))
    if isinstance(tokens, str) or not isinstance(tokens, Sequence) or len(tokens) != V:
        size = len(tokens) if isinstance(tokens, Sequence) else type(tokens).__name__
        raise ValueError(
            f"tokens debe ser una lista de {V} textos, uno por logit, o una función de índice a texto; se "
            f"dio {size}."
        )
    return str(tokens[index])
