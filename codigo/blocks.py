"""Los bloques del Transformer en PyTorch: red por posición, codificador y decodificador.

Secciones 3.1 y 3.3 de Vaswani et al. (2017). Por defecto la normalización va después de cada suma
(*post-norm*), como en el artículo; ``norm_first=True`` la pone antes (*pre-norm*), como en GPT-2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from codigo.torch_attention import KeyValueCache, MultiHeadAttention
from codigo.validation import require_positive_int, require_probability

Activation = Callable[[Tensor], Tensor]
DecoderCache = tuple[KeyValueCache, KeyValueCache]  # la de la autoatención y la de la atención cruzada


def relu(x: Tensor) -> Tensor:
    """ReLU de ``x``; sin gradientes, en el sitio: (…, d_ff) es el mayor tensor del bloque y nadie más lo usa.

    Con gradientes no: la salida de una capa lineal es una vista, y PyTorch paga con copias cambiar una vista.
    """
    return torch.relu(x) if x.requires_grad else torch.relu_(x)


class PositionwiseFeedForward(nn.Module):
    """Dos capas lineales que tratan cada posición por separado: ``max(0, x W₁ + b₁) W₂ + b₂``.

    Parameters
    ----------
    d_model
        Dimensión de entrada y de salida.
    d_ff
        Dimensión oculta.
    dropout
        Probabilidad de anular una unidad oculta al entrenar, en [0, 1).
    activation
        Función no lineal; ReLU por defecto.

    Raises
    ------
    ValueError
        Si alguna dimensión no es un entero positivo o ``dropout`` no es una probabilidad.

    References
    ----------
    Vaswani et al. (2017), ecuación 2.

    Examples
    --------
    >>> PositionwiseFeedForward(d_model=6, d_ff=24)(torch.ones(2, 5, 6)).shape
    torch.Size([2, 5, 6])
    """

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1, activation: Activation = relu) -> None:
        super().__init__()
        require_positive_int("d_model", d_model)
        require_positive_int("d_ff", d_ff)
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(require_probability("dropout", dropout))
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Transforma ``x`` (…, d_model) en un tensor de la misma forma."""
        hidden = self.activation(self.linear1(x))  # (…, d_model) -> (…, d_ff)
        if self.training:
            hidden = self.dropout(hidden)
        return self.linear2(hidden)  # (…, d_ff) -> (…, d_model)


class _Residual(nn.Module):
    """Suma residual con dropout y normalización de capa, antes o después de la subcapa."""

    def __init__(self, d_model: int, dropout: float, norm_first: bool, eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model, eps=eps)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first

    def around(self, x: Tensor, sublayer: Callable[[Tensor], tuple[Tensor, Any]]) -> tuple[Tensor, Any]:
        # No se llama «forward»: con bloques pequeños, cada llamada a un módulo cuesta el uno por ciento.
        change, extra = sublayer(self.norm(x) if self.norm_first else x)
        if self.training:
            change = self.dropout(change)
        # Como en :func:`relu`: sin gradientes, la suma se queda en un tensor que nadie más usa.
        x = x + change if change.requires_grad else change.add_(x)
        return (x if self.norm_first else self.norm(x)), extra


