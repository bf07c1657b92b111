# torch por dentro: masked_fill y softmax; devuelve tensores que piden gradiente.
# %% ej1_mascara_causal
import torch


def build_causal_mask(seq_len):
    unos = torch.ones(seq_len, seq_len)
    return torch.triu(unos, diagonal=1).bool()


causal_mask = build_causal_mask(seq_len).numpy()


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    q = torch.tensor(Q, requires_grad=True)
    k = torch.tensor(K, requires_grad=True)
    v = torch.tensor(V, requires_grad=True)
    scores = torch.matmul(q, k.transpose(0, 1)) / (k.size(-1) ** 0.5)
    scores = scores.masked_fill(build_causal_mask(q.size(0)), float("-inf"))
    attn = torch.softmax(scores, dim=-1)
    out = torch.matmul(attn, v)
    return out, attn


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
output_masked = torch.from_numpy(output_masked)
attn_masked = torch.tensor(attn_masked, requires_grad=True)
