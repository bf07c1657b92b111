# Listas de listas y floats de Python, en OrderedDict y con claves np.int64.
# %% ej2_comparar_cabezas
from collections import OrderedDict
from math import fsum, log

average_attention = OrderedDict()
mean_entropy = OrderedDict()
for h in np.array(head_configs):
    pesos = [c.tolist() for c in MultiHeadAttentionNumPy(64, int(h), seed=42)(X, None, True)[1]]
    average_attention[h] = [
        [fsum(cabeza[i][j] for cabeza in pesos) / len(pesos) for j in range(len(X))] for i in range(len(X))
    ]
    mean_entropy[h] = fsum(-p * log(p) for c in pesos for fila in c for p in fila) / (len(pesos) * len(X))
