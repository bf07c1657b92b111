# No pide los pesos: usa W_q y W_k del objeto y rehace la atención, por cabezas, con difusión.
# %% ej2_comparar_cabezas
average_attention, mean_entropy = {}, {}
for h in head_configs:
    capa = MultiHeadAttentionNumPy(64, h, seed=42)
    Q = (X @ capa.W_q).reshape(6, h, capa.d_k).transpose(1, 0, 2)
    K = (X @ capa.W_k).reshape(6, h, capa.d_k).transpose(1, 2, 0)
    W = softmax(Q @ K / np.sqrt(capa.d_k))
    log_W = np.log(W)
    average_attention[h] = W.mean(axis=0)
    mean_entropy[h] = -(W * log_W).sum(axis=(1, 2)).mean() / 6
