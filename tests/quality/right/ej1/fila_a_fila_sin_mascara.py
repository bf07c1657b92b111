# No usa la máscara en la atención: recorta Q, K y V hasta cada posición (como al generar).
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    m = np.zeros((seq_len, seq_len), dtype=bool)
    for i in range(seq_len):
        m[i, i + 1 :] = True
    return m


causal_mask = build_causal_mask(len(tokens))


# %% ej1_atencion_causal
def atiende_una(q, claves, valores):
    """Una consulta sola contra lo que ha visto hasta ahora."""
    s = claves @ q / np.sqrt(len(q))
    p = np.exp(s - s.max())
    p /= p.sum()
    return p @ valores, p


def causal_attention(Q, K, V):
    T = len(Q)
    output = np.empty((T, V.shape[1]))
    weights = np.zeros((T, T))
    for t in range(T):
        output[t], weights[t, : t + 1] = atiende_una(Q[t], K[: t + 1], V[: t + 1])
    return output, weights


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
