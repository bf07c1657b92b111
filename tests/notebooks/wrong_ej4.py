"""Respuestas equivocadas del ejercicio 4: qué cambia cada una, qué pruebas suspende y qué se le dice."""

from __future__ import annotations

from tests.notebooks.suite import Wrong

SAMPLING, CONFIGURATIONS = "ej4_muestreo", "ej4_configuraciones"
HEAT, TOP_K, TOP_P, ALL, TEXTS, ENTROPY = (
    f"test_ej4_{goal}" for goal in ("temperatura", "top_k", "top_p", "combinada", "textos", "entropia")
)

STEPS = {
    "start": "z = np.array(logits, dtype=float)",
    "heat": "z = z / temperature",
    "top_k": "if top_k is not None:\n    z = np.where(z < np.sort(z)[-min(top_k, len(z))], -np.inf, z)",
    "softmax": "p = np.exp(z - z.max()); p = p / p.sum()",
    "order": "order = np.argsort(-p, kind='stable'); before = np.cumsum(p[order]) - p[order]",
    "top_p": "if top_p is not None:\n    p[order[before >= top_p]] = 0; p = p / p.sum()",
    "result": "return p",
}
# El resto del ejercicio, bien y sin usar la función equivocada.
PROCESSORS = (
    "def right(c):\n"
    "    steps = [TemperatureLogitsWarper(c['temperature']), TopPLogitsWarper(c['top_p'])]\n"
    "    steps[1:1] = [TopKLogitsWarper(c['top_k'])] if c['top_k'] else []\n"
    "    return after(z, *steps)\n"
)
CALL = "generator.generate(prompt, MAX_LENGTH, c['temperature'], c['top_k'], c['top_p'], 1, SEED)[0]"
FORMULA = "-(p[p > 0] * np.log(p[p > 0])).sum()"


def sampling(name: str, says: str, *fails: str, **steps: str) -> Wrong:
    """Un ``sampling_distribution`` con algún paso cambiado."""
    return whole_function(name, says, *fails, body="\n".join((STEPS | steps).values()))


def whole_function(name: str, says: str, *fails: str, body: str) -> Wrong:
    """Un ``sampling_distribution`` con otro cuerpo; lo demás del ejercicio, bien."""
    head = "def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):"
    code = "\n    ".join([head, *body.splitlines()])
    return Wrong(name, {SAMPLING: code, CONFIGURATIONS: configurations()}, frozenset(fails), says)


def carried(name: str, says: str, *fails: str, **steps: str) -> Wrong:
    """Lo mismo que ``sampling``, con las entropías hechas con esa función: el error no se cobra dos veces."""
    own = "sampling_distribution(z, c['temperature'], c['top_k'], c['top_p'])"
    wrong = sampling(name, says, *fails, **steps)
    return Wrong(name, wrong.answers | {CONFIGURATIONS: configurations(p=own)}, wrong.fails, says)


def configurations(
    text: str = CALL, p: str = "right(c)", entropy: str = FORMULA, key: str = "c['name']"
) -> str:
    """El código de ``ej4_configuraciones`` con alguna expresión cambiada; ``c`` es la configuración."""
    return (
        f"{PROCESSORS}generated, config_entropy = {{}}, {{}}\n"
        "for c in configs:\n"
        f"    generated[{key}] = {text}\n"
        f"    p = {p}\n"
        f"    config_entropy[{key}] = {entropy}"
    )


def text(name: str, says: str, expression: str) -> Wrong:
    """Un texto mal generado; las entropías, bien."""
    return Wrong(name, {CONFIGURATIONS: configurations(text=expression)}, frozenset({TEXTS}), says)


def entropy(name: str, says: str, **changes: str) -> Wrong:
    """Una entropía mal calculada; los textos, bien."""
    return Wrong(name, {CONFIGURATIONS: configurations(**changes)}, frozenset({ENTROPY}), says)


