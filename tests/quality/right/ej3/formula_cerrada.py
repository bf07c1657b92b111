# La matriz no sale de los vectores sino de la fórmula cerrada de la sección 3.5: depende de la distancia.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    """Coseno del ángulo que forman: proyecta uno sobre la dirección del otro."""
    direction = b / np.sqrt(b.dot(b))
    return a.dot(direction) / np.sqrt(a.dot(a))


encodings = PositionalEncodingSinusoidal(d_model=128, max_len=50).encoding

distance = np.abs(np.arange(50)[:, None] - np.arange(50)[None, :])
by_distance = np.array([similarity_by_distance(n, 128) for n in range(50)])
similarity_matrix = by_distance[distance]
