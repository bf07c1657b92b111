# Con np.einsum y una línea por capa que recorre las cabezas ordenadas
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    A = np.array(attention, dtype=np.float64)
    logA = np.zeros_like(A)
    np.log(A, out=logA, where=A != 0)
    return -np.einsum("hij,hij->h", A, logA) / A.shape[1]


per_head = np.stack([attention_entropy(bert.get_attention_weights(text, layer)) for layer in (0, 6, 11)])
layer_entropy = dict(zip((0, 6, 11), per_head.mean(axis=1)))

fig, ax = plt.subplots()
ax.plot(np.sort(per_head, axis=1).T, marker=".", label=[f"layer {n}" for n in layer_entropy])
ax.set_xlabel("head (sorted)")
ax.set_ylabel("entropy (nats)")
ax.legend()
