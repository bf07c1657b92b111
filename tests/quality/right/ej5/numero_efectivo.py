# Vistas traspuestas que no son contiguas y una figura del número efectivo de claves, en coordenadas polares
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    keys_first = np.transpose(attention, (2, 0, 1))  # una vista (T, h, T), no contigua
    total = np.zeros(keys_first.shape[1:])
    for w in keys_first:
        with np.errstate(divide="ignore", invalid="ignore"):
            total -= np.where(w > 0, w * np.log(w), 0)
    return total.T.mean(0)


layer_entropy = {}
effective = {}
for n in 0, 6, 11:
    values = attention_entropy(bert.get_attention_weights(text, n))
    layer_entropy[n] = values.mean().item()
    effective[n] = np.exp(values)
fig = plt.figure()
polar = fig.add_subplot(projection="polar")
angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
for n, radius in effective.items():
    polar.plot(angles, radius, "o", label=f"capa {n}")
fig.legend()
fig.suptitle("Claves efectivas por cabeza")
