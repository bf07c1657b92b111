# Con pandas: una tabla de tokens que se ordena, se acumula y se vuelve a poner en su sitio
# %% ej4_muestreo
import pandas as pd


def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    serie = pd.Series(np.array(logits, dtype="float64")) / temperature
    if top_k is not None:
        # keep="all" se queda con todos los empatados
        serie = serie.nlargest(top_k, keep="all").reindex(serie.index, fill_value=-np.inf)
    tabla = pd.DataFrame({"z": serie})
    tabla["p"] = np.exp(tabla["z"] - tabla["z"].max())
    tabla["p"] /= tabla["p"].sum()
    if top_p is not None:
        tabla = tabla.sort_values("p", ascending=False)
        tabla["antes"] = tabla["p"].cumsum().shift(1, fill_value=0.0)
        tabla.loc[tabla["antes"] >= top_p, "p"] = 0.0
        tabla = tabla.sort_index()
        tabla["p"] /= tabla["p"].sum()
    return tabla["p"].to_numpy()


# %% ej4_configuraciones
tabla = pd.DataFrame(configs).set_index("name")
generated = {}
config_entropy = {}
for fila in tabla.itertuples():
    k = None if pd.isna(fila.top_k) else int(fila.top_k)
    generated[fila.Index] = generator.generate(
        prompt, max_length=MAX_LENGTH, temperature=fila.temperature, top_k=k, top_p=fila.top_p, seed=SEED
    )[0]
    p = pd.Series(
        sampling_distribution(generator.get_next_token_logits(prompt), fila.temperature, k, fila.top_p)
    )
    p = p[p > 0]
    config_entropy[fila.Index] = -p.mul(np.log(p)).sum()
