"""Los módulos de PyTorch que hacen lo mismo que los del curso, con los mismos pesos."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

from torch import Tensor, nn

from codigo.blocks import TransformerDecoderBlock, TransformerEncoderBlock
from codigo.model import TransformerModel

Layer = TypeVar("Layer", nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)
RENAMED = {
    "encoder.layers.": "encoder_blocks.",
    "decoder.layers.": "decoder_blocks.",
    "self_attn.": "self_attention.",
    "multihead_attn.": "cross_attention.",
    "linear": "feed_forward.linear",
    "in_proj_": "in_proj.",
    "encoder.norm.": "encoder_norm.",
    "decoder.norm.": "decoder_norm.",
}
ENCODER_NORMS = {"norm1": "attention_residual.norm", "norm2": "feed_forward_residual.norm"}
DECODER_NORMS = {
    "norm1": "self_residual.norm",
    "norm2": "cross_residual.norm",
    "norm3": "feed_forward_residual.norm",
}


def our_name(theirs: str, norms: dict[str, str]) -> str:
    """El nombre que da el curso a un parámetro de ``nn.Transformer`` o de una de sus capas.

    Examples
    --------
    >>> our_name("self_attn.in_proj_weight", ENCODER_NORMS), our_name("norm2.bias", ENCODER_NORMS)
    ('self_attention.in_proj.weight', 'feed_forward_residual.norm.bias')
    """
    layer, _, parameter = theirs.rpartition(".")
    before, _, last = layer.rpartition(".")
    theirs = f"{before}.{norms.get(last, last)}.{parameter}".lstrip(".") if layer else theirs
    for old, new in RENAMED.items():
        theirs = theirs.replace(old, new)
    return theirs


def encoder_twin(mine: TransformerEncoderBlock, d_ff: int, dropout: float) -> nn.TransformerEncoderLayer:
    """``nn.TransformerEncoderLayer`` con los pesos de ``mine``."""
    return _layer_twin(nn.TransformerEncoderLayer, mine, d_ff, dropout, ENCODER_NORMS)


def decoder_twin(mine: TransformerDecoderBlock, d_ff: int, dropout: float) -> nn.TransformerDecoderLayer:
    """``nn.TransformerDecoderLayer`` con los pesos de ``mine``."""
    return _layer_twin(nn.TransformerDecoderLayer, mine, d_ff, dropout, DECODER_NORMS)


def _layer_twin(
    kind: type[Layer],
    mine: TransformerEncoderBlock | TransformerDecoderBlock,
    d_ff: int,
    dropout: float,
    norms: dict[str, str],
) -> Layer:
    attention = mine.self_attention
    layer = kind(attention.d_model, attention.num_heads, d_ff, dropout, batch_first=True)
    _copy(mine, layer, lambda name: our_name(name, norms))
    return layer


class TorchTransformer(nn.Module):
    """``nn.Transformer`` con los embeddings, la codificación posicional y la capa de salida de ``mine``.

    Parameters
    ----------
    mine
        El modelo del curso; sus pesos se copian.
    num_heads, num_layers, d_ff, dropout
        Los de ``mine``.
    """

    def __init__(
        self, mine: TransformerModel, num_heads: int, num_layers: int, d_ff: int, dropout: float
    ) -> None:
        super().__init__()
        self.src_embedding = _twin_embedding(mine.src_embedding)
        self.tgt_embedding = _twin_embedding(mine.tgt_embedding)
        self.output = nn.Linear(mine.d_model, mine.vocab_size)
        self.output.load_state_dict(mine.output_projection.state_dict())
        self.register_buffer("encoding", mine.positional_encoding.clone())
        self.dropout = nn.Dropout(dropout)
        layers = (num_layers, num_layers)
        self.body = nn.Transformer(mine.d_model, num_heads, *layers, d_ff, dropout, batch_first=True)
        _copy(mine, self.body, name_in_the_model)

    def forward(self, src: Tensor, tgt: Tensor, causal: Tensor, src_padding: Tensor | None) -> Tensor:
        """Logits (B, T, V) a partir de ``src`` (B, S) y ``tgt`` (B, T).

        Parameters
        ----------
        src, tgt
            Índices.
        causal
            Máscara (T, T), ``True`` = oculta.
        src_padding
            Relleno de ``src``, (B, S), ``True`` = oculto; o ``None``.
        """
        hidden = self.body(
            self._embed(src, self.src_embedding),
            self._embed(tgt, self.tgt_embedding),
            tgt_mask=causal,
            src_key_padding_mask=src_padding,
            memory_key_padding_mask=src_padding,
            tgt_is_causal=True,
        )
        return self.output(hidden)

    def _embed(self, ids: Tensor, table: nn.Embedding) -> Tensor:
        encoding = self.get_buffer("encoding")[: ids.shape[1]]
        return self.dropout(table(ids) * math.sqrt(table.embedding_dim) + encoding)  # (B, T, d_model)


def ask_for_weights(module: nn.Module) -> None:
    """Hace que cada ``nn.MultiheadAttention`` de ``module`` calcule sus pesos por cabeza.

    Las capas de PyTorch no dan sus pesos y no tienen con qué pedirlos; engancharse a su atención es la manera
    corriente de conseguirlos.
    """
    for part in module.modules():
        if isinstance(part, nn.MultiheadAttention):
            part.register_forward_pre_hook(_with_weights, with_kwargs=True)


def _with_weights(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, {**kwargs, "need_weights": True, "average_attn_weights": False}


def name_in_the_model(name: str) -> str:
    """El nombre que da :class:`TransformerModel` a un parámetro de ``nn.Transformer``."""
    return our_name(name, ENCODER_NORMS if name.startswith("encoder") else DECODER_NORMS)


def _copy(mine: nn.Module, theirs: nn.Module, rename: Callable[[str], str]) -> None:
    own = mine.state_dict()
    theirs.load_state_dict({name: own[rename(name)] for name in theirs.state_dict()})


def _twin_embedding(mine: nn.Embedding) -> nn.Embedding:
    twin = nn.Embedding(mine.num_embeddings, mine.embedding_dim)
    twin.load_state_dict(mine.state_dict())
    return twin
