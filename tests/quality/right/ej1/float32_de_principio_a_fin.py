# Pasa todo a float32 para ahorrar memoria; la máscara, en float (0 y 1).
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    return np.triu(np.ones((seq_len, seq_len), dtype=np.float32), k=1)


causal_mask = build_causal_mask(seq_len)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    Q32 = Q.astype(np.float32)
    K32 = K.astype(np.float32)
    V32 = V.astype(np.float32)
    raiz = np.sqrt(np.float32(Q32.shape[-1]))
    scores = (Q32 @ K32.T) / raiz
    # sumo un número muy negativo en lugar de usar where
    scores = scores + build_causal_mask(len(Q32)) * np.float32(-1e9)
    e = np.exp(scores - np.max(scores, axis=1)[:, None])
    weights = e / np.sum(e, axis=1)[:, None]
    return weights @ V32, weights


salida, pesos = attention(X.astype(np.float32), mask=causal_mask.astype(bool), return_attention=True)
output_masked = salida.astype(np.float32)
attn_masked = pesos.astype(np.float32)
