# Ruidosa: avisos, tqdm por stderr, logging, display y valores sueltos al final de la celda
# %% ej4_muestreo
import logging
import sys
import time
import warnings

from IPython.display import display
from tqdm.auto import tqdm

log = logging.getLogger("muestreo")
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    log.debug("T=%s k=%s p=%s", temperature, top_k, top_p)
    if temperature > 1.4:
        warnings.warn("temperatura alta: el texto será raro", stacklevel=2)
    z = np.array(logits, dtype=np.float64) / temperature
    with np.errstate(divide="warn", invalid="warn"):
        if top_k is not None:
            orden = np.sort(z)[::-1]
            z[z < orden[min(top_k, len(z)) - 1]] = -np.inf
        exp_z = np.exp(z - z.max())
        p = exp_z / exp_z.sum()
        if top_p is not None:
            indices = np.argsort(-p)
            llevo = 0.0
            for j in tqdm(indices, desc="núcleo", leave=False):
                antes = llevo
                llevo += p[j]
                if antes >= top_p:
                    p[j] = 0
            print("masa del núcleo:", p.sum())
            p = p / p.sum()
    assert abs(p.sum() - 1) < 1e-9
    return p


inicio = time.time()
display(sampling_distribution(np.linspace(-1, 1, 7), 2.0, 5, 0.8))
print(f"tarda {time.time() - inicio:.3f} s", file=sys.stderr)
# %% ej4_configuraciones
import pandas as pd

generated = {}
config_entropy = {}
for config in tqdm(configs):
    salida = generator.generate(
        prompt, MAX_LENGTH, config["temperature"], config["top_k"], config["top_p"], 1, SEED
    )
    log.info("%s -> %r", config["name"], salida)
    generated[config["name"]] = salida[0]
    p = sampling_distribution(
        generator.get_next_token_logits(prompt), config["temperature"], config["top_k"], config["top_p"]
    )
    # aquí sale un aviso por log(0), y nansum lo arregla
    config_entropy[config["name"]] = -np.nansum(p * np.log(p))

display(pd.DataFrame({"texto": generated, "entropía": config_entropy}))
config_entropy
