# Una clase para el experimento, con propiedades calculadas una sola vez.
# %% ej2_comparar_cabezas
from functools import cached_property


class Experimento:
    """Una atención de varias cabezas sobre la frase."""

    SEMILLA = 42

    def __init__(self, entrada, cabezas):
        self.entrada = entrada
        self.cabezas = cabezas

    @cached_property
    def pesos(self):
        modelo = MultiHeadAttentionNumPy(self.entrada.shape[-1], self.cabezas, seed=self.SEMILLA)
        return np.stack(modelo(self.entrada, return_attention=True)[1])

    @cached_property
    def mapa_medio(self):
        return self.pesos.mean(axis=0)

    @cached_property
    def entropia(self):
        return float(np.mean([self._entropia_fila(f) for c in self.pesos for f in c]))

    @staticmethod
    def _entropia_fila(fila):
        return -np.dot(fila, np.log(fila))


experimentos = {n: Experimento(X, n) for n in head_configs}
average_attention = {n: e.mapa_medio for n, e in experimentos.items()}
mean_entropy = {n: e.entropia for n, e in experimentos.items()}
