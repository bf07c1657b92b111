import logging
import sys
import warnings

from tqdm import tqdm

logging.basicConfig(level=logging.INFO)


def attention_entropy(attention):
    print("pesos de forma", attention.shape)
    warnings.warn(f"{len(attention)} cabezas", stacklevel=2)
    terminos = np.nan_to_num(attention * np.log(attention + 1e-12))
    logging.info("mayor término: %s", terminos.min())
    return np.mean(-np.sum(terminos, axis=2), axis=1)


layer_entropy = {}
for capa in tqdm([0, 6, 11], desc="capas"):
    pesos = bert.get_attention_weights(text, capa)
    layer_entropy[capa] = attention_entropy(pesos).mean()
    print(capa, layer_entropy[capa], file=sys.stderr)

print("dibujando…")
fig = compare_attention_patterns(text, [0, 6, 11], classifier=bert)
plt.show()
layer_entropy
