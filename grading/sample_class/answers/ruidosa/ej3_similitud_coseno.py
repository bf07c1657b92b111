import sys
import warnings

from tqdm import tqdm

llamadas = 0


def cosine_similarity(a, b):
    global llamadas
    llamadas += 1
    if llamadas % 500 == 1:
        print("llamada número", llamadas)
        warnings.warn(f"van {llamadas} llamadas", stacklevel=2)
    return np.inner(a, b) / (np.sum(a**2) ** 0.5 * np.sum(b**2) ** 0.5)


encodings = pe.encoding[:50].copy()
print(encodings, file=sys.stderr)

similarity_matrix = np.empty((50, 50))
for i in tqdm(range(50), desc="posiciones"):
    for j in range(50):
        similarity_matrix[i, j] = cosine_similarity(encodings[i], encodings[j])
similarity_matrix
