"""Respuestas equivocadas del ejercicio 2: qué cambia cada una, qué pruebas suspende y qué se le dice."""

from __future__ import annotations

from tests.notebooks.suite import Wrong

HEADS = "ej2_comparar_cabezas"
AVERAGE, ENTROPY = "test_ej2_promedio", "test_ej2_entropia"

STEPS = {
    "before": "average_attention, mean_entropy = {}, {}",
    "loop": "for h in head_configs:",
    "layer": "layer = MultiHeadAttentionNumPy(64, h, seed=42)",
    "weights": "W = np.array(layer(X, return_attention=True)[1])",
    "average": "average_attention[h] = W.mean(0)",
    "entropy": "mean_entropy[h] = -(W * np.log(W)).sum(-1).mean()",
    "after": "",
}


def heads(name: str, says: str, *fails: str, **steps: str) -> Wrong:
    """El ejercicio con algún paso cambiado."""
    text = STEPS | steps
    inside = [text[step] for step in ("layer", "weights", "average", "entropy")]
    body = "\n".join(inside).replace("\n", "\n    ")
    code = f"{text['before']}\n{text['loop']}\n    {body}\n{text['after']}"
    return Wrong(name, {HEADS: code}, frozenset(fails), says)


def average(name: str, says: str, expression: str) -> Wrong:
    """Una media mal hecha; las entropías, bien. ``W`` son los pesos, (h, T, T)."""
    return heads(name, says, AVERAGE, average=f"average_attention[h] = {expression}")


def entropy(name: str, says: str, expression: str) -> Wrong:
    """Una entropía mal hecha; las medias, bien."""
    return heads(name, says, ENTROPY, entropy=f"mean_entropy[h] = {expression}")


ROWS = "-(W * np.log(W)).sum(-1)"
SHUFFLED = "np.random.RandomState(7).randn(6, 64) * 0.3"

WRONG_AVERAGE = (
    average("suma", "falta dividir entre su número", "W.sum(0)"),
    average("primera cabeza", "Usas solo la primera cabeza", "W[0]"),
    average("última cabeza", "Usas solo la última cabeza", "W[-1]"),
    average("máximo", "no su máximo", "W.max(0)"),
    average("mínimo", "no su máximo, su mínimo", "W.min(0)"),
    average("mediana", "Usas la mediana", "np.median(W, axis=0)"),
    average("sobre las claves", "has promediado sobre las claves o sobre las consultas", "W.mean(-1)"),
    average("sobre las consultas", "has promediado sobre las claves o sobre las consultas", "W.mean(1)"),
    average("sobre todo", "es un solo número", "W.mean()"),
    average("sin promediar", "están los pesos de todas las cabezas", "W"),
    average("la salida", "parece la salida de la atención", "layer(X)"),
    average("traspuesta", "Está traspuesta", "W.mean(0).T"),
    average("uniforme", "Es el reparto uniforme", "np.full((6, 6), 1 / 6)"),
    average("redondeada", "No redondees", "W.mean(0).round(3)"),
    average("entre 8", "¿divides siempre entre un mismo número", "W.sum(0) / 8"),
    average("el objeto entero", "debe ser un arreglo de números reales", "layer(X, return_attention=True)"),
    average("sin el return_attention", "con return_attention=True", "layer(X)[0]"),
    average("otra X", "otra X", f"np.mean(layer({SHUFFLED}, return_attention=True)[1], axis=0)"),
    average("puntuaciones", "¿son las puntuaciones", "X @ X.T"),
    average("sin proyectar", "Comparas X consigo misma, sin las proyecciones", "softmax(X @ X.T / 8)"),
    heads(
        "acumula cabezas",
        "Acumulas las cabezas",
        AVERAGE,
        before="average_attention, mean_entropy, seen = {}, {}, []",
        average="seen.extend(W); average_attention[h] = np.mean(seen, axis=0)",
    ),
    heads(
        "la misma matriz en todas",
        "¿queda la misma matriz en todas las claves?",
        AVERAGE,
        before="average_attention, mean_entropy, shared = {}, {}, np.zeros((6, 6))",
        average="shared[:] = W.mean(0); average_attention[h] = shared",
    ),
    heads(
        "claves de texto",
        "le faltan las claves [1, 4, 8, 16]",
        AVERAGE,
        average="average_attention[str(h)] = W.mean(0)",
    ),
    heads(
        "claves por orden",
        "le faltan las claves [4, 8, 16]",
        AVERAGE,
        after="average_attention = dict(enumerate(average_attention.values()))",
    ),
    heads(
        "lista de medias",
        "debe ser un diccionario",
        AVERAGE,
        after="average_attention = list(average_attention.values())",
    ),
    heads(
        "solo la de 16",
        "le faltan las claves [1, 4, 8]",
        AVERAGE,
        after="average_attention = {16: W.mean(0)}",
    ),
    heads("sin las medias", "Falta definir `average_attention`", AVERAGE, after="del average_attention"),
)

