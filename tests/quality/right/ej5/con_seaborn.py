# pandas y seaborn: una tabla larga con una fila por consulta, y sns.barplot
# %% ej5_atencion_por_capas
import pandas as pd
import seaborn as sns


def long_table(attention):
    h, T, _ = attention.shape
    p = np.asarray(attention, dtype=float).reshape(h * T, -1)
    entropy = np.where(p > 0, -p * np.log(p, where=p > 0, out=np.full_like(p, np.nan)), 0).sum(1)
    return pd.DataFrame({"cabeza": np.repeat(np.arange(h), T), "entropía": entropy})


def attention_entropy(attention):
    return long_table(attention).groupby("cabeza")["entropía"].mean().to_numpy()


frames = [long_table(bert.get_attention_weights(text, n)).assign(capa=n) for n in (0, 6, 11)]
everything = pd.concat(frames, ignore_index=True)
layer_entropy = everything.groupby("capa")["entropía"].mean()  # una Series también tiene claves
layer_entropy = {int(n): layer_entropy.loc[n] for n in layer_entropy.index}
plt.figure(figsize=(5, 4))
eje = sns.barplot(
    everything, x="capa", y="entropía", hue="capa", palette="colorblind", errorbar=None, legend=False
)
fig = eje.get_figure()
