# np.ma: un arreglo enmascarado para no mirar el futuro, y al final filled(0).
# %% ej1_mascara_causal
def build_causal_mask(seq_len):
    posiciones = np.arange(seq_len)
    return np.greater.outer(posiciones, posiciones).T


causal_mask = build_causal_mask(seq_len)
# %% ej1_atencion_causal
import numpy.ma as ma


def causal_attention(Q, K, V):
    puntuaciones = ma.masked_array(Q @ K.T / np.sqrt(Q.shape[1]), mask=build_causal_mask(len(Q)))
    exponenciales = ma.exp(puntuaciones - puntuaciones.max(axis=1)[:, None])
    pesos = (exponenciales / exponenciales.sum(axis=1)[:, None]).filled(0)
    return pesos @ V, pesos


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
