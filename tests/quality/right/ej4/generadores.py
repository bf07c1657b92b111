# Generadores y herramientas de itertools; devuelve una lista de Python
# %% ej4_muestreo
from itertools import accumulate, chain, takewhile
from math import exp, fsum, inf, log


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = [float(x) / temperature for x in logits]
    cut = -inf if top_k is None else sorted(z, reverse=True)[:top_k][-1]
    top = max(z)
    weights = [exp(x - top) if x >= cut else 0.0 for x in z]
    total = fsum(weights)
    probs = [w / total for w in weights]
    if top_p is None:
        return probs
    ranked = sorted(enumerate(probs), key=lambda pair: pair[1], reverse=True)
    ahead = chain([0.0], accumulate(p for _, p in ranked))
    kept = dict(pair for pair, _ in takewhile(lambda item: item[1] < top_p, zip(ranked, ahead)))
    mass = fsum(kept.values())
    return [kept.get(i, 0.0) / mass for i in range(len(z))]


# %% ej4_configuraciones
def options(config):
    return {key: config[key] for key in ("temperature", "top_k", "top_p")}


def first_text(config):
    return next(iter(generator.generate(prompt, MAX_LENGTH, **options(config), seed=SEED)))


def nats(config):
    probs = sampling_distribution(generator.get_next_token_logits(prompt), **options(config))
    return -fsum(p * log(p) for p in probs if p)


generated = dict((c["name"], first_text(c)) for c in configs)
config_entropy = dict((c["name"], nats(c)) for c in configs)
