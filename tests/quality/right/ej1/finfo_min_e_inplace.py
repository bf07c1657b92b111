# Rellena con np.finfo.min y trabaja con operaciones en el sitio, sobre copias suyas.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    mask = np.zeros((seq_len, seq_len), dtype=np.uint8)
    mask[np.triu_indices(seq_len, k=1)] = 1
    return mask


causal_mask = build_causal_mask(seq_len).view(bool)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    scores = np.matmul(Q, K.T)
    scores /= np.sqrt(Q.shape[-1])
    scores[build_causal_mask(Q.shape[0]) == 1] = np.finfo(scores.dtype).min
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.matmul(scores, V), scores


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
