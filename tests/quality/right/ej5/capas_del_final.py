# Pide la última capa como -1 y todas a la vez; la figura es la de compare_attention_patterns
# %% ej5_atencion_por_capas
def attention_entropy(attention):
    flat = np.concatenate(list(attention), axis=0).astype(float)  # (h·T, T)
    flat = np.maximum(flat, np.finfo(float).tiny)
    by_row = -(flat * np.log(flat)).sum(1)
    return np.array([chunk.mean() for chunk in np.split(by_row, len(attention))])


all_maps = bert.get_attention_maps([text])[0]
layer_entropy = {
    0: attention_entropy(all_maps[0]).mean(),
    6: attention_entropy(all_maps[6]).mean(),
    11: attention_entropy(bert.get_attention_weights(text)).mean(),  # por omisión, la última
}
fig = compare_attention_patterns(text, layers_to_show=[0, 6, 11], classifier=bert)
