# En logaritmos hasta el final, con log-sum-exp; la entropía sale de las log-probabilidades
# %% ej4_muestreo
def log_softmax(z):
    """log p, sin pasar por p."""
    return z - np.logaddexp.reduce(z)


def log_distribution(logits, temperature, top_k, top_p):
    log_p = log_softmax(np.array(logits, dtype=np.float64) / temperature)
    if top_k is not None:
        floor = np.sort(log_p)[-min(top_k, log_p.size)]
        log_p = log_softmax(np.where(log_p >= floor, log_p, -np.inf))
    if top_p is not None:
        order = np.argsort(log_p)[::-1]
        # log de la suma de los anteriores a cada uno; el primero no tiene a nadie
        before = np.concatenate([[-np.inf], np.logaddexp.accumulate(log_p[order])[:-1]])
        log_p[order[np.exp(before) >= top_p]] = -np.inf
        log_p = log_softmax(log_p)
    return log_p


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    return np.exp(log_distribution(logits, temperature, top_k, top_p))


# %% ej4_configuraciones
z_prompt = generator.get_next_token_logits(prompt)


def entropy_nats(c):
    log_p = log_distribution(z_prompt, c["temperature"], c["top_k"], c["top_p"])
    alive = np.isfinite(log_p)
    return float(-np.exp(log_p[alive]) @ log_p[alive])


config_entropy = {c["name"]: entropy_nats(c) for c in configs}
keys = ("temperature", "top_k", "top_p")
generated = {
    c["name"]: generator.generate(prompt, max_length=MAX_LENGTH, seed=SEED, **{k: c[k] for k in keys})[0]
    for c in configs
}
