from math import fsum, hypot


def cosine_similarity(a, b):
    u = [float(x) / hypot(*a) for x in a]
    v = [float(y) / hypot(*b) for y in b]
    return np.array(fsum(x * y for x, y in zip(u, v)))


encodings = [list(map(float, pe.encoding[p])) for p in range(50)]

unitarios = np.array(encodings, dtype=np.float32)
unitarios /= np.sqrt(np.einsum("pd,pd->p", unitarios, unitarios))[:, None]
similarity_matrix = np.eye(50, dtype=np.float32)
for i in range(50):
    for j in range(i):
        similarity_matrix[i, j] = similarity_matrix[j, i] = unitarios[i] @ unitarios[j]
