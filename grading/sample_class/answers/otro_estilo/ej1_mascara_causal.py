def build_causal_mask(seq_len):
    return [[j > i for j in range(seq_len)] for i in range(seq_len)]


causal_mask = np.array(build_causal_mask(len(tokens)), dtype=int)
