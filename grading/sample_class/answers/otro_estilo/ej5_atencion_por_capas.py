import math

import pandas as pd


def attention_entropy(attention):
    resultado = []
    for cabeza in np.asarray(attention):
        filas = [math.fsum(-float(p) * math.log(p) for p in fila if p > 0) for fila in cabeza]
        resultado.append(math.fsum(filas) / len(filas))
    return resultado


por_cabeza = {
    numero: attention_entropy(torch.from_numpy(bert.get_attention_weights(text, layer=capa)).double().numpy())
    for numero, capa in zip(np.array([0, 6, 11]), (0, 6, -1))
}
layer_entropy = {numero: np.mean(valores, dtype=np.float32) for numero, valores in por_cabeza.items()}

ejes = pd.DataFrame(por_cabeza).plot.box(xlabel="capa", ylabel="entropía (nats)")
fig = ejes.get_figure()
plt.close(fig)
