"""Atención en NumPy: producto escalar escalado, una cabeza y varias cabezas.

Ecuaciones 1 y secciones 3.2.1 y 3.2.2 de Vaswani et al. (2017), «Attention Is All You Need»,
https://arxiv.org/abs/1706.03762. Símbolos en :mod:`codigo`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from codigo.masks import check_mask
from codigo.validation import (
    require_divisible_heads,
    require_float_array,
    require_positive_int,
    require_sequence_input,
)

FloatArray = NDArray[np.floating]


def softmax(scores: ArrayLike, axis: int = -1, out: FloatArray | None = None) -> FloatArray:
    """Softmax estable: resta el máximo antes de exponenciar, así que nada desborda.

    Parameters
    ----------
    scores
        Puntuaciones de cualquier forma; ``-inf`` da peso 0.
    axis
        Eje que suma 1.
    out
        Dónde escribir el resultado; puede ser ``scores``, y entonces no se reserva nada. Si falta, un
        arreglo nuevo.

    Returns
    -------
    ndarray de la misma forma y precisión.

    Examples
    --------
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    scores = require_float_array("scores", scores)
    weights = np.subtract(scores, scores.max(axis=axis, keepdims=True), out=out)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=axis, keepdims=True)
    return weights


def scaled_dot_product_attention(
    Q: ArrayLike, K: ArrayLike, V: ArrayLike, mask: ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Atención de producto escalar escalado: ``softmax(Q Kᵀ / √d_k) V`` (ecuación 1).

    Parameters
    ----------
    Q
        Consultas, (…, T_q, d_k).
    K
        Claves, (…, T_k, d_k).
    V
        Valores, (…, T_k, d_v).
    mask
        Booleana, (T_q, T_k) o con ejes de lote delante; ``True`` = oculta.

    Returns
    -------
    output : ndarray (…, T_q, d_v)
    weights : ndarray (…, T_q, T_k)
        Cada fila suma 1.

    Raises
    ------
    ValueError
        Si las formas no encajan o la máscara no es válida.

    References
    ----------
    Vaswani et al. (2017), ecuación 1.

    Examples
    --------
    >>> keys, values = [[9.0, 0.0], [0.0, 9.0]], [[1.0], [5.0]]
    >>> output, weights = scaled_dot_product_attention([[0.0, 9.0]], keys, values)
    >>> output.round(3), weights.round(3)
    (array([[5.]]), array([[0., 1.]]))
    """
    Q, K, V, batch = _check_qkv(Q, K, V)
    if mask is not None:
        mask = check_mask(mask, (*batch, Q.shape[-2], K.shape[-2]))
    return _attend(Q, K, V, mask)


def _attend(
    Q: FloatArray, K: FloatArray, V: FloatArray, mask: NDArray[np.bool_] | None
) -> tuple[FloatArray, FloatArray]:
    """La ecuación 1 sobre argumentos ya comprobados."""
    K_t = np.swapaxes(K, -1, -2)  # (…, T_k, d_k) -> (…, d_k, T_k)
    # Dividir Q, que es (…, T_q, d_k), da lo mismo que dividir las puntuaciones y recorre menos memoria.
    scores = (Q / math.sqrt(Q.shape[-1])) @ K_t  # (…, T_q, d_k) @ (…, d_k, T_k) -> (…, T_q, T_k)
    if mask is not None:
        np.copyto(scores, -np.inf, where=mask)
    weights = softmax(scores, out=scores)
    return weights @ V, weights  # (…, T_q, T_k) @ (…, T_k, d_v) -> (…, T_q, d_v)


def _check_qkv(
    Q: ArrayLike, K: ArrayLike, V: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, tuple[int, ...]]:
    """Los tres como arreglos, y la forma común de sus ejes de lote."""
    q, k, v = (require_float_array(name, x) for name, x in (("Q", Q), ("K", K), ("V", V)))
    batch = _common_batch(q, k, v)
    enough_axes = min(q.ndim, k.ndim, v.ndim) >= 2
    fits = enough_axes and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    if batch is None or not fits or 0 in k.shape[-2:]:
        raise ValueError(
            "Q, K y V deben tener formas (…, T_q, d_k), (…, T_k, d_k) y (…, T_k, d_v), con los mismos ejes "
            f"de lote delante; se dieron {q.shape}, {k.shape} y {v.shape}."
        )
    return q, k, v, batch


def _common_batch(*arrays: FloatArray) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    except ValueError:
        return None


def _random_projection(rng: np.random.Generator, d_in: int, d_out: int, dtype: DTypeLike) -> FloatArray:
    # Varianza 1/d_in: una entrada de varianza 1 da una proyección de varianza 1.
    return rng.normal(0.0, 1.0 / math.sqrt(d_in), size=(d_in, d_out)).astype(dtype, copy=False)


class SelfAttentionNumPy:
    """Autoatención de una cabeza, con pesos aleatorios que se pueden sustituir.

    Parameters
    ----------
    d_model
        Dimensión de la entrada.
    d_k, d_v
        Dimensión de consultas y claves, y de valores. Si faltan, ``d_model`` y ``d_k``.
    seed
        Semilla de los pesos; ``None`` da otros en cada objeto.
    dtype
        Precisión de los pesos. En cada llamada se convierten a la de ``X``: con ``float32`` en los dos no
        hay nada que convertir.

    Attributes
    ----------
    W_q, W_k : ndarray (d_model, d_k)
    W_v : ndarray (d_model, d_v)

    Raises
    ------
    ValueError
        Si alguna dimensión no es un entero positivo.

    References
    ----------
    Vaswani et al. (2017), sección 3.2.1.

    Examples
    --------
    >>> attention = SelfAttentionNumPy(d_model=6, d_k=4, d_v=3, seed=0)
    >>> output, weights = attention(np.ones((5, 6)), return_attention=True)
    >>> output.shape, weights.shape
    ((5, 3), (5, 5))
    """

    def __init__(
        self,
        d_model: int,
        d_k: int | None = None,
        d_v: int | None = None,
        seed: int | None = None,
        *,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.d_model = require_positive_int("d_model", d_model)
        self.d_k = self.d_model if d_k is None else require_positive_int("d_k", d_k)
        self.d_v = self.d_k if d_v is None else require_positive_int("d_v", d_v)
        rng = np.random.default_rng(seed)
        self.W_q = _random_projection(rng, self.d_model, self.d_k, dtype)
        self.W_k = _random_projection(rng, self.d_model, self.d_k, dtype)
        self.W_v = _random_projection(rng, self.d_model, self.d_v, dtype)

    def __call__(self, X: ArrayLike, mask: ArrayLike | None = None, return_attention: bool = False) -> Any:
        """Aplica la atención a ``X`` (…, T, d_model).

        Returns
        -------
        output : ndarray (…, T, d_v)
        weights : ndarray (…, T, T)
            Solo si ``return_attention`` es cierto.

        Raises
        ------
        ValueError
            Si la forma de ``X`` o la máscara no son válidas.
        """
        X = require_sequence_input("X", X, self.d_model)
        Q, K, V = (X @ W.astype(X.dtype, copy=False) for W in (self.W_q, self.W_k, self.W_v))
        output, weights = scaled_dot_product_attention(Q, K, V, mask)
        return (output, weights) if return_attention else output


class MultiHeadAttentionNumPy:
    """Atención de varias cabezas: ``h`` atenciones en paralelo, concatenadas y proyectadas.

    Parameters
    ----------
    d_model
        Dimensión de la entrada y de la salida.
    num_heads
        Número de cabezas h; debe dividir a ``d_model``. Cada una usa ``d_k = d_model / h``.
    seed
        Semilla de los pesos; ``None`` da otros en cada objeto.
    dtype
        Precisión de los pesos. En cada llamada se convierten a la de ``X``: con ``float32`` en los dos no
        hay nada que convertir.

    Attributes
    ----------
    W_q, W_k, W_v, W_o : ndarray (d_model, d_model)
        Las columnas ``i·d_k … (i+1)·d_k`` de las tres primeras son las de la cabeza ``i``.

    Raises
    ------
    ValueError
        Si ``num_heads`` no divide a ``d_model``.

    References
    ----------
    Vaswani et al. (2017), sección 3.2.2.

    Examples
    --------
    >>> mha = MultiHeadAttentionNumPy(d_model=12, num_heads=3, seed=0)
    >>> output, heads = mha(np.ones((2, 5, 12)), return_attention=True)
    >>> output.shape, len(heads), heads[0].shape
    ((2, 5, 12), 3, (2, 5, 5))
    """

    def __init__(
        self, d_model: int, num_heads: int, seed: int | None = None, *, dtype: DTypeLike = np.float64
    ) -> None:
        self.d_k = require_divisible_heads(d_model, num_heads)
        self.d_model, self.num_heads = d_model, num_heads
        rng = np.random.default_rng(seed)
        self.W_q = _random_projection(rng, d_model, d_model, dtype)
        self.W_k = _random_projection(rng, d_model, d_model, dtype)
        self.W_v = _random_projection(rng, d_model, d_model, dtype)
        self.W_o = _random_projection(rng, d_model, d_model, dtype)

    def __call__(self, X: ArrayLike, mask: ArrayLike | None = None, return_attention: bool = False) -> Any:
        """Aplica la atención a ``X`` (…, T, d_model).

        Returns
        -------
        output : ndarray (…, T, d_model)
        weights : lista de h ndarray (…, T, T)
            Solo si ``return_attention`` es cierto.

        Raises
        ------
        ValueError
            Si la forma de ``X`` o la máscara no son válidas.
        """
        X = require_sequence_input("X", X, self.d_model)
        Q, K, V = (
            self._split_heads(X @ W.astype(X.dtype, copy=False)) for W in (self.W_q, self.W_k, self.W_v)
        )
        heads, weights = _attend(Q, K, V, self._mask_per_head(mask, X))
        output = self._merge_heads(heads) @ self.W_o.astype(X.dtype, copy=False)  # (…, T, d_model)
        # moveaxis: (…, h, T, T) -> (h, …, T, T), para que la lista tenga una entrada por cabeza
        return (output, list(np.moveaxis(weights, -3, 0))) if return_attention else output

    def _split_heads(self, projected: FloatArray) -> FloatArray:
        # (…, T, d_model) -> (…, T, h, d_k)
        split = projected.reshape(*projected.shape[:-1], self.num_heads, self.d_k)
        return np.swapaxes(split, -3, -2)  # (…, T, h, d_k) -> (…, h, T, d_k)

    def _merge_heads(self, heads: FloatArray) -> FloatArray:
        joined = np.swapaxes(heads, -3, -2)  # (…, h, T, d_k) -> (…, T, h, d_k)
        return joined.reshape(*joined.shape[:-2], self.d_model)  # (…, T, h, d_k) -> (…, T, d_model)

    def _mask_per_head(self, mask: ArrayLike | None, X: FloatArray) -> NDArray[np.bool_] | None:
        if mask is None:
            return None
        T = X.shape[-2]
        checked = check_mask(mask, (*X.shape[:-2], T, T))
        return checked[..., None, :, :]  # (…, 1, T, T): la misma para todas las cabezas
