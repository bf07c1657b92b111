def causal_attention(Q, K, V):
    import math

    T, d_k = np.shape(Q)
    d_v = np.shape(V)[1]
    output = np.zeros((T, d_v), dtype=np.float64)
    weights = np.zeros((T, T))
    for i in range(T):
        row = [sum(float(Q[i, c]) * float(K[j, c]) for c in range(d_k)) / math.sqrt(d_k) for j in range(i + 1)]
        log_total = np.logaddexp.reduce(row)
        for j, score in enumerate(row):
            weights[i, j] = math.exp(score - log_total)
            output[i] += weights[i, j] * V[j]
    return [output, weights]


resultado = attention(X, causal_mask.astype(bool), True)
output_masked = resultado[0]
attn_masked = resultado[1].astype(np.float32)
