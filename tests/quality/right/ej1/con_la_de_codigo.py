# La máscara con create_causal_mask, que el enunciado permite; la atención, con su softmax.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    return create_causal_mask(seq_len)


causal_mask = create_causal_mask(seq_len)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    d_k = K.shape[-1]
    scores = Q / d_k**0.25 @ (K / d_k**0.25).T
    scores[create_causal_mask(len(scores))] = -np.inf
    weights = softmax(scores)
    output = (weights[:, :, None] * V[None, :, :]).sum(axis=1)
    return output, weights


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
