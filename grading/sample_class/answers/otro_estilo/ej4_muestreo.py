import math


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    puntos = [float(logit) / temperature for logit in logits]
    vivos = sorted(range(len(puntos)), key=puntos.__getitem__, reverse=True)
    if top_k is not None and top_k < len(vivos):
        ultimo = puntos[vivos[top_k - 1]]
        vivos = [i for i in vivos if puntos[i] >= ultimo]
    log_total = np.logaddexp.reduce([puntos[i] for i in vivos])
    pesos = {i: math.exp(puntos[i] - log_total) for i in vivos}
    if top_p is not None:
        nucleo, suma = {}, 0.0
        while suma < top_p and len(nucleo) < len(vivos):
            i = vivos[len(nucleo)]
            nucleo[i] = pesos[i]
            suma += pesos[i]
        pesos = {i: peso / suma for i, peso in nucleo.items()}
    return np.array([pesos.get(i, 0) for i in range(len(puntos))], dtype=np.float32)
