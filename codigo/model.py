"""El Transformer codificador-decodificador completo.

Figura 1 y sección 3 de Vaswani et al. (2017). Como ``nn.Transformer``, añade una normalización al
final de cada pila. Símbolos en :mod:`codigo`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat

import torch
from torch import Tensor, nn

from codigo.blocks import (
    Activation,
    DecoderCache,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
    relu,
)
from codigo.masks import create_causal_mask
from codigo.positional import PositionalEncodingSinusoidal
from codigo.torch_attention import KeyValueCache
from codigo.validation import require_index, require_positive_int, require_probability


@dataclass
class AttentionMaps:
    """Pesos de atención de un paso, una entrada por capa."""

    encoder: list[Tensor] = field(default_factory=list)  # (B, h, S, S)
    decoder: list[Tensor] = field(default_factory=list)  # (B, h, T, T)
    cross: list[Tensor] = field(default_factory=list)  # (B, h, T, S)


class TransformerModel(nn.Module):
    """Codificador-decodificador con embeddings, codificación posicional y capa de salida.

    Parameters
    ----------
    vocab_size
        Tamaño V del vocabulario, común a origen y destino.
    d_model, num_heads, num_layers, d_ff, dropout
        Dimensión, cabezas, capas de cada pila, dimensión oculta y dropout en [0, 1).
    max_len
        Longitud máxima de una secuencia.
    use_positional_encoding
        ``False`` quita la codificación posicional: sirve para ver qué se pierde sin ella.
    activation
        Función de la red por posición; ReLU por defecto.

    Raises
    ------
    ValueError
        Si algún argumento está fuera de rango o ``num_heads`` no divide a ``d_model``.

    References
    ----------
    Vaswani et al. (2017), figura 1 y sección 3.4.

    Examples
    --------
    >>> model = TransformerModel(vocab_size=11, d_model=12, num_heads=3, num_layers=2, d_ff=24)
    >>> src, tgt = torch.tensor([[3, 1, 4, 1]]), torch.tensor([[0, 5, 9]])
    >>> model(src, tgt, tgt_mask=model.generate_square_subsequent_mask(3)).shape  # logits (B, T, V)
    torch.Size([1, 3, 11])
    >>> model.greedy_decode(src, start_token=0, num_tokens=6).shape
    torch.Size([1, 6])
    """

    positional_encoding: Tensor

    def __init__(
        self,
        vocab_size: int,
        d_model: int = 512,
        num_heads: int = 8,
        num_layers: int = 6,
        d_ff: int = 2048,
        dropout: float = 0.1,
        *,
        max_len: int = 5000,
        use_positional_encoding: bool = True,
        activation: Activation = relu,
    ) -> None:
        super().__init__()
        self.vocab_size = require_positive_int("vocab_size", vocab_size)
        self.d_model, self.max_len = d_model, max_len
        self.use_positional_encoding = use_positional_encoding
        layers = range(require_positive_int("num_layers", num_layers))
        sizes = (d_model, num_heads, d_ff, dropout)
        self.encoder_blocks = nn.ModuleList(
            TransformerEncoderBlock(*sizes, activation=activation) for _ in layers
        )
        self.decoder_blocks = nn.ModuleList(
            TransformerDecoderBlock(*sizes, activation=activation) for _ in layers
        )
        self.encoder_norm: nn.Module = nn.LayerNorm(d_model)
        self.decoder_norm: nn.Module = nn.LayerNorm(d_model)
        self.src_embedding = nn.Embedding(vocab_size, d_model)
        self.tgt_embedding = nn.Embedding(vocab_size, d_model)
        self.output_projection = nn.Linear(d_model, vocab_size)
        self.dropout = nn.Dropout(require_probability("dropout", dropout))
        encoding = PositionalEncodingSinusoidal(d_model, max_len).encoding
        self.register_buffer("positional_encoding", torch.from_numpy(encoding).float(), persistent=False)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        # √d_model multiplica a los embeddings en `_embed`: así quedan con varianza cercana a 1.
        for embedding in (self.src_embedding, self.tgt_embedding):
            nn.init.normal_(embedding.weight, std=1.0 / math.sqrt(self.d_model))

    @staticmethod
    def generate_square_subsequent_mask(n: int) -> Tensor:
        """Máscara causal (n, n), booleana, ``True`` = oculta.

        Raises
        ------
        ValueError
            Si ``n`` no es un entero positivo.
        """
        return torch.from_numpy(create_causal_mask(n))

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        *,
        memory_mask: Tensor | None = None,
        attention: AttentionMaps | None = None,
    ) -> Tensor:
        """Logits (B, T, V) del siguiente token en cada posición de ``tgt``.

        Parameters
        ----------
        src
            Índices de origen, (B, S).
        tgt
            Índices de destino, (B, T).
        src_mask, tgt_mask, memory_mask
            Booleanas, ``True`` = oculta; para el codificador, el decodificador y la atención cruzada.
            Formas en :func:`codigo.torch_attention.check_torch_mask`. Para ocultar el relleno de
            ``src``, da ``src_padding[:, None]`` (B, 1, S) como ``src_mask`` y como ``memory_mask``.
        attention
            Si se da, se llena con los pesos de todas las capas.

        Raises
        ------
        ValueError
            Si una forma, un índice, una longitud o una máscara no es válida.
        """
        if src.dim() == tgt.dim() == 2 and src.shape[0] != tgt.shape[0]:
            raise ValueError(
                f"src y tgt deben tener el mismo lote B; se dieron las formas {tuple(src.shape)} y "
                f"{tuple(tgt.shape)}."
            )
        memory = self.encode(src, src_mask, attention)
        return self.decode(tgt, memory, tgt_mask, memory_mask, attention)

    def encode(
        self, src: Tensor, src_mask: Tensor | None = None, attention: AttentionMaps | None = None
    ) -> Tensor:
        """Memoria (B, S, d_model) a partir de los índices ``src`` (B, S)."""
        x = self._embed("src", src, self.src_embedding)
        for block in self.encoder_blocks:
            if attention is None:
                x = block(x, src_mask)
            else:
                x, weights = block(x, src_mask, return_attention=True)
                attention.encoder.append(weights)
        return self.encoder_norm(x)

    def decode(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        attention: AttentionMaps | None = None,
        cache: list[DecoderCache] | None = None,
    ) -> Tensor:
        """Logits (B, T, V) a partir de los índices ``tgt`` (B, T) y la memoria (B, S, d_model).

        Con ``cache``, de :meth:`new_cache`, ``tgt`` trae solo los T tokens que siguen a los ya guardados. Uno
        solo no necesita máscara: no hay futuro que ocultar. Varios necesitan la (T, t) que les corresponda.
        """
        x = self._embed("tgt", tgt, self.tgt_embedding, start=cache[0][0].length if cache else 0)
        caches: Iterable[DecoderCache | None] = cache or repeat(None, len(self.decoder_blocks))
        for block, saved in zip(self.decoder_blocks, caches, strict=True):
            if attention is None:
                x = block(x, memory, tgt_mask, memory_mask, cache=saved)
            else:
                x, own, cross = block(x, memory, tgt_mask, memory_mask, return_attention=True, cache=saved)
                attention.decoder.append(own)
                attention.cross.append(cross)
        return self.output_projection(self.decoder_norm(x))

    def new_cache(self, num_tokens: int, src_len: int) -> list[DecoderCache]:
        """Una caché vacía por bloque decodificador, para ``num_tokens`` de destino y ``src_len`` de origen.

        Raises
        ------
        ValueError
            Si alguno no es un entero positivo.
        """
        return [(KeyValueCache(num_tokens), KeyValueCache(src_len)) for _ in self.decoder_blocks]

    def greedy_decode(
        self,
        src: Tensor,
        start_token: int,
        num_tokens: int,
        *,
        src_mask: Tensor | None = None,
        use_cache: bool = True,
    ) -> Tensor:
        """Genera ``num_tokens`` tokens, el más probable cada vez, sin mirar la respuesta.

        Parameters
        ----------
        src
            Índices de origen, (B, S).
        start_token
            Índice que abre la secuencia de destino; no se devuelve.
        num_tokens
            Cuántos tokens generar.
        src_mask
            El relleno de ``src``, (B, 1, S), booleana, ``True`` = oculta: ni el codificador ni la atención
            cruzada lo miran.
        use_cache
            ``False`` recalcula en cada paso todo el destino, que da lo mismo y cuesta más: cada token nuevo
            repite el trabajo de los anteriores.

        Returns
        -------
        Tensor (B, num_tokens)

        Raises
        ------
        ValueError
            Si ``start_token`` no está en el vocabulario, ``num_tokens`` no está entre 1 y ``max_len`` o la
            máscara no es válida.

        Notes
        -----
        El modelo queda en el modo (entrenamiento o evaluación) en que estaba.
        """
        require_positive_int("num_tokens", num_tokens)
        start_token = require_index("start_token", start_token, self.vocab_size)
        # Se crea fuera de `inference_mode`: quien llama recibe un tensor corriente.
        tgt = src.new_full((src.shape[0], num_tokens + 1), start_token)
        with self._evaluating(), torch.inference_mode():
            memory = self.encode(src, src_mask)
            extend = self._extend_with_cache if use_cache else self._extend_from_scratch
            extend(tgt, memory, src_mask)
        return tgt[:, 1:]

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        was_training = self.training
        self.eval()
        try:
            yield
        finally:
            self.train(was_training)

    def _extend_with_cache(self, tgt: Tensor, memory: Tensor, memory_mask: Tensor | None) -> None:
        cache = self.new_cache(tgt.shape[1] - 1, memory.shape[1])
        for t in range(tgt.shape[1] - 1):
            logits = self.decode(tgt[:, t : t + 1], memory, None, memory_mask, cache=cache)  # (B, 1, V)
            tgt[:, t + 1] = logits[:, -1].argmax(-1)

    def _extend_from_scratch(self, tgt: Tensor, memory: Tensor, memory_mask: Tensor | None) -> None:
        for t in range(tgt.shape[1] - 1):
            causal = self.generate_square_subsequent_mask(t + 1).to(tgt.device)
            logits = self.decode(tgt[:, : t + 1], memory, causal, memory_mask)  # (B, t + 1, V)
            tgt[:, t + 1] = logits[:, -1].argmax(-1)

    def _embed(self, name: str, ids: Tensor, embedding: nn.Embedding, start: int = 0) -> Tensor:
        """Embeddings (B, T, d_model) de ``ids`` (B, T), que ocupan las posiciones desde ``start``."""
        self._check_ids(name, ids, start)
        x = embedding(ids) * math.sqrt(self.d_model)  # (B, T) -> (B, T, d_model)
        if self.use_positional_encoding:
            x = x + self.positional_encoding[start : start + ids.shape[1]]
        return self.dropout(x)

    def _check_ids(self, name: str, ids: Tensor, start: int) -> None:
        if ids.dim() != 2 or ids.shape[1] == 0 or ids.dtype not in (torch.int64, torch.int32):
            raise ValueError(
                f"{name} debe contener índices enteros (int64 o int32) con forma (B, T) y T ≥ 1; "
                f"se dio la forma {tuple(ids.shape)} de tipo {ids.dtype}."
            )
        length = start + ids.shape[1]
        if length > self.max_len:
            raise ValueError(
                f"{name} tiene longitud {length} y el modelo admite hasta max_len={self.max_len}."
            )
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < self.vocab_size:
            raise ValueError(
                f"{name} tiene índices de {int(ids.min())} a {int(ids.max())}; "
                f"se admiten de 0 a {self.vocab_size - 1}."
            )
