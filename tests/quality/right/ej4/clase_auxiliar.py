# Una clase con un método por paso; la función pedida solo la usa
# %% ej4_muestreo
from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Muestreador:
    """Los parámetros de muestreo y lo que hacen."""

    temperatura: float = 1.0
    k: int | None = None
    p: float | None = None

    def calentar(self, z: np.ndarray) -> np.ndarray:
        return z / self.temperatura

    def recortar_k(self, z: np.ndarray) -> np.ndarray:
        if self.k is None or self.k >= len(z):
            return z
        umbral = np.sort(z)[len(z) - self.k]
        return np.array([v if v >= umbral else float("-inf") for v in z])

    def recortar_p(self, probs: np.ndarray) -> np.ndarray:
        if self.p is None:
            return probs
        indices = np.argsort(probs)[::-1]
        total, dentro = 0.0, []
        while total < self.p and len(dentro) < len(probs):
            dentro.append(indices[len(dentro)])
            total += probs[dentro[-1]]
        fuera = np.setdiff1d(indices, dentro)
        resultado = probs.copy()
        resultado[fuera] = 0
        return resultado / resultado.sum()

    @staticmethod
    def softmax(z: np.ndarray) -> np.ndarray:
        e = np.exp(z - np.max(z))
        return e / e.sum()

    def __call__(self, logits) -> np.ndarray:
        z = self.recortar_k(self.calentar(np.asarray(logits, dtype=float)))
        return self.recortar_p(self.softmax(z))


def sampling_distribution(
    logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    """Distribución del token siguiente tras temperatura, top-k y top-p."""
    return Muestreador(temperature, top_k, top_p)(logits)


# %% ej4_configuraciones
class Experimento:
    def __init__(self, config):
        self.nombre = config["name"]
        self.t, self.k, self.p = config["temperature"], config["top_k"], config["top_p"]

    def texto(self):
        [unico] = generator.generate(prompt, MAX_LENGTH, self.t, self.k, self.p, seed=SEED)
        return unico

    def entropia(self):
        q = Muestreador(self.t, self.k, self.p)(generator.get_next_token_logits(prompt))
        q = q[np.nonzero(q)]
        return np.sum(q * np.log(1 / q))


experimentos = [Experimento(c) for c in configs]
generated = {e.nombre: e.texto() for e in experimentos}
config_entropy = {e.nombre: e.entropia() for e in experimentos}
