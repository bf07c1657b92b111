"""Codificación posicional sinusoidal.

Sección 3.5 de Vaswani et al. (2017), «Attention Is All You Need». Símbolos en :mod:`codigo`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codigo.validation import require_positive_int, require_sequence_input


class PositionalEncodingSinusoidal:
    """Un vector fijo por posición, con senos y cosenos intercalados.

    ``PE[p, 2k] = sin(p·ω_k)`` y ``PE[p, 2k+1] = cos(p·ω_k)``, con ``ω_k = 10000^(−2k/d_model)``
    radianes por posición.

    Parameters
    ----------
    d_model
        Dimensión del modelo, par: cada frecuencia ocupa un seno y un coseno.
    max_len
        Número de posiciones que se preparan.

    Attributes
    ----------
    encoding : ndarray (max_len, d_model), float64

    Raises
    ------
    ValueError
        Si ``d_model`` es impar o alguna dimensión no es un entero positivo.

    References
    ----------
    Vaswani et al. (2017), sección 3.5.

    Examples
    --------
    >>> PositionalEncodingSinusoidal(d_model=4, max_len=3).encoding[0]
    array([0., 1., 0., 1.])
    """

    def __init__(self, d_model: int, max_len: int = 5000) -> None:
        self.d_model = require_positive_int("d_model", d_model)
        self.max_len = require_positive_int("max_len", max_len)
        if self.d_model % 2:
            raise ValueError(
                f"d_model debe ser par (un seno y un coseno por frecuencia); se dio {d_model}. "
                f"Usa {d_model - 1 or 2} o {d_model + 1}."
            )
        self.encoding = self._build()

    def _build(self) -> NDArray[np.float64]:
        positions = np.arange(self.max_len)[:, None]  # (max_len, 1)
        frequencies = 10000.0 ** (-np.arange(0, self.d_model, 2) / self.d_model)  # (d_model/2,)
        angles = positions * frequencies  # (max_len, d_model/2), en radianes
        encoding = np.empty((self.max_len, self.d_model))
        encoding[:, 0::2] = np.sin(angles)
        encoding[:, 1::2] = np.cos(angles)
        return encoding

    def get_encoding(self, seq_len: int) -> NDArray[np.float64]:
        """Las primeras ``seq_len`` posiciones, (seq_len, d_model), en un arreglo nuevo.

        Raises
        ------
        ValueError
            Si ``seq_len`` no es un entero positivo o pasa de ``max_len``.
        """
        return self._first(seq_len).copy()

    def _first(self, seq_len: int) -> NDArray[np.float64]:
        seq_len = require_positive_int("seq_len", seq_len)
        if seq_len > self.max_len:
            raise ValueError(
                f"seq_len={seq_len} pasa de max_len={self.max_len}: se admite de 1 a {self.max_len}. "
                "Construye la codificación con un max_len mayor."
            )
        return self.encoding[:seq_len]

    def __call__(self, X: ArrayLike) -> NDArray[np.floating]:
        """Suma la codificación a ``X`` (…, T, d_model); ``float32`` sigue siendo ``float32``.

        Raises
        ------
        ValueError
            Si la forma de ``X`` no es (…, T, d_model) o T pasa de ``max_len``.
        """
        X = require_sequence_input("X", X, self.d_model)
        return X + self._first(X.shape[-2]).astype(X.dtype, copy=False)
