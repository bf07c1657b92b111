# Vectorizado: normaliza las filas y multiplica; la función es una lambda.
# %% ej3_similitud_coseno
cosine_similarity = lambda a, b: np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b);
encodings = pe.get_encoding(50);
unit = encodings / np.linalg.norm(encodings, axis=1, keepdims=True);
similarity_matrix = unit @ unit.T;
