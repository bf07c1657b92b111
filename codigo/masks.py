"""Máscaras de atención. Un solo convenio: ``True`` = posición oculta.

Es el convenio de ``nn.MultiheadAttention``. Es el contrario del de
``F.scaled_dot_product_attention`` (``True`` = participa) y del ``attention_mask`` de Hugging Face
(1 = se conserva); por eso toda máscara se comprueba al entrar.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from codigo.validation import require_array, require_positive_int


def create_causal_mask(seq_len: int) -> NDArray[np.bool_]:
    """Máscara causal: la posición ``i`` no puede mirar a ninguna ``j > i``.

    Parameters
    ----------
    seq_len
        Longitud T de la secuencia, mayor que 0.

    Returns
    -------
    ndarray de bool, forma (T, T)
        ``True`` donde la clave está en el futuro de la consulta.

    Raises
    ------
    ValueError
        Si ``seq_len`` no es un entero positivo.

    References
    ----------
    Vaswani et al. (2017), «Attention Is All You Need», sección 3.2.3.

    Examples
    --------
    >>> create_causal_mask(3).astype(int)
    array([[0, 1, 1],
           [0, 0, 1],
           [0, 0, 0]])
    """
    seq_len = require_positive_int("seq_len", seq_len)
    return np.triu(np.ones((seq_len, seq_len), dtype=bool), k=1)


def check_mask(mask: Any, scores_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Comprueba una máscara contra la forma (…, T_q, T_k) de las puntuaciones.

    Admite booleanos, o números que valgan todos 0 o 1. La forma debe ser (T_q, T_k), precedida o no
    por ejes de lote que se puedan difundir.

    Raises
    ------
    ValueError
        Si los valores no son 0/1, si la forma no encaja, o si alguna fila queda oculta entera: un
        softmax sobre ninguna clave no está definido.
    """
    return _reject_empty_rows(_check_shape(_as_boolean(require_array("La máscara", mask)), scores_shape))


def _as_boolean(mask: NDArray[Any]) -> NDArray[np.bool_]:
    if mask.dtype.kind == "b":
        return mask
    if mask.dtype.kind not in "iuf" or not np.isin(mask, (0, 1)).all():
        raise ValueError(
            f"La máscara debe ser booleana (True = posición oculta); se dio el tipo {mask.dtype} con "
            "valores distintos de 0 y 1. Si es una máscara aditiva (0 y −inf), usa `mask < 0`."
        )
    return mask.astype(bool)


def _check_shape(mask: NDArray[np.bool_], scores_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    batch = scores_shape[:-2]
    fits_last = mask.ndim >= 2 and mask.shape[-2:] == scores_shape[-2:]
    fits_batch = mask.ndim <= len(scores_shape) and all(
        m in (1, s) for m, s in zip(mask.shape[:-2][::-1], batch[::-1], strict=False)
    )
    if not (fits_last and fits_batch):
        raise ValueError(
            f"La máscara debe tener forma {scores_shape[-2:]} (consultas, claves), o esa forma "
            f"precedida por los ejes de lote {batch}; se dio la forma {mask.shape}."
        )
    return mask


def _reject_empty_rows(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    empty = np.argwhere(mask.all(axis=-1))
    if len(empty):
        raise ValueError(
            f"La máscara oculta todas las claves de {_query_in_words(*empty[0].tolist())}: deja al "
            "menos una posición visible (False) en cada fila. ¿Están True y False al revés?"
        )
    return mask


def _query_in_words(*index: int) -> str:
    *batch, query = index
    if not batch:
        return f"la consulta {query}"
    return f"la consulta {query} de la secuencia {batch[0] if len(batch) == 1 else batch}"
