# np.longdouble y arreglos por columnas (orden Fortran); puntos con barras de error
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    columns = np.asfortranarray(np.moveaxis(np.array(attention, dtype=np.longdouble), 0, -1))  # (T, T, h)
    safe = np.where(columns == 0, 1, columns)
    rows = (columns * -np.log(safe)).sum(axis=1)  # (T, h)
    return rows.mean(axis=0)


summary = {}
for n in np.array([0, 6, 11]):
    values = attention_entropy(bert.get_attention_weights(text, int(n)))
    summary[int(n)] = values.mean(), values.std()
layer_entropy = {n: mean for n, (mean, _) in summary.items()}
fig, ax = plt.subplots()
means, deviations = np.array(list(summary.values()), dtype=float).T
ax.errorbar(range(3), means, yerr=deviations, fmt="o", capsize=4)
ax.set_xticks(range(3), [f"layer {n}" for n in summary])
ax.set_title("Mean entropy over heads (±1 sd)")
