"""Respuestas equivocadas del ejercicio 1: qué cambia cada una, qué pruebas suspende y qué se le dice."""

from __future__ import annotations

from grading.sample_class.build import ANSWERS
from tests.notebooks.suite import Wrong

MASK, ATTENTION = "ej1_mascara_causal", "ej1_atencion_causal"
TEST_MASK, VALUES, PROPERTIES, SENTENCE = (
    f"test_ej1_{goal}" for goal in ("mascara", "valores", "propiedades", "frase")
)

STEPS = {
    "start": "T, d = Q.shape; M = build_causal_mask(T)",
    "scores": "S = Q @ K.T / np.sqrt(d)",
    "hide": "S = np.where(M, -np.inf, S)",
    "softmax": "S = np.exp(S - S.max(-1, keepdims=True)); W = S / S.sum(-1, keepdims=True)",
    "mix": "O = W @ V",
    "result": "return O, W",
}
SENTENCE_CALL = "output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)"
INDEPENDENT = (ANSWERS / "otro_estilo" / f"{ATTENTION}.py").read_text(encoding="utf-8")
RIGHT_MASK = (ANSWERS / "a_medias" / f"{MASK}.py").read_text(encoding="utf-8")


def attention_code(sentence: str = SENTENCE_CALL, **steps: str) -> str:
    """La celda de la atención, con algún paso cambiado."""
    lines = "\n".join((STEPS | steps).values()).replace("\n", "\n    ")
    return f"def causal_attention(Q, K, V):\n    {lines}\n{sentence}"


def attention(name: str, says: str, *fails: str, **steps: str) -> Wrong:
    """Un ``causal_attention`` con algún paso cambiado; lo demás del ejercicio, bien."""
    return Wrong(name, {ATTENTION: attention_code(**steps)}, frozenset(fails or {VALUES}), says)


def mask(name: str, says: str, expression: str) -> Wrong:
    """Un ``build_causal_mask`` equivocado, con una atención que no se apoya en él."""
    code = (
        f"def build_causal_mask(n):\n    return {expression}\n"
        "causal_mask = np.arange(7) > np.arange(7)[:, None]"
    )
    answers = {MASK: code, ATTENTION: INDEPENDENT}
    return Wrong(f"máscara: {name}", answers, frozenset({TEST_MASK}), says)


def carried(name: str, says: str, *fails: str, expression: str) -> Wrong:
    """Un ``build_causal_mask`` equivocado del que se sirve todo lo demás, que está bien hecho."""
    code = f"def build_causal_mask(n):\n    return {expression}\ncausal_mask = build_causal_mask(seq_len)"
    return Wrong(name, {MASK: code, ATTENTION: attention_code()}, frozenset({TEST_MASK, *fails}), says)


def sentence(name: str, says: str, code: str) -> Wrong:
    """La función bien, y mal lo que se pide de la frase."""
    return Wrong(name, {ATTENTION: attention_code(sentence=code)}, frozenset({SENTENCE}), says)


WRONG_MASK = (
    mask("visible", "¿están True y False al revés?", "np.tril(np.ones((n, n), bool))"),
    mask("diagonal", "la diagonal no se oculta", "np.triu(np.ones((n, n), bool))"),
    mask("traspuesta", "Ocultas el pasado", "np.tril(np.ones((n, n), bool), -1)"),
    mask("sin ocultar", "No ocultas nada", "np.zeros((n, n), bool)"),
    mask("oculta todo", "Lo ocultas todo", "np.ones((n, n), bool)"),
    mask("solo la diagonal", "también las anteriores", "~np.eye(n, dtype=bool)"),
    mask("solo la siguiente", "Ocultas solo la posición siguiente", "np.eye(n, k=1, dtype=bool)"),
    mask("una de más", "Se ve una posición de más", "np.triu(np.ones((n, n), bool), 2)"),
    mask("para sumar", "máscara para sumar", "np.where(np.arange(n) > np.arange(n)[:, None], -np.inf, 0.0)"),
    mask("para sumar, −1e9", "máscara para sumar", "np.triu(np.full((n, n), -1e9), 1)"),
    mask("siempre de 3", "usa el argumento de la función", "np.triu(np.ones((3, 3), bool), 1)"),
    mask(
        "la de la frase", "¿usas el argumento de la función", "np.triu(np.ones((seq_len, seq_len), bool), 1)"
    ),
    mask(
        "de d_model",
        "¿usas el argumento de la función, y no la longitud de la frase u otro número fijo?",
        "np.triu(np.ones((16, 16), bool), 1)",
    ),
    mask(
        "tabla de las visibles",
        "se detiene con 1: KeyError",
        "{3: np.triu(np.ones((3, 3)), 1), 7: np.triu(np.ones((7, 7)), 1)}[n]",
    ),
    mask("hasta 12", "debe valer para cualquier longitud", "np.triu(np.ones((11, 11)), 1)[:n, :n]"),
    mask("un vector", "es una sola fila", "np.arange(n) > 0"),
    mask("falta el return", "¿Falta un `return`", "print(np.triu(np.ones((n, n), bool), 1))"),
    mask("índices", "son los índices de lo oculto", "np.triu_indices(n, k=1)"),
    Wrong(
        "máscara de la frase, de d_model",
        {MASK: f"{RIGHT_MASK}\ncausal_mask = build_causal_mask(X.shape[1])", ATTENTION: INDEPENDENT},
        frozenset({TEST_MASK, SENTENCE}),
        "que tiene `seq_len` palabras",
    ),
    Wrong(
        "máscara de la frase, sin definir",
        {MASK: f"{RIGHT_MASK}\ndel causal_mask", ATTENTION: INDEPENDENT},
        frozenset({TEST_MASK, SENTENCE}),
        "Falta definir `causal_mask`",
    ),
    Wrong(
        "máscara de la frase, al revés",
        {MASK: f"{RIGHT_MASK}\ncausal_mask = np.tril(causal_mask.T, -1)", ATTENTION: attention_code()},
        frozenset({TEST_MASK, SENTENCE}),
        "Oculta el pasado en lugar del futuro",
    ),
)

