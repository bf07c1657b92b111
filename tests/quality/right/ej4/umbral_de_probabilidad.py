# Otro orden de cuentas con el mismo resultado: softmax primero, la temperatura como potencia, vistas no contiguas
# %% ej4_muestreo
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.max()
    # e^(z/T) = (e^(z/(2T)))²: la temperatura eleva las probabilidades a 1/T
    pesos = np.exp(z / (2 * temperature)) ** 2
    if top_k is not None:
        # cuántos tokens hay estrictamente mayores que cada uno: con empates sobreviven todos
        ordenados = np.sort(z)
        mayores = len(z) - np.searchsorted(ordenados, z, side="right")
        pesos = pesos * (mayores < top_k)
    pesos = pesos / pesos.sum()
    if top_p is None:
        return pesos
    pares = np.empty((len(z), 2))  # columna 0: probabilidad; columna 1: posición
    pares[:, 0] = pesos
    pares[:, 1] = np.arange(len(z))
    pares = pares[np.lexsort((pares[:, 1], -pares[:, 0]))]
    n = 1 + int(np.count_nonzero(np.cumsum(pares[:-1, 0]) < top_p))
    pares[n:, 0] = 0
    pares[:, 0] /= pares[:, 0].sum()
    salida = np.zeros((2, len(z)), order="F")
    salida[0, pares[:, 1].astype(int)] = pares[:, 0]
    return salida[0]  # una fila de un arreglo por columnas: no es contigua


# %% ej4_configuraciones
nombres = [c["name"] for c in configs]
argumentos = [{k: v for k, v in c.items() if k in {"temperature", "top_k", "top_p"}} for c in configs]
generated = dict(
    zip(
        nombres,
        map(lambda a: generator.generate(prompt, max_length=MAX_LENGTH, seed=SEED, **a)[0], argumentos),
    )
)
matriz = np.stack([sampling_distribution(generator.get_next_token_logits(prompt), **a) for a in argumentos])
entropias = -np.where(matriz > 0, matriz * np.log(np.clip(matriz, 1e-300, None)), 0).sum(axis=1)
config_entropy = dict(zip(nombres, entropias))
