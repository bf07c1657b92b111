def attention_entropy(attention):
    seguros = np.where(attention > 0, attention, 1.0)
    por_consulta = -np.sum(attention * np.log(seguros), axis=-1)
    return por_consulta.mean(axis=-1)


# Define `layer_entropy`: {0: …, 6: …, 11: …}, la entropía media de cada capa en la frase `text`.
layer_entropy = {}
for capa in [0, 6, 11]:
    media = bert.get_attention_weights(text, capa).mean(axis=0, keepdims=True)
    layer_entropy[capa] = float(attention_entropy(media)[0])

# Define `fig`: una figura que compare las tres capas.
plt.bar(list(layer_entropy), list(layer_entropy.values()))
fig = plt.show()