# La atención que se apoya en una máscara mala está bien hecha: conserva los puntos de los valores.
WRONG_FROM_THE_MASK = (
    carried(
        "todo con la máscara al revés",
        "¿están True y False al revés?",
        PROPERTIES,
        SENTENCE,
        expression="np.tril(np.ones((n, n), bool))",
    ),
    carried(
        "todo con la máscara traspuesta",
        "Ocultas el pasado",
        PROPERTIES,
        SENTENCE,
        expression="np.tril(np.ones((n, n), bool), -1)",
    ),
    carried(
        "todo con la diagonal oculta",
        "la diagonal no se oculta",
        PROPERTIES,
        SENTENCE,
        expression="np.triu(np.ones((n, n), bool))",
    ),
    carried(
        "todo con una de más",
        "Se ve una posición de más",
        PROPERTIES,
        SENTENCE,
        expression="np.triu(np.ones((n, n), bool), 2)",
    ),
    carried(
        "todo sin máscara",
        "No ocultas nada",
        VALUES,
        PROPERTIES,
        SENTENCE,
        expression="np.zeros((n, n), bool)",
    ),
    carried(
        "todo con solo la diagonal",
        "también las anteriores",
        VALUES,
        PROPERTIES,
        SENTENCE,
        expression="~np.eye(n, dtype=bool)",
    ),
)

WRONG_VALUES = (
    attention("sin escalar", "Falta dividir las puntuaciones entre √d_k", scores="S = Q @ K.T"),
    attention("entre d_k", "es su raíz cuadrada", scores="S = Q @ K.T / d"),
    attention("por √d_k", "Multiplicas por √d_k", scores="S = Q @ K.T * np.sqrt(d)"),
    attention("entre √d_v", "la dimensión de Q y K", scores="S = Q @ K.T / np.sqrt(V.shape[-1])"),
    attention("entre √T", "Divides entre √T", scores="S = Q @ K.T / np.sqrt(len(K))"),
    attention(
        "entre √d_model",
        "el divisor es √d_k, con el d_k de tus argumentos",
        scores="S = Q @ K.T / np.sqrt(d_model)",
    ),
    attention("traspuestas", "Has traspuesto las puntuaciones", scores="S = K @ Q.T / np.sqrt(d)"),
    attention("Q con Q", "Comparas Q con Q", scores="S = Q @ Q.T / np.sqrt(d)"),
    attention("K con K", "Comparas K con K", scores="S = K @ K.T / np.sqrt(d)"),
    attention(
        "coseno",
        "Comparas con el coseno",
        scores="n = np.linalg.norm; S = Q @ K.T / n(Q, axis=1)[:, None].clip(1e-9) / n(K, axis=1)",
    ),
    attention(
        "softmax dos veces",
        "Aplicas el softmax dos veces",
        result="W = softmax(np.where(M, -np.inf, W))\nreturn W @ V, W",
    ),
    attention("redondeados", "No redondees", VALUES, PROPERTIES, mix="W = W.round(3); O = W @ V"),
    attention(
        "pesos traspuestos", "Mezclas con los pesos traspuestos", VALUES, PROPERTIES, mix="O = W.T @ V"
    ),
    attention("V sin mezclar", "Es V tal cual", mix="O = V.copy()"),
    attention("suma de V", "Sumas los valores vistos", mix="O = np.cumsum(V, axis=0)"),
    attention("salida entre T", "Divides la salida entre T", mix="O = W @ V / T"),
    attention("pesos por K", "debe tener T filas y d_v columnas", mix="O = W @ K"),
    attention("al revés", "Has devuelto primero los pesos", VALUES, PROPERTIES, result="return W, O"),
    attention("solo la salida", "debe devolver dos cosas", VALUES, PROPERTIES, result="return O"),
    attention("falta el return", "llegó un valor de tipo NoneType", VALUES, PROPERTIES, result="print(O, W)"),
    attention(
        "diccionario",
        "llegó un valor de tipo dict",
        VALUES,
        PROPERTIES,
        result="return {'output': O, 'weights': W}",
    ),
    attention("sin los ejes de tamaño 1", "aunque alguno valga 1", result="return O.squeeze(), W.squeeze()"),
    attention(
        "referencia",
        "desde cero",
        start="from codigo.attention import _attend as f",
        scores="",
        hide="",
        softmax="",
        mix="",
        result="return f(Q, K, V, build_causal_mask(len(Q)))",
    ),
)

