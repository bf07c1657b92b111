"""Respuestas equivocadas del ejercicio 3: qué cambia cada una, qué pruebas suspende y qué se le dice."""

from __future__ import annotations

from tests.notebooks.suite import Wrong

CELL = "ej3_similitud_coseno"
COSINE, POSITIONS, MATRIX = (f"test_ej3_{goal}" for goal in ("coseno", "codificaciones", "matriz"))

RIGHT_FUNCTION = "return a @ b / np.sqrt((a @ a) * (b @ b))"
RIGHT_ROWS = "encodings = pe.get_encoding(50)"
RIGHT_MATRIX = "similarity_matrix = encodings @ encodings.T / 64"
ALL_PAIRS = "similarity_matrix = np.array([[cosine_similarity(p, q) for q in encodings] for p in encodings])"


def answer(body: str = RIGHT_FUNCTION, rows: str = RIGHT_ROWS, matrix: str = RIGHT_MATRIX) -> dict[str, str]:
    """La celda del ejercicio, con alguna de sus tres partes cambiada."""
    lines = body.replace("\n", "\n    ")
    return {CELL: f"def cosine_similarity(a, b):\n    {lines}\n{rows}\n{matrix}"}


def cosine(name: str, says: str, expression: str) -> Wrong:
    """Una función equivocada; la matriz, bien por otro camino."""
    return Wrong(name, answer(f"return {expression}"), frozenset({COSINE}), says)


def carried(name: str, says: str, expression: str) -> Wrong:
    """Una función equivocada, y la matriz que sale de ella: solo resta la función."""
    code = answer(f"return {expression}", matrix=ALL_PAIRS)
    return Wrong(f"matriz con {name}", code, frozenset({COSINE}), says)


def absurd(name: str, says: str, expression: str) -> Wrong:
    """Una función que no compara nada: la matriz que sale de ella tampoco vale."""
    return Wrong(name, answer(f"return {expression}", matrix=ALL_PAIRS), frozenset({COSINE, MATRIX}), says)


def positions(name: str, says: str, rows: str) -> Wrong:
    """Unas codificaciones equivocadas; la matriz no se apoya en ellas."""
    matrix = "similarity_matrix = pe.encoding[:50] @ pe.encoding[:50].T / 64"
    return Wrong(name, answer(rows=rows, matrix=matrix), frozenset({POSITIONS}), says)


def matrix(name: str, says: str, lines: str) -> Wrong:
    """Una matriz equivocada; ``M`` es la buena."""
    code = f"M = encodings @ encodings.T / 64\n{lines}"
    return Wrong(name, answer(matrix=code), frozenset({MATRIX}), says)


NORMS = "np.linalg.norm(a), np.linalg.norm(b)"
COS = "a @ b / np.sqrt((a @ a) * (b @ b))"

