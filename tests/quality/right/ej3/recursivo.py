# Producto escalar recursivo (por mitades), y la matriz a partir de su triángulo.
# %% ej3_similitud_coseno
def escalar(u, v):
    if len(u) == 1:
        return u[0] * v[0]
    mitad = len(u) // 2
    return escalar(u[:mitad], v[:mitad]) + escalar(u[mitad:], v[mitad:])


def cosine_similarity(a, b):
    return escalar(a, b) / (escalar(a, a) * escalar(b, b)) ** 0.5


encodings = pe.get_encoding(50)
similarity_matrix = np.eye(50)
for i in range(50):
    for j in range(i + 1, 50):
        similarity_matrix[i, j] = cosine_similarity(encodings[i], encodings[j])
similarity_matrix = similarity_matrix + similarity_matrix.T - np.eye(50)
