# Todo en float32 y con -1e9 en lugar de menos infinito
# %% ej4_muestreo
NEG = np.float32(-1e9)


def softmax32(x):
    e = np.exp(x - np.max(x), dtype=np.float32)
    return e / np.sum(e, dtype=np.float32)


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    scores = np.asarray(logits, dtype=np.float32) / np.float32(temperature)
    if top_k is not None:
        top_k = min(int(top_k), len(scores))
        corte = np.sort(scores)[::-1][top_k - 1]
        scores = np.where(scores >= corte, scores, NEG)
    probs = softmax32(scores)
    if top_p is not None:
        orden = np.argsort(probs)[::-1]
        acumulada = np.cumsum(probs[orden], dtype=np.float32)
        quitar = np.zeros(len(probs), dtype=bool)
        quitar[1:] = acumulada[:-1] >= np.float32(top_p)
        scores[orden[quitar]] = NEG
        probs = softmax32(scores)
    return probs


# %% ej4_configuraciones
generated = dict()
config_entropy = dict()
for i in range(len(configs)):
    c = configs[i]
    lista = generator.generate(
        prompt=prompt,
        max_length=MAX_LENGTH,
        temperature=c["temperature"],
        top_k=c["top_k"],
        top_p=c["top_p"],
        num_return_sequences=1,
        seed=SEED,
    )
    generated[c["name"]] = lista[0]
    p = sampling_distribution(
        generator.get_next_token_logits(prompt), c["temperature"], c["top_k"], c["top_p"]
    )
    config_entropy[c["name"]] = np.float32(-np.sum(p * np.log(p + np.finfo(np.float32).tiny)))
