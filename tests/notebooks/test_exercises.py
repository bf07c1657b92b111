"""Las pruebas de los ejercicios 1 a 3: qué aceptan, qué rechazan y qué error nombran."""

from __future__ import annotations

import pytest

from grading.course import Course
from grading.sample_class.build import ANSWERS
from tests.notebooks.suite import Wrong, check_other_style, check_reference, check_untouched, check_wrong

PARTS = ("parte1_self_attention", "parte2_multi_head", "parte3_positional_encoding")
MASK, ATTENTION, HEADS, COSINE = (
    "ej1_mascara_causal",
    "ej1_atencion_causal",
    "ej2_comparar_cabezas",
    "ej3_similitud_coseno",
)

VALUES, PROPERTIES = "test_ej1_valores", "test_ej1_propiedades"


def attention(body: str, name: str, says: str, *fails: str) -> Wrong:
    """Un ``causal_attention`` equivocado; lo demás del ejercicio, bien. ``{}`` es el softmax por filas."""
    body = body.replace("{}", "S = np.exp(S - S.max(-1, keepdims=True)); W = S / S.sum(-1, keepdims=True)")
    lines = "\n    ".join(body.splitlines())
    code = (
        f"def causal_attention(Q, K, V):\n    T, d = Q.shape\n    M = build_causal_mask(T)\n    {lines}\n"
        "output_masked, attn_masked = attention(X, causal_mask, True)"
    )
    return Wrong(name, {ATTENTION: code}, frozenset(fails or {VALUES}), says)


def mask(expression: str, name: str, says: str) -> Wrong:
    """Un ``build_causal_mask`` equivocado, con una atención que no se apoya en él."""
    right = "causal_mask = np.arange(7) > np.arange(7)[:, None]"
    code = f"def build_causal_mask(n):\n    return {expression}\n{right}"
    independent = (ANSWERS / "otro_estilo" / f"{ATTENTION}.py").read_text(encoding="utf-8")
    return Wrong(name, {MASK: code, ATTENTION: independent}, frozenset({"test_ej1_mascara"}), says)


def heads(body: str, name: str, says: str, fails: str) -> Wrong:
    """El ejercicio 2 con ``W`` (h, T, T) ya calculado para cada número de cabezas."""
    code = (
        "average_attention, mean_entropy = {}, {}\n"
        "for h in head_configs:\n"
        "    W = np.array(MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)[1])\n"
        "    average_attention[h] = W.mean(0)\n"
        "    mean_entropy[h] = -(W * np.log(W)).sum(-1).mean()\n"
        f"    {body}"
    )
    return Wrong(name, {HEADS: code}, frozenset({fails}), says)


def cosine(expression: str, name: str, says: str) -> Wrong:
    """Un ``cosine_similarity`` equivocado; la matriz, bien por otro camino."""
    code = (
        f"def cosine_similarity(a, b):\n    return {expression}\n"
        "encodings = pe.get_encoding(50)\n"
        "similarity_matrix = encodings @ encodings.T / 64"
    )
    return Wrong(name, {COSINE: code}, frozenset({"test_ej3_coseno"}), says)


def positions(lines: str, name: str, says: str, fails: str) -> Wrong:
    """El ejercicio 3 con la función bien y ``lines`` después."""
    code = (
        "def cosine_similarity(a, b):\n    return a @ b / np.sqrt((a @ a) * (b @ b))\n"
        f"encodings = pe.get_encoding(50)\nsimilarity_matrix = encodings @ encodings.T / 64\n{lines}"
    )
    return Wrong(name, {COSINE: code}, frozenset({fails}), says)


