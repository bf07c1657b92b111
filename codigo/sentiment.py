"""Clasificador de frases sobre BERT: entrenar, predecir y mirar la atención.

Devlin et al. (2019), arXiv 1810.04805: una capa lineal sobre el vector de ``[CLS]``.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification

from codigo.pretrained.loading import announce, load_config, load_model, load_tokenizer
from codigo.pretrained.resolve import resolve_model
from codigo.randomness import seeded
from codigo.validation import require_positive_int

MICRO_BATCH = 32  # textos que pasan a la vez; acota la memoria sin cambiar el resultado


class _Chunk(NamedTuple):
    """Unos cuantos textos de un lote, listos para el modelo, y el sitio de cada uno en el lote."""

    inputs: Any  # input_ids, attention_mask…, cada uno (b, T) con T la longitud del mayor
    positions: list[int]


class BERTSentimentClassifier:
    """BERT con una capa de clasificación nueva, sin entrenar.

    Parameters
    ----------
    model_name
        Nombre del hub, carpeta de ``save_pretrained`` o nombre de un modelo del curso.
    num_labels
        Número de clases.
    source
        De dónde sacarlo; véase :func:`codigo.pretrained.resolve_model`.
    seed
        Semilla de la capa nueva y del dropout al entrenar. Sin ella, decide el estado global de PyTorch.

    Attributes
    ----------
    model, tokenizer
        Los objetos de Hugging Face.
    source
        Qué modelo es y de dónde salió (``.source.message`` lo dice).
    training_losses
        La pérdida de cada llamada a :meth:`train_step`, en orden.

    Raises
    ------
    ValueError
        Si ``num_labels`` no es un entero mayor que cero o la procedencia no existe.
    ModelUnavailableError
        Si el modelo no se encuentra o está dañado.

    Examples
    --------
    >>> bert = BERTSentimentClassifier(source="quick", seed=0)  # doctest: +ELLIPSIS
    Modelo del curso ...
    >>> predictions, probabilities = bert.predict(["A fine film.", "So dull.", "It rained."])
    >>> predictions.shape, probabilities.shape
    ((3,), (3, 2))
    """

    def __init__(
        self,
        model_name: str = "bert-base-uncased",
        num_labels: int = 2,
        *,
        source: str | None = None,
        seed: int | None = None,
    ) -> None:
        self.num_labels = require_positive_int("num_labels", num_labels)
        self.source = resolve_model(model_name, source)
        self._require_same_head()
        announce(self.source)
        self.seed = seed
        with seeded(seed):
            self.model = load_model(AutoModelForSequenceClassification, self.source, num_labels=num_labels)
        self.tokenizer = load_tokenizer(self.source)
        self.training_losses: list[float] = []

    def train_step(
        self, texts: Sequence[str], labels: Sequence[int], optimizer: torch.optim.Optimizer
    ) -> float:
        """Un paso del optimizador con todo el lote; devuelve la pérdida media, en nats.

        El lote puede ser de cualquier tamaño: se recorre en trozos y los gradientes se suman.

        Parameters
        ----------
        texts
            B textos.
        labels
            B enteros de 0 a ``num_labels - 1``.
        optimizer
            Un optimizador sobre ``self.model.parameters()``.

        Raises
        ------
        ValueError
            Si no hay textos, alguno está vacío, las etiquetas no encajan o el optimizador es de otro modelo.
        """
        texts, targets = _require_texts(texts), self._require_labels(labels, len(texts))
        self._require_own(optimizer)
        optimizer.zero_grad()
        # Por caracteres y no por tokens: el orden decide qué dropout le toca a cada texto.
        chunks = self._chunks(self._tokenize(texts), [len(text) for text in texts])
        step_seed = None if self.seed is None else self.seed + 1 + len(self.training_losses)
        with self._mode(training=True), seeded(step_seed):
            loss = sum(self._backward(chunk, targets, len(texts)) for chunk in chunks)
        optimizer.step()
        self.training_losses.append(loss)
        return loss

    def _backward(self, chunk: _Chunk, targets: torch.Tensor, total: int) -> float:
        logits = self.model(**chunk.inputs).logits  # (b, num_labels)
        wanted = targets[chunk.positions].to(logits.device)
        loss = torch.nn.functional.cross_entropy(logits, wanted, reduction="sum") / total
        loss.backward()
        return loss.item()

    def predict(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Devuelve las clases (B,) y las probabilidades (B, num_labels).

        Raises
        ------
        ValueError
            Si no hay textos o alguno está vacío.
        """
        texts = _require_texts(texts)
        encoded = self._tokenize(texts)
        probabilities = np.empty((len(texts), self.num_labels))
        with self._mode(training=False), torch.inference_mode():
            for chunk in self._chunks(encoded):
                logits = self.model(**chunk.inputs).logits  # (b, num_labels)
                probabilities[chunk.positions] = logits.double().softmax(dim=-1).cpu().numpy()
        return probabilities.argmax(axis=-1), probabilities

    def get_attention_weights(self, text: str, layer: int = -1) -> NDArray[np.float32]:
        """Los pesos de atención de una capa, (h, T, T); T cuenta ``[CLS]`` y ``[SEP]``.

        Raises
        ------
        ValueError
            Si el texto está vacío o la capa no existe.
        """
        number = self.require_layer(layer)
        return self.get_attention_maps([text])[0][number]

    def get_attention_maps(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Por cada texto, la atención de todas las capas, (capas, h, T, T), sin el relleno del lote.

        El relleno se quita en los dos ejes: una consulta de relleno también reparte un peso total de 1, y
        contarla falsearía cualquier promedio.

        Raises
        ------
        ValueError
            Si no hay textos o alguno está vacío.
        """
        texts = _require_texts(texts)
        encoded = self._tokenize(texts)
        maps: list[Any] = [None] * len(texts)
        with self._mode(training=False), torch.inference_mode():
            for chunk in self._chunks(encoded):
                attentions = self.model(**chunk.inputs, output_attentions=True).attentions
                layers = torch.stack(attentions)  # (L, b, h, T, T)
                for row, position in enumerate(chunk.positions):
                    T = len(encoded["input_ids"][position])
                    maps[position] = layers[:, row, :, :T, :T].cpu().numpy()
        return maps

    def get_tokens(self, text: str) -> list[str]:
        """Los T tokens que ve el modelo, en el orden de los ejes de la atención.

        Salen de los identificadores, no de trocear el texto otra vez: así incluyen ``[CLS]`` y ``[SEP]`` y
        reflejan los recortes.
        """
        ids = self._tokenize(_require_texts([text]))["input_ids"][0]
        return self.tokenizer.convert_ids_to_tokens(ids)

    @property
    def num_layers(self) -> int:
        """Número de capas del codificador."""
        return int(self.model.config.num_hidden_layers)

    def _tokenize(self, texts: list[str]) -> Any:
        """Los identificadores de cada texto y lo que el modelo pide con ellos, en listas y sin relleno."""
        limit = int(self.model.config.max_position_embeddings)
        encoded = self.tokenizer(texts, verbose=False)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        if max(lengths) > limit:
            warnings.warn(
                f"{sum(n > limit for n in lengths)} textos pasan de {limit} tokens (el mayor tiene "
                f"{max(lengths)}): se recortan por el final. Divídelos si lo importante está allí.",
                stacklevel=3,
            )
            encoded = self.tokenizer(texts, truncation=True, max_length=limit)
        return encoded

    def _chunks(self, encoded: Any, lengths: Sequence[int] | None = None) -> Iterator[_Chunk]:
        """Trozos de textos de longitud parecida (por defecto, en tokens), para que lleven poco relleno."""
        sizes = lengths or [len(ids) for ids in encoded["input_ids"]]
        order = sorted(range(len(sizes)), key=sizes.__getitem__)
        for start in range(0, len(order), MICRO_BATCH):
            positions = order[start : start + MICRO_BATCH]
            rows = {name: [values[index] for index in positions] for name, values in encoded.items()}
            inputs = self.tokenizer.pad(rows, return_tensors="pt").to(self.model.device)
            yield _Chunk(inputs, positions)

    def _require_same_head(self) -> None:
        config = load_config(self.source)
        has_head = any("SequenceClassification" in name for name in config.architectures or [])
        if has_head and config.num_labels != self.num_labels:
            raise ValueError(
                f"El clasificador de {self.source.folder} se guardó con {config.num_labels} clases y se "
                f"pidió num_labels={self.num_labels}. Pide las mismas o parte de un BERT sin clasificador."
            )

    def _require_labels(self, labels: Sequence[int], count: int) -> torch.Tensor:
        values = [_as_label(label) for label in labels]
        if len(values) != count:
            raise ValueError(
                f"Hace falta una etiqueta por texto: se dieron {count} textos y {len(values)} etiquetas."
            )
        wrong = [
            label for label, value in zip(labels, values, strict=True) if not 0 <= value < self.num_labels
        ]
        if wrong:
            raise ValueError(
                f"Las etiquetas deben ser enteros de 0 a {self.num_labels - 1}; se dio {wrong[0]!r}."
            )
        return torch.tensor(values)

    def _require_own(self, optimizer: torch.optim.Optimizer) -> None:
        own = {id(parameter) for parameter in self.model.parameters()}
        if not any(id(parameter) in own for group in optimizer.param_groups for parameter in group["params"]):
            raise ValueError(
                "El optimizador no tiene ningún parámetro de este clasificador: créalo con "
                "`torch.optim.AdamW(classifier.model.parameters(), lr=2e-5)` después de crear el "
                "clasificador."
            )

    def require_layer(self, layer: int) -> int:
        """Devuelve ``layer`` como índice de capa; ``ValueError`` si esa capa no existe."""
        try:
            number = operator.index(layer)
        except TypeError:
            number = self.num_layers
        if not -self.num_layers <= number < self.num_layers:
            raise ValueError(
                f"La capa {layer!r} no existe: el modelo tiene {self.num_layers}, de 0 a "
                f"{self.num_layers - 1} (o de −{self.num_layers} a −1, desde el final)."
            )
        return number

    @contextmanager
    def _mode(self, training: bool) -> Iterator[None]:
        before = self.model.training
        self.model.train(training)
        try:
            yield
        finally:
            self.model.train(before)


def _require_texts(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise ValueError(f"Hace falta una lista de textos; se dio un solo texto. Escribe [{texts[:30]!r}].")
    values = list(texts)
    if not values:
        raise ValueError("La lista de textos está vacía: da al menos uno.")
    for position, text in enumerate(values):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"El texto número {position} debe tener al menos una palabra; se dio {text!r}.")
    return values


def _as_label(label: Any) -> int:
    """El entero que es ``label``, o −1 si no es ninguno."""
    try:
        return int(label) if float(label).is_integer() else -1
    except (TypeError, ValueError):
        return -1
