def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    z = np.array(logits) / temperature
    if top_k is not None:
        k = min(top_k, len(z))
        limite = np.sort(z)[::-1][k - 1]
        z[z < limite] = -np.inf
    # top_p no me ha dado tiempo
    e = np.exp(z - np.max(z))
    return e / np.sum(e)
