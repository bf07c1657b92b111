# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   language_info:
#     name: python
# ---

# %% [markdown]
# # Parte 1. Autoatención paso a paso
#
# **Qué sabrás hacer al terminar**
#
# - Calcular a mano una autoatención: proyectar, puntuar, escalar, normalizar y mezclar.
# - Explicar por qué se divide entre $\sqrt{d_k}$, con una medida delante.
# - Leer un mapa de atención sin atribuirle lo que no dice.
# - Escribir desde cero una atención **causal**, la de los modelos que generan texto.
#
# | | |
# |---|---|
# | Tiempo | unos 90 minutos |
# | Hace falta | NumPy: producto de matrices, ejes y difusión (*broadcasting*) |
# | Se entrega | el ejercicio 1 (16 puntos) |
#
# Cada sección sigue tres pasos: **predice** antes de ejecutar, **ejecuta** y **explica** con tus
# palabras la diferencia entre lo que esperabas y lo que salió.
#
# **Símbolos** (los mismos en todo el laboratorio)
#
# | símbolo | significado |
# |---|---|
# | $T$ | longitud de la secuencia (número de tokens) |
# | $d_{model}$ | dimensión del vector de cada token |
# | $d_k$ | dimensión de las consultas (*queries*) y de las claves (*keys*) |
# | $d_v$ | dimensión de los valores (*values*) |

# %%
import matplotlib.pyplot as plt
import numpy as np

from codigo.checks import (
    arguments_untouched,
    as_array,
    check_close,
    check_finite,
    check_no_future,
    check_rows_sum_to_one,
    check_shape,
    require_defined,
)
from codigo.figures import plot_attention, show_figure
from codigo.student_work import call, matches, mistaken_mask
from codigo.transformers import (
    SelfAttentionNumPy,
    create_causal_mask,
    visualize_attention_weights,
)
from codigo.widgets import CausalMaskToggle

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 1.1 La idea
#
# La palabra «banco» significa cosas distintas en «me senté en el banco» y en «el banco subió la
# hipoteca». Un vector fijo por palabra no puede distinguirlas. La autoatención construye, para cada
# posición, un vector nuevo que **mezcla** los de toda la secuencia, y decide las proporciones de la
# mezcla mirando los propios vectores.
#
# Cada posición hace tres papeles, con tres proyecciones de su vector:
#
# - **consulta** $q$: qué busca esta posición;
# - **clave** $k$: con qué se la puede encontrar;
# - **valor** $v$: qué entrega a quien la encuentra.
#
# Para toda la secuencia a la vez:
#
# $$\text{Attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# (ecuación 1 de [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)).

# %% [markdown]
# ## 1.2 Ejemplo resuelto: tres palabras
#
# La secuencia es «El gato duerme», con vectores de dimensión 4 elegidos a mano.

# %%
tokens_mini = ["El", "gato", "duerme"]
X_mini = np.array(
    [
        [1.0, 0.5, 0.2, 0.1],  # El
        [0.2, 1.0, 0.3, 0.5],  # gato
        [0.3, 0.4, 1.0, 0.2],  # duerme
    ]
)
print(f"X_mini: T = {X_mini.shape[0]}, d_model = {X_mini.shape[1]}")

# %% [markdown]
# **Paso 1. Proyectar.** En un modelo real, $W_Q$, $W_K$ y $W_V$ se aprenden. Aquí usamos la
# identidad, para que se vea solo el mecanismo: $Q = K = V = X$.

# %%
d_mini = X_mini.shape[1]
W_Q = W_K = W_V = np.eye(d_mini)
Q_mini, K_mini, V_mini = X_mini @ W_Q, X_mini @ W_K, X_mini @ W_V
print(Q_mini)

# %% [markdown]
# **Paso 2. Puntuar.** La puntuación `scores[i, j]` es el producto escalar de la consulta `i` con la
# clave `j`: grande cuando apuntan en la misma dirección.
#
# > **Predice.** Con $Q = K$, ¿qué forma tendrá la matriz? ¿Será simétrica? ¿Dónde estarán sus valores
# > más grandes?

# %%
scores_mini = Q_mini @ K_mini.T  # (T, d_k) @ (d_k, T) -> (T, T)
print(scores_mini)

# %% [markdown]
# **Explica.** Es simétrica porque $Q = K$: el producto de «El» con «gato» es el de «gato» con «El»
# (0.81). La diagonal es lo mayor de cada fila porque estos tres vectores tienen normas parecidas.
# Con proyecciones aprendidas, ninguna de las dos cosas tiene por qué cumplirse.
#
# **Paso 3. Escalar** entre $\sqrt{d_k}$. El porqué está en la sección 1.3.

# %%
scaled_mini = scores_mini / np.sqrt(d_mini)
print(scaled_mini)

# %% [markdown]
# **Paso 4. Normalizar** cada fila con un softmax: pesos positivos que suman 1. Se resta el máximo de
# la fila antes de exponenciar. El resultado es el mismo, porque ese factor se cancela en el cociente,
# y así ninguna exponencial desborda.


