# Código verboso: valida con assert, guarda cada paso intermedio y repite las mismas cuentas.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    assert seq_len >= 1, "seq_len debe ser positivo"
    indices_de_fila = np.arange(0, seq_len, 1)
    indices_de_columna = np.arange(0, seq_len, 1)
    matriz_de_filas = np.repeat(indices_de_fila, seq_len).reshape(seq_len, seq_len)
    matriz_de_columnas = np.tile(indices_de_columna, seq_len).reshape(seq_len, seq_len)
    diferencia = matriz_de_columnas - matriz_de_filas
    mascara = np.zeros_like(diferencia, dtype=bool)
    mascara[diferencia > 0] = True
    mascara[diferencia == 0] = False
    mascara[diferencia < 0] = False
    assert mascara.shape == (seq_len, seq_len)
    assert mascara.sum() == seq_len * (seq_len - 1) // 2
    return mascara


causal_mask = build_causal_mask(seq_len)
assert causal_mask.dtype == bool


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    T_q, d_k = Q.shape
    T_k, d_k2 = K.shape
    T_v, d_v = V.shape
    assert T_q == T_k == T_v
    assert d_k == d_k2

    paso_1_trasponer = np.transpose(K, (1, 0))
    assert paso_1_trasponer.shape == (d_k, T_k)
    paso_2_puntuar = np.dot(Q, paso_1_trasponer)
    assert paso_2_puntuar.shape == (T_q, T_k)
    paso_3_escalar = paso_2_puntuar / np.sqrt(d_k)
    paso_4_mascara = build_causal_mask(T_q)
    paso_5_enmascarar = np.where(paso_4_mascara == True, float("-inf"), paso_3_escalar)
    paso_6_maximo = np.max(paso_5_enmascarar, axis=1)
    paso_6_maximo = paso_6_maximo.reshape(T_q, 1)
    paso_7_restar = paso_5_enmascarar - paso_6_maximo
    paso_8_exponenciar = np.exp(paso_7_restar)
    paso_9_sumar = np.sum(paso_8_exponenciar, axis=1)
    paso_9_sumar = paso_9_sumar.reshape(T_q, 1)
    paso_10_dividir = paso_8_exponenciar / paso_9_sumar
    assert np.allclose(paso_10_dividir.sum(axis=1), 1.0)
    paso_11_mezclar = np.dot(paso_10_dividir, V)
    assert paso_11_mezclar.shape == (T_q, d_v)

    output = paso_11_mezclar
    weights = paso_10_dividir
    return output, weights


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
assert output_masked.shape == (7, 16)
assert attn_masked.shape == (7, 7)
