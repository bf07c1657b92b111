# Copia y pega el mismo bloque cuatro veces, con otra variable en cada uno.
# %% ej2_comparar_cabezas
mha_1 = MultiHeadAttentionNumPy(64, 1, seed=42)
salida_1, pesos_1 = mha_1(X, return_attention=True)
media_1 = pesos_1[0]
entropia_1 = np.mean(-np.sum(pesos_1[0] * np.log(pesos_1[0]), axis=1))

mha_4 = MultiHeadAttentionNumPy(64, 4, seed=42)
salida_4, pesos_4 = mha_4(X, return_attention=True)
media_4 = (pesos_4[0] + pesos_4[1] + pesos_4[2] + pesos_4[3]) / 4
entropia_4 = 0
for p in pesos_4:
    entropia_4 += np.mean(-np.sum(p * np.log(p), axis=1))
entropia_4 = entropia_4 / 4

mha_8 = MultiHeadAttentionNumPy(64, 8, seed=42)
salida_8, pesos_8 = mha_8(X, return_attention=True)
media_8 = sum(pesos_8) / 8
entropia_8 = 0
for p in pesos_8:
    entropia_8 += np.mean(-np.sum(p * np.log(p), axis=1))
entropia_8 = entropia_8 / 8

mha_16 = MultiHeadAttentionNumPy(64, 16, seed=42)
salida_16, pesos_16 = mha_16(X, return_attention=True)
media_16 = sum(pesos_16) / 16
entropia_16 = 0
for p in pesos_16:
    entropia_16 += np.mean(-np.sum(p * np.log(p), axis=1))
entropia_16 = entropia_16 / 16

average_attention = {1: media_1, 4: media_4, 8: media_8, 16: media_16}
mean_entropy = {1: entropia_1, 4: entropia_4, 8: entropia_8, 16: entropia_16}
