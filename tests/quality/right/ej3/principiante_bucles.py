# Bucles y acumuladores, nombres en español, prints y la matriz rellenada casilla a casilla.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    producto = 0
    suma_a = 0
    suma_b = 0
    for i in range(len(a)):
        producto = producto + a[i] * b[i]
        suma_a = suma_a + a[i] ** 2
        suma_b = suma_b + b[i] ** 2
    norma_a = suma_a**0.5
    norma_b = suma_b**0.5
    return producto / (norma_a * norma_b)


encodings = np.zeros((50, 128))
for posicion in range(50):
    for dimension in range(128):
        encodings[posicion][dimension] = pe.encoding[posicion][dimension]
print("codificaciones:", encodings.shape)

similarity_matrix = np.zeros((50, 50))
for i in range(50):
    for j in range(50):
        similarity_matrix[i][j] = cosine_similarity(encodings[i], encodings[j])
    if i % 10 == 0:
        print("voy por la fila", i)
print(similarity_matrix[0][:5])
