# Principiante: tres bucles anidados, nombres en español, prints y barras
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    numero_cabezas = len(attention)
    resultado = []
    for cabeza in range(numero_cabezas):
        matriz = attention[cabeza]
        numero_consultas = len(matriz)
        suma_de_entropias = 0
        for consulta in range(numero_consultas):
            fila = matriz[consulta]
            entropia_fila = 0
            for clave in range(len(fila)):
                peso = float(fila[clave])
                if peso > 0:
                    entropia_fila = entropia_fila - peso * np.log(peso)
                else:
                    entropia_fila = entropia_fila + 0
            suma_de_entropias = suma_de_entropias + entropia_fila
        media = suma_de_entropias / numero_consultas
        resultado.append(media)
    return np.array(resultado)


print("prueba:", attention_entropy(np.array([[[0.5, 0.5], [1.0, 0.0]]])))

atencion_0 = bert.get_attention_weights(text, 0)
atencion_6 = bert.get_attention_weights(text, 6)
atencion_11 = bert.get_attention_weights(text, 11)
entropias_0 = attention_entropy(atencion_0)
entropias_6 = attention_entropy(atencion_6)
entropias_11 = attention_entropy(atencion_11)
layer_entropy = {}
layer_entropy[0] = sum(entropias_0) / len(entropias_0)
layer_entropy[6] = sum(entropias_6) / len(entropias_6)
layer_entropy[11] = sum(entropias_11) / len(entropias_11)
print("capa 0:", layer_entropy[0])
print("capa 6:", layer_entropy[6])
print("capa 11:", layer_entropy[11])

fig = plt.figure()
plt.bar(["capa 0", "capa 6", "capa 11"], [layer_entropy[0], layer_entropy[6], layer_entropy[11]])
plt.ylabel("entropía (nats)")
plt.show()
