# El núcleo se busca con recursión (bisección sobre cuántos tokens hacen falta); la entropía, también
# %% ej4_muestreo
def cuantos(acumulada, p, desde, hasta):
    """El menor n con acumulada[n-1] >= p, o todos."""
    if desde >= hasta:
        return desde
    medio = (desde + hasta) // 2
    if acumulada[medio - 1] >= p:
        return cuantos(acumulada, p, desde, medio)
    return cuantos(acumulada, p, medio + 1, hasta)


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    if temperature != 1.0:
        return sampling_distribution(np.asarray(logits, dtype=float) / temperature, 1.0, top_k, top_p)
    z = np.array(logits, dtype=float)
    if top_k is not None and top_k < len(z):
        limite = sorted(z, reverse=True)[top_k - 1]
        z[z < limite] = -np.inf
        return sampling_distribution(z, 1.0, None, top_p)
    p = np.exp(z - max(z))
    p = p / sum(p)
    if top_p is None:
        return p
    orden = sorted(range(len(p)), key=lambda i: -p[i])
    n = cuantos(np.cumsum(p[orden]), top_p, 1, len(p))
    resto = np.full(len(z), -np.inf)
    resto[orden[:n]] = z[orden[:n]]
    return sampling_distribution(resto)


# %% ej4_configuraciones
def suma_entropia(p):
    """Parte en dos hasta quedarse con un número."""
    if len(p) == 1:
        return -p[0] * np.log(p[0]) if p[0] else 0.0
    mitad = len(p) // 2
    return suma_entropia(p[:mitad]) + suma_entropia(p[mitad:])


def recorrer(pendientes, textos, entropias):
    if not pendientes:
        return textos, entropias
    c, *resto = pendientes
    opciones = {k: v for k, v in c.items() if k != "name"}
    textos[c["name"]] = generator.generate(prompt, seed=SEED, max_length=MAX_LENGTH, **opciones)[0]
    entropias[c["name"]] = suma_entropia(
        sampling_distribution(generator.get_next_token_logits(prompt), **opciones)
    )
    return recorrer(resto, textos, entropias)


generated, config_entropy = recorrer(configs, {}, {})
