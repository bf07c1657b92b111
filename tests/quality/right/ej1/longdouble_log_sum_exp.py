# log-sum-exp en longdouble y devuelve el resultado así.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    i = np.arange(seq_len).reshape(-1, 1)
    j = np.arange(seq_len).reshape(1, -1)
    return i < j


causal_mask = build_causal_mask(seq_len=seq_len)


# %% ej1_atencion_causal
def log_softmax(s):
    m = s.max(axis=-1, keepdims=True)
    lse = m + np.log(np.exp(s - m).sum(axis=-1, keepdims=True))
    return s - lse


def causal_attention(Q, K, V):
    Q, K, V = [np.asarray(a, dtype=np.longdouble) for a in (Q, K, V)]
    s = (Q / np.sqrt(np.longdouble(Q.shape[1]))) @ K.T
    s[build_causal_mask(s.shape[0])] = -np.inf
    log_w = log_softmax(s)
    w = np.exp(log_w)
    return w @ V, w


output_masked, attn_masked = attention(X, return_attention=True, mask=causal_mask)
