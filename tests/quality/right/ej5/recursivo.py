# Recursión sobre los ejes del arreglo; la figura es un mapa de calor de 3 capas por 12 cabezas
# %% ej5_atencion_por_capas
import math


def entropia(x):
    """De (..., T) a (...,), bajando un eje cada vez."""
    if np.ndim(x) == 1:
        return -math.fsum(float(p) * math.log(p) for p in x if p > 0)
    return [entropia(parte) for parte in x]


def attention_entropy(attention):
    return np.mean(entropia(attention), axis=-1)


layer_entropy, filas = {}, []
for n in (11, 6, 0):
    filas.append(attention_entropy(bert.get_attention_weights(text, n)))
    layer_entropy[n] = np.mean(filas[-1])
fig, ax = plt.subplots(figsize=(9, 2.5))
imagen = ax.imshow(filas, aspect="auto")
fig.colorbar(imagen, label="entropía (nats)")
ax.set_yticks(range(3), ["11", "6", "0"])
ax.set_ylabel("capa")
ax.set_xlabel("cabeza")
