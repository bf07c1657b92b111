# Arreglos en orden Fortran y vistas al revés; la función devuelve un arreglo de 0 ejes.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    M = np.vstack([a, b])
    G = M @ M.T
    return np.array(G[0, 1] / np.sqrt(G[0, 0] * G[1, 1]))


encodings = np.asfortranarray(pe.encoding)[49::-1][::-1]
u = (encodings.T / np.linalg.norm(encodings, axis=1)).T
similarity_matrix = (u @ u.T).T[::-1, ::-1][::-1, ::-1]
