# Arreglos enmascarados: los ceros se tapan antes del logaritmo; figura de violines
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    tapado = np.ma.masked_less_equal(np.array(attention, dtype=float), 0.0)
    por_fila = -(tapado * np.ma.log(tapado)).sum(axis=-1)
    return np.ma.filled(por_fila, 0.0).mean(axis=-1)


datos = {n: attention_entropy(bert.get_attention_weights(text, n)) for n in (0, 6, 11)}
layer_entropy = {n: v.mean() for n, v in datos.items()}
fig, ax = plt.subplots()
ax.violinplot(list(datos.values()), showmeans=True)
ax.set_xlabel("capa (0, 6 y 11)")
ax.set_ylabel("entropía de cada cabeza, en nats")
plt.show()
