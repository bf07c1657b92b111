# Todo en float32, también lo que devuelve.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    a = np.asarray(a, dtype=np.float32)
    b = np.asarray(b, dtype=np.float32)
    return np.float32(a @ b) / (np.linalg.norm(a) * np.linalg.norm(b))


encodings = pe.get_encoding(50).astype(np.float32)
normas = np.linalg.norm(encodings, axis=1)[:, None]
similarity_matrix = (encodings @ encodings.T) / (normas * normas.T)
