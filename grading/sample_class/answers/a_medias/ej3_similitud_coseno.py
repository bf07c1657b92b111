def cosine_similarity(a, b):
    norma_a = np.sqrt(np.sum(a * a))
    norma_b = np.sqrt(np.sum(b * b))
    return np.sum(a * b) / (norma_a * norma_b)


# Define `encodings`: las primeras 50 posiciones de `pe`, (50, 128).
raise NotImplementedError("Ejercicio por completar")

# Define `similarity_matrix`: la similitud de cada pareja de esas posiciones, (50, 50).
raise NotImplementedError("Ejercicio por completar")
