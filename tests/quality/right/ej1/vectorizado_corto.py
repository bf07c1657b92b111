# Lo más corto posible: lambda, np.tri y expresiones encadenadas en una sola línea.
# %% ej1_mascara_causal
build_causal_mask = lambda n: ~np.tri(n, dtype=bool);
causal_mask = build_causal_mask(seq_len);
# %% ej1_atencion_causal
def causal_attention(Q, K, V): w = softmax(np.where(np.tri(len(Q)), Q @ K.T / Q.shape[1]**.5, -np.inf)); return w @ V, w
(output_masked, attn_masked) = attention(X, causal_mask, True);
