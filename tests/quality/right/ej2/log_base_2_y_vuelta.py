# Calcula en bits y convierte a nats multiplicando por log 2; suma 1e-12 dentro del logaritmo.
# %% ej2_comparar_cabezas
EPS = 1e-12
average_attention = {k: None for k in head_configs}
mean_entropy = {k: None for k in head_configs}
for k in head_configs:
    mha_k = MultiHeadAttentionNumPy(64, k, seed=42)
    out_k, attn_k = mha_k(X, return_attention=True)
    total = 0
    bits = []
    for head in attn_k:
        total = total + head
        for q in range(head.shape[0]):
            bits.append(-np.sum(head[q] * np.log2(head[q] + EPS)))
    average_attention[k] = total / len(attn_k)
    mean_entropy[k] = np.mean(bits) * np.log(2)