WRONG_COSINE = (
    cosine("producto", "falta dividir entre las dos normas", "float(np.dot(a, b))"),
    cosine("solo la norma de a", "falta la de b", "a @ b / np.linalg.norm(a)"),
    cosine("solo la norma de b", "falta la de a", "a @ b / np.linalg.norm(b)"),
    cosine("dos veces la de a", "Divides dos veces entre la norma de a", "a @ b / np.linalg.norm(a) ** 2"),
    cosine("dos veces la de b", "Divides dos veces entre la norma de b", "a @ b / (b @ b)"),
    cosine("sin paréntesis", "Falta un paréntesis", "a @ b / np.linalg.norm(a) * np.linalg.norm(b)"),
    cosine("sin raíz", "falta la raíz", "a @ b / ((a @ a) * (b @ b))"),
    cosine("normas L1", "Usas normas L1", "a @ b / (np.abs(a).sum() * np.abs(b).sum())"),
    cosine("normas del máximo", "Usas el mayor valor", "a @ b / (np.abs(a).max() * np.abs(b).max())"),
    cosine("suma de normas", "Divides entre la suma de las normas", f"a @ b / sum(({NORMS}))"),
    cosine("norma del producto", "Divides entre la norma del producto", "a @ b / np.linalg.norm(a * b)"),
    cosine("entre n", "Divides entre la dimensión", "a @ b / len(a)"),
    cosine("entre 64", "usa las de tus argumentos", "a @ b / 64"),
    cosine("siempre 1", "¿redondeas, o divides", "(a @ b) / np.linalg.norm(a @ b)"),
    cosine("distancia euclídea", "distancia euclídea", "np.linalg.norm(a - b)"),
    cosine("distancia", "1 − cos", f"1 - {COS}"),
    cosine("ángulo", "Devuelves el ángulo", f"np.arccos(np.clip({COS}, -1, 1))"),
    cosine("coseno del producto", "como si fuera un ángulo", "np.cos(a @ b)"),
    cosine("absoluto", "valor absoluto", f"abs({COS})"),
    cosine("sin negativos", "Recortas lo negativo", f"max(0.0, {COS})"),
    cosine("de 0 a 1", "Llevas el resultado de [−1, 1] a [0, 1]", f"(1 + {COS}) / 2"),
    cosine("al cuadrado", "coseno al cuadrado", f"({COS}) ** 2"),
    cosine("Pearson", "Pearson", "np.corrcoef(a, b)[0, 1]"),
    cosine("Jaccard", "coeficiente de Jaccard", "a @ b / (a @ a + b @ b - a @ b)"),
    cosine("Dice", "coeficiente de Dice", "2 * (a @ b) / (a @ a + b @ b)"),
    cosine("redondeada", "No redondees", f"round(float({COS}), 2)"),
    cosine("un vector", "falta sumar", "a * b / np.sqrt((a @ a) * (b @ b))"),
    cosine("una matriz", "debe ser un solo número", "(a[None] @ b[:, None]) / np.sqrt((a @ a) * (b @ b))"),
    cosine("posiciones", "recibe dos vectores, no dos posiciones", "pe.encoding[a] @ pe.encoding[b] / 64"),
    cosine("falta el return", "¿Falta un `return`", "print(a @ b)"),
    cosine("a medida", "cualquier longitud", "{(3, 8): 0.96, (3, -3): -1.0}.get((a[0], b[0]), 0.0)"),
    cosine(
        "solo dos componentes",
        "cualquier longitud",
        "(a[0] * b[0] + a[1] * b[1]) / (np.hypot(*a[:2]) * np.hypot(*b[:2]))",
    ),
    Wrong(
        "cambia sus argumentos",
        answer("a /= np.linalg.norm(a)\nb /= np.linalg.norm(b)\nreturn float(a @ b)"),
        frozenset({COSINE}),
        "modificó su argumento `a`, `b`",
    ),
    Wrong(
        "por hacer",
        answer("raise NotImplementedError('Ejercicio por completar')"),
        frozenset({COSINE}),
        "Ejercicio por completar",
    ),
)

# La matriz sale bien de una función mala: solo resta la función.
WRONG_FROM_THE_FUNCTION = (
    carried("productos", "falta dividir entre las dos normas", "float(a @ b)"),
    carried("una norma", "falta la de b", "a @ b / np.linalg.norm(a)"),
    carried("las normas sin raíz", "falta la raíz", "a @ b / ((a @ a) * (b @ b))"),
    carried("normas L1", "Usas normas L1", "a @ b / (np.abs(a).sum() * np.abs(b).sum())"),
    carried("distancias", "1 − cos", f"1 - {COS}"),
    carried("distancias euclídeas", "distancia euclídea", "np.linalg.norm(a - b)"),
    carried("ángulos", "Devuelves el ángulo", f"np.arccos(np.clip({COS}, -1, 1))"),
    carried("Pearson", "Pearson", "np.corrcoef(a, b)[0, 1]"),
    carried("redondeo", "No redondees", f"round(float({COS}), 2)"),
    absurd("función constante", "¿redondeas, o divides", "1.0"),
    absurd("función nula", "Sale 0", "0.0"),
    absurd("¿son iguales?", "Sale 0", "float((a == b).all())"),
    absurd("solo la primera componente", "Sumas componentes", "float(a[0] + b[0])"),
    absurd("nan", "obtenido nan", "float('nan')"),
)