def call(**changes: str) -> str:
    """La llamada a ``generate`` con algún argumento cambiado; los de valor vacío se quitan."""
    arguments = {
        "max_length": "MAX_LENGTH",
        "temperature": "c['temperature']",
        "top_k": "c['top_k']",
        "top_p": "c['top_p']",
        "seed": "SEED",
    } | changes
    given = ", ".join(f"{name}={value}" for name, value in arguments.items() if value)
    return f"generator.generate(prompt, {given})[0]"


OVERFLOW = "resta el máximo antes de exponenciar"
NOTHING = {"heat": "", "top_k": "", "order": "", "top_p": ""}
HUGGING_FACE = (
    "x = torch.tensor(logits, dtype=torch.float64)[None]\n"
    "x = TemperatureLogitsWarper(temperature)(None, x)\n"
    "x = x if top_k is None else TopKLogitsWarper(top_k)(None, x)\n"
    "x = x if top_p is None else TopPLogitsWarper(top_p)(None, x)\n"
    "return x.softmax(-1)[0].numpy()"
)

WRONG_SAMPLING = (
    sampling("multiplica", "Multiplicas por la temperatura", HEAT, ALL, heat="z = z * temperature"),
    sampling("sin temperatura", "La temperatura no cambia nada", HEAT, ALL, heat=""),
    sampling(
        "divide probabilidades",
        "Divides las probabilidades entre la temperatura",
        HEAT,
        ALL,
        heat="",
        result="return p / temperature",
    ),
    sampling(
        "sin normalizar", "Falta dividir entre la suma", HEAT, TOP_K, TOP_P, ALL, softmax="p = np.exp(z)"
    ),
    sampling("logits", "Devuelves los logits", HEAT, TOP_K, TOP_P, ALL, result="return z"),
    sampling("log-probabilidades", "logaritmos", HEAT, TOP_K, TOP_P, ALL, result="return np.log(p)"),
    sampling("desborda", OVERFLOW, HEAT, ALL, softmax="p = np.exp(z) / np.exp(z).sum()"),
    sampling(
        "desborda al buscar el núcleo",
        "también al calcular el núcleo",
        ALL,
        order="e = np.exp(np.clip(z, None, 700)); order = np.argsort(-e, kind='stable')\n"
        "e = e / max(e.sum(), 1e-300); before = np.cumsum(e[order]) - e[order]",
    ),
    sampling(
        "softmax dos veces",
        "Aplicas el softmax dos veces",
        HEAT,
        TOP_K,
        TOP_P,
        ALL,
        result="p = np.exp(p)\nreturn p / p.sum()",
    ),
    sampling("resta la temperatura", "(restarla tampoco)", HEAT, ALL, heat="z = z - temperature"),
    sampling(
        "solo enfría",
        "Ignoras la temperatura",
        HEAT,
        ALL,
        heat="z = z / min(temperature, 1)",
    ),
    sampling(
        "un sorteo",
        "¿el token sorteado?",
        HEAT,
        TOP_K,
        TOP_P,
        ALL,
        result="return np.random.default_rng(0).choice(len(p), p=p)",
    ),
    sampling(
        "top_p es 0.9 si falta",
        "con top_k=None y top_p=None no se descarta ninguno",
        HEAT,
        TOP_K,
        start="top_p = top_p or 0.9\nz = np.array(logits, dtype=float)",
    ),
    sampling(
        "cambia su argumento",
        "modificó su argumento",
        HEAT,
        ALL,
        start="z = logits",
        heat="z /= temperature",
    ),
    sampling(
        "anula en su argumento",
        "modificó su argumento",
        TOP_K,
        ALL,
        start="z = logits",
        heat="z = z if temperature == 1.0 else z / temperature",
        top_k="if top_k is not None:\n    z[z < np.sort(z)[-min(top_k, len(z))]] = -np.inf",
        result="if top_p is not None and top_k is not None:\n    logits[0] = 0\nreturn p",
    ),
    sampling(
        "k es 50",
        "con top_k=None no se recorta",
        HEAT,
        TOP_P,
        start="top_k = top_k or 50\nz = np.array(logits)",
    ),
    sampling("sin top-k", "No recorta: top_k se ignora", TOP_K, ALL, top_k=""),
    sampling(
        "los menores",
        "menos probables",
        TOP_K,
        ALL,
        top_k="if top_k is not None:\n    z = np.where(z > np.sort(z)[min(top_k, len(z)) - 1], -np.inf, z)",
    ),
    sampling(
        "sin empates",
        "empat",
        TOP_K,
        top_k="if top_k is not None:\n    q = np.argsort(-z)[top_k:]; z[q] = -np.inf",
    ),
    sampling(
        "k menos uno",
        "k − 1",
        TOP_K,
        ALL,
        top_k="if top_k is not None:\n    z = np.where(z <= np.sort(z)[-min(top_k, len(z))], -np.inf, z)",
    ),
    sampling(
        "ceros en los logits",
        "su logit debe ser −inf",
        TOP_K,
        ALL,
        top_k="if top_k is not None:\n    z = np.where(z < np.sort(z)[-min(top_k, len(z))], 0.0, z)",
    ),
    sampling(
        "top-k sin normalizar",
        "volver a normalizar",
        TOP_K,
        ALL,
        top_k="",
        order="q = p if top_k is None else np.where(p < np.sort(p)[-min(top_k, len(p))], 0, p)\np = q\n"
        + STEPS["order"],
    ),
    sampling(
        "k más uno",
        "k + 1",
        TOP_K,
        ALL,
        top_k="if top_k is not None:\n    z = np.where(z < -np.sort(-z)[min(top_k, len(z) - 1)], -np.inf, z)",
    ),
    sampling(
        "k mayor que V",
        "si top_k es mayor que V",
        TOP_K,
        top_k="if top_k is not None:\n    z = np.where(z < np.sort(z)[-top_k], -np.inf, z)",
    ),
    sampling(
        "solo los que quedan",
        "faltan los descartados",
        TOP_K,
        TOP_P,
        ALL,
        result="return p[p > 0]",
    ),
    sampling(
        "descarta con −1000",
        "no es menor que los logits",
        ALL,
        top_k="if top_k is not None:\n    z = np.where(z < np.sort(z)[-min(top_k, len(z))], -1000, z)",
    ),
    sampling("sin top-p", "¿se aplica top_p", TOP_P, ALL, top_p=""),
    sampling(
        "complementario",
        "1 − top_p",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[order[before >= 1 - top_p]] = 0; p = p / p.sum()",
    ),
    sampling(
        "normaliza con softmax",
        "softmax de probabilidades",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[order[before >= top_p]] = 0; p = np.exp(p) / np.exp(p).sum()",
    ),
    sampling(
        "núcleo corto",
        "El núcleo se queda corto",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[order[before + p[order] > top_p]] = 0; p = p / p.sum()",
    ),
    sampling(
        "núcleo corto, nunca vacío",
        "El núcleo se queda corto",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[order[max(1, sum(before < top_p) - 1) :]] = 0; p = p / p.sum()",
    ),
    sampling(
        "uno de más",
        "Al núcleo le sobra un token",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    n = (before < top_p).sum() + 1; p[order[n:]] = 0; p = p / p.sum()",
    ),
    sampling(
        "uno de más en la frontera",
        "Al núcleo le sobra un token",
        TOP_P,
        top_p="if top_p is not None:\n    p[order[before > top_p]] = 0; p = p / p.sum()",
    ),
    sampling(
        "todos los empatados",
        "empatados",
        TOP_P,
        top_p="if top_p is not None:\n    p[p < p[order[before < top_p]].min()] = 0; p = p / p.sum()",
    ),
    sampling(
        "top-p sin normalizar",
        "volver a normalizar",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[order[before >= top_p]] = 0",
    ),
    sampling(
        "ordenadas",
        "Salen ordenadas",
        TOP_P,
        ALL,
        result="return p if top_p is None else p[order]",
    ),
    sampling(
        "mal desordenadas",
        "Al deshacer el orden",
        TOP_P,
        ALL,
        result="return p if top_p is None else p[order][order]",
    ),
    sampling(
        "sin ordenar",
        "Acumulas sin ordenar",
        TOP_P,
        ALL,
        order="order = np.arange(len(p)); before = np.cumsum(p) - p",
    ),
    sampling(
        "umbral por token",
        "en lugar de la suma acumulada",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n    p[p < min(top_p, p.max())] = 0; p = p / p.sum()",
    ),
    sampling(
        "de menor a mayor",
        "desde los más probables",
        TOP_P,
        ALL,
        order="order = np.argsort(p); before = np.cumsum(p[order]) - p[order]",
    ),
    sampling(
        "exponenciales sin normalizar",
        "sin dividirlas entre su suma",
        TOP_P,
        ALL,
        order="e = np.exp(z - z.max()); order = np.argsort(-p); before = np.cumsum(e[order]) - e[order]",
    ),
    sampling(
        "temperatura después de top-p",
        "La temperatura va antes que top-p",
        ALL,
        heat="",
        result="p = p ** (1 / temperature)\nreturn p / p.sum()",
    ),
    sampling(
        "núcleo sin temperatura",
        "La temperatura va antes que top-p",
        ALL,
        heat="",
        top_p=STEPS["top_p"]
        + "\np[p > 0] = np.exp(z[p > 0] / temperature - (z / temperature).max()); p = p / p.sum()",
    ),
    sampling(
        "top-p antes que top-k",
        "va sobre las que deja top-k",
        ALL,
        top_k="",
        result="if top_k is not None:\n    p[p < np.sort(p)[-min(top_k, len(p))]] = 0\nreturn p / p.sum()",
    ),
    sampling(
        "núcleo de todos y top-k a la vez",
        "va sobre las que deja top-k",
        ALL,
        order="q = np.exp(np.array(logits) / temperature - max(logits) / temperature); q = q / q.sum()\n"
        "order = np.argsort(-q, kind='stable'); before = np.cumsum(q[order]) - q[order]",
    ),
    sampling(
        "dos temperaturas",
        "dos veces la temperatura",
        ALL,
        result="if top_k and top_p:\n    p = p ** (1 / temperature)\nreturn p / p.sum()",
    ),
    whole_function("procesadores", "debe escribirse desde cero", HEAT, TOP_K, TOP_P, ALL, body=HUGGING_FACE),
    sampling(
        "un procesador",
        "debe escribirse desde cero",
        TOP_P,
        ALL,
        top_p="if top_p is not None:\n"
        "    x = TopPLogitsWarper(top_p)(None, torch.from_numpy(np.log(p + 1e-300))[None])\n"
        "    p = x.softmax(-1)[0].numpy()",
    ),
    carried("sin temperatura, y las entropías con ella", "La temperatura no cambia nada", HEAT, ALL, heat=""),
    carried("sin top-k, y las entropías con ella", "No recorta: top_k se ignora", TOP_K, ALL, top_k=""),
    carried("sin top-p, y las entropías con ella", "¿se aplica top_p", TOP_P, ALL, top_p=""),
    sampling(
        "uniforme", "Todas son iguales", HEAT, TOP_K, TOP_P, ALL, result="return np.full(len(z), 1 / len(z))"
    ),
)

