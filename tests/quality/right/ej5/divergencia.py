# Otra fórmula con el mismo valor: log T menos la divergencia KL con la uniforme; curva de las doce capas
# %% ej5_atencion_por_capas
from __future__ import annotations


def kl_from_uniform(p: np.ndarray) -> np.ndarray:
    """KL(p || uniforme) de cada fila."""
    T = p.shape[-1]
    ratio = np.where(p > 0, p * T, 1.0)
    return (p * np.log(ratio)).sum(axis=-1)


def attention_entropy(attention: np.ndarray) -> np.ndarray:
    """log T − KL, promediado sobre las consultas."""
    p = attention.astype("f8")
    return np.log(p.shape[-1]) - kl_from_uniform(p).mean(axis=-1)


curve = [attention_entropy(layer).mean() for layer in bert.get_attention_maps([text])[0]]
layer_entropy = {n: curve[n] for n in (0, 6, 11)}
fig, ax = plt.subplots()
ax.plot(curve, "k.-")
for n in layer_entropy:
    ax.annotate(f"capa {n}", (n, curve[n]))
ax.set(xlabel="Capa", ylabel="Entropía media (nats)")
