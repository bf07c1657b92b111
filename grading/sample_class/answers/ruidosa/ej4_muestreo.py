import sys
import warnings

import torch
from tqdm import tqdm


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    warnings.warn(f"temperatura {temperature}, top_k {top_k}, top_p {top_p}", stacklevel=2)
    z = torch.tensor(np.array(logits, dtype="float32")) / temperature
    print("forma de los logits:", tuple(z.shape), file=sys.stderr)
    if top_k is not None:
        mayores, _ = torch.topk(z, min(top_k, len(z)))
        z = torch.where(z < mayores[-1], torch.tensor(-1e9), z)
    if top_p is not None:
        ordenados, indices = torch.sort(z, descending=True)
        acumulada = torch.cumsum(torch.softmax(ordenados, dim=0), dim=0)
        fuera = acumulada >= top_p
        fuera[1:] = fuera[:-1].clone()  # el que cruza se queda
        fuera[0] = False
        for i in tqdm(indices[fuera].tolist(), desc="fuera del núcleo"):
            z[i] = -1e9
    return torch.softmax(z, dim=0).numpy()


sampling_distribution(np.arange(5.0), 0.7, 3, 0.9)
