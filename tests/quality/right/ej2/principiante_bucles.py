# Cuatro bucles anidados, acumuladores a mano, nombres en español y prints.
# %% ej2_comparar_cabezas
import math

average_attention = {}
mean_entropy = {}
for num_cabezas in head_configs:
    print("probando con", num_cabezas, "cabezas")
    modelo = MultiHeadAttentionNumPy(64, num_cabezas, seed=42)
    salida, lista_pesos = modelo(X, return_attention=True)
    # media de los pesos
    media = np.zeros((6, 6))
    for cabeza in range(num_cabezas):
        for i in range(6):
            for j in range(6):
                media[i][j] = media[i][j] + lista_pesos[cabeza][i][j]
    for i in range(6):
        for j in range(6):
            media[i][j] = media[i][j] / num_cabezas
    average_attention[num_cabezas] = media
    # media de las entropias
    suma_entropias = 0
    cuantas = 0
    for cabeza in range(num_cabezas):
        for i in range(6):
            entropia = 0
            for j in range(6):
                p = lista_pesos[cabeza][i][j]
                if p > 0:
                    entropia = entropia - p * math.log(p)
            suma_entropias = suma_entropias + entropia
            cuantas = cuantas + 1
    mean_entropy[num_cabezas] = suma_entropias / cuantas
    print("entropia media", mean_entropy[num_cabezas])
