# Una clase Vector con operadores; la función y la matriz se apoyan en ella.
# %% ej3_similitud_coseno
class Vector:
    def __init__(self, datos):
        self.datos = np.array(datos, dtype=float)

    def __matmul__(self, otro):
        return float(np.sum(self.datos * otro.datos))

    def __abs__(self):
        return (self @ self) ** 0.5

    def parecido(self, otro):
        return (self @ otro) / (abs(self) * abs(otro))


def cosine_similarity(a, b):
    return Vector(a).parecido(Vector(b))


encodings = np.array([pe.encoding[p] for p in range(50)])
vectores = [Vector(fila) for fila in encodings]
similarity_matrix = np.array([[v.parecido(w) for w in vectores] for v in vectores])
