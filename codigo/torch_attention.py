"""Atención de varias cabezas en PyTorch, con el núcleo fusionado por defecto.

Los parámetros se guardan como en ``nn.MultiheadAttention`` (Q, K y V en una sola proyección), así que
los pesos se copian de una a otra tal cual. Símbolos en :mod:`codigo`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from codigo.validation import require_divisible_heads, require_probability


def check_torch_mask(mask: Tensor, batch: int, T_q: int, T_k: int) -> Tensor:
    """Comprueba una máscara booleana (``True`` = oculta) y la devuelve lista para (B, h, T_q, T_k).

    Admite (T_q, T_k), (B, T_q, T_k) y (B, 1, T_k); esta última oculta las mismas claves a todas las
    consultas y sirve para el relleno.

    Raises
    ------
    ValueError
        Si no es booleana, si la forma no encaja o si oculta una fila entera.
    """
    if not isinstance(mask, Tensor):
        raise ValueError(
            "La máscara debe ser un tensor de PyTorch; se dio un valor de tipo "
            f"{type(mask).__name__}. Usa `torch.as_tensor(mask)`."
        )
    if mask.dtype != torch.bool:
        raise ValueError(
            f"La máscara debe ser booleana (True = posición oculta); se dio el tipo {mask.dtype}. "
            "Si es aditiva (0 y −inf), usa `mask < 0`."
        )
    if tuple(mask.shape) not in {(T_q, T_k), (batch, T_q, T_k), (batch, 1, T_k)}:
        raise ValueError(
            f"La máscara debe tener forma ({T_q}, {T_k}), ({batch}, {T_q}, {T_k}) o "
            f"({batch}, 1, {T_k}); se dio la forma {tuple(mask.shape)}."
        )
    if bool(mask.all(dim=-1).any()):
        raise ValueError(
            "La máscara oculta todas las claves de alguna consulta: deja al menos una posición "
            "visible (False) en cada fila. ¿Están True y False al revés?"
        )
    return mask if mask.dim() == 2 else mask[:, None]  # (T_q, T_k) o (B, 1, T_q | 1, T_k)


class MultiHeadAttention(nn.Module):
    """Atención de ``h`` cabezas entre consultas (B, T_q, d_model) y memoria (B, T_k, d_model).

    Parameters
    ----------
    d_model
        Dimensión del modelo.
    num_heads
        Número de cabezas h; debe dividir a ``d_model``.
    dropout
        Probabilidad de anular un peso de atención al entrenar, en [0, 1).

    Raises
    ------
    ValueError
        Si ``num_heads`` no divide a ``d_model`` o ``dropout`` no es una probabilidad.

    References
    ----------
    Vaswani et al. (2017), sección 3.2.2.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.d_k = require_divisible_heads(d_model, num_heads)
        self.d_model, self.num_heads = d_model, num_heads
        self.dropout = require_probability("dropout", dropout)
        self.in_proj = nn.Linear(d_model, 3 * d_model)  # Q, K y V en un solo producto
        self.out_proj = nn.Linear(d_model, d_model)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.in_proj.weight)
        nn.init.zeros_(self.in_proj.bias)
        nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        return_attention: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Devuelve la salida (B, T_q, d_model) y los pesos (B, h, T_q, T_k), o ``None``.

        Parameters
        ----------
        x
            De donde salen las consultas.
        memory
            De donde salen claves y valores; si falta, ``x`` (autoatención).
        mask
            Booleana, ``True`` = oculta; formas en :func:`check_torch_mask`.
        return_attention
            Pide los pesos; obliga a materializar la matriz T_q × T_k.

        Raises
        ------
        ValueError
            Si la forma de ``x`` o la máscara no son válidas.
        """
        self._check_inputs(x, x if memory is None else memory)
        Q, K, V = self._project(x, memory)
        if mask is not None:
            mask = check_torch_mask(mask, Q.shape[0], Q.shape[2], K.shape[2])
        attend = self._explicit if return_attention else self._fused
        heads, weights = attend(Q, K, V, mask)
        joined = heads.transpose(1, 2).flatten(2)  # (B, h, T_q, d_k) -> (B, T_q, d_model)
        return self.out_proj(joined), weights

    def _project(self, x: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        if memory is None:
            parts = self.in_proj(x).chunk(3, dim=-1)
        else:
            w_q, w_kv = self.in_proj.weight.split([self.d_model, 2 * self.d_model])
            b_q, b_kv = self.in_proj.bias.split([self.d_model, 2 * self.d_model])
            parts = (F.linear(x, w_q, b_q), *F.linear(memory, w_kv, b_kv).chunk(2, dim=-1))
        q, k, v = (self._split_heads(part) for part in parts)
        return q, k, v

    def _check_inputs(self, x: Tensor, memory: Tensor) -> None:
        for name, tensor in (("x", x), ("memory", memory)):
            if tensor.dim() != 3 or tensor.shape[-1] != self.d_model or tensor.shape[1] == 0:
                raise ValueError(
                    f"{name} debe tener forma (B, T, {self.d_model}) con T ≥ 1; "
                    f"se dio la forma {tuple(tensor.shape)}."
                )
        if memory.shape[0] != x.shape[0]:
            raise ValueError(
                f"x y memory deben tener el mismo lote B; se dieron las formas {tuple(x.shape)} y "
                f"{tuple(memory.shape)}."
            )

    def _split_heads(self, projected: Tensor) -> Tensor:
        split = projected.unflatten(-1, (self.num_heads, self.d_k))  # (B, T, h, d_k)
        return split.transpose(1, 2)  # (B, h, T, d_k)

    def _fused(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> tuple[Tensor, None]:
        keep = None if mask is None else ~mask  # el convenio de SDPA es el contrario
        dropout = self.dropout if self.training else 0.0
        return F.scaled_dot_product_attention(Q, K, V, attn_mask=keep, dropout_p=dropout), None

    def _explicit(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        scores = Q @ K.transpose(-2, -1) / math.sqrt(self.d_k)  # (B, h, T_q, T_k)
        if mask is not None:
            scores = scores.masked_fill(mask, float("-inf"))
        weights = scores.softmax(dim=-1)
        dropped = F.dropout(weights, self.dropout, self.training)
        return dropped @ V, weights  # (B, h, T_q, d_k)
