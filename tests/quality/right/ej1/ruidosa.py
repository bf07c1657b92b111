# Escribe en todas partes: print, warnings, tqdm en stderr, logging y display.
# %% ej1_mascara_causal
import logging
import sys
import warnings

from IPython.display import display
from tqdm.auto import tqdm

log = logging.getLogger("ejercicio1")
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)


def build_causal_mask(seq_len):
    warnings.warn(f"máscara de {seq_len}", UserWarning)
    log.warning("construyendo %d x %d", seq_len, seq_len)
    m = np.ones((seq_len, seq_len), dtype=int)
    for i in tqdm(range(seq_len), desc="filas", file=sys.stderr):
        m[i, : i + 1] = 0
    return m.astype(bool)


causal_mask = build_causal_mask(seq_len)
display(causal_mask)


# %% ej1_atencion_causal
def causal_attention(Q, K, V):
    print("Q", Q.shape, "K", K.shape, "V", V.shape, file=sys.stderr)
    S = Q @ K.T / np.sqrt(K.shape[1])
    with np.errstate(all="warn"):
        S = np.where(build_causal_mask(len(S)), np.log(0.0), S)  # avisa de la división
    W = softmax(S)
    display(W.round(2))
    log.info("sumas %s", W.sum(1))
    return W @ V, W


output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
display(attn_masked)
attn_masked
