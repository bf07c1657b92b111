# Tipos, docstring con ejemplo y una función auxiliar que valida; np.vectorize sobre los índices.
# %% ej3_similitud_coseno
from numpy.typing import ArrayLike, NDArray


def _norm(x: NDArray[np.float64]) -> float:
    """Norma euclídea."""
    return float(np.sqrt(np.sum(np.square(x))))


def cosine_similarity(a: ArrayLike, b: ArrayLike) -> float:
    """Similitud coseno.

    >>> cosine_similarity([1, 0], [0, 1])
    0.0
    """
    u, v = np.array(a, dtype=float), np.array(b, dtype=float)
    if u.shape != v.shape:
        raise ValueError("los vectores deben tener la misma longitud")
    return float(np.inner(u, v)) / (_norm(u) * _norm(v))


encodings: NDArray[np.float64] = pe.encoding[slice(0, 50)].copy()
pairwise = np.vectorize(lambda i, j: cosine_similarity(encodings[i], encodings[j]))
similarity_matrix: NDArray[np.float64] = pairwise(*np.indices((50, 50)))