# %%
def softmax(x):
    """Softmax sobre el último eje, estable ante puntuaciones grandes."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


weights_mini = softmax(scaled_mini)
print(weights_mini)
print("suma de cada fila:", weights_mini.sum(axis=-1))

# %% [markdown]
# **Explica.** La matriz ya no es simétrica: el softmax normaliza cada **fila** por su lado. «El» da a
# «gato» un peso de 0.309 y «gato» da a «El» 0.298.
#
# **Paso 5. Mezclar.** Cada salida es la media de los valores, ponderada por los pesos de su fila.

# %%
output_mini = weights_mini @ V_mini  # (T, T) @ (T, d_v) -> (T, d_v)
print(output_mini)

by_hand = sum(weights_mini[0, j] * V_mini[j] for j in range(3))
print("salida de «El», sumada a mano:", by_hand)

# %%
fig = visualize_attention_weights(weights_mini, tokens_mini, "Autoatención de tres palabras")
show_figure(
    fig,
    caption=(
        "**Figura 1.1.** Pesos de atención de «El gato duerme» con proyecciones identidad. Cada fila es "
        "una consulta y suma 1; la diagonal es lo más alto de cada fila, con 0.39 o 0.40."
    ),
    alt=(
        "Mapa de calor de 3 por 3. La diagonal vale entre 0.39 y 0.40 y el resto entre 0.29 y 0.32: "
        "cada palabra se atiende sobre todo a sí misma, pero por poco."
    ),
)

# %% [markdown]
# ## 1.3 Por qué se divide entre $\sqrt{d_k}$
#
# Si las componentes de $q$ y de $k$ son independientes, de media 0 y varianza 1, su producto escalar
# es una suma de $d_k$ términos de varianza 1: tiene varianza $d_k$. Al crecer $d_k$, las puntuaciones
# se alejan unas de otras, el softmax da casi todo el peso a una sola clave y su gradiente se anula.
#
# > **Predice.** Con 8 claves al azar, ¿qué peso se llevará de media la primera si $d_k = 512$ y no se
# > escala? ¿Y si se escala?

# %%
rng = np.random.default_rng(0)
print(" d_k   varianza de q·k   de q·k/√d_k   mayor peso sin escalar   escalado")
for d_k in (4, 64, 512):
    queries = rng.normal(size=(4000, 1, d_k))
    keys = rng.normal(size=(4000, 8, d_k))
    raw = (queries * keys).sum(axis=-1)  # (4000, 8): 4000 consultas, 8 claves cada una
    scaled = raw / np.sqrt(d_k)
    top_raw, top_scaled = softmax(raw).max(axis=-1).mean(), softmax(scaled).max(axis=-1).mean()
    print(f"{d_k:4d} {raw.var():17.2f} {scaled.var():13.2f} {top_raw:24.2f} {top_scaled:10.2f}")

# %% [markdown]
# **Explica.** La varianza medida sigue a $d_k$, y dividir entre $\sqrt{d_k}$ la deja cerca de 1. Sin
# escalar, con $d_k = 512$ una sola clave se lleva de media más del 90 % del peso, aunque todo sea
# azar. Escalado, la mayor se lleva algo más de un tercio, sea cual sea $d_k$.

# %% [markdown]
# ## 1.4 Ejemplo con huecos: valores que se pueden adivinar
#
# Ahora las matrices están **diseñadas** para que sepas la respuesta antes de calcularla. La primera
# consulta coincide con una sola clave; la segunda, con dos a la vez.
#
# > **Predice.** ¿Qué valor sale para cada consulta? Escríbelo antes de seguir.
#
# Sustituye los dos `...` de la celda y ejecútala. No puntúa: es el ensayo del ejercicio.

# %%
K_demo = np.array([[10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 10.0], [0.0, 0.0, 10.0]])
V_demo = np.array([[1.0, 0.0], [2.0, 0.0], [30.0, 0.0], [50.0, 0.0]])
Q_demo = np.array([[0.0, 10.0, 0.0], [0.0, 0.0, 10.0]])

weights_demo = ...  # hueco 1: puntúa, escala y normaliza; forma (2, 4)
output_demo = ...  # hueco 2: mezcla los valores; forma (2, 2)

if weights_demo is ... or output_demo is ...:
    print("Quedan huecos por completar.")
else:
    check_close("weights_demo", weights_demo, [[0, 1, 0, 0], [0, 0, 0.5, 0.5]])
    check_close("output_demo", output_demo, [[2, 0], [40, 0]])
    print("Correcto: una clave que coincide entrega su valor; dos iguales, la media de los suyos.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# weights_demo = softmax(Q_demo @ K_demo.T / np.sqrt(3))
# output_demo = np.matmul(weights_demo, V_demo)
# ```
#
# La primera consulta puntúa 100/√3 ≈ 57.7 con la segunda clave y 0 con las demás: recibe el valor 2.
# La segunda empata entre dos claves: recibe (30 + 50) / 2 = 40.
# </details>

# %% [markdown]
# ## 1.5 La clase `SelfAttentionNumPy`
#
# `SelfAttentionNumPy` hace esos cinco pasos con proyecciones $W_q$, $W_k$ y $W_v$ de tamaño propio. La
# frase tiene ahora siete palabras, y los vectores son números al azar.

# %%
seq_len, d_model = 7, 16
X = np.random.RandomState(42).randn(seq_len, d_model) * 0.5
tokens = ["El", "perro", "negro", "corrió", "por", "el", "parque"]

attention = SelfAttentionNumPy(d_model, d_k=16, seed=42)
output, attn_weights = attention(X, return_attention=True)

print("entrada:", X.shape, " salida:", output.shape, " pesos:", attn_weights.shape)
print(f"pesos entre {attn_weights.min():.2f} y {attn_weights.max():.2f}; 1/T = {1 / seq_len:.2f}")

# %%
fig = visualize_attention_weights(attn_weights, tokens, "Autoatención con pesos sin entrenar")
show_figure(
    fig,
    caption=(
        "**Figura 1.2.** Atención de siete palabras con vectores y proyecciones al azar. Todos los pesos "
        "quedan entre 0.09 y 0.21, alrededor de 1/7 ≈ 0.14."
    ),
    alt="Mapa de calor de 7 por 7, casi uniforme: todos los pesos están entre 0.09 y 0.21.",
)

# %% [markdown]
# **Explica.** ¿Dice algo este mapa sobre el español? No: ni los vectores ni las proyecciones han visto
# una frase. Las diferencias entre celdas son ruido. Un mapa de atención solo informa de un modelo
# **entrenado**, y aun entonces no es por sí mismo una explicación de lo que el modelo decide
# ([Jain y Wallace, 2019](https://arxiv.org/abs/1902.10186);
# [Wiegreffe y Pinter, 2019](https://arxiv.org/abs/1908.04626)).

# %% [markdown]
# ## 1.6 Por qué hace falta una máscara causal
#
# Un modelo que genera texto predice cada palabra a partir de las anteriores. Si al entrenarlo la
# posición $i$ pudiera mirar a la $i+1$, copiaría la respuesta. La **máscara causal** lo impide: la
# posición $i$ atiende solo a $j \le i$.
#
# Para ocultar una clave se pone su puntuación en $-\infty$ **antes** del softmax. Como
# $e^{-\infty} = 0$, su peso es exactamente 0 y los demás de la fila vuelven a sumar 1:

# %%
print(softmax(np.array([2.0, 1.0, 3.0])))
print(softmax(np.array([2.0, 1.0, -np.inf])))

# %% [markdown]
# **Pruébalo.** La figura siguiente tiene las puntuaciones de la frase de siete palabras, ya escaladas.
#
# > **Predice.** En la fila «El», la primera, ¿cuánto valdrá su único peso con la máscara? ¿Qué fila no cambiará?
#
# 1. Con la máscara quitada, elige una fila y lee cuánto suman las claves que seguirá viendo.
# 2. Pon la máscara: lo oculto pasa a 0 y lo demás de la fila se multiplica por el mismo número, hasta sumar 1.
# 3. Cambia a «puntuaciones»: lo oculto es −∞, y las que quedan no se han movido. Quien las reparte es el softmax.

# %%
scaled_scores = (X @ attention.W_q) @ (X @ attention.W_k).T / np.sqrt(16)  # (T, T), sin máscara
assert np.allclose(softmax(scaled_scores), attn_weights)
CausalMaskToggle(scaled_scores, tokens)

# %% [markdown]
# **Explica.** La primera fila se queda con una sola clave, así que su peso es 1, fuera cual fuera su puntuación. La
# última ya lo veía todo y no cambia. En las demás, las **proporciones** entre las claves visibles son las de antes.
#
# **Cuidado con el convenio.** En este laboratorio, como en `nn.MultiheadAttention` de PyTorch,
# **`True` = posición oculta**. Otras bibliotecas usan lo contrario, y mezclarlas es un error que no
# da ningún aviso:
#
# | dónde | qué significa `True` (o 1) |
# |---|---|
# | `codigo`, `nn.MultiheadAttention`, `nn.Transformer` | oculta |
# | `F.scaled_dot_product_attention` | participa |
# | `attention_mask` de Hugging Face | participa |

# %% [markdown]
# ---
# ## Ejercicio 1. Atención causal desde cero
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | media | 30 minutos | 16 |
#
# **1a.** Escribe `build_causal_mask(seq_len)`: devuelve una matriz booleana `(seq_len, seq_len)` con
# `True` en las posiciones ocultas. Después, define `causal_mask` para la frase de siete palabras.
#
# Para `seq_len = 3` (`1` es `True`):
#
# ```text
# 0 1 1
# 0 0 1
# 0 0 0
# ```
#
# Para la máscara, y solo para ella, puedes apoyarte en `create_causal_mask`.
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# La fila es quién atiende; la columna, a quién. La posición i puede mirarse a sí misma y a todas las
# anteriores, así que la diagonal y lo que queda por debajo están visibles. Lo que hay que ocultar es el
# futuro: las columnas que quedan a la derecha de la diagonal. Comprueba con los dedos el caso de tres
# posiciones antes de escribir nada: la primera solo se ve a sí misma; la última lo ve todo y, por eso,
# su fila no tiene ninguna posición oculta.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Con los índices de fila como columna, de forma (T, 1), y los de columna como fila, de forma (1, T), una
# comparación entre los dos se difunde a (T, T) y ya es booleana. También sirve partir de una matriz llena
# de verdaderos y quedarse con su triángulo superior. En ese caso, fíjate en el argumento que dice a
# partir de qué diagonal se conserva: la principal tiene que quedar fuera.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# para cada fila i y cada columna j:
#     oculta[i, j] = verdadero si j es posterior a i
# ```
#
# En una línea: compara el vector de columnas con el de filas. O bien: triángulo superior, sin la
# diagonal, de una matriz de unos convertida a booleana. El resultado tiene T·(T−1)/2 verdaderos: 21
# cuando T vale 7. Si cuentas 28, has ocultado también la diagonal.
# </details>


# %% nbgrader={"grade": false, "grade_id": "ej1_mascara_causal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_causal_mask(seq_len):
    """Máscara causal.

    Entrada: seq_len, un entero T ≥ 1.
    Devuelve: arreglo booleano (T, T); True = posición oculta (j > i).
    """
    ### BEGIN SOLUTION
    columns = np.arange(seq_len)
    return columns[None, :] > columns[:, None]
    ### END SOLUTION


# Define `causal_mask`: la máscara de la frase del cuaderno, cuya longitud es `seq_len`.
### BEGIN SOLUTION
causal_mask = build_causal_mask(seq_len)
### END SOLUTION

# %% [markdown]
# **Comprueba la máscara.** Para tres posiciones tiene que salir la tabla del enunciado, y `causal_mask` es la de
# las siete palabras.

# %% nbgrader={"grade": true, "grade_id": "test_ej1_mascara", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "build_causal_mask", "causal_mask")

any_length = "¿usas el argumento de la función, y no la longitud de la frase u otro número fijo?"
mask_of_3 = call("build_causal_mask", build_causal_mask, 3, hint=any_length)
mask_shape_hints = {
    (): "es un solo valor: se pide una matriz, con una fila por quien atiende y una columna por a quién.",
    (3,): "es una sola fila: se pide una matriz, con una fila por quien atiende y una columna por a quién.",
    (2, 3): "son los índices de lo oculto: se pide la matriz, con True en esos sitios.",
}
mask_shape_hint = mask_shape_hints.get(as_array("build_causal_mask(3)", mask_of_3).shape, any_length)
mask_of_3 = check_shape("build_causal_mask(3)", mask_of_3, (3, 3), mask_shape_hint)
mask_values = np.unique(mask_of_3)
assert np.isin(mask_values, (0, 1)).all(), (
    f"`build_causal_mask(3)` tiene valores que no son True ni False: {', '.join(f'{v:g}' for v in mask_values)}.\n"
    "Pista: ¿es una máscara para sumar (0 y −inf)? Se pide una booleana, True = oculta."
)
check_close(
    "build_causal_mask(3)",
    mask_of_3,
    np.array([[False, True, True], [False, False, True], [False, False, False]]),
    hint="en la fila i se ocultan (True) las columnas con j > i, y ninguna más.",
    mistakes={
        "Está invertida: ¿están True y False al revés? True significa oculta.": np.tri(3),
        "Ocultas el pasado y dejas ver el futuro: ¿`tril` por `triu`, o i por j?": np.tri(3, k=-1),
        "Cada posición debe verse a sí misma: la diagonal no se oculta.": np.tri(3).T,
        "No ocultas nada: la posición 0 no debe poder mirar a la 1, que está en su futuro.": np.zeros((3, 3)),
        "Lo ocultas todo: cada posición ve la suya y las anteriores.": np.ones((3, 3)),
        "Se ve una posición de más, que está en su futuro: ¿k=1 o k=2?": np.eye(3, k=2),
        "Ocultas solo la posición siguiente: oculta todas las que vienen después.": np.eye(3, k=1),
        "Cada posición debe ver también las anteriores, no solo la suya.": 1 - np.eye(3),
    },
)
check_shape("causal_mask", causal_mask, (7, 7), "es la máscara de la frase, que tiene `seq_len` palabras.")

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.fresh import fresh_generator as hidden_fresh_generator
from codigo.student_work import call as hidden_call


def hidden_table(hidden_n):
    """La máscara pedida y lo que dan los errores conocidos."""
    hidden_upper = np.triu(np.ones((hidden_n, hidden_n)), k=1)
    hidden_wrong = {
        "La máscara está al revés: True significa oculta.": 1 - hidden_upper,
        "Oculta el pasado en lugar del futuro: fila = consulta, columna = clave.": hidden_upper.T,
        "La diagonal debe quedar visible: cada posición se ve a sí misma.": hidden_upper + np.eye(hidden_n),
        "Deja ver la posición siguiente: oculta desde la primera diagonal, k=1.": np.triu(hidden_upper, k=2),
        "Oculta solo la posición siguiente: faltan las que vienen después.": np.eye(hidden_n, k=1),
        "Oculta también el pasado: solo se ve la propia posición.": 1 - np.eye(hidden_n),
        "No oculta nada: usa la máscara que devuelve tu función.": 0 * hidden_upper,
    }
    return hidden_upper.astype(bool), hidden_wrong


hidden_lengths = [1, 2, 5, 11, int(hidden_fresh_generator().integers(12, 40))]
for hidden_len in hidden_lengths:
    hidden_label = f"build_causal_mask({hidden_len})"
    hidden_hint = "debe valer para cualquier longitud: usa el argumento de la función."
    hidden_got = hidden_call("build_causal_mask", build_causal_mask, hidden_len, hint=hidden_hint)
    hidden_want, hidden_mistakes = hidden_table(hidden_len)
    hidden_checks.check_close(
        hidden_label, hidden_got, hidden_want, hint=hidden_hint, mistakes=hidden_mistakes
    )
hidden_want, hidden_mistakes = hidden_table(7)
hidden_hint = "debe ser la que da tu función para `seq_len`."
hidden_checks.check_close("causal_mask", causal_mask, hidden_want, hint=hidden_hint, mistakes=hidden_mistakes)
### END HIDDEN TESTS

# %% [markdown]
# **1b.** Escribe `causal_attention(Q, K, V)` **desde cero, en NumPy**: la fórmula de la sección 1.1 con
# la máscara causal dentro. Devuelve la pareja `(output, weights)`.
#
# - Debe servir para cualquier `T`, `d_k` y `d_v`, con `d_k` y `d_v` distintos.
# - No debe modificar sus argumentos ni desbordar con puntuaciones grandes.
# - Puedes usar tu `build_causal_mask` y el `softmax` de la sección 1.2, pero no `SelfAttentionNumPy`
#   ni la atención de PyTorch.
#
# Después aplica el objeto `attention` del cuaderno a `X` con `mask=causal_mask` y deja el resultado en
# `output_masked` y `attn_masked` (pide los pesos con `return_attention=True`).
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# Son los pasos 2 a 5 del ejemplo resuelto, con uno más entre escalar y normalizar: poner en menos
# infinito las puntuaciones de las parejas que la máscara oculta. El orden importa. Si se anulan los pesos
# después del softmax, las filas dejan de sumar 1, porque el denominador todavía contaba el futuro. Como
# la diagonal nunca se oculta, en cada fila queda al menos una puntuación finita y el softmax siempre
# está definido.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Q y K son (T, d_k); V es (T, d_v). Las puntuaciones son (T, T): consultas en las filas y claves en las
# columnas, así que hay que trasponer K. El divisor es la raíz de d_k, que se lee del último eje de Q o
# de K, nunca de V. El softmax va sobre el último eje, el de las claves. La salida es (T, T) por (T, d_v),
# es decir, (T, d_v). Prueba con T, d_k y d_v distintos entre sí: un eje cambiado dará error en lugar de
# un resultado falso.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# puntuaciones = Q por K traspuesta, entre la raíz de d_k
# donde la máscara es verdadera: puntuación = menos infinito
# pesos = softmax por filas
# salida = pesos por V
# devolver salida, pesos
# ```
#
# Para el segundo paso hay una función de NumPy que elige elemento a elemento entre dos valores según una
# condición, y devuelve un arreglo nuevo: así no tocas los argumentos.
# </details>


# %% nbgrader={"grade": false, "grade_id": "ej1_atencion_causal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal_attention(Q, K, V):
    """Atención causal de una cabeza, desde cero.

    Entrada: Q y K (T, d_k); V (T, d_v).
    Devuelve: la pareja output (T, d_v), weights (T, T).
    """
    ### BEGIN SOLUTION
    hidden = build_causal_mask(len(Q))
    logits = np.where(hidden, -np.inf, Q @ K.T / np.sqrt(Q.shape[-1]))
    mix = softmax(logits)
    return mix @ V, mix
    ### END SOLUTION


# Define `output_masked` y `attn_masked` con el objeto `attention` del cuaderno y la máscara causal.
### BEGIN SOLUTION
output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)
### END SOLUTION

# %% [markdown]
# **Comprueba los valores.** Con `Q` llena de ceros todas las puntuaciones valen 0: cada posición reparte
# su atención por igual entre las que ve, y su salida es la **media** de los valores vistos hasta ella.

# %% nbgrader={"grade": true, "grade_id": "test_ej1_valores", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "causal_attention")

own_sizes = "¿usas algo de tamaño fijo (`causal_mask`, `seq_len`, `X`…) en lugar de los argumentos?"
visible_K = np.array([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]])
visible_V = np.array([[2.0, 4.0, 0.0, 1.0], [4.0, 0.0, 0.0, 1.0], [9.0, 2.0, 3.0, 1.0]])
result = call("causal_attention", causal_attention, np.zeros((3, 2)), visible_K, visible_V, hint=own_sizes)
assert isinstance(result, (tuple, list)) and len(result) == 2, (
    "`causal_attention` debe devolver dos cosas, `return output, weights`; "
    f"llegó un valor de tipo {type(result).__name__}."
)
output_shape = as_array("output", result[0]).shape
assert output_shape != (3, 3), "Has devuelto primero los pesos: el orden es output, weights."
output_hint = (
    own_sizes if output_shape[:1] not in ((), (3,)) else "debe tener T filas y d_v columnas: es pesos por V."
)
check_shape("output", result[0], (3, 4), output_hint)
check_shape("weights", result[1], (3, 3), "los pesos tienen una fila por consulta y una columna por clave.")


def shared(seen, empty=1 / 3):
    """Pesos que reparten por igual lo que ve cada fila; `empty`, los de una fila que no ve nada."""
    return np.array([row / row.sum() if row.any() else np.full(3, empty) for row in seen])


seen_by_mistake = {
    "Todas ven el futuro: pon −inf (no 0) en lo oculto, antes del softmax.": np.ones((3, 3)),
    "Ocultas también la diagonal: cada posición se ve a sí misma.": np.tri(3, k=-1),
    "Solo se ve el futuro: ¿está la máscara al revés? True significa oculta.": np.tri(3, k=-1).T,
    "Ocultas el pasado y dejas ver el futuro: ¿está traspuesta la máscara?": np.tri(3).T,
    "Se ve una posición de más, que está en su futuro: ¿k=1 o k=2?": np.tri(3, k=1),
    "Cada posición se atiende solo a sí misma: debe repartir también entre las anteriores.": np.eye(3),
    "Solo se ven la posición propia y la anterior: deben verse todas las anteriores.": np.tri(3)
    - np.tri(3, k=-2),
    "Todo es 0/0: cada peso es una exponencial entre la suma de las de su fila.": np.zeros((3, 3)),
}
other_mistakes = {
    "Anulaste los pesos después del softmax: enmascara antes.": np.tri(3) / 3,
    "Suman 1 las columnas: el softmax va por filas, sobre las claves (axis=-1).": shared(np.tri(3).T).T,
    "El softmax reparte 1 por toda la matriz: debe repartirlo en cada fila (axis=-1).": np.tri(3) / 6,
    "Son exponenciales: falta dividir cada fila entre su suma.": np.tri(3),
    "Cada columna está dividida entre la suma de otra fila: falta `keepdims=True` al sumar.": np.tri(3)
    / [1, 2, 3],
    "Comparas K con K: las puntuaciones son Q por Kᵀ.": [
        [1, 0, 0],
        [0.54407944, 0.45592056, 0],
        [0.0017153675, 0.0024428874, 0.99584175],
    ],
    "Todo el peso va a una clave: el softmax reparte, no elige la mayor.": np.eye(3)[[0, 0, 0]],
    "No redondees los pesos: sus filas dejan de sumar 1.": shared(np.tri(3)).round(3),
    "No redondees los pesos (ni a 2 decimales).": shared(np.tri(3)).round(2),
    "Son las puntuaciones: falta el softmax.": np.where(np.tri(3), 0, -np.inf),
    "Son las puntuaciones, con −1e9 en lo oculto: falta el softmax.": np.where(np.tri(3), 0, -1e9),
}
own_mask = mistaken_mask(globals().get("build_causal_mask"), 3)
follows_own_mask = own_mask is not None and matches(result[1], shared(1.0 - own_mask, np.nan))
if follows_own_mask:
    print(
        "Los pesos siguen a tu `build_causal_mask`, que no es la causal: corrige la máscara. Aquí se juzga lo demás."
    )
else:
    check_close(
        "weights",
        result[1],
        shared(np.tri(3)),
        hint="con Q = 0 todas las puntuaciones valen 0 y cada fila reparte 1 por igual entre las visibles: ¿son Q por "
        "Kᵀ, y no algo que depende solo de K?",
        mistakes={
            **{text: shared(seen) for text, seen in seen_by_mistake.items()},
            **{f"{text} Por eso sale `nan`.": shared(seen, np.nan) for text, seen in seen_by_mistake.items()},
            **other_mistakes,
        },
    )
    check_close(
        "output",
        result[0],
        [[2, 4, 0, 1], [3, 2, 0, 1], [5, 2, 1, 1]],
        hint="los pesos están bien; la salida es pesos por V.",
        mistakes={
            "Es V tal cual: la salida es pesos por V.": visible_V,
            "Mezclas con los pesos traspuestos: es pesos por V, sin trasponer.": shared(np.tri(3)).T
            @ visible_V,
            "Mezclas con los pesos de antes de la máscara: usa los mismos que devuelves.": [[5, 2, 1, 1]] * 3,
            "Sumas los valores vistos: se pide su media, según los pesos.": np.tri(3) @ visible_V,
            "Divides la salida entre T: los pesos ya suman 1.": shared(np.tri(3)) @ visible_V / 3,
        },
    )

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.attention import scaled_dot_product_attention as hidden_reference
from codigo.fresh import fresh_generator as hidden_fresh_generator
from codigo.student_work import call as hidden_call
from codigo.student_work import mistaken_mask as hidden_mistaken_mask


def hidden_softmax(z, axis=-1):
    z = np.exp(z - z.max(axis=axis, keepdims=True))
    return z / z.sum(axis=axis, keepdims=True)


def hidden_mistakes(Q, K, V):
    """Pesos que dan los errores más comunes."""
    T, d_k = Q.shape
    visible = np.tril(np.ones((T, T), dtype=bool))
    future = np.where(visible, 0.0, -np.inf)
    raw = Q @ K.T
    z = raw / np.sqrt(d_k)
    right = hidden_softmax(z + future)
    unit_Q, unit_K = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in (Q, K))
    hidden_table = {
        "Los pesos no dependen de Q ni de K: repartes por igual.": visible / visible.sum(axis=1)[:, None],
        "Cada posición se atiende solo a sí misma, sean cuales sean Q y K.": np.eye(T),
        "Falta dividir las puntuaciones entre √d_k.": hidden_softmax(raw + future),
        "Divides entre d_k: el divisor es su raíz cuadrada, √d_k.": hidden_softmax(raw / d_k + future),
        "Multiplicas por √d_k: se divide.": hidden_softmax(raw * np.sqrt(d_k) + future),
        "Divides entre √d_v: el divisor es √d_k, con d_k la dimensión de Q y K.": hidden_softmax(
            raw / np.sqrt(V.shape[1]) + future
        ),
        "Divides entre √T: el divisor es √d_k, con d_k el número de columnas de Q y K.": hidden_softmax(
            raw / np.sqrt(T) + future
        ),
        "Divides siempre entre √d_model del cuaderno: el divisor es √d_k, con el d_k de tus argumentos.": hidden_softmax(
            raw / 4 + future
        ),
        "La máscara no se aplica.": hidden_softmax(z),
        "Anulas los pesos después del softmax: enmascara antes.": hidden_softmax(z) * visible,
        "Pones las puntuaciones ocultas a 0: deben valer −inf, porque e⁰ = 1.": hidden_softmax(z * visible),
        "El softmax va por filas, sobre las claves (axis=-1).": hidden_softmax(z + future, axis=0),
        "Has traspuesto las puntuaciones: consultas en filas, claves en columnas.": hidden_softmax(
            z.T + future
        ),
        "Comparas Q con Q: son Q por K traspuesta.": hidden_softmax(Q @ Q.T / np.sqrt(d_k) + future),
        "Comparas K con K: son Q por K traspuesta.": hidden_softmax(K @ K.T / np.sqrt(d_k) + future),
        "Comparas con el coseno: no dividas entre las normas, solo entre √d_k.": hidden_softmax(
            unit_Q @ unit_K.T + future
        ),
        "Cambias el signo de las puntuaciones: a más parecido, más peso.": hidden_softmax(-z + future),
        "Aplicas el softmax dos veces: con una basta.": hidden_softmax(right + future),
    }
    for hidden_digits in (2, 3):
        hidden_table[f"No redondees (a {hidden_digits} decimales)."] = np.round(right, hidden_digits)
    return hidden_table


def hidden_output_mistakes(Q, K, V):
    """Salidas que dan los errores más comunes cuando los pesos están bien."""
    weights = hidden_reference(Q, K, V, np.triu(np.ones((len(Q), len(Q)), dtype=bool), 1))[1]
    hidden_table = {
        "Mezclas con los pesos traspuestos: la salida es pesos por V.": weights.T @ V,
        "Mezclas con los pesos sin máscara: usa los que devuelves.": hidden_reference(Q, K, V)[0],
        "Es V sin mezclar: la salida es pesos por V.": V,
        "Divides la salida entre T: los pesos ya suman 1.": weights @ V / len(V),
        "Sumas V a la salida: aquí no hay conexión residual.": weights @ V + V,
    }
    return hidden_table


def hidden_mask_for(hidden_T):
    """La causal; o la del estudiante, si su atención la sigue: entonces solo le resta la máscara."""
    hidden_causal = np.triu(np.ones((hidden_T, hidden_T), dtype=bool), 1)
    return hidden_mistaken_mask(build_causal_mask, hidden_T) if follows_own_mask else hidden_causal


def hidden_compare(hidden_got, hidden_arguments, hidden_mask):
    """Compara la salida y los pesos con los que da la referencia con `hidden_mask`."""
    hidden_Q, hidden_K, hidden_V = hidden_arguments
    hidden_rows = ~hidden_mask.all(axis=1)  # las consultas que ven algo: todas, con la causal
    hidden_want = hidden_reference(hidden_Q[hidden_rows], hidden_K, hidden_V, hidden_mask[hidden_rows])
    hidden_case = f"con T = {len(hidden_Q)}, d_k = {hidden_Q.shape[1]} y d_v = {hidden_V.shape[1]}"
    hidden_hints = (
        "los pesos están bien: revisa el producto por V.",
        "los pesos son softmax(Q Kᵀ / √d_k) por filas, con −inf en lo oculto.",
    )
    hidden_shapes = (len(hidden_Q), hidden_V.shape[1]), hidden_mask.shape
    for hidden_n in (1, 0):  # antes los pesos, que son la causa
        hidden_name = ("output", "weights")[hidden_n]
        hidden_axes = f"{hidden_case}: output es (T, d_v) y weights (T, T), aunque alguno valga 1."
        hidden_part = hidden_checks.check_shape(
            hidden_name, hidden_got[hidden_n], hidden_shapes[hidden_n], hidden_axes
        )
        hidden_options = {"atol": 2e-5, "rtol": 1e-4, "hint": hidden_hints[hidden_n]}  # vale float32
        hidden_options["case"] = hidden_case if hidden_rows.all() else f"{hidden_case} y tu máscara"
        if hidden_rows.all():
            hidden_options["mistakes"] = (hidden_output_mistakes, hidden_mistakes)[hidden_n](
                *hidden_arguments
            )
        hidden_checks.check_close(
            hidden_name, hidden_part[hidden_rows], hidden_want[hidden_n], **hidden_options
        )


hidden_rng = hidden_fresh_generator()
hidden_any = "debe valer para cualquier T, d_k y d_v: lee los tamaños de los argumentos."
for hidden_T, hidden_dk, hidden_dv in ((5, 3, 4), (1, 2, 3), (4, 7, 1), (9, 1, 2), (2, 16, 5), (11, 5, 3)):
    hidden_Q, hidden_K = hidden_rng.normal(size=(2, hidden_T, hidden_dk)) * 1.7
    hidden_arguments = hidden_Q, hidden_K, hidden_rng.normal(size=(hidden_T, hidden_dv))
    hidden_mask = hidden_mask_for(hidden_T)
    if hidden_mask is not None:
        hidden_given = [hidden_part.copy() for hidden_part in hidden_arguments]
        hidden_got = hidden_call("causal_attention", causal_attention, *hidden_given, hint=hidden_any)
        hidden_compare(hidden_got, hidden_arguments, hidden_mask)
with hidden_checks.written_from_scratch("causal_attention"):
    hidden_got = causal_attention(*(hidden_part.copy() for hidden_part in hidden_arguments))
hidden_compare(hidden_got, hidden_arguments, hidden_mask)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba las propiedades.** Una atención causal correcta cumple, con cualquier entrada: filas que
# suman 1, ningún peso en el futuro, un pasado que no cambia cuando se edita el futuro y **más peso para la
# clave que más se parece a la consulta**. Para esto último, $Q = K = X$, como en la sección 1.2: se acerca la
# posición 1 a la última, y el peso que la última le da debe crecer; se aleja, y debe bajar.

# %% nbgrader={"grade": true, "grade_id": "test_ej1_propiedades", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "causal_attention")

property_rng = np.random.default_rng(1)
property_Q, property_K = property_rng.normal(size=(2, 6, 3))
property_V = property_rng.normal(size=(6, 2))
own_sizes = "¿usas algo de tamaño fijo (`causal_mask`, `seq_len`, `X`…) en lugar de los argumentos?"
with arguments_untouched(Q=property_Q, K=property_K, V=property_V):
    property_result = call(
        "causal_attention", causal_attention, property_Q, property_K, property_V, hint=own_sizes
    )
assert isinstance(property_result, (tuple, list)) and len(property_result) == 2, (
    "`causal_attention` debe devolver dos cosas, `return output, weights`; "
    f"llegó un valor de tipo {type(property_result).__name__}."
)
check_shape(
    "weights", property_result[1], (6, 6), f"una fila por consulta y una columna por clave; {own_sizes}"
)
infinite = "son las puntuaciones: falta el softmax, que convierte cada −inf en un peso 0."
all_hidden = "el softmax de una fila con todo oculto es 0/0: ¿la máscara oculta la diagonal, o está al revés?"
has_infinity = np.any(np.isinf(as_array("weights", property_result[1])))
check_finite("weights", property_result[1], infinite if has_infinity else all_hidden)
check_rows_sum_to_one("weights", property_result[1])
check_no_future("weights", property_result[1])


def weight_when(X, V, j):
    """Peso que la última posición da a la `j`, con Q = K = X."""
    return float(as_array("weights", causal_attention(X.copy(), X.copy(), V.copy())[1])[-1, j])


def check_attends(X, V, j):
    """Al acercar la clave `j` a la última consulta, su peso crece; al alejarla, baja."""
    before, closer, farther = (weight_when(moved(X, j, step), V, j) for step in (0.0, 1.0, -1.0))
    numbers = f"{before:.3g}; {closer:.3g} si se acerca la clave y {farther:.3g} si se aleja"
    text = f"La posición {len(X) - 1} da a la {j} un peso de {numbers}. Al acercarse debe crecer, y al alejarse, bajar."
    assert max(closer, before, farther) - min(closer, before, farther) > 1e-3, (
        f"{text}\nPista: los pesos deben salir de comparar Q con K, para todas las claves visibles."
    )
    assert closer > before > farther, (
        f"{text}\nPista: los pesos crecen con el producto de consulta y clave: ¿signo cambiado, o falta Q?"
    )


def moved(X, j, step):
    """`X` con la posición `j` desplazada hacia la última (o en contra, si `step` es negativo)."""
    X = X.copy()
    X[j] += step * X[-1]
    return X


for visible_sign in (1.0, -1.0):
    visible_X = 0.5 * property_K
    visible_X[-1] = visible_sign * np.array([0.6, -0.8, 0.0])
    check_attends(visible_X, property_V, 1)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.fresh import fresh_generator as hidden_fresh_generator

hidden_rng, hidden_float32 = hidden_fresh_generator(), {"atol": 1e-4}
hidden_names = ("output", "weights")
for hidden_T, hidden_dk, hidden_dv in ((7, 5, 3), (3, 4, 6)):
    hidden_Q, hidden_K = hidden_rng.normal(size=(2, hidden_T, hidden_dk))
    hidden_V = hidden_rng.normal(size=(hidden_T, hidden_dv))
    with hidden_checks.arguments_untouched(Q=hidden_Q, K=hidden_K, V=hidden_V):
        hidden_output, hidden_weights = causal_attention(hidden_Q, hidden_K, hidden_V)
    hidden_checks.check_rows_sum_to_one("weights", hidden_weights)
    hidden_checks.check_no_future("weights", hidden_weights)
    hidden_cut = hidden_T // 2
    hidden_edited = [part.copy() for part in (hidden_Q, hidden_K, hidden_V)]
    for hidden_part in hidden_edited:
        hidden_part[hidden_cut:] += 3.0
    hidden_output_edited = hidden_checks.as_array("output", causal_attention(*hidden_edited)[0])
    hidden_checks.check_close(
        hidden_names[0],
        hidden_output_edited[:hidden_cut],
        hidden_checks.as_array("output", hidden_output)[:hidden_cut],
        hint="cambia una posición anterior a lo editado, y no debe depender del futuro.",
        case="tras editar las posiciones que vienen después",
        **hidden_float32,
    )

    hidden_direction = hidden_rng.normal(size=hidden_dk)
    hidden_direction /= np.linalg.norm(hidden_direction)
    hidden_X = 0.4 * hidden_rng.normal(size=(hidden_T, hidden_dk))
    hidden_X -= np.outer(hidden_X @ hidden_direction, hidden_direction)
    for hidden_sign in (1.0, -1.0):
        hidden_X[-1] = hidden_sign * hidden_direction
        check_attends(hidden_X, hidden_V, int(hidden_rng.integers(0, hidden_T - 1)))

    hidden_same = np.tile(1000.0 * hidden_direction, (hidden_T, 1))  # todas las puntuaciones, cerca de 1e6
    hidden_overflow = "con puntuaciones enormes desborda: resta el máximo de la fila antes de exponenciar."
    for hidden_name, hidden_value in zip(
        hidden_names, causal_attention(hidden_same.copy(), hidden_same.copy(), hidden_V.copy())
    ):
        hidden_checks.check_finite(hidden_name, hidden_value, hidden_overflow)

    hidden_apart = hidden_same.copy()
    hidden_apart[0] *= -1  # la clave 0, muy por debajo; la consulta 0 no ve ninguna otra
    hidden_first = causal_attention(hidden_same.copy(), hidden_apart, hidden_V.copy())[1]
    hidden_alone = np.eye(1, hidden_T)
    hidden_unseen = (hidden_alone < 1) / (hidden_T - 1.0)
    hidden_checks.check_close(
        hidden_names[1],
        hidden_checks.as_array("weights", hidden_first)[:1],
        hidden_alone,
        hint="enmascara antes de restar el máximo, y que sea el de cada fila: el futuro no debe influir.",
        mistakes={"Con lo que pones en lo oculto no basta: usa −inf (o −1e9).": hidden_unseen},
        case="con puntuaciones enormes",
        **hidden_float32,
    )
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba la frase.** `output_masked` y `attn_masked` son los del objeto `attention` sobre `X`.

# %% nbgrader={"grade": true, "grade_id": "test_ej1_frase", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "output_masked", "attn_masked")

assert np.shape(output_masked) != (7, 7), (
    "`output_masked` tiene la forma de los pesos: `attention` devuelve primero la salida y después los pesos."
)
check_shape("output_masked", output_masked, (7, 16), "una fila por palabra y d_v = 16 columnas.")
check_shape("attn_masked", attn_masked, (7, 7), "una fila por consulta y una columna por clave.")
check_rows_sum_to_one("attn_masked", attn_masked)
check_no_future("attn_masked", attn_masked, "¿le pasas a `attention` la máscara, con mask=causal_mask?")

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

hidden_future = np.triu(np.ones((7, 7), dtype=bool), k=1)
hidden_X = np.random.RandomState(42).randn(7, 16) * 0.5
hidden_object = SelfAttentionNumPy(16, d_k=16, seed=42)


def hidden_run(hidden_mask):
    return hidden_object(hidden_X, mask=hidden_mask, return_attention=True)


hidden_output, hidden_weights = hidden_run(hidden_future)
hidden_scores = np.where(hidden_future, -np.inf, hidden_X @ hidden_X.T / 4)
hidden_bare = np.exp(hidden_scores - hidden_scores.max(axis=1, keepdims=True))
hidden_bare /= hidden_bare.sum(axis=1, keepdims=True)
hidden_mistakes = {
    "La máscara no se aplica.": hidden_run(None)[1],
    "Solo ve el futuro: la máscara está traspuesta.": hidden_run(hidden_future.T)[1],
    "Cada palabra se ve solo a sí misma: la máscara oculta también el pasado.": np.eye(7),
    "Es causal_attention(X, X, X): aquí se pide el objeto `attention`, que además proyecta.": hidden_bare,
    "Repartes por igual entre lo visible: usa los pesos del objeto `attention`.": (~hidden_future)
    / np.arange(1, 8)[:, None],
}
hidden_hint = "usa el objeto `attention` del cuaderno, con su X y tu máscara."
hidden_checks.check_close(
    "attn_masked", attn_masked, hidden_weights, hint=hidden_hint, mistakes=hidden_mistakes, atol=1e-5
)
hidden_mistakes = {
    "Es la salida sin máscara: usa la de la llamada con mask=causal_mask.": hidden_run(None)[0],
    "Son los pesos por X: `attention` mezcla los valores, que son X por W_v.": hidden_weights @ hidden_X,
    "Es X: se pide la salida de `attention`.": hidden_X,
}
hidden_hint = "los pesos están bien; la salida es la que devuelve esa misma llamada."
hidden_checks.check_close(
    "output_masked", output_masked, hidden_output, hint=hidden_hint, mistakes=hidden_mistakes, atol=1e-5
)
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# Cuando las pruebas pasen, esta celda compara la atención con máscara y sin ella.

# %%
if "attn_masked" in globals():
    fig, axes = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
    plot_attention(axes[0], attn_weights, tokens, "Sin máscara (bidireccional)")
    image = plot_attention(axes[1], attn_masked, tokens, "Con máscara causal (como en GPT)")
    fig.colorbar(image, ax=axes, label="Peso de atención (cada fila suma 1)")
    show_figure(
        fig,
        caption=(
            "**Figura 1.3.** La misma atención sin máscara y con ella. A la derecha, todo lo que queda por "
            "encima de la diagonal vale 0 y cada fila reparte su 1 entre las posiciones que ve."
        ),
        alt=(
            "Dos mapas de calor de 7 por 7. El primero es casi uniforme. En el segundo el triángulo superior "
            "vale 0, la primera fila es 1 en su primera columna y la última coincide con la del primero."
        ),
    )
else:
    print("Completa antes el ejercicio 1: falta `attn_masked`.")

# %% [markdown]
# **Explica.**
#
# 1. ¿Por qué la primera fila de la derecha vale 1 en su primera columna, sea cual sea la frase?
# 2. ¿Por qué la última fila es idéntica en los dos mapas?
# 3. Si añades una octava palabra, ¿qué filas de la derecha cambian?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. La primera posición solo se ve a sí misma, y sus pesos deben sumar 1.
# 2. La última posición ve toda la frase: la máscara no le oculta nada.
# 3. Ninguna de las siete: solo aparece una fila nueva. Por eso, al generar, se pueden guardar las claves
#    y los valores ya calculados (la *caché KV*).
# </details>
#
# ## Resumen
#
# - La autoatención es una media ponderada de valores; los pesos salen de comparar consultas y claves.
# - Dividir entre $\sqrt{d_k}$ mantiene la varianza de las puntuaciones cerca de 1.
# - La máscara va antes del softmax; aquí `True` significa oculta.
# - Un mapa de atención de un modelo sin entrenar es ruido.
#
# Sigue en `parte2_multi_head`.
