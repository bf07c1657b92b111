# Una clase con estado y métodos cortos; la función solo la llama.
# %% ej1_mascara_causal
class Mascara:
    def __init__(self, n):
        self.n = n

    @property
    def booleana(self):
        return np.triu(np.full((self.n, self.n), True), k=1)

    def aplicar(self, puntuaciones, relleno=-np.inf):
        copia = puntuaciones.copy()
        copia[self.booleana] = relleno
        return copia


def build_causal_mask(seq_len):
    return Mascara(seq_len).booleana


causal_mask = build_causal_mask(seq_len)


# %% ej1_atencion_causal
class Atencion:
    def __init__(self, Q, K, V):
        self.Q, self.K, self.V = Q, K, V

    def puntuar(self):
        self.S = self.Q.dot(self.K.T) * self.Q.shape[1] ** -0.5
        return self

    def enmascarar(self):
        self.S = Mascara(len(self.S)).aplicar(self.S)
        return self

    def normalizar(self):
        self.S = self.S - self.S.max(axis=1, keepdims=True)
        self.W = np.exp(self.S)
        self.W /= self.W.sum(axis=1, keepdims=True)
        return self

    def resultado(self):
        return self.W.dot(self.V), self.W


def causal_attention(Q, K, V):
    return Atencion(Q, K, V).puntuar().enmascarar().normalizar().resultado()


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
