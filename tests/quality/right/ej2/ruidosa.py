# Ruido por todas partes: print, warnings, tqdm en stderr, logging, display y una figura a medias.
# %% ej2_comparar_cabezas
import logging
import sys
import warnings

from IPython.display import Markdown, display
from tqdm import tqdm

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
average_attention, mean_entropy = {}, {}
for h in tqdm(head_configs, desc="cabezas", file=sys.stderr):
    warnings.warn(f"{h} cabezas")
    logging.getLogger("ej2").error("no es un error: h=%d", h)
    _, W = MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)
    W = np.array(W)
    average_attention[h] = W.mean(0)
    mean_entropy[h] = -(W * np.log(W)).sum(-1).mean()
    display(Markdown(f"**{h}** cabezas: {mean_entropy[h]:.6f}"))
    print(average_attention[h], file=sys.stderr)
plt.plot(list(mean_entropy), list(mean_entropy.values()))
mean_entropy
