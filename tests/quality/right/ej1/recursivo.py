# La máscara crece de n−1 a n y la atención llama a la de los primeros T−1: recursión en las dos.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    if seq_len == 1:
        return np.array([[False]])
    anterior = build_causal_mask(seq_len - 1)
    con_columna = np.hstack([anterior, np.ones((seq_len - 1, 1), dtype=bool)])
    return np.vstack([con_columna, np.zeros((1, seq_len), dtype=bool)])


causal_mask = build_causal_mask(seq_len)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    T = Q.shape[0]
    s = Q[-1] @ K.T / np.sqrt(Q.shape[1])
    w = np.exp(s - s.max())
    w = w / w.sum()
    if T == 1:
        return (w @ V)[None, :], w[None, :]
    # el pasado no depende de la última posición, así que se calcula igual sin ella
    salida, pesos = causal_attention(Q[:-1], K[:-1], V[:-1])
    pesos = np.pad(pesos, ((0, 0), (0, 1)))
    return np.vstack([salida, w @ V]), np.vstack([pesos, w])


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
