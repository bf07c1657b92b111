import logging
import sys
import warnings

logging.basicConfig(level=logging.INFO)


def build_causal_mask(seq_len):
    print("construyendo la máscara de", seq_len)
    warnings.warn(f"máscara de {seq_len}", stacklevel=1)
    return np.triu(np.full((seq_len, seq_len), True), 1)


causal_mask = build_causal_mask(seq_len)
causal_mask
