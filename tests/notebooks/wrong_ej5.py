"""Respuestas equivocadas del ejercicio 5: qué pruebas suspenden y qué debe decir la primera."""

from __future__ import annotations

from tests.notebooks.suite import Wrong

LAYERS = "ej5_atencion_por_capas"
ENTROPY, LIMITS, BY_LAYER, FIGURE = (
    f"test_ej5_{goal}" for goal in ("entropia", "casos_limite", "capas", "figura")
)

FUNCTION = """
def attention_entropy(attention):
    P = np.asarray(attention, float)
    R = -(P * np.log(np.maximum(P, 1e-300))).sum(-1)
    {}
"""
BY_FUNCTION = """
head_entropy = {n: attention_entropy(bert.get_attention_weights(text, n)) for n in (0, 6, 11)}
layer_entropy = {n: np.mean(values) for n, values in head_entropy.items()}
from matplotlib.figure import Figure
fig = Figure()
fig.add_subplot(title="Entropía").bar(["0", "6", "11"], list(layer_entropy.values()))
"""
SOLVED_LAYERS = FUNCTION.format("return R.mean(-1)") + BY_FUNCTION
EACH = "layer_entropy = {{n: attention_entropy({}).mean() for n in (0, 6, 11)}}"
ONE_MAP = "fig = Figure()\nimage = fig.add_subplot(title='x').imshow(bert.get_attention_weights(text, 0)[0])"


def entropy(body: str, name: str, says: str, *fails: str) -> Wrong:
    """Un ``attention_entropy`` equivocado (``R`` son las entropías de las filas); lo demás, bien."""
    code = SOLVED_LAYERS + FUNCTION.format(body)
    return Wrong(name, {LAYERS: code}, frozenset(fails or {ENTROPY, LIMITS}), says)


def carried(body: str, name: str, says: str) -> Wrong:
    """Un ``attention_entropy`` equivocado y las capas hechas con él: el error no se cobra dos veces."""
    code = FUNCTION.format(body) + BY_FUNCTION
    return Wrong(f"{name}, también en las capas", {LAYERS: code}, frozenset({ENTROPY, LIMITS}), says)


def layers(body: str, name: str, says: str) -> Wrong:
    """El ejercicio 5 bien y, después, ``body``, que estropea ``layer_entropy``."""
    return Wrong(name, {LAYERS: SOLVED_LAYERS + body}, frozenset({BY_LAYER}), says)


def figure(body: str, name: str, says: str) -> Wrong:
    """El ejercicio 5 bien y, después, ``body``, que estropea ``fig``."""
    return Wrong(name, {LAYERS: SOLVED_LAYERS + body}, frozenset({FIGURE}), says)