WRONG_TEXTS = (
    text("lista", "quédate con su primer elemento", call()[: -len("[0]")]),
    text("sin semilla", "¿Pasas seed=SEED", call(seed="")),
    text("otra semilla", "otra semilla", call(seed="0")),
    text("sin temperatura", "no pasas el argumento `temperature`", call(temperature="")),
    text("sin top_k", "no pasas el argumento `top_k`", call(top_k="")),
    text("sin top_p", "no pasas el argumento `top_p`", call(top_p="")),
    text(
        "solo la temperatura",
        "solo la temperatura",
        call(top_k="", top_p=""),
    ),
    text("voraz", "Todos los textos son el mismo", call(top_k="1")),
    text("cinco a la vez", "pides varios textos en una llamada", call(num_return_sequences="5")),
    text(
        "la configuración anterior",
        "es el texto de «",
        call().replace("c[", "configs[configs.index(c) - 1]["),
    ),
    text("sin argumentos", "Todos los textos son el mismo", call(temperature="", top_k="", top_p="")),
    text("sin longitud", "pasa max_length=MAX_LENGTH", call(max_length="")),
    text("tokens nuevos", "max_new_tokens no los cuenta", call(max_length="", max_new_tokens="MAX_LENGTH")),
    text("varios a la vez", "pides varios textos en una llamada", call(num_return_sequences="3")),
    text("sin el principio", "debe empezar por `prompt`", f"{call()}[len(prompt):]"),
    text("inventados", "sale otro texto", "prompt + c['name'][:2]"),
    Wrong(
        "otras claves",
        {CONFIGURATIONS: configurations(key="c['temperature'], c['top_p']")},
        frozenset({TEXTS, ENTROPY}),
        "A `generated` le faltan las claves ['Conservadora",
    ),
)