WRONG_POSITIONS = (
    positions("desde la 1", "posición 1", "encodings = pe.get_encoding(51)[1:]"),
    positions("las últimas", "Son las 50 últimas", "encodings = pe.encoding[-50:]"),
    positions("una de cada dos", "Tomas una posición de cada dos", "encodings = pe.encoding[::2]"),
    positions("todas", "son todas las posiciones", "encodings = pe.encoding"),
    positions("49", "falta una", "encodings = pe.encoding[:49]"),
    positions("51", "sobra una", "encodings = pe.encoding[0:51]"),
    positions("columnas", "has cortado las columnas", "encodings = pe.encoding[:, :50]"),
    positions("una sola", "es el vector de una sola posición", "encodings = pe.encoding[50]"),
    positions("traspuesta", "traspuesta", "encodings = pe.get_encoding(50).T"),
    positions("reshape", "no con `reshape`", "encodings = pe.get_encoding(50).T.reshape(50, 128)"),
    positions("normalizadas", "sin normalizar", "encodings = pe.get_encoding(50) / 8"),
    positions("ceros", "llenas de ceros", "encodings = np.zeros((50, 128))"),
    positions("dos veces", "Has sumado dos veces", "encodings = pe(pe.get_encoding(50))"),
    positions("al revés", "orden inverso", "encodings = pe.get_encoding(50)[::-1]"),
    positions(
        "la misma fila",
        "Todas las filas son la de la posición 0",
        "encodings = np.tile(pe.encoding[0], (50, 1))",
    ),
    positions(
        "en dos bloques",
        "no en dos bloques",
        "encodings = np.hstack([pe.encoding[:50, ::2], pe.encoding[:50, 1::2]])",
    ),
    positions(
        "al azar",
        "son las filas de la 0 a la 49",
        "encodings = np.random.default_rng(0).normal(size=(50, 128))",
    ),
    positions("el método", "llegó un valor de tipo", "encodings = pe.get_encoding"),
    Wrong(
        "matriz de una de cada dos",
        answer(rows="encodings = pe.encoding[::2]", matrix=ALL_PAIRS),
        frozenset({POSITIONS}),
        "Tomas una posición de cada dos",
    ),
    Wrong(
        "sin codificaciones",
        answer(rows=RIGHT_ROWS, matrix=f"{RIGHT_MATRIX}\ndel encodings"),
        frozenset({POSITIONS}),
        "Falta definir `encodings`",
    ),
)

WRONG_MATRIX = (
    matrix("productos", "productos escalares", "similarity_matrix = 64 * M"),
    matrix("entre una norma", "Divides entre una sola norma", "similarity_matrix = 8 * M"),
    matrix("entre normas al cuadrado", "falta la raíz", "similarity_matrix = M / 64"),
    matrix("sin diagonal", "Falta la diagonal", "similarity_matrix = M * (1 - np.eye(50))"),
    matrix("diagonal doble", "La diagonal cuenta dos veces", "similarity_matrix = np.triu(M) + np.triu(M).T"),
    matrix("media matriz", "la mitad", "similarity_matrix = np.triu(M)"),
    matrix("la otra mitad", "Solo está llena la mitad", "similarity_matrix = np.tril(M)"),
    matrix("a ceros", "a cero", "similarity_matrix = np.zeros((50, 50))"),
    matrix("distancias", "distancias", "similarity_matrix = 1 - M"),
    matrix(
        "euclídeas",
        "distancias euclídeas",
        "similarity_matrix = np.linalg.norm(encodings[:, None] - encodings, axis=-1)",
    ),
    matrix("de dimensiones", "has comparado dimensiones", "similarity_matrix = encodings.T @ encodings / 64"),
    matrix("Pearson, matriz", "Pearson", "similarity_matrix = np.corrcoef(encodings)"),
    matrix(
        "normas por columna",
        "una norma por dimensión",
        "e = encodings / np.maximum(np.linalg.norm(encodings, axis=0), 1e-12); similarity_matrix = e @ e.T",
    ),
    matrix(
        "norma de la matriz",
        "una sola norma para toda la matriz",
        "similarity_matrix = 64 * M / (encodings**2).sum()",
    ),
    matrix("de la posición 0", "es la similitud de una posición", "similarity_matrix = M[0]"),
    matrix("de las 100", "son todas las posiciones", "similarity_matrix = pe.encoding @ pe.encoding.T / 64"),
    matrix(
        "falta la última",
        "La última fila o la última columna no se rellenan",
        "similarity_matrix = np.zeros((50, 50)); similarity_matrix[:49, :49] = M[:49, :49]",
    ),
    matrix(
        "una casilla mal",
        "cada casilla [i, j]",
        "similarity_matrix = M.copy(); similarity_matrix[17, 31] += 0.01",
    ),
    matrix("redondeada, matriz", "No redondees", "similarity_matrix = M.round(2)"),
    matrix(
        "solo lo visible",
        "cada casilla [i, j]",
        "similarity_matrix = np.eye(50); similarity_matrix[:3, :3] = M[:3, :3]",
    ),
    matrix(
        "un softmax",
        "Sobra un softmax",
        "similarity_matrix = np.exp(M) / np.exp(M).sum(1, keepdims=True)",
    ),
    matrix("sin matriz", "Falta definir `similarity_matrix`", "del M"),
)

WRONG_EJ3 = WRONG_COSINE + WRONG_FROM_THE_FUNCTION + WRONG_POSITIONS + WRONG_MATRIX
