def build_causal_mask(seq_len):
    return np.tril(np.ones((seq_len, seq_len), dtype=bool))


causal_mask = build_causal_mask(seq_len)