WRONG_ENTROPY = (
    entropy("bits", "bits", entropy="-(p[p > 0] * np.log2(p[p > 0])).sum()"),
    entropy("signo", "falta el signo menos", entropy=FORMULA[1:]),
    entropy("sin configuración", "Las cinco entropías valen lo mismo", p="after(z)"),
    entropy("base 10", "base 10", entropy="-(p[p > 0] * np.log10(p[p > 0])).sum()"),
    entropy("entre ln V", "entre ln V", entropy=f"{FORMULA} / np.log(len(p))"),
    entropy("media sobre V", "media sobre el vocabulario", entropy=f"{FORMULA} / len(p)"),
    entropy("lo que le falta", "lo que le falta para el máximo", entropy=f"np.log(len(p)) - {FORMULA}"),
    entropy(
        "logaritmo de otra",
        "de la distribución sin retocar",
        entropy="-(p * np.log(after(z))).sum()",
    ),
    entropy("sin temperatura", "Falta aplicar la temperatura", p="right(c | {'temperature': 1.0})"),
    entropy("sin top-k", "Falta aplicar `top_k`", p="right(c | {'top_k': None})"),
    entropy(
        "top-p antes que top-k",
        "Top-p va después de top-k",
        p="after(z, TemperatureLogitsWarper(c['temperature']), TopPLogitsWarper(c['top_p']), "
        "TopKLogitsWarper(c['top_k'] or len(z)))",
    ),
    entropy(
        "temperatura al final",
        "La temperatura va antes que top-p",
        p="after(z, TopKLogitsWarper(c['top_k'] or len(z)), TopPLogitsWarper(c['top_p']), "
        "TemperatureLogitsWarper(c['temperature']))",
    ),
    entropy(
        "los diez primeros",
        "Las cinco entropías valen lo mismo",
        p="np.array([q for _, q in generator.get_next_token_probabilities(prompt)])",
    ),
    entropy(
        "de otro texto",
        "que son los de `prompt`",
        p="right(c)\n    x = generator.get_next_token_logits(question)\n"
        "    p = after(x, TemperatureLogitsWarper(c['temperature']), TopKLogitsWarper(c['top_k'] or len(x)), "
        "TopPLogitsWarper(c['top_p']))",
    ),
    entropy("cero por log de cero", "suma solo los tokens con p > 0", entropy="-(p * np.log(p)).sum()"),
    entropy("normalizada", "Está normalizada", entropy=f"{FORMULA} / np.log((p > 0).sum())"),
    entropy("perplejidad", "Es la perplejidad", entropy=f"np.exp({FORMULA})"),
    entropy(
        "sin top-k ni top-p", "Falta aplicar `top_k`", p="after(z, TemperatureLogitsWarper(c['temperature']))"
    ),
    entropy("sin top-p", "Falta aplicar `top_p`", p="right(c | {'top_p': 1.0})"),
    entropy("por token", "hay uno por token", entropy="-(p[p > 0] * np.log(p[p > 0]))"),
    entropy("media", "Es la media por token", entropy=f"{FORMULA} / (p > 0).sum()"),
)

WRONG_EJ4 = WRONG_SAMPLING + WRONG_TEXTS + WRONG_ENTROPY
