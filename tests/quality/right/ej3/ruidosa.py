# Ruido: print en cada llamada, warnings, tqdm en stderr, logging y display.
# %% ej3_similitud_coseno
import logging
import sys
import warnings

from IPython.display import display
from tqdm import tqdm

logging.basicConfig(level=logging.INFO, stream=sys.stderr)
veces = 0


def cosine_similarity(a, b):
    global veces
    veces += 1
    if veces % 400 == 1:
        print("similitud de", np.shape(a), np.shape(b))
        logging.info("llamada %d", veces)
        warnings.warn("otra vez")
    return (a * b).sum() / np.sqrt((a * a).sum()) / np.sqrt((b * b).sum())


encodings = pe.get_encoding(50)
display(encodings)
similarity_matrix = np.full((50, 50), np.nan)
for i in tqdm(range(50), desc="filas", file=sys.stderr):
    for j in range(50):
        similarity_matrix[i, j] = cosine_similarity(encodings[i], encodings[j])
display(similarity_matrix)
plt.imshow(similarity_matrix)
similarity_matrix
