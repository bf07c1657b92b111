# Vectorizado: top-k con np.partition y el tamaño del núcleo con np.searchsorted
# %% ej4_muestreo
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.divide(logits, temperature, dtype=np.float64)
    V = z.size
    if top_k is not None and top_k < V:
        z[z < np.partition(z, V - top_k)[V - top_k]] = -np.inf
    p = np.exp(z - z.max())
    p /= p.sum()
    if top_p is None:
        return p
    ranking = p.argsort()[::-1]
    size = np.searchsorted(p[ranking].cumsum(), top_p, side="left") + 1
    mask = np.zeros(V, dtype=bool)
    mask[ranking[:size]] = True
    return np.where(mask, p, 0.0) / p[mask].sum()


# %% ej4_configuraciones
z0 = generator.get_next_token_logits(prompt)
dists = {c["name"]: sampling_distribution(z0, c["temperature"], c["top_k"], c["top_p"]) for c in configs}
config_entropy = {
    name: -np.einsum("i,i->", p, np.log(p, where=p > 0, out=np.zeros_like(p))) for name, p in dists.items()
}
generated = {
    c["name"]: generator.generate(prompt, MAX_LENGTH, c["temperature"], c["top_k"], c["top_p"], seed=SEED)[0]
    for c in configs
}
