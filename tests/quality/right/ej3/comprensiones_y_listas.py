# math y zip, sin NumPy; codificaciones y matriz son listas de listas.
# %% ej3_similitud_coseno
import math


def cosine_similarity(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return float(dot / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))))


encodings = [[float(v) for v in pe.encoding[p]] for p in range(50)]
similarity_matrix = [[cosine_similarity(u, v) for v in encodings] for u in encodings]
