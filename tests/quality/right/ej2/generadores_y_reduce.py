# Estilo funcional: generadores, map, reduce y statistics.
# %% ej2_comparar_cabezas
from functools import reduce
from operator import add
from statistics import fmean


def cabezas_de(n):
    yield from MultiHeadAttentionNumPy(64, n, seed=42)(X, return_attention=True)[1]


def entropia(fila):
    return sum(map(lambda p: -p * np.log(p), fila))


average_attention = {n: reduce(add, cabezas_de(n)) / n for n in head_configs}
mean_entropy = {n: fmean(entropia(fila) for cabeza in cabezas_de(n) for fila in cabeza) for n in head_configs}
