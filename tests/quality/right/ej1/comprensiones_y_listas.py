# Sin NumPy en el cálculo: comprensiones, math y sum; devuelve listas de listas.
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    return [[1 if columna > fila else 0 for columna in range(seq_len)] for fila in range(seq_len)]


causal_mask = np.array(build_causal_mask(seq_len)) == 1
# %% ej1_atencion_causal
import math


def causal_attention(Q, K, V):
    Q, K, V = Q.tolist(), K.tolist(), V.tolist()
    raiz = math.sqrt(len(Q[0]))
    pesos = []
    for i, q in enumerate(Q):
        s = [sum(a * b for a, b in zip(q, k)) / raiz for k in K[: i + 1]]
        tope = max(s)
        e = [math.exp(x - tope) for x in s]
        total = math.fsum(e)
        pesos.append([x / total for x in e] + [0.0] * (len(Q) - i - 1))
    salida = [[sum(p * v[c] for p, v in zip(fila, V)) for c in range(len(V[0]))] for fila in pesos]
    return [salida, pesos]


output_masked, attn_masked = (parte.tolist() for parte in attention(X, causal_mask, True))
