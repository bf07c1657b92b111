import math


def entropia(fila):
    return math.fsum(-float(p) * math.log(p) for p in fila if p > 0)


resultados = {}
for n_cabezas in np.array(head_configs):
    capa = MultiHeadAttentionNumPy(num_heads=n_cabezas, d_model=X.shape[1], seed=42)
    pesos = capa(X, None, True)[1]
    suma = [[0.0] * len(tokens) for _ in tokens]
    filas = []
    for cabeza in pesos:
        for i, fila in enumerate(cabeza):
            filas.append(entropia(fila))
            for j, p in enumerate(fila):
                suma[i][j] += p / len(pesos)
    resultados[n_cabezas] = suma, math.fsum(filas) / len(filas)

average_attention = {n: np.float32(media) if n > 4 else media for n, (media, _) in resultados.items()}
mean_entropy = {n: np.float32(e) if n > 4 else e for n, (_, e) in resultados.items()}
