"""El clasificador antes de entrenarlo: con qué compara una prueba lo que se le entrega.

Crear uno lee el modelo del disco; las pruebas de un cuaderno comparten el mismo.
"""

from __future__ import annotations

import copy
from functools import lru_cache

import torch

from codigo.sentiment import BERTSentimentClassifier

_KEPT = 2  # cada uno ocupa lo que el modelo


@lru_cache(maxsize=_KEPT)
def untrained_classifier(model_name: str, num_labels: int, /) -> BERTSentimentClassifier:
    """Un clasificador recién creado, el mismo cada vez que se pide: es para mirarlo, no para entrenarlo.

    Parameters
    ----------
    model_name, num_labels
        Los de :class:`codigo.sentiment.BERTSentimentClassifier`.

    Raises
    ------
    ValueError, ModelUnavailableError
        Los mismos que al crearlo.
    """
    return BERTSentimentClassifier(model_name, num_labels, seed=0)


def empty_copy(classifier: BERTSentimentClassifier) -> BERTSentimentClassifier:
    """Una copia que comparte los pesos con ``classifier``, para ponerle otros en su lugar.

    No los copia: pónselos con ``load_state_dict(…, assign=True)``, que los sustituye solo en la copia.
    """
    shared = [*classifier.model.parameters(), classifier.tokenizer]
    return copy.deepcopy(classifier, {id(item): item for item in shared})


def encoder_shift(classifier: BERTSentimentClassifier) -> float:
    """Cuánto se ha movido el codificador preentrenado: lo que más, en relación con la norma que tenía.

    Lo que se añade al crearlo (la capa de clasificación, y a veces la de ``[CLS]``) es al azar y no se puede
    comparar. Es infinito si el modelo de dentro es otro.
    """
    start = _encoder(untrained_classifier(classifier.source.requested, classifier.num_labels))
    now = _encoder(classifier)
    if start.keys() != now.keys() or any(start[name].shape != now[name].shape for name in start):
        return float("inf")
    return max(_relative_shift(start[name].float(), now[name].float()) for name in start)


def _encoder(classifier: BERTSentimentClassifier) -> dict[str, torch.Tensor]:
    weights = classifier.model.base_model.state_dict()
    return {name: value.cpu() for name, value in weights.items() if not name.startswith("pooler.")}


def _relative_shift(start: torch.Tensor, now: torch.Tensor) -> float:
    return float((now - start).norm()) / max(1.0, float(start.norm()))
