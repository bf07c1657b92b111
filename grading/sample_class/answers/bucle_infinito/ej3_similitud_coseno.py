def cosine_similarity(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


encodings = pe.get_encoding(50)
fila = 0
while fila < 50:  # falta avanzar
    columna = 0
