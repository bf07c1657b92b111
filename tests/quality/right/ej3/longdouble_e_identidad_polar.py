# longdouble y la ley del coseno: a·b sale de las normas de a, b y a − b.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    a, b = np.longdouble(a), np.longdouble(b)
    na2, nb2 = (a**2).sum(), (b**2).sum()
    d2 = ((a - b) ** 2).sum()
    return (na2 + nb2 - d2) / (2 * np.sqrt(na2) * np.sqrt(nb2))


encodings = np.longdouble(pe.get_encoding(50))
# todas las normas al cuadrado valen 64, así que basta la distancia
dist2 = ((encodings[:, None, :] - encodings[None, :, :]) ** 2).sum(axis=-1)
similarity_matrix = 1 - dist2 / 128
