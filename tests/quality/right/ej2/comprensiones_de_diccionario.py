# Sin un solo bucle for de sentencia: tres comprensiones de diccionario.
# %% ej2_comparar_cabezas
pesos = {h: np.stack(MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)[1]) for h in head_configs};
average_attention = {h: W.mean(axis=0) for h, W in pesos.items()};
mean_entropy = {h: (-W * np.log(W)).sum(axis=2).mean() for h, W in pesos.items()};
