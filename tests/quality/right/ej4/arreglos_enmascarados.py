# Arreglos enmascarados de NumPy (np.ma) para los tokens descartados
# %% ej4_muestreo
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.ma.masked_invalid(np.array(logits, dtype=float) / temperature)
    if top_k is not None and top_k < z.count():
        z = np.ma.masked_less(z, np.sort(z.compressed())[-top_k])
    probs = np.ma.exp(z - z.max())
    probs = probs / probs.sum()
    if top_p is not None:
        order = np.argsort(probs.filled(0))[::-1]
        running = np.cumsum(probs.filled(0)[order])
        drop = np.empty(len(order), dtype=bool)
        drop[order] = np.insert(running[:-1] >= top_p, 0, False)
        probs = np.ma.masked_where(drop, probs)
        probs = probs / probs.sum()
    return probs.filled(0.0)


# %% ej4_configuraciones
generated, config_entropy = {}, {}
for name, T_, K_, P_ in (c.values() for c in configs):
    generated[name] = generator.generate(prompt, MAX_LENGTH, T_, K_, P_, seed=SEED)[0]
    masked = np.ma.masked_equal(sampling_distribution(generator.get_next_token_logits(prompt), T_, K_, P_), 0)
    config_entropy[name] = -(masked * np.ma.log(masked)).sum()
