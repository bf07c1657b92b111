# Funciones con tipos y docstrings, keepdims y arreglos en orden Fortran; la entropía, arreglo de un elemento.
# %% ej2_comparar_cabezas
from numpy.typing import NDArray


def attention_weights(num_heads: int) -> NDArray[np.float64]:
    """Weights of every head, stacked: (h, T, T)."""
    layer = MultiHeadAttentionNumPy(64, num_heads, seed=42)
    _, per_head_weights = layer(X, return_attention=True)
    return np.dstack(per_head_weights).transpose(2, 0, 1)


def entropies(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy of each row in nats: (h, T, 1)."""
    return np.negative(np.multiply(weights, np.log(weights)).sum(axis=-1, keepdims=True))


average_attention: dict[int, NDArray[np.float64]] = {}
mean_entropy: dict[int, NDArray[np.float64]] = {}
for count in head_configs:
    found = attention_weights(count)
    average_attention[count] = np.asfortranarray(found.mean(axis=0, keepdims=True)[0])
    mean_entropy[count] = entropies(found).mean(axis=(0, 1))
