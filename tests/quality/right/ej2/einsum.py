# einsum para la media y para la entropía.
# %% ej2_comparar_cabezas
average_attention = dict()
mean_entropy = dict()
T = len(tokens)
for num_heads in head_configs:
    mha = MultiHeadAttentionNumPy(d_model=64, num_heads=num_heads, seed=42)
    _, attn_list = mha(X, return_attention=True)
    A = np.asarray(attn_list)
    average_attention[num_heads] = np.einsum("hij->ij", A) / num_heads
    mean_entropy[num_heads] = -np.einsum("hij,hij->", A, np.log(A)) / (num_heads * T)
