"""Atención de varias cabezas en PyTorch, con el núcleo fusionado donde conviene.

Los parámetros se guardan como en ``nn.MultiheadAttention`` (Q, K y V en una sola proyección), así que
los pesos se copian de una a otra tal cual. Símbolos en :mod:`codigo`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from codigo.validation import require_divisible_heads, require_positive_int, require_probability


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


class KeyValueCache:
    """Las claves y los valores que una atención ya calculó: la caché KV.

    Al generar, cada token nuevo trae una sola consulta, y las claves y los valores de los anteriores son los
    mismos que en el paso de antes. Es para generar, sin gradientes: escribe siempre en los mismos tensores.

    Parameters
    ----------
    capacity
        Cuántas posiciones caben. El sitio se reserva una vez: añadir una posición no copia las anteriores.

    Attributes
    ----------
    length : int
        Cuántas posiciones hay.

    Raises
    ------
    ValueError
        Si ``capacity`` no es un entero positivo.

    Examples
    --------
    >>> cache = KeyValueCache(capacity=8)
    >>> keys, values = cache.append(torch.ones(2, 3, 5, 4), torch.ones(2, 3, 5, 4))
    >>> keys, values = cache.append(torch.zeros(2, 3, 1, 4), torch.zeros(2, 3, 1, 4))
    >>> keys.shape, cache.length
    (torch.Size([2, 3, 6, 4]), 6)
    """

    _keys: Tensor  # (B, h, capacity, d_k)
    _values: Tensor  # (B, h, capacity, d_k)

    def __init__(self, capacity: int) -> None:
        self.capacity = require_positive_int("capacity", capacity)
        self.length = 0

    def append(self, K: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
        """Añade ``K`` y ``V`` (B, h, T, d_k) y devuelve los de todas las posiciones (B, h, length, d_k).

        Raises
        ------
        ValueError
            Si no caben.
        """
        start, stop = self.length, self.length + K.shape[2]
        if stop > self.capacity:
            raise ValueError(f"La caché admite {self.capacity} posiciones y con las nuevas tendría {stop}.")
        if start == 0:
            B, h, _, d_k = K.shape
            self._keys, self._values = (K.new_empty(B, h, self.capacity, d_k) for _ in range(2))
        self._keys.narrow(2, start, K.shape[2]).copy_(K)
        self._values.narrow(2, start, K.shape[2]).copy_(V)
        self.length = stop
        return self.contents()

    def contents(self) -> tuple[Tensor, Tensor]:
        """Las claves y los valores que hay, (B, h, length, d_k), sin copiarlos."""
        return self._keys.narrow(2, 0, self.length), self._values.narrow(2, 0, self.length)


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

    Examples
    --------
    >>> attention = MultiHeadAttention(d_model=12, num_heads=3)
    >>> output, weights = attention(torch.ones(2, 5, 12), memory=torch.ones(2, 7, 12), return_attention=True)
    >>> output.shape, weights.shape
    (torch.Size([2, 5, 12]), torch.Size([2, 3, 5, 7]))
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
        cache: KeyValueCache | None = None,
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
        cache
            Guarda claves y valores de una llamada a la siguiente. Sin ``memory`` se le añaden los de ``x`` y
            se atiende a todos; con ``memory`` se llena la primera vez y después no se vuelve a proyectar.

        Raises
        ------
        ValueError
            Si la forma de ``x`` o la máscara no son válidas.
        """
        self._check_inputs(x, x if memory is None else memory)
        heads, weights = self._attend(*self._project(x, memory, cache), mask, return_attention)
        joined = heads.transpose(1, 2).flatten(2)  # (B, h, T_q, d_k) -> (B, T_q, h, d_k) -> (B, T_q, d_model)
        output = F.linear(joined, self.out_proj.weight, self.out_proj.bias)
        return output, weights if return_attention else None

    def _project(
        self, x: Tensor, memory: Tensor | None, cache: KeyValueCache | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        weight, bias, d_model = self.in_proj.weight, self.in_proj.bias, self.d_model
        if memory is None:
            Q, K, V = self._split_heads(F.linear(x, weight, bias), 3)
            return (Q, K, V) if cache is None else (Q, *cache.append(K, V))
        (Q,) = self._split_heads(F.linear(x, weight[:d_model], bias[:d_model]), 1)
        if cache is not None and cache.length:
            return (Q, *cache.contents())
        K, V = self._split_heads(F.linear(memory, weight[d_model:], bias[d_model:]), 2)
        return (Q, K, V) if cache is None else (Q, *cache.append(K, V))

    def _split_heads(self, projected: Tensor, parts: int) -> tuple[Tensor, ...]:
        B, T, _ = projected.shape
        split = projected.view(B, T, parts, self.num_heads, self.d_k)  # era (B, T, parts·d_model)
        # Una copia para todas: con las cabezas salteadas, cada producto por lotes copiaría las suyas.
        stacked = split.permute(2, 0, 3, 1, 4).contiguous()  # (B, T, parts, h, d_k) -> (parts, B, h, T, d_k)
        return stacked.unbind()  # (B, h, T, d_k) cada una

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

    def _attend(
        self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None, with_weights: bool
    ) -> tuple[Tensor, Tensor | None]:
        if mask is not None:
            mask = check_torch_mask(mask, Q.shape[0], Q.shape[2], K.shape[2])
        attend = self._explicit if with_weights or self._many_short(Q, K) else self._fused
        return attend(Q, K, V, mask)

    def _many_short(self, Q: Tensor, K: Tensor) -> bool:
        """Si son muchas secuencias cortas, en el procesador y sin entrenar.

        Ahí dos productos por lotes se reparten mejor entre los hilos que el núcleo fusionado, que ahorra
        memoria más que tiempo; el camino rápido de ``nn.TransformerEncoderLayer`` hace lo mismo.
        """
        many, short = Q.shape[0] * self.num_heads >= 64, Q.shape[2] > 1 and K.shape[2] <= 32
        return many and short and not self.training and Q.device.type == "cpu"

    def _fused(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> tuple[Tensor, None]:
        keep = None if mask is None else ~mask  # el convenio de SDPA es el contrario
        dropout = self.dropout if self.training else 0.0
        return F.scaled_dot_product_attention(Q, K, V, attn_mask=keep, dropout_p=dropout), None

    def _explicit(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        scores = Q @ K.transpose(-2, -1)  # (B, h, T_q, d_k) · (B, h, d_k, T_k) -> (B, h, T_q, T_k)
        # Nadie más usa estas puntuaciones: se cambian en el sitio. Sumar −∞ cuesta menos que rellenar con él.
        scores *= 1 / math.sqrt(self.d_k)
        if mask is not None:
            scores += torch.zeros_like(mask, dtype=scores.dtype).masked_fill_(mask, float("-inf"))
        weights = scores.softmax(dim=-1)
        dropped = F.dropout(weights, self.dropout) if self.training else weights
        return dropped @ V, weights  # (B, h, T_q, d_k)
