# Comprensiones y generadores, sin NumPy para las cuentas; devuelve una lista de Python
# %% ej5_atencion_por_capas
from math import log
from statistics import fmean

x_log_x = lambda p: p * log(p) if p else 0.0


def attention_entropy(attention):
    return [fmean(-sum(map(x_log_x, row)) for row in head) for head in np.asarray(attention, float).tolist()]


layer_entropy = {n: fmean(attention_entropy(bert.get_attention_weights(text, n))) for n in (0, 6, 11)}

fig, ax = plt.subplots()
_ = [
    ax.scatter([n] * 12, attention_entropy(bert.get_attention_weights(text, n)), label=f"L{n}")
    for n in layer_entropy
]
ax.scatter(list(layer_entropy), list(layer_entropy.values()), marker="x", color="black")
ax.set_xlabel("layer")
ax.set_ylabel("H")