class TransformerEncoderBlock(nn.Module):
    """Bloque codificador: autoatención y red por posición, cada una con suma residual y norma.

    Parameters
    ----------
    d_model, num_heads, d_ff, dropout
        Dimensión del modelo, cabezas h, dimensión oculta y probabilidad de dropout en [0, 1).
    activation
        Función de la red por posición.
    norm_first
        Normaliza antes de cada subcapa en vez de después.
    layer_norm_eps
        Constante que se suma a la varianza, dentro de la raíz.

    Raises
    ------
    ValueError
        Si ``num_heads`` no divide a ``d_model`` o algún argumento está fuera de rango.

    References
    ----------
    Vaswani et al. (2017), sección 3.1; Xiong et al. (2020), arXiv 2002.04745, sobre *pre-norm*.

    Examples
    --------
    >>> block = TransformerEncoderBlock(d_model=12, num_heads=3, d_ff=24)
    >>> output, weights = block(torch.ones(2, 5, 12), return_attention=True)
    >>> output.shape, weights.shape
    (torch.Size([2, 5, 12]), torch.Size([2, 3, 5, 5]))
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        *,
        activation: Activation = relu,
        norm_first: bool = False,
        layer_norm_eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = PositionwiseFeedForward(d_model, d_ff, dropout, activation)
        self.attention_residual = _Residual(d_model, dropout, norm_first, layer_norm_eps)
        self.feed_forward_residual = _Residual(d_model, dropout, norm_first, layer_norm_eps)

    def forward(self, x: Tensor, mask: Tensor | None = None, return_attention: bool = False) -> Any:
        """Transforma ``x`` (B, T, d_model) en un tensor de la misma forma.

        Parameters
        ----------
        x
            Entrada.
        mask
            Booleana, ``True`` = oculta: (T, T), (B, T, T) o (B, 1, T).
        return_attention
            Devuelve además los pesos (B, h, T, T).

        Raises
        ------
        ValueError
            Si la forma de ``x`` o la máscara no son válidas.
        """
        x, weights = self.attention_residual.around(
            x, lambda y: self.self_attention(y, mask=mask, return_attention=return_attention)
        )
        x, _ = self.feed_forward_residual.around(x, lambda y: (self.feed_forward(y), None))
        return (x, weights) if return_attention else x


class TransformerDecoderBlock(nn.Module):
    """Bloque decodificador: autoatención causal, atención a la memoria y red por posición.

    Parameters
    ----------
    d_model, num_heads, d_ff, dropout, activation, norm_first, layer_norm_eps
        Como en :class:`TransformerEncoderBlock`.

    Raises
    ------
    ValueError
        Como en :class:`TransformerEncoderBlock`.

    References
    ----------
    Vaswani et al. (2017), sección 3.1.

    Examples
    --------
    >>> block = TransformerDecoderBlock(d_model=12, num_heads=3, d_ff=24)
    >>> x, memory, causal = torch.ones(2, 5, 12), torch.ones(2, 7, 12), torch.ones(5, 5).triu(1).bool()
    >>> block(x, memory, tgt_mask=causal).shape
    torch.Size([2, 5, 12])
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        *,
        activation: Activation = relu,
        norm_first: bool = False,
        layer_norm_eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = PositionwiseFeedForward(d_model, d_ff, dropout, activation)
        self.self_residual = _Residual(d_model, dropout, norm_first, layer_norm_eps)
        self.cross_residual = _Residual(d_model, dropout, norm_first, layer_norm_eps)
        self.feed_forward_residual = _Residual(d_model, dropout, norm_first, layer_norm_eps)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        return_attention: bool = False,
        cache: DecoderCache | None = None,
    ) -> Any:
        """Transforma ``x`` (B, T, d_model), atendiendo a ``memory`` (B, S, d_model).

        Parameters
        ----------
        x
            Entrada del decodificador.
        memory
            Salida del codificador.
        tgt_mask
            Booleana, ``True`` = oculta: (T, T), (B, T, T) o (B, 1, T). La causal se da aquí.
        memory_mask
            Booleana, ``True`` = oculta: (T, S), (B, T, S) o (B, 1, S).
        return_attention
            Devuelve además los pesos propios (B, h, T, T) y los cruzados (B, h, T, S).
        cache
            Lo ya calculado al generar: ``x`` trae solo los tokens nuevos, y las claves de ``tgt_mask`` son
            los t que lleva la secuencia, (T, t), (B, T, t) o (B, 1, t).

        Raises
        ------
        ValueError
            Si una forma o una máscara no es válida.
        """
        own_cache, cross_cache = cache or (None, None)
        x, own = self.self_residual.around(
            x, lambda y: self.self_attention(y, None, tgt_mask, return_attention, own_cache)
        )
        x, cross = self.cross_residual.around(
            x, lambda y: self.cross_attention(y, memory, memory_mask, return_attention, cross_cache)
        )
        x, _ = self.feed_forward_residual.around(x, lambda y: (self.feed_forward(y), None))
        return (x, own, cross) if return_attention else x
