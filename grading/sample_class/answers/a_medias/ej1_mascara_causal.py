def build_causal_mask(seq_len):
    return np.triu(np.ones((seq_len, seq_len)), k=1) == 1


causal_mask = build_causal_mask(seq_len)
