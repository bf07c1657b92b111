# torch.nn.functional.cosine_similarity por dentro, con difusión; devuelve tensores con gradiente.
# %% ej3_similitud_coseno
import torch
import torch.nn.functional as F


def cosine_similarity(a, b):
    ta = torch.tensor(a, requires_grad=True)
    tb = torch.tensor(b, requires_grad=True)
    return F.cosine_similarity(ta, tb, dim=0)


encodings = torch.tensor(pe.encoding[:50], requires_grad=True)
similarity_matrix = F.cosine_similarity(encodings[:, None, :], encodings[None, :, :], dim=-1)