# La semilla, o X, ya resta en la media: las entropías de esos pesos están bien calculadas.
WRONG_WEIGHTS = (
    heads("sin semilla", "¿falta seed=42", AVERAGE, layer="layer = MultiHeadAttentionNumPy(64, h)"),
    heads(
        "otra semilla", "debe ser 42, no 43", AVERAGE, layer="layer = MultiHeadAttentionNumPy(64, h, seed=43)"
    ),
    heads(
        "semilla h",
        "¿usas el número de cabezas como semilla?",
        AVERAGE,
        layer="layer = MultiHeadAttentionNumPy(64, h, seed=h)",
    ),
    heads(
        "X sin 0.3", "le falta el factor 0.3", AVERAGE, weights="W = np.array(layer(X / 0.3, None, True)[1])"
    ),
    heads("X al azar", "usas otra X", AVERAGE, weights=f"W = np.array(layer({SHUFFLED}, None, True)[1])"),
    heads(
        "sin semilla, y una cabeza",
        "¿falta seed=42",
        AVERAGE,
        ENTROPY,
        layer="layer = MultiHeadAttentionNumPy(64, h)",
        average="average_attention[h] = W[0]",
        entropy="mean_entropy[h] = -(W[0] * np.log(W[0])).sum(-1).mean()",
    ),
    heads(
        "sin semilla, y bits",
        "¿falta seed=42",
        AVERAGE,
        ENTROPY,
        layer="layer = MultiHeadAttentionNumPy(64, h)",
        entropy=f"mean_entropy[h] = ({ROWS}).mean() / np.log(2)",
    ),
    heads(
        "sin atención",
        "Es el reparto uniforme",
        AVERAGE,
        ENTROPY,
        average="average_attention[h] = np.full((6, 6), 1 / 6)",
        entropy="mean_entropy[h] = np.log(6)",
    ),
    heads(
        "la misma atención para todas",
        "Comparas X consigo misma, sin las proyecciones",
        AVERAGE,
        ENTROPY,
        weights="W = softmax(X @ X.T / 8)[None]",
    ),
    heads(
        "un solo objeto",
        "Es la media de 8 cabezas",
        AVERAGE,
        ENTROPY,
        layer="layer = MultiHeadAttentionNumPy(64, 8, seed=42)",
    ),
    heads(
        "medias y entropías cambiadas",
        "es un solo número, como una entropía",
        AVERAGE,
        ENTROPY,
        after="average_attention, mean_entropy = mean_entropy, average_attention",
    ),
    heads("nada", "le faltan las claves [1, 4, 8, 16]", AVERAGE, ENTROPY, loop="for h in []:"),
)

WRONG_ENTROPY = (
    entropy("bits", "está en bits", f"({ROWS}).mean() / np.log(2)"),
    entropy("base 10", "Está en base 10", "-(W * np.log10(W)).sum(-1).mean()"),
    entropy("signo", "¿falta el signo menos?", f"-({ROWS}).mean()"),
    entropy("normalizada", "Está normalizada", f"({ROWS}).mean() / np.log(6)"),
    entropy("bits, normalizada", "Está normalizada", "-(W * np.log2(W)).sum(-1).mean() / np.log2(6)"),
    entropy("de la media", "Es la entropía de la media", "-(W.mean(0) * np.log(W.mean(0))).sum(-1).mean()"),
    entropy("suma de consultas", "sumas las consultas", f"({ROWS}).sum(1).mean()"),
    entropy("suma de cabezas", "sumas las cabezas", f"({ROWS}).mean(1).sum()"),
    entropy("suma de todo", "sumas las consultas", f"({ROWS}).sum()"),
    entropy("media de todo", "Promedias también sobre las claves", "-(W * np.log(W)).mean()"),
    entropy("perplejidad", "es la perplejidad", f"np.exp({ROWS}).mean()"),
    entropy("sin el peso", "cada término es −p·log p", "-np.log(W).sum(-1).mean()"),
    entropy("sin el logaritmo", "Es `1 − Σ p²`", "1 - (W**2).sum(-1).mean()"),
    entropy("primera cabeza, entropía", "Usas solo la primera cabeza", f"({ROWS})[0].mean()"),
    entropy("última cabeza, entropía", "Usas solo la última cabeza", f"({ROWS})[-1].mean()"),
    entropy("primera consulta", "Usas solo la primera consulta", f"({ROWS})[:, 0].mean()"),
    entropy("última consulta", "Usas solo la última consulta", f"({ROWS})[:, -1].mean()"),
    entropy("entre h otra vez", "Divides dos veces", f"({ROWS}).mean() / h"),
    entropy("mediana, entropía", "Usas la mediana", f"np.median({ROWS})"),
    entropy("máxima", "Usas el máximo", f"({ROWS}).max()"),
    entropy("log 6", "Es log 6", "np.log(6)"),
    entropy("redondeada, entropía", "No redondees", f"round(float(({ROWS}).mean()), 2)"),
    entropy("lo que falta", "Es lo que falta hasta log 6", f"np.log(6) - ({ROWS}).mean()"),
    entropy("una por consulta", "hay una por consulta", f"({ROWS}).mean(0)"),
    entropy("una por cabeza", "hay una por cabeza", f"({ROWS}).mean(1)"),
    entropy("texto", "debe ser un arreglo de números", f"str(({ROWS}).mean())"),
    heads(
        "acumula entropías",
        "Acumulas las entropías",
        ENTROPY,
        before="average_attention, mean_entropy, rows = {}, {}, []",
        entropy=f"rows.append({ROWS}); mean_entropy[h] = np.concatenate(rows).mean()",
    ),
    heads("un número", "debe ser un diccionario", ENTROPY, after="mean_entropy = mean_entropy[16]"),
    heads(
        "claves de texto, entropía",
        "le faltan las claves",
        ENTROPY,
        entropy=f"mean_entropy[f'{{h}}'] = ({ROWS}).mean()",
    ),
    heads("sin las entropías", "Falta definir `mean_entropy`", ENTROPY, after="del mean_entropy"),
    heads(
        "una para todas",
        "Es la de h = 16",
        ENTROPY,
        after=f"mean_entropy = dict.fromkeys(head_configs, ({ROWS}).mean())",
    ),
)

WRONG_EJ2 = WRONG_AVERAGE + WRONG_WEIGHTS + WRONG_ENTROPY
