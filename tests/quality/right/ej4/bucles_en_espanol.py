# Principiante: solo bucles y listas, nombres en español, prints por todas partes y código que se repite
# %% ej4_muestreo
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    # paso 1: temperatura
    puntuaciones = []
    for logit in logits:
        puntuaciones.append(logit / temperature)

    # paso 2: top-k
    vivos = [True] * len(puntuaciones)
    if top_k is not None:
        ordenadas = sorted(puntuaciones, reverse=True)
        if top_k < len(ordenadas):
            minimo = ordenadas[top_k - 1]
        else:
            minimo = ordenadas[-1]
        for i in range(len(puntuaciones)):
            if puntuaciones[i] < minimo:
                vivos[i] = False

    # paso 3: softmax de los que quedan
    mayor = max(puntuaciones)
    exponenciales = []
    for i in range(len(puntuaciones)):
        if vivos[i]:
            exponenciales.append(np.exp(puntuaciones[i] - mayor))
        else:
            exponenciales.append(0.0)
    total = sum(exponenciales)
    probabilidades = []
    for e in exponenciales:
        probabilidades.append(e / total)

    # paso 4: top-p
    if top_p is not None:
        indices = list(range(len(probabilidades)))
        indices.sort(key=lambda i: probabilidades[i], reverse=True)
        acumulado = 0
        nucleo = []
        for i in indices:
            if acumulado < top_p:
                nucleo.append(i)
                acumulado = acumulado + probabilidades[i]
            else:
                break
        nuevas = [0.0] * len(probabilidades)
        for i in nucleo:
            nuevas[i] = probabilidades[i] / acumulado
        probabilidades = nuevas
        print("en el núcleo hay", len(nucleo), "tokens")

    return np.array(probabilidades)


prueba = sampling_distribution([2.0, 1.0, 0.5, -1.0], 0.7, 3, 0.9)
print("prueba:", prueba)
print("suma:", sum(prueba))
# %% ej4_configuraciones
generated = {}
for config in configs:
    nombre = config["name"]
    textos = generator.generate(
        prompt,
        max_length=MAX_LENGTH,
        temperature=config["temperature"],
        top_k=config["top_k"],
        top_p=config["top_p"],
        seed=SEED,
    )
    generated[nombre] = textos[0]
    print(nombre)
    print(generated[nombre])
    print("-----")

config_entropy = {}
for config in configs:
    nombre = config["name"]
    logits_siguiente = generator.get_next_token_logits(prompt)
    probabilidades = sampling_distribution(
        logits_siguiente, config["temperature"], config["top_k"], config["top_p"]
    )
    entropia = 0
    for p in probabilidades:
        if p > 0:
            entropia = entropia - p * np.log(p)
    config_entropy[nombre] = entropia
    print(nombre, "entropía:", entropia)