SCORES = "S = np.where(M, -np.inf, Q @ K.T / np.sqrt(d))"
PLAIN = "S = Q @ K.T / np.sqrt(d)"
RETURN = "return W @ V, W"
WRONG = (
    mask("np.tril(np.ones((n, n), bool))", "visible", "¿están True y False al revés?"),
    mask("np.triu(np.ones((n, n), bool))", "diagonal", "la diagonal no se oculta"),
    mask("np.tril(np.ones((n, n), bool), -1)", "traspuesta", "¿están True y False al revés?"),
    mask("np.zeros((n, n), bool)", "sin ocultar", "está en su futuro"),
    mask("np.triu(np.ones((3, 3), bool), 1)", "siempre de 3", "debe tener forma (1, 1)"),
    mask("np.triu(np.ones((n, n), bool), 2)", "una de más", "está en su futuro"),
    attention(
        f"S = np.where(M, -np.inf, Q @ K.T)\n{{}}\n{RETURN}", "sin escalar", "Falta dividir entre √d_k"
    ),
    attention(f"{SCORES} / np.sqrt(d)\n{{}}\n{RETURN}", "entre d_k", "es su raíz cuadrada"),
    attention(f"{SCORES} * (d / V.shape[1]) ** 0.5\n{{}}\n{RETURN}", "entre √d_v", "la dimensión de Q y K"),
    attention(
        f"{PLAIN}\n{{}}\n{RETURN}", "sin máscara", "todas las posiciones ven el futuro", VALUES, PROPERTIES
    ),
    attention(
        f"{PLAIN}\n{{}}\nW = W * ~M\n{RETURN}", "máscara después", "Anulaste los pesos", VALUES, PROPERTIES
    ),
    attention(f"{PLAIN} * ~M\n{{}}\n{RETURN}", "ceros", "ven el futuro", VALUES, PROPERTIES),
    attention(
        f"{SCORES}\nS = np.exp(S); W = S / S.sum(0)\n{RETURN}", "columnas", "esperado", VALUES, PROPERTIES
    ),
    attention(f"{SCORES}\nS = np.exp(S); W = S / S.sum(1)[:, None]\n{RETURN}", "desborda", "nan", PROPERTIES),
    attention("from codigo.attention import _attend as f\nreturn f(Q, K, V, M)", "referencia", "desde cero"),
    attention(
        f"{SCORES}\n{{}}\nreturn W @ V", "solo la salida", "debe devolver dos cosas", VALUES, PROPERTIES
    ),
    attention(
        f"{SCORES}\n{{}}\nreturn W @ V * 0 + V.mean(0), W", "media de V", "pesos por V", VALUES, PROPERTIES
    ),
    heads("average_attention[h] = W.sum(0)", "suma", "falta dividir entre su número", "test_ej2_promedio"),
    heads("average_attention[h] = W[0]", "una cabeza", "promedia todas", "test_ej2_promedio"),
    heads("average_attention[h] = W.mean(-1)", "otro eje", "debe tener forma (6, 6)", "test_ej2_promedio"),
    heads("average_attention[h] = W.mean(0).T", "traspuesta", "traspuesta", "test_ej2_promedio"),
    heads("mean_entropy[h] /= np.log(2)", "bits", "bits", "test_ej2_entropia"),
    heads("mean_entropy[h] *= -1", "signo", "¿falta el signo menos?", "test_ej2_entropia"),
    heads("mean_entropy[h] /= np.log(6)", "normalizada", "normalizada", "test_ej2_entropia"),
    heads(
        "A = W.mean(0); mean_entropy[h] = -(A * np.log(A)).sum(-1).mean()",
        "de la media",
        "Es la entropía de la media",
        "test_ej2_entropia",
    ),
    heads("mean_entropy[h] *= 6", "suma de consultas", "sobre ellas se promedia", "test_ej2_entropia"),
    cosine("float(np.dot(a, b))", "producto", "falta dividir entre las dos normas"),
    cosine("a @ b / np.linalg.norm(a)", "una norma", "falta la de b"),
    cosine("a @ b / ((a @ a) * (b @ b))", "sin raíz", "falta la raíz"),
    cosine("1 - a @ b / np.sqrt((a @ a) * (b @ b))", "distancia", "1 − cos"),
    cosine("abs(a @ b) / np.sqrt((a @ a) * (b @ b))", "absoluto", "valor absoluto"),
    cosine("np.corrcoef(a, b)[0, 1]", "Pearson", "Pearson"),
    cosine("0.96 if len(a) == 2 and a[0] * b[0] > 0 else -1.0", "a medida", "esperado"),
    positions("encodings = pe.get_encoding(51)[1:]", "desde la 1", "posición 1", "test_ej3_codificaciones"),
    positions("encodings = encodings.T", "traspuesta", "traspuesta", "test_ej3_codificaciones"),
    positions("similarity_matrix *= 64", "productos", "productos escalares", "test_ej3_matriz"),
    positions(
        "np.fill_diagonal(similarity_matrix, 0)", "sin diagonal", "Falta la diagonal", "test_ej3_matriz"
    ),
    positions(
        "similarity_matrix = np.triu(similarity_matrix)", "media matriz", "la mitad", "test_ej3_matriz"
    ),
    positions("similarity_matrix = 1 - similarity_matrix", "distancias", "distancias", "test_ej3_matriz"),
)


@pytest.mark.parametrize("part", PARTS)
def test_the_reference_passes(project: Course, part: str) -> None:
    check_reference(project, part)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("style", ["otro_estilo", "ruidosa"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # la respuesta ruidosa avisa a propósito
def test_other_styles_pass(project: Course, part: str, style: str) -> None:
    check_other_style(project, part, style)


@pytest.mark.parametrize("part", PARTS)
def test_the_untouched_version_fails_everything(project: Course, part: str) -> None:
    check_untouched(project, part)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hay errores que dividen entre cero
def test_a_wrong_answer_fails_and_is_told_why(project: Course, wrong: Wrong) -> None:
    check_wrong(project, wrong)
