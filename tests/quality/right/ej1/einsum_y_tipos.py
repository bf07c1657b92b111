# einsum en los dos productos, anotaciones de tipos y docstrings en inglés.
# %% ej1_mascara_causal
from numpy.typing import NDArray


def build_causal_mask(seq_len: int) -> NDArray[np.bool_]:
    """Boolean causal mask, True where the key must stay hidden."""
    rows, cols = np.indices((seq_len, seq_len))
    return np.less(rows, cols)


causal_mask: NDArray[np.bool_] = build_causal_mask(seq_len)


# %% ej1_atencion_causal
def causal_attention(
    Q: NDArray[np.float64], K: NDArray[np.float64], V: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scaled dot-product attention with a causal mask.

    Returns
    -------
    output, weights
    """
    T, d_k = Q.shape
    scores = np.einsum("id,jd->ij", Q, K) / np.sqrt(d_k)
    scores = np.where(build_causal_mask(T), -np.inf, scores)
    scores -= scores.max(axis=-1, keepdims=True)
    unnormalised = np.exp(scores)
    weights = unnormalised / np.einsum("ij->i", unnormalised)[:, np.newaxis]
    return np.einsum("ij,jv->iv", weights, V), weights


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
