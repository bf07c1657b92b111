# PyTorch por dentro: topk, cumsum y scatter; devuelve un tensor con gradiente
# %% ej4_muestreo
import torch


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = torch.as_tensor(np.array(logits), dtype=torch.float64).requires_grad_()
    z = z / temperature
    if top_k is not None:
        k = min(top_k, z.shape[-1])
        kth = torch.topk(z, k).values[..., -1]
        z = z.masked_fill(z < kth, float("-inf"))
    probs = z.softmax(-1)
    if top_p is not None:
        sorted_probs, idx = probs.sort(descending=True)
        remove_sorted = (sorted_probs.cumsum(-1) - sorted_probs) >= top_p
        remove = torch.zeros_like(remove_sorted).scatter(0, idx, remove_sorted)
        probs = probs.masked_fill(remove, 0.0)
        probs = probs / probs.sum()
    return probs


# %% ej4_configuraciones
logits_t = torch.from_numpy(generator.get_next_token_logits(prompt))
generated, config_entropy = {}, {}
for cfg in configs:
    params = dict(temperature=cfg["temperature"], top_k=cfg["top_k"], top_p=cfg["top_p"])
    torch.manual_seed(0)  # no cambia nada: generate lleva su propia semilla
    out = generator.generate(prompt, max_length=MAX_LENGTH, seed=SEED, **params)
    generated[cfg["name"]] = out.pop()
    config_entropy[cfg["name"]] = torch.special.entr(sampling_distribution(logits_t, **params)).sum()
