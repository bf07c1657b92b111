# einsum para productos y normas, y división por el producto exterior.
# %% ej3_similitud_coseno
def cosine_similarity(a, b):
    ab, aa, bb = (np.einsum("i,i->", x, y) for x, y in ((a, b), (a, a), (b, b)))
    return ab / np.sqrt(aa * bb)


encodings = pe.encoding[:50]
gram = np.einsum("id,jd->ij", encodings, encodings)
norms = np.sqrt(np.einsum("ii->i", gram))
similarity_matrix = gram / np.multiply.outer(norms, norms)
