# Verboso: no reutiliza la función, repite las normas en cada casilla y recorta a [−1, 1] por si acaso.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    vector_a = a.copy()
    vector_b = b.copy()
    cuadrados_a = vector_a * vector_a
    cuadrados_b = vector_b * vector_b
    norma_de_a = np.sqrt(np.sum(cuadrados_a))
    norma_de_b = np.sqrt(np.sum(cuadrados_b))
    vector_a = vector_a / norma_de_a
    vector_b = vector_b / norma_de_b
    resultado = np.sum(vector_a * vector_b)
    if resultado > 1:
        resultado = 1.0
    if resultado < -1:
        resultado = -1.0
    return resultado


primeras_50_posiciones = []
for numero_de_posicion in np.arange(0, 50, 1):
    primeras_50_posiciones.append(pe.encoding[numero_de_posicion, :])
encodings = np.stack(primeras_50_posiciones, axis=0)

similarity_matrix = np.ones(shape=(50, 50))
for fila in range(0, 50):
    for columna in range(0, 50):
        if fila != columna:
            numerador = np.sum(encodings[fila, :] * encodings[columna, :])
            denominador_1 = np.sqrt(np.sum(encodings[fila, :] * encodings[fila, :]))
            denominador_2 = np.sqrt(np.sum(encodings[columna, :] * encodings[columna, :]))
            similarity_matrix[fila, columna] = numerador / (denominador_1 * denominador_2)
        else:
            similarity_matrix[fila, columna] = 1.0
