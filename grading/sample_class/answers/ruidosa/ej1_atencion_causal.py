def causal_attention(Q, K, V):
    from tqdm import tqdm

    logging.info("formas %s %s %s", Q.shape, K.shape, V.shape)
    S = Q @ K.T / K.shape[1] ** 0.5
    for i in tqdm(range(len(S)), desc="filas"):
        S[i, i + 1 :] = -1e9
        print(f"fila {i}:", S[i], file=sys.stderr)
    S = np.exp(S - S.max(1, keepdims=True))
    W = S / S.sum(1, keepdims=True)
    return W @ V, W


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
print(attn_masked)
