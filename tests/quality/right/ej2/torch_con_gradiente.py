# torch por dentro: Categorical para la entropía; guarda tensores, alguno con gradiente.
# %% ej2_comparar_cabezas
import torch

average_attention, mean_entropy = {}, {}
for h in head_configs:
    _, lista = MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)
    pesos = torch.tensor(np.array(lista), requires_grad=True)
    average_attention[h] = pesos.mean(dim=0)
    mean_entropy[h] = torch.distributions.Categorical(probs=pesos).entropy().mean()