BITS, SIGN, SUM = "return R.mean(-1) / np.log(2)", "return -R.mean(-1)", "return R.sum(-1)"
WRONG_ENTROPY = (
    entropy(BITS, "bits", "bits"),
    entropy("return R.mean(-1) / np.log(10)", "base 10", "base 10"),
    entropy(SUM, "suma de consultas", "falta dividir entre T"),
    entropy("return R.mean(-1) / max(np.log(len(P[0])), 1e-9)", "normalizada", "normalizada"),
    entropy(SIGN, "signo", "Falta el signo menos"),
    entropy("return R", "sin media", "falta promediar sobre las consultas"),
    entropy("return R.mean(0)", "media de cabezas", "hay uno por consulta"),
    entropy(
        "P = P.mean(0); return -(P * np.log(P + 1e-12)).sum(-1)", "de la cabeza media", "hay uno por consulta"
    ),
    entropy("return R.mean()", "un solo número", "uno por cabeza"),
    entropy("return R[0].mean()", "una sola cabeza", "uno por cabeza"),
    entropy("return R.mean(-1) / P.shape[-1]", "media de claves", "sobre ellas se suma"),
    entropy("return np.exp(R.mean(-1))", "exponencial", "se pide la entropía"),
    entropy("return np.log(P.shape[-1]) - R.mean(-1)", "lo que le falta", "lo que le falta para log T"),
    entropy("P = P.mean(1); return -(P * np.log(P + 1e-12)).sum(-1)", "de la fila media", "fila media"),
    entropy("return (P**2).sum(-1).mean(-1)", "suma de cuadrados", "suma de los cuadrados"),
    entropy("return 1 - (P**2).sum(-1).mean(-1)", "Gini", "índice de Gini"),
    entropy("return R.max(-1)", "máximo de las consultas", "el máximo de las consultas"),
    entropy("return np.median(R, -1)", "mediana de las consultas", "la mediana de las consultas"),
    entropy("return R[:, -1]", "última consulta", "o solo la última"),
    entropy("return R[:, 1:-1].mean(-1) if len(R[0]) > 2 else R.mean(-1)", "sin especiales", "dejas fuera"),
    entropy("return -(P * np.log(P + 1e-3)).sum(-1).mean(-1)", "épsilon", "Sumas 0.001 dentro del logaritmo"),
    entropy("return np.round(R.mean(-1), 2)", "redondeo", "No redondees"),
    entropy("return R[:, 0] if len(R[0]) > 4 else R.mean(-1)", "solo [CLS]", "primera consulta"),
    entropy("return R.sum(-1) / 4", "entre 4", "Divides siempre entre 4"),
    entropy("return R.sum(-1) / 11", "entre los T del cuaderno", "Divides entre el T del cuaderno"),
    entropy(
        "with np.errstate(all='ignore'): return -(P * np.log(P)).sum(-1).mean(-1)",
        "0 log 0",
        "debe valer 0",
        LIMITS,
    ),
    entropy(
        "with np.errstate(all='ignore'): return np.nan_to_num(-(P * np.log(P)).sum(-1).mean(-1))",
        "cabezas con ceros, a 0",
        "Devuelves 0 para toda la cabeza",
        LIMITS,
    ),
    entropy(
        "return np.array([r[r > 1e-9].mean() if (r > 1e-9).any() else 0.0 for r in R])",
        "sin las filas decididas",
        "Dejas fuera las filas decididas",
        LIMITS,
    ),
    entropy("return R.mean(-1).squeeze()", "squeeze", "una sola cabeza", LIMITS),
    entropy("attention += 1e-12; return R.mean(-1)", "modifica", "modificó su argumento", LIMITS),
    carried(BITS, "bits", "bits"),
    carried(SIGN, "signo", "Falta el signo menos"),
    carried(SUM, "suma de consultas", "falta dividir entre T"),
    carried("return np.exp(R.mean(-1))", "exponencial", "se pide la entropía"),
    carried("return R", "sin media", "falta promediar sobre las consultas"),
)

WRONG_LAYERS = (
    layers("layer_entropy = list(layer_entropy.values())", "lista", "debe ser un diccionario"),
    layers("layer_entropy = {str(n): v for n, v in layer_entropy.items()}", "claves de texto", "le faltan"),
    layers(
        "layer_entropy = dict(zip((1, 7, 12), layer_entropy.values()))", "claves desde 1", "contados desde 0"
    ),
    layers(
        "layer_entropy = dict(zip((0, 6, -1), layer_entropy.values()))",
        "clave −1",
        "le faltan las claves [11]",
    ),
    layers("del layer_entropy[6]", "sin la del medio", "le faltan las claves [6]"),
    layers("layer_entropy = head_entropy", "sin media", "falta la media sobre las cabezas"),
    layers("layer_entropy = {n: f'{v:.3f}' for n, v in layer_entropy.items()}", "textos", "números reales"),
    layers(
        "layer_entropy = {n: v / np.log(2) for n, v in layer_entropy.items()}",
        "bits",
        "usas el logaritmo en base 2",
    ),
    layers(
        "layer_entropy = {n: v / np.log(11) for n, v in layer_entropy.items()}", "normalizada", "normalizada"
    ),
    layers(
        "layer_entropy = {n: np.exp(v) for n, v in layer_entropy.items()}",
        "exponencial",
        "o es la exponencial",
    ),
    layers("layer_entropy = {n: 12 * v for n, v in layer_entropy.items()}", "suma", "¿sumas las cabezas"),
    layers(
        "layer_entropy = {n: v / 11 for n, v in layer_entropy.items()}",
        "media de claves",
        "sobre ellas se suma",
    ),
    layers("layer_entropy = {n: -v for n, v in layer_entropy.items()}", "signo", "¿falta el signo menos?"),
    layers("layer_entropy = {n: v[0] for n, v in head_entropy.items()}", "una cabeza", "primera cabeza"),
    layers(
        "layer_entropy = {n: v.max() for n, v in head_entropy.items()}", "máximo", "el máximo de las cabezas"
    ),
    layers("layer_entropy = {n: np.median(v) for n, v in head_entropy.items()}", "mediana", "la mediana"),
    layers("layer_entropy = {n: round(v, 2) for n, v in layer_entropy.items()}", "redondeo", "No redondees"),
    layers(
        EACH.format("bert.get_attention_weights(text, n - 1)"),
        "una capa antes",
        "Es la capa 10, no la 11",
    ),
    layers(
        EACH.format("bert.get_attention_weights(text, min(n + 1, 11))"),
        "una capa después",
        "Es la capa 7, no la 6",
    ),
    layers(EACH.format("bert.get_attention_weights(text)"), "siempre la última", "Es la capa 11, no la 6"),
    layers(
        "layer_entropy = dict(zip((11, 6, 0), layer_entropy.values()))", "cruzadas", "Es la capa 0, no la 11"
    ),
    layers(
        EACH.format("bert.get_attention_weights(text, n).mean(0)[None]"),
        "de la media",
        "la media de las cabezas",
    ),
    layers(
        EACH.format("bert.get_attention_weights(text, n).mean(1, keepdims=True)"),
        "de la fila media",
        "Usas una sola fila",
    ),
    layers(
        EACH.format("bert.get_attention_weights(text, n)[:, :1]"), "solo [CLS]", "solo la primera consulta"
    ),
    layers(EACH.format("bert.get_attention_weights(text, n)[:, 1:-1]"), "sin especiales", "Dejas fuera"),
    layers(
        EACH.format("bert.get_attention_weights(text + '.', n)"),
        "otra frase",
        "otra frase",
    ),
)

