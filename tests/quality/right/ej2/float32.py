# Entradas y resultados en float32.
# %% ej2_comparar_cabezas
X32 = X.astype(np.float32)
average_attention = {}
mean_entropy = {}
for n_heads in head_configs:
    capa = MultiHeadAttentionNumPy(64, n_heads, seed=42)
    _, pesos = capa(X32, return_attention=True)
    pesos = np.array(pesos, dtype=np.float32)
    average_attention[n_heads] = pesos.mean(axis=0, dtype=np.float32)
    mean_entropy[n_heads] = np.float32(np.mean(-np.sum(pesos * np.log(pesos), axis=-1)))