WRONG_BOTH = (
    attention("sin máscara", "Todas ven el futuro", VALUES, PROPERTIES, hide=""),
    attention(
        "máscara después", "Anulaste los pesos", VALUES, PROPERTIES, hide="", mix="W = W * ~M; O = W @ V"
    ),
    attention("ceros en las puntuaciones", "Todas ven el futuro", VALUES, PROPERTIES, hide="S = S * ~M"),
    attention(
        "máscara al revés", "Solo se ve el futuro", VALUES, PROPERTIES, hide="S = np.where(~M, -np.inf, S)"
    ),
    attention(
        "máscara al revés, −1e9",
        "Solo se ve el futuro",
        VALUES,
        PROPERTIES,
        hide="S = np.where(np.tri(T), -1e9, S)",
    ),
    attention(
        "máscara traspuesta", "Ocultas el pasado", VALUES, PROPERTIES, hide="S = np.where(M.T, -np.inf, S)"
    ),
    attention(
        "con la diagonal",
        "Ocultas también la diagonal",
        VALUES,
        PROPERTIES,
        hide="S[np.triu_indices(T)] = -np.inf",
    ),
    attention(
        "con la diagonal, −1e9",
        "Ocultas también la diagonal",
        VALUES,
        PROPERTIES,
        hide="S[np.triu_indices(T)] = -1e9",
    ),
    attention(
        "una de más",
        "Se ve una posición de más",
        VALUES,
        PROPERTIES,
        hide="S[np.triu_indices(T, 2)] = -np.inf",
    ),
    attention(
        "solo ella misma",
        "se atiende solo a sí misma",
        VALUES,
        PROPERTIES,
        hide="S = np.where(np.eye(T), S, -np.inf)",
    ),
    attention(
        "columnas", "Suman 1 las columnas", VALUES, PROPERTIES, softmax="S = np.exp(S); W = S / S.sum(0)"
    ),
    attention(
        "columnas, sin keepdims",
        "falta `keepdims=True`",
        VALUES,
        PROPERTIES,
        softmax="S = np.exp(S); W = S / S.sum(1)",
    ),
    attention(
        "toda la matriz", "toda la matriz", VALUES, PROPERTIES, softmax="S = np.exp(S); W = S / S.sum()"
    ),
    attention("exponenciales", "Son exponenciales", VALUES, PROPERTIES, softmax="W = np.exp(S)"),
    attention(
        "puntuaciones", "falta el softmax", VALUES, PROPERTIES, softmax="W = S", mix="O = np.zeros(V.shape)"
    ),
    attention(
        "puntuaciones entre su suma",
        "Todo es 0/0",
        VALUES,
        PROPERTIES,
        hide="S = S * ~M",
        softmax="W = S / S.sum(1, keepdims=True)",
    ),
    attention(
        "la mayor",
        "el softmax reparte, no elige",
        VALUES,
        PROPERTIES,
        softmax="W = np.eye(T)[S.argmax(1)]",
    ),
    attention(
        "media de V",
        "Mezclas con los pesos de antes de la máscara",
        VALUES,
        PROPERTIES,
        mix="O = W @ V * 0 + V.mean(0)",
    ),
    attention("por igual", "no dependen de Q ni de K", VALUES, PROPERTIES, scores="S = np.zeros((T, T))"),
    attention(
        "V y la identidad", "se atiende solo a sí misma", VALUES, PROPERTIES, result="return V, np.eye(T)"
    ),
    attention("signo cambiado", "Cambias el signo", VALUES, PROPERTIES, scores="S = -Q @ K.T / np.sqrt(d)"),
    attention("solo K", "que depende solo de K", VALUES, PROPERTIES, scores="S = np.tile(K.sum(1), (T, 1))"),
    attention(
        "solo Q",
        "no dependen de Q ni de K",
        VALUES,
        PROPERTIES,
        scores="S = np.tile(Q.sum(1)[:, None], (1, T))",
    ),
    attention(
        "ventana de dos",
        "deben verse todas las anteriores",
        VALUES,
        PROPERTIES,
        hide="S = np.where(M | (np.tri(T, k=-2) > 0), -np.inf, S)",
    ),
    attention(
        "la máscara del cuaderno",
        "¿usas algo de tamaño fijo",
        VALUES,
        PROPERTIES,
        hide="S = np.where(causal_mask, -np.inf, S)",
    ),
    attention(
        "los X del cuaderno",
        "¿usas algo de tamaño fijo",
        VALUES,
        PROPERTIES,
        start="Q = K = V = X; T, d = X.shape; M = causal_mask",
    ),
    attention(
        "para T hasta 7",
        "lee los tamaños de los argumentos",
        hide="S = np.where(causal_mask[:T, :T], -np.inf, S)",
    ),
    attention(
        "la respuesta visible",
        "lee los tamaños de los argumentos",
        VALUES,
        PROPERTIES,
        softmax="W = np.array([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]])",
    ),
)