VALUES = "list(layer_entropy.values())"
AXES = "fig = Figure(); ax = fig.add_subplot(title='Entropía'); "
NAMED = AXES + "ax.set_xticks(range(3), ['capa 0', 'capa 6', 'capa 11']); "
BY_HEAD = "ax.plot(np.sort(list(head_entropy.values())).T, label=['capa 0', 'capa 6', 'capa 11'])"
WRONG_FIGURE = (
    figure("fig = None", "None", "llegó un valor de tipo NoneType"),
    figure("fig = fig.axes", "ejes", "debe ser una figura"),
    figure("fig = 'entropia.png'", "un archivo", "debe ser una figura"),
    figure("fig = Figure()", "sin ejes", "está vacía"),
    figure("fig = Figure(); fig.add_subplot(title='Capas')", "sin datos", "está vacía"),
    figure(f"fig = Figure(); fig.add_subplot().plot({VALUES})", "sin rótulos", "no lleva título"),
    figure(f"{NAMED}ax.set_title(''); ax.bar(range(3), {VALUES})", "marcas sin título", "no lleva título"),
    figure(f"{NAMED}ax.set_title(''); {BY_HEAD}; ax.legend()", "leyenda sin título", "no lleva título"),
    figure(f"{AXES}ax.bar(range(3), {VALUES})", "sin marcas", "no se ve cuál es la capa 0"),
    figure(f"{AXES}ax.bar((0, 6, 11), {VALUES})", "eje sin nombre", "no se ve cuál es la capa 0"),
    figure(f"{AXES}ax.bar(range(1, 4), {VALUES}); ax.set_xlabel('capa')", "contadas desde 1", "la capa 0"),
    figure(f"{NAMED}ax.bar(range(3), {VALUES}); ax.set_xticks([])", "marcas borradas", "no se ve cuál"),
    figure(f"{AXES}{BY_HEAD}", "sin llamar a legend", "falta `ax.legend()`"),
    figure(f"{AXES}{BY_HEAD}; ax.set_xticks(range(12)); ax.set_xlabel('cabeza')", "solo cabezas", "no se ve"),
    figure(f"{ONE_MAP}\nfig.suptitle('Capas 0, 6 y 11')", "una capa", "de 1 de las tres"),
    figure(f"{NAMED}ax.plot([np.nan] * 3)", "nan", "0 valores finitos"),
    figure(
        f"{NAMED}ax.bar(range(2), {VALUES}[:2]); ax.set_xlim(-1, 3)", "dos capas", "solo dibuja 2 valores"
    ),
    figure(f"{NAMED}ax.plot([1, 2, 3])", "relleno", "la entropía de la capa"),
    figure(f"{NAMED}ax.bar(range(3), [0, 6, 11])", "los números de capa", "¿Dibujas lo que hay en"),
    figure(
        f"{NAMED}ax.bar(range(3), [layer_entropy[0]] * 3)", "tres veces la misma", "entropía de la capa 6"
    ),
    figure(
        f"{NAMED}ax.bar(range(3), np.random.default_rng(5).random(3))", "al azar", "la entropía de la capa"
    ),
)

WRONG_EJ5 = WRONG_ENTROPY + WRONG_LAYERS + WRONG_FIGURE
