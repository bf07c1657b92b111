# np.clip con 1e-12 y todo en float32; diagrama de cajas
# %% ej5_atencion_por_capas
EPS = 1e-12


def attention_entropy(attention):
    """Entropía media por cabeza."""
    a = np.asarray(attention, dtype=np.float32)
    h = -np.sum(a * np.log(np.clip(a, EPS, 1.0)), axis=2)
    return np.mean(h, axis=1)


capas = [0, 6, 11]
entropias = [attention_entropy(bert.get_attention_weights(text, layer=c)) for c in capas]
layer_entropy = {c: np.float32(e.mean()) for c, e in zip(capas, entropias)}
fig = plt.figure(figsize=(6, 4))
ax = fig.gca()
ax.boxplot(entropias)
ax.set_xticks([1, 2, 3], [f"capa {c}" for c in capas])
ax.set_title("Entropía de las cabezas")
