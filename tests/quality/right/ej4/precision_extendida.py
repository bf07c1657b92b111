# np.longdouble de principio a fin, con el recorte a la manera de la biblioteca: de menor a mayor
# %% ej4_muestreo
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.array(logits, dtype=np.longdouble) / np.longdouble(temperature)
    if top_k is not None:
        ascending = np.sort(z)
        z = np.where(z < ascending[max(0, len(z) - top_k)], np.longdouble("-inf"), z)
    p = np.exp(z - z.max())
    p /= p.sum()
    if top_p is not None:
        up = np.argsort(p, kind="stable")  # de menor a mayor
        tail = np.cumsum(p[up])  # lo que suman este y los menores
        remove = tail <= 1 - np.longdouble(top_p)
        remove[-1] = False  # siempre queda el más probable
        p[up[remove]] = 0
        p /= p.sum()
    return p


# %% ej4_configuraciones
lp = generator.get_next_token_logits(prompt).astype(np.longdouble)
generated = {}
config_entropy = {}
for c in configs:
    args = [c[k] for k in ("temperature", "top_k", "top_p")]
    (generated[c["name"]],) = generator.generate(prompt, MAX_LENGTH, *args, seed=SEED)
    p = sampling_distribution(lp, *args)
    safe = np.where(p > 0, p, 1)
    config_entropy[c["name"]] = -(p * np.log(safe)).sum()
