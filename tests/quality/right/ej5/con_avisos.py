# Ruidosa: avisos, tqdm, logging, display y valores sueltos; nan_to_num arregla el 0·log 0
# %% ej5_atencion_por_capas
import logging
import sys
import warnings

import pandas as pd
from IPython.display import display
from tqdm.auto import tqdm

logger = logging.getLogger("entropía")
logger.addHandler(logging.StreamHandler(sys.stderr))


def attention_entropy(attention):
    logger.warning("forma %s", np.shape(attention))
    warnings.warn("puede haber ceros", RuntimeWarning, stacklevel=2)
    terminos = attention * np.log(attention)  # aquí avisa NumPy
    terminos = np.nan_to_num(terminos, nan=0.0)
    print("suma de términos:", terminos.sum(), file=sys.stderr)
    return -terminos.sum(-1).mean(-1)


tabla = pd.DataFrame({n: attention_entropy(bert.get_attention_weights(text, n)) for n in tqdm([0, 6, 11])})
display(tabla.describe())
layer_entropy = tabla.mean().to_dict()
ax = tabla.plot(kind="hist", bins=np.linspace(0, 2.4, 13), alpha=0.5, title="Entropía por capa")
fig = ax.figure
plt.show()
layer_entropy
