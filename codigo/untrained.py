"""El clasificador antes de entrenarlo: con qué compara una prueba lo que se le entrega.

Crear uno lee el modelo del disco; las pruebas de un cuaderno comparten el mismo.
"""

from __future__ import annotations

import copy
import math
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


@lru_cache(maxsize=_KEPT)
def pretrained_names(model_name: str, num_labels: int, /) -> frozenset[str]:
    """Los pesos que salen del modelo preentrenado: los que no dependen de la semilla con que se crea.

    Los demás (la capa de clasificación, y las que no traiga el modelo) se ponen al azar.
    """
    one = untrained_classifier(model_name, num_labels).model.state_dict()
    other = BERTSentimentClassifier(model_name, num_labels, seed=1).model.state_dict()
    return frozenset(name for name, value in one.items() if torch.equal(value, other[name]))


def pretrained_shift(classifier: BERTSentimentClassifier) -> float:
    """Cuánto se han movido los pesos preentrenados: el que más, en relación con la norma que tenía.

    Los que se ponen al azar no se pueden comparar. Es infinito si el modelo de dentro es otro.
    """
    kind = classifier.source.requested, classifier.num_labels
    start, now = untrained_classifier(*kind).model.state_dict(), classifier.model.state_dict()
    if {name: value.shape for name, value in start.items()} != {name: now[name].shape for name in now}:
        return math.inf
    return max(_relative_shift(start[name], now[name]) for name in pretrained_names(*kind))


def _relative_shift(start: torch.Tensor, now: torch.Tensor) -> float:
    start, now = start.cpu().float(), now.cpu().float()
    return float((now - start).norm()) / max(1.0, float(start.norm()))
