# Una clase que guarda los mapas y calcula a demanda; tres mapas de calor de la media de las cabezas
# %% ej5_atencion_por_capas
from functools import cached_property


class CapaMedida:
    """Los pesos de una capa y su entropía."""

    def __init__(self, pesos, numero=None):
        self.pesos, self.numero = np.asarray(pesos, dtype=np.float64), numero

    @cached_property
    def por_consulta(self):
        positivos = self.pesos > 0
        terminos = np.zeros(self.pesos.shape)
        terminos[positivos] = -self.pesos[positivos] * np.log(self.pesos[positivos])
        return terminos.sum(axis=-1)

    @property
    def por_cabeza(self):
        return self.por_consulta.mean(axis=-1)

    def dibujar(self, eje):
        eje.imshow(self.pesos.mean(axis=0), cmap="cividis", vmin=0, vmax=1)
        eje.set_title(f"capa {self.numero}: {self.por_cabeza.mean():.2f} nats")


def attention_entropy(attention):
    return CapaMedida(attention).por_cabeza


medidas = [CapaMedida(bert.get_attention_weights(text, n), n) for n in (0, 6, 11)]
layer_entropy = {medida.numero: float(medida.por_cabeza.mean()) for medida in medidas}
fig, ejes = plt.subplots(1, 3, figsize=(11, 4))
for medida, eje in zip(medidas, ejes):
    medida.dibujar(eje)
