# longdouble y una función x·log x que aparta los ceros, como en el ejemplo con huecos.
# %% ej2_comparar_cabezas
def x_log_x(p):
    logaritmos = np.log(p, out=np.zeros_like(p), where=p > 0)
    return p * logaritmos


average_attention = {}
mean_entropy = {}
for h in head_configs:
    _, cabezas = MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)
    cabezas = np.stack(cabezas).astype(np.longdouble)
    average_attention[h] = np.average(cabezas, axis=0)
    mean_entropy[h] = -x_log_x(cabezas).sum(axis=-1).mean()
