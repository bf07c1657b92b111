# Bucles de principiante con nombres en español, contadores a mano y prints por todas partes.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    # primero hago una matriz llena de False
    mascara = []
    for i in range(seq_len):
        fila = []
        for j in range(seq_len):
            if j > i:
                fila.append(True)
            else:
                fila.append(False)
        mascara.append(fila)
    mascara = np.array(mascara)
    print("mascara hecha de tamaño", mascara.shape)
    return mascara


causal_mask = build_causal_mask(7)
print(causal_mask)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    filas = Q.shape[0]
    dk = Q.shape[1]
    dv = V.shape[1]
    # las puntuaciones
    puntuaciones = np.zeros((filas, filas))
    for i in range(filas):
        for j in range(filas):
            suma = 0
            for c in range(dk):
                suma = suma + Q[i][c] * K[j][c]
            puntuaciones[i][j] = suma / (dk**0.5)
    # la mascara
    mascara = build_causal_mask(filas)
    for i in range(filas):
        for j in range(filas):
            if mascara[i][j] == True:
                puntuaciones[i][j] = -np.inf
    print("puntuaciones con mascara")
    print(puntuaciones)
    # el softmax fila a fila
    pesos = np.zeros((filas, filas))
    for i in range(filas):
        mayor = -np.inf
        for j in range(filas):
            if puntuaciones[i][j] > mayor:
                mayor = puntuaciones[i][j]
        total = 0
        for j in range(filas):
            pesos[i][j] = np.exp(puntuaciones[i][j] - mayor)
            total = total + pesos[i][j]
        for j in range(filas):
            pesos[i][j] = pesos[i][j] / total
    # la salida
    salida = np.zeros((filas, dv))
    for i in range(filas):
        for c in range(dv):
            for j in range(filas):
                salida[i][c] = salida[i][c] + pesos[i][j] * V[j][c]
    return salida, pesos


resultado = attention(X, mask=causal_mask, return_attention=True)
output_masked = resultado[0]
attn_masked = resultado[1]
print(output_masked)
