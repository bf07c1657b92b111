"""Modelos de referencia: lo que hay que superar antes de decir que uno grande ha aprendido algo.

Ninguno está preentrenado ni entiende de orden: la clase más frecuente y una bolsa de palabras.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")  # «isn't» es una sola palabra


def majority_baseline(labels: Sequence[int], num_texts: int) -> NDArray[np.int64]:
    """Predice para todos los textos la clase más frecuente de ``labels``; si empatan, la menor.

    Parameters
    ----------
    labels
        Etiquetas de entrenamiento, enteros desde 0.
    num_texts
        Cuántas predicciones hacen falta.

    Returns
    -------
    ndarray, forma (num_texts,)

    Raises
    ------
    ValueError
        Si no hay etiquetas.

    Examples
    --------
    >>> majority_baseline([1, 0, 1], num_texts=2)
    array([1, 1])
    """
    if len(labels) == 0:
        raise ValueError("labels está vacía: hacen falta las etiquetas de entrenamiento.")
    return np.full(num_texts, np.bincount(labels).argmax())


class BagOfWordsClassifier:
    """Regresión logística sobre qué palabras aparecen en el texto, con penalización L2.

    Cada palabra del entrenamiento tiene un peso; la puntuación de un texto es la suma de los pesos de sus
    palabras distintas. El orden no cuenta, y las palabras nuevas se ignoran. El mínimo es único, así que
    el resultado no depende del azar.

    Parameters
    ----------
    l2
        Fuerza de la penalización ``l2 / 2 · ‖w‖²``, mayor que 0. El sesgo no se penaliza.

    Attributes
    ----------
    vocabulary
        Las V palabras vistas al entrenar, por orden alfabético.
    weights
        El peso de cada una (V,): positivo si empuja hacia la clase 1.
    bias
        Lo que puntúa un texto sin ninguna palabra conocida.

    Raises
    ------
    ValueError
        Si ``l2`` no es mayor que 0.

    Examples
    --------
    >>> bag = BagOfWordsClassifier().fit(["so good", "so bad"], [1, 0])
    >>> bag.predict(["bad, not good", "good!"])[0]
    array([0, 1])
    """

    def __init__(self, l2: float = 1.0) -> None:
        if not l2 > 0:
            raise ValueError(f"l2 debe ser mayor que 0; se dio {l2!r}.")
        self.l2 = l2
        self.vocabulary: list[str] = []
        self.weights = np.zeros(0)
        self.bias = 0.0

    def fit(self, texts: Sequence[str], labels: Sequence[int]) -> BagOfWordsClassifier:
        """Aprende los pesos y devuelve el propio clasificador.

        Raises
        ------
        ValueError
            Si no hay una etiqueta por texto, o las etiquetas no son 0 y 1, con alguna de cada.
        """
        if len(texts) != len(labels):
            raise ValueError(
                f"Hace falta una etiqueta por texto: se dieron {len(texts)} textos y {len(labels)} etiquetas."
            )
        if set(labels) != {0, 1}:
            raise ValueError(
                f"Las etiquetas deben ser 0 y 1, con alguna de cada; se dieron {sorted(set(labels))}."
            )
        self.vocabulary = sorted({word for text in texts for word in split_words(text)})
        features = torch.from_numpy(self._features(texts))  # (B, V)
        targets = torch.tensor(labels, dtype=torch.float64)  # (B,)
        solution = _minimize_logistic(features, targets, self.l2)
        self.weights, self.bias = solution[:-1], float(solution[-1])
        return self

    def predict(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Devuelve las clases (B,) y las probabilidades (B, 2), como ``BERTSentimentClassifier``.

        Raises
        ------
        ValueError
            Si se da un solo texto en vez de una lista, o aún no se ha llamado a :meth:`fit`.
        """
        if not self.vocabulary:
            raise ValueError("El clasificador está sin entrenar: llama antes a fit(texts, labels).")
        if isinstance(texts, str):
            raise ValueError(
                f"Hace falta una lista de textos; se dio un solo texto. Escribe [{texts[:30]!r}]."
            )
        scores = self._features(texts) @ self.weights + self.bias
        positive = torch.from_numpy(scores).sigmoid().numpy()
        return (positive > 0.5).astype(np.int64), np.stack([1 - positive, positive], axis=-1)

    def strongest_words(self, count: int = 10) -> tuple[list[str], list[str]]:
        """Las ``count`` palabras que más empujan hacia la clase 0 y hacia la clase 1, de más a menos."""
        order = np.argsort(self.weights, kind="stable")
        return (
            [self.vocabulary[index] for index in order[:count]],
            [self.vocabulary[index] for index in order[::-1][:count]],
        )

    def _features(self, texts: Sequence[str]) -> NDArray[np.float64]:
        column = {word: index for index, word in enumerate(self.vocabulary)}
        present = np.zeros((len(texts), len(column)))
        for row, text in enumerate(texts):
            present[row, [column[word] for word in split_words(text) if word in column]] = 1.0
        return present


def split_words(text: str) -> list[str]:
    """Las palabras de ``text`` en minúsculas, sin puntuación; las contracciones no se parten.

    Examples
    --------
    >>> split_words("It isn't GOOD, is it?")
    ['it', "isn't", 'good', 'is', 'it']
    """
    return _WORD.findall(text.casefold())


def _minimize_logistic(features: torch.Tensor, targets: torch.Tensor, penalty: float) -> NDArray[np.float64]:
    """Los V pesos y, al final, el sesgo que minimizan la pérdida total más la penalización."""
    solution = torch.zeros(features.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [solution], max_iter=500, tolerance_grad=1e-7, tolerance_change=0.0, line_search_fn="strong_wolfe"
    )

    def total_loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = features @ solution[:-1] + solution[-1]
        loss = F.binary_cross_entropy_with_logits(scores, targets, reduction="sum")
        loss = loss + penalty / 2 * solution[:-1].square().sum()
        loss.backward()
        return loss

    optimizer.step(total_loss)
    return solution.detach().numpy()
