def causal_attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(K.shape[-1])
    scores = scores + np.where(build_causal_mask(len(Q)), -np.inf, 0.0)
    weights = softmax(scores)
    return np.dot(weights, V), weights


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