WRONG_PROPERTIES = (
    attention(
        "desborda",
        "resta el máximo de la fila",
        PROPERTIES,
        softmax="S = np.exp(S); W = S / S.sum(1)[:, None]",
    ),
    attention(
        "máximo de la matriz",
        "enmascara antes de restar el máximo",
        PROPERTIES,
        softmax="S = np.exp(S - S.max()); W = S / S.sum(1)[:, None]",
    ),
    attention(
        "máximo antes de la máscara",
        "enmascara antes de restar el máximo",
        PROPERTIES,
        scores="S = Q @ K.T / np.sqrt(d); S = S - S.max(1, keepdims=True)",
        softmax="S = np.exp(S); W = S / S.sum(1)[:, None]",
    ),
    attention(
        "máscara después y normaliza",
        "enmascara antes de restar el máximo",
        PROPERTIES,
        hide="",
        mix="W = W * ~M; W = W / W.sum(1, keepdims=True); O = W @ V",
    ),
    attention("−1e4", "Con lo que pones en lo oculto no basta", PROPERTIES, hide="S = np.where(M, -1e4, S)"),
    attention("−100 sumado", "Con lo que pones en lo oculto no basta", PROPERTIES, hide="S = S - 100.0 * M"),
    attention(
        "cambia Q",
        "modificó su argumento `Q`",
        PROPERTIES,
        start="Q /= np.sqrt(Q.shape[1]); T, d = Q.shape; M = build_causal_mask(T)",
        scores="S = Q @ K.T",
    ),
    attention("cambia V", "modificó su argumento `V`", PROPERTIES, mix="O = W @ V; V -= V.mean(0)"),
)

WRONG_SENTENCE = (
    sentence(
        "frase sin máscara",
        "con mask=causal_mask",
        "output_masked, attn_masked = attention(X, return_attention=True)",
    ),
    sentence("frase sin pesos", "Falta definir", "output_masked = attention(X, mask=causal_mask)"),
    sentence(
        "frase al revés",
        "tiene la forma de los pesos",
        "attn_masked, output_masked = attention(X, causal_mask, True)",
    ),
    sentence(
        "frase sin proyectar",
        "Es causal_attention(X, X, X)",
        "output_masked, attn_masked = causal_attention(X, X, X)",
    ),
    sentence(
        "otro objeto",
        "usa el objeto `attention` del cuaderno",
        "output_masked, attn_masked = SelfAttentionNumPy(16, seed=7)(X, causal_mask, True)",
    ),
    sentence(
        "salida sin máscara",
        "Es la salida sin máscara",
        "output_masked, attn_masked = output, attention(X, causal_mask, True)[1]",
    ),
    sentence(
        "pesos por X",
        "Son los pesos por X",
        "attn_masked = attention(X, causal_mask, True)[1]; output_masked = attn_masked @ X",
    ),
    sentence(
        "frase anulada después",
        "¿Aplicaste la máscara después del softmax",
        "attn_masked = attn_weights * ~causal_mask; output_masked = attn_masked @ X",
    ),
    sentence(
        "frase por igual",
        "Repartes por igual",
        "attn_masked = np.tri(7) / np.arange(1, 8)[:, None]; output_masked = X",
    ),
)

WRONG_EJ1 = WRONG_MASK + WRONG_FROM_THE_MASK + WRONG_VALUES + WRONG_BOTH + WRONG_PROPERTIES + WRONG_SENTENCE
