# PyTorch por dentro: torch.special.entr; devuelve tensores con gradiente y dibuja con barras horizontales
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    weights = torch.as_tensor(np.array(attention)).double().requires_grad_(True)
    return torch.special.entr(weights).sum(dim=-1).mean(dim=-1)


layer_entropy = {
    layer: attention_entropy(torch.from_numpy(bert.get_attention_weights(text, layer))).mean()
    for layer in [0, 6, 11]
}
fig, axis = plt.subplots(figsize=(5, 2))
axis.barh([str(n) for n in layer_entropy], torch.stack(list(layer_entropy.values())).detach().numpy())
axis.set(xlabel="nats", ylabel="capa")
plt.close(fig)
