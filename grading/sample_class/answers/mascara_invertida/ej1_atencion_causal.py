def causal_attention(Q, K, V):
    visible = build_causal_mask(len(Q))
    S = np.where(visible, Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)
    W = np.exp(S - S.max(axis=1, keepdims=True))
    W = W / W.sum(axis=1, keepdims=True)
    return W @ V, W


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
