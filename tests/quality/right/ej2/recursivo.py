# Media y entropía con funciones recursivas sobre la lista de cabezas.
# %% ej2_comparar_cabezas
def suma(lista):
    return lista[0] if len(lista) == 1 else lista[0] + suma(lista[1:])


def entropia(p):
    if len(p) == 0:
        return 0.0
    return -p[0] * np.log(p[0]) + entropia(p[1:])


average_attention, mean_entropy = {}, {}


def completar(pendientes):
    if not pendientes:
        return
    h, *resto = pendientes
    pesos = MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)[1]
    average_attention[h] = suma(pesos) / len(pesos)
    filas = [fila for cabeza in pesos for fila in cabeza]
    mean_entropy[h] = suma([entropia(fila) for fila in filas]) / len(filas)
    completar(resto)


completar(head_configs)
