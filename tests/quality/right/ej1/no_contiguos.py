# Trabaja con las claves en filas y traspone al final: devuelve vistas no contiguas y en orden Fortran.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    return np.asfortranarray(np.tril(np.ones((seq_len, seq_len), dtype=bool), k=-1)).T


causal_mask = build_causal_mask(seq_len)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    # [clave, consulta]: el softmax va sobre el primer eje
    scores_T = K @ Q.T / np.sqrt(K.shape[-1])
    scores_T = np.where(build_causal_mask(len(K)).T, -np.inf, scores_T)
    weights_T = np.exp(scores_T - scores_T.max(axis=0))
    weights_T = weights_T / weights_T.sum(axis=0)
    output_T = V.T @ weights_T
    return output_T.T, np.asfortranarray(weights_T.T)


output_masked, attn_masked = attention(np.asfortranarray(X), mask=causal_mask, return_attention=True)
output_masked = output_masked[:, ::-1][:, ::-1]
