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
# # Parte 8. Ejercicios finales
#
# **Qué sabrás hacer al terminar**
#
# - Describir con medidas, y no a ojo, qué hacen las cabezas de un BERT entrenado en distintas capas.
# - Decir qué resume la entropía de la atención y qué esconde.
# - Ajustar BERT a una tarea tuya y medir el resultado sin engañarte.
#
# | | |
# |---|---|
# | Tiempo | unos 120 minutos |
# | Hace falta | las partes 2 y 5; NumPy: sumas y medias sobre un eje |
# | Se entrega | el ejercicio 5 (14 puntos automáticos y 5 de una reflexión) y el 6 (16 puntos) |
#
# **Símbolos nuevos** (los demás son los de las partes anteriores)
#
# | símbolo | significado |
# |---|---|
# | $L$ | número de capas |
# | $a_{ij}$ | peso con el que la consulta $i$ atiende a la clave $j$ |
# | $H$ | entropía de una fila de pesos, en nats |
# | $e^{H}$ | número efectivo de claves: entre cuántas, por igual, equivale a repartir |

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

from codigo.checks import (
    arguments_untouched,
    as_array,
    check_close,
    check_finite,
    check_shape,
    require_defined,
)
from codigo.figures import show_figure
from codigo.readable import check_names_each, check_says_what
from codigo.transformers import BERTSentimentClassifier, compare_attention_patterns
from codigo.widgets import AttentionViewer

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 8.1 El modelo y la frase
#
# Al crearlo, el clasificador escribe qué modelo usa y de dónde lo ha sacado. Todo lo que midas en este
# cuaderno vale para **ese** modelo: con otro BERT, los números serán otros.

# %%
torch.set_num_threads(1)  # con el equipo ocupado, varios hilos se estorban; si está libre, prueba con más
text = "The quick brown fox jumps over the lazy dog"
bert = BERTSentimentClassifier()

# %% [markdown]
# > **Predice.** La frase tiene nueve palabras, todas corrientes. ¿De qué tamaño será cada matriz de
# > atención? ¿Cuántas matrices habrá en total?

# %%
tokens = bert.get_tokens(text)
maps = bert.get_attention_maps([text])[0]  # (L, h, T, T)
L, h, T, _ = maps.shape
print(f"{T} tokens:", tokens)
print(f"{L} capas de {h} cabezas: {L * h} matrices de {T} por {T}")
print("get_attention_weights(text, 0):", bert.get_attention_weights(text, 0).shape, "= (h, T, T)")

# %% [markdown]
# **Explica.** El tokenizador añade `[CLS]` al principio y `[SEP]` al final, y la atención los trata como a
# cualquier otro token. Si alguna palabra se hubiera partido en trozos, habría todavía más. Las capas se
# cuentan desde 0: la última es la $L - 1$.

# %% [markdown]
# ## 8.2 Mirar tres capas
#
# > **Predice.** En las partes 1 y 2, la atención de unos pesos al azar era casi uniforme. Este modelo está
# > entrenado. ¿En qué se parecerán los mapas de la primera capa, una del medio y la última?

# %%
overview = compare_attention_patterns(text, layers_to_show=[0, 6, 11], classifier=bert)
favourites = {layer: tokens[maps[layer].mean(axis=(0, 1)).argmax()] for layer in (0, 6, 11)}
show_figure(
    overview,
    caption=(
        "**Figura 8.1.** Arriba, la media de las cabezas de las capas 0, 6 y 11; abajo, la cabeza más concentrada "
        "de cada una. La columna más clara de las medias es "
        + "; ".join(f"en la capa {layer}, {token}" for layer, token in favourites.items())
        + "."
    ),
    alt=(
        f"Seis mapas de calor de {T} por {T} con la misma escala, de 0 a 1: arriba, la media de las cabezas de las "
        "capas 0, 6 y 11; abajo, una sola cabeza de cada capa, la más concentrada. La columna más clara de cada "
        f"media es la de {', '.join(favourites.values())}, en ese orden."
    ),
)

# %% [markdown]
# **Explica.** Busca tres cosas: columnas claras (un token al que atienden casi todos), diagonales claras
# (una posición relativa fija) y mapas lisos (nada destaca). Fíjate en cuánto cambia la historia entre la
# fila de arriba y la de abajo: la media de las cabezas tapa lo que hace cada una, como viste en la
# sección 2.6.
#
# **Pruébalo.** Todas las capas y cabezas, de una en una. Señala «fox» y baja por las capas con Av Pág; después,
# señala `[SEP]` a la derecha y mira en qué capas recibe más líneas. Apunta dos cabezas que parezcan seguir una
# regla: en la sección siguiente podrás medirlas.

# %%
AttentionViewer(maps, tokens)

# %% [markdown]
# Mirar sirve para formular hipótesis. Para sostenerlas hay que medir, y comparar cada medida con lo que
# daría una atención **uniforme**.

# %% [markdown]
# ## 8.3 Ejemplo resuelto: medir lo que se ve
#
# Tres medidas, cada una con su regla:
#
# - **distancia media** $\sum_j a_{ij}\,|i - j|$: a cuántas posiciones queda lo que se mira;
# - **parte que va a un token** fijo, como `[CLS]` o `[SEP]`: la media de su columna;
# - **parte que va al token anterior**: la media de la diagonal $a_{i,\,i-1}$.


# %%
def mean_distance(attention):
    """Distancia media a la que atiende cada cabeza: de (h, T, T) a (h,), en posiciones."""
    positions = np.arange(attention.shape[-1])
    gaps = np.abs(positions[:, None] - positions[None, :])  # (T, T)
    return np.einsum("hij,ij->h", attention, gaps) / len(positions)


def share_to_token(attention, key):
    """Parte de la atención de cada cabeza que va a la clave `key`: de (h, T, T) a (h,)."""
    return attention[:, :, key].mean(axis=1)


def share_to_previous(attention):
    """Parte que va al token anterior, en media sobre las consultas que lo tienen: de (h, T, T) a (h,)."""
    return np.diagonal(attention, offset=-1, axis1=1, axis2=2).mean(axis=1)


# %% [markdown]
# > **Predice.** En una atención uniforme, cada token recibe $1/T$. ¿Pasarán `[CLS]` y `[SEP]`, que no son
# > palabras, de ese valor? ¿Habrá alguna cabeza que mire casi siempre al token anterior?


# %%
def describe(attention):
    """Las cuatro medidas: tres en media sobre las cabezas, y la mejor cabeza para el token anterior."""
    return (
        mean_distance(attention).mean(),
        share_to_token(attention, 0).mean(),
        share_to_token(attention, -1).mean(),
        share_to_previous(attention).max(),
    )


rows_shown = {f"capa {layer}": describe(maps[layer]) for layer in (0, 6, 11)}
rows_shown["uniforme"] = describe(np.full((1, T, T), 1 / T))
print("           distancia   a [CLS]   a [SEP]   al anterior (la cabeza que más)")
for name, (distance, to_cls, to_sep, to_previous) in rows_shown.items():
    print(f"{name:9s} {distance:10.2f} {to_cls:9.1%} {to_sep:9.1%} {to_previous:13.1%}")

# %% [markdown]
# **Explica.** Lee cada columna contra su última fila.
#
# - Una cabeza que da al token anterior mucho más de $1/T$ hace lo mismo que la que diseñaste a mano en la
#   sección 2.5, pero a esta nadie le escribió la regla: salió del entrenamiento. Se han descrito en
#   otros BERT ([Clark et al., 2019](https://arxiv.org/abs/1906.04341)).
# - Si `[CLS]` y `[SEP]` se llevan mucho más de $1/T$, actúan como **sumidero**: el softmax obliga a
#   repartir 1 entre las claves, y una cabeza que no encuentra lo suyo necesita un sitio donde dejarlo
#   ([Kovaleva et al., 2019](https://arxiv.org/abs/1908.08593);
#   [Xiao et al., 2023](https://arxiv.org/abs/2309.17453)).
# - Una distancia parecida a la uniforme no significa que la capa sea uniforme. `[CLS]` y `[SEP]` están en los
#   extremos: mirarlos mucho también aleja.
#
# Las tres capas son una muestra. ¿Qué pasa en las demás?

# %%
to_cls = np.array([share_to_token(layer, 0).mean() for layer in maps])  # (L,)
to_sep = np.array([share_to_token(layer, -1).mean() for layer in maps])
to_previous = np.array([share_to_previous(layer).max() for layer in maps])

profile, ax = plt.subplots(figsize=(9, 4.8), layout="constrained")
ax.plot(to_cls, "o-", markersize=9, markerfacecolor="none", label="a [CLS], media de las cabezas")
ax.plot(to_sep, "s--", markersize=4, label="a [SEP], media de las cabezas")
ax.plot(to_previous, "^-.", label="al token anterior, la cabeza que más")
ax.axhline(1 / T, color="0.4", linestyle=":", label="reparto uniforme, 1/T")
ax.set(xlabel="Capa", ylabel="Parte de la atención (de 0 a 1)", ylim=(0, 1.05))
ax.set_xticks(range(L))
ax.legend(frameon=False)
show_figure(
    profile,
    caption=(
        f"**Figura 8.2.** Adónde va la atención en las {L} capas. [CLS] recibe más en la capa {to_cls.argmax()} "
        f"({to_cls.max():.0%}), [SEP] en la {to_sep.argmax()} ({to_sep.max():.0%}); la cabeza más fiel al token "
        f"anterior está en la {to_previous.argmax()} ({to_previous.max():.0%}). La línea de puntos es 1/T, {1 / T:.0%}."
    ),
    alt=(
        f"Tres curvas por capa, de la 0 a la {L - 1}. La de [CLS] va de {to_cls[0]:.2f} a {to_cls[-1]:.2f} con máximo "
        f"en la capa {to_cls.argmax()}; la de [SEP], de {to_sep[0]:.2f} a {to_sep[-1]:.2f} con máximo en la "
        f"{to_sep.argmax()}; la de la mejor cabeza para el token anterior, de {to_previous[0]:.2f} a "
        f"{to_previous[-1]:.2f}. Una línea de puntos marca 1/T, {1 / T:.2f}."
    ),
)

# %% [markdown]
# Una frase tampoco basta: lo que parece una regla puede ser una casualidad de estas nueve palabras. Aquí van
# cinco frases más, con la cabeza de la capa 0 que más atiende al token anterior en cada una.
#
# > **Predice.** Si la cabeza sigue una regla de **posición**, ¿será la misma en todas las frases? ¿Y si
# > dependiera de las palabras?

# %%
other_sentences = [
    "She closed the window because it was raining.",
    "Why did nobody tell me about the party?",
    "Seven old boats were painted blue last summer.",
    "The answer, as usual, is more complicated than it seems.",
    "Please leave the parcel with my sister upstairs.",
]
for attention, sentence in zip(bert.get_attention_maps(other_sentences), other_sentences):
    per_head = share_to_previous(attention[0])
    print(f"cabeza {per_head.argmax():2d}: {per_head.max():6.1%} al token anterior   «{sentence}»")

# %% [markdown]
# **Explica.** Si sale siempre la misma cabeza, y con una parte parecida, la regla es de esa cabeza y no de la
# frase. Así se sostiene una afirmación sobre una cabeza: con una medida, una referencia y más de un ejemplo.
#
# Y una cautela: un peso grande **no** demuestra que el token importe para la salida. Lo que se entrega es
# el peso por el valor, y un valor puede ser casi nulo
# ([Kobayashi et al., 2020](https://arxiv.org/abs/2004.10102)). Si la atención explica una predicción es
# asunto discutido: [Jain y Wallace, 2019](https://arxiv.org/abs/1902.10186), creen que no;
# [Wiegreffe y Pinter, 2019](https://arxiv.org/abs/1908.04626), que depende de qué se entienda por explicar.

# %% [markdown]
# ## 8.4 Resumir el reparto: el número efectivo de claves
#
# La entropía de la sección 2.4 resume una fila en un número, en *nats*. Su exponencial se lee mejor:
# $e^{H}$ es entre cuántas claves, por igual, equivaldría a repartir.
#
# ### Ejemplo con huecos
#
# Cuatro filas inventadas, con sus entropías ya calculadas.
#
# > **Predice.** ¿Cuál es el número efectivo de claves de cada fila? ¿Qué dos filas no se podrán distinguir?
#
# Sustituye los `...` y ejecuta la celda. No puntúa.

# %%
rows_demo = {
    "decidida": [1, 0, 0, 0],
    "duda entre las dos primeras": [0.5, 0.5, 0, 0],
    "duda entre las dos últimas": [0, 0, 0.5, 0.5],
    "uniforme": [0.25, 0.25, 0.25, 0.25],
}
entropy_demo = np.array(
    [sum(-weight * math.log(weight) for weight in row if weight > 0) for row in rows_demo.values()]
)

effective_demo = ...  # hueco: el número efectivo de claves de cada fila, a partir de entropy_demo; forma (4,)

for (name, row), value in zip(rows_demo.items(), entropy_demo):
    print(f"{name:28s} {row!s:26s} H = {value:.3f} nats")
if effective_demo is ...:
    print("Queda un hueco por completar.")
else:
    check_close(
        "effective_demo",
        effective_demo,
        [1, 2, 2, 4],
        hint="es la exponencial de la entropía.",
        mistakes={"La entropía está en nats: la base es e, no 2.": 2**entropy_demo},
    )
    print("Correcto: 1, 2, 2 y 4 claves.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar el hueco</summary>
#
# ```python
# effective_demo = np.exp(entropy_demo)
# ```
# </details>
#
# **Explica.** Las dos filas que dudan tienen la misma entropía y no comparten ninguna clave. La entropía dice
# **cuánto** se reparte, no **a quién** se mira: dos capas con la misma entropía pueden hacer cosas
# distintas. Tenlo presente en el ejercicio.

# %% [markdown]
# ---
# ## Ejercicio 5. La atención por capas
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | media | 35 minutos | 14, y 5 de la reflexión |
#
# ¿Reparten más la atención las primeras capas o las últimas? En una sola celda:
#
# - **5a** (6 puntos, 2 de ellos por los casos límite). Escribe `attention_entropy(attention)`: recibe los pesos de una
#   capa, `(h, T, T)`, y devuelve un arreglo `(h,)` con la entropía de cada cabeza, en nats: la **media, sobre las
#   consultas**, de la entropía de cada fila. Debe servir para cualquier `h` y `T`, tratar los pesos que valen 0
#   ($0 \cdot \log 0 = 0$) y no modificar su argumento.
# - **5b** (5 puntos). Define `layer_entropy`, un diccionario con claves 0, 6 y 11: para cada capa de la frase
#   `text`, la **media sobre las cabezas** de su entropía, como un número.
# - **5c** (3 puntos). Define `fig`, una figura de Matplotlib que permita comparar las tres capas. Debe leerse sola: un
#   título, o el rótulo de un eje, que diga qué se mide; y el **número de cada capa** escrito en una marca, la leyenda, un
#   título o una nota (o un eje que se llame «capa» y vaya de 0 a 11). Lo demás es libre: barras, puntos, mapas, o la de
#   `compare_attention_patterns`.
#
# Tienes `np`, `plt`, `text`, `bert` (con `get_attention_weights`) y `compare_attention_patterns`; si usas esta
# última, dale `classifier=bert` para no cargar otro modelo.
#
# > **Predice.** Antes de programar: ordena las capas 0, 6 y 11 de menor a mayor entropía, a partir de la
# > figura 8.1.
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# Cada fila de cada matriz es una distribución: una consulta que reparte 1 entre las claves. Primero se
# calcula la entropía de **cada** fila y solo después se promedia; al revés sale otra cosa, como viste en la
# sección 2.6. Los ceros merecen cuidado: el término vale 0, pero el ordenador hace cero por menos infinito y
# da `nan`, que contagia a toda la media. Hay que tomar el logaritmo solo donde el peso es positivo. Dos
# pruebas rápidas: filas uniformes deben dar log T, y filas con un solo 1, exactamente 0.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Los ejes son, en orden, cabezas, consultas y claves: (h, T, T). La entropía suma sobre el último, el de las
# claves, y deja (h, T). La media sobre las consultas deja (h,), un número por cabeza. Para el diccionario
# falta otra media, sobre las cabezas, que deja un solo número por capa. Las capas se cuentan desde 0, así
# que las claves 0, 6 y 11 son las mismas que se le piden al modelo. Cualquier valor correcto queda entre 0 y
# log T, con T contando `[CLS]` y `[SEP]`.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# entropía(atención):
#     logaritmos = log del peso donde es positivo, 0 en lo demás
#     por fila = menos la suma, sobre las claves, de peso por logaritmo
#     devolver la media de cada cabeza sobre sus consultas
#
# para cada capa de 0, 6 y 11:
#     pedir al modelo los pesos de esa capa para la frase
#     diccionario[capa] = media de entropía(pesos)
# ```
#
# Para el primer paso, `np.log` admite los argumentos `where` y `out`. Para la figura: un grupo de puntos por
# capa, uno por cabeza, enseña más que una sola barra con la media.
# </details>


# %% nbgrader={"grade": false, "grade_id": "ej5_atencion_por_capas", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attention_entropy(attention):
    """Entropía de cada cabeza, media sobre sus consultas.

    Entrada: attention (h, T, T), con filas que suman 1; puede haber pesos que valgan 0.
    Devuelve: arreglo (h,), en nats.
    """
    ### BEGIN SOLUTION
    shares = np.asarray(attention, dtype=np.float64)  # (h, T, T)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    by_query = -(shares * logs).sum(axis=-1)  # (h, T)
    return by_query.mean(axis=-1)
    ### END SOLUTION


# Define `layer_entropy`: {0: …, 6: …, 11: …}, la entropía media de cada capa en la frase `text`.
### BEGIN SOLUTION
head_entropies = {
    number: attention_entropy(bert.get_attention_weights(text, number)) for number in (0, 6, 11)
}
layer_entropy = {number: float(values.mean()) for number, values in head_entropies.items()}
### END SOLUTION

# Define `fig`: una figura que compare las tres capas.
### BEGIN SOLUTION
fig, panel = plt.subplots(figsize=(7.5, 4.6), layout="constrained")
for place, (number, values) in enumerate(head_entropies.items()):
    spread = np.linspace(-0.18, 0.18, len(values))  # separa los puntos: no es ninguna medida
    panel.plot(place + spread, np.sort(values), "o", markerfacecolor="none", color="C0")
    panel.hlines(layer_entropy[number], place - 0.3, place + 0.3, colors="C1", linewidth=3)
panel.axhline(np.log(T), color="0.4", linestyle=":")
panel.set_xticks(range(3), [f"capa {number}" for number in head_entropies])
panel.set(
    title="Puntos: una cabeza. Raya: media. Línea: log T",
    ylabel="Entropía (nats)",
    ylim=(-0.1, 1.1 * np.log(T)),
)
layer_means = "; ".join(f"capa {number}, {value:.2f} nats" for number, value in layer_entropy.items())
figure_text = "**Ejercicio 5.** Entropía de cada cabeza en las capas 0, 6 y 11, ordenadas de menor a mayor."
show_figure(fig, figure_text, alt=f"Tres grupos de puntos, uno por capa, con su media: {layer_means}.")
### END SOLUTION

# %% [markdown]
# **Comprueba la función.** Dos cabezas y cuatro tokens, con todos los pesos positivos. La primera reparte por
# igual: $\log 4$. La segunda, unas filas más y otras menos.

# %% nbgrader={"grade": true, "grade_id": "test_ej5_entropia", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "attention_entropy")

visible_attention = np.array(
    [
        [[0.25, 0.25, 0.25, 0.25]] * 4,
        [[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7], [0.25, 0.25, 0.25, 0.25]],
    ]
)  # (h, T, T) = (2, 4, 4)
visible_entropy = attention_entropy(visible_attention.copy())
entropy_shape_hints = {
    (): "es un solo número: se pide uno por cabeza.",
    (4,): "hay uno por consulta: promedia sobre las consultas, no sobre las cabezas.",
    (2, 4): "hay uno por cabeza y consulta: falta promediar sobre las consultas.",
    (4, 4): "promedias sobre las cabezas: se pide una entropía por cabeza.",
    (2, 4, 4): "están los términos sin sumar: suma sobre las claves y promedia sobre las consultas.",
}
entropy_shape = as_array("attention_entropy(attention)", visible_entropy).shape
entropy_shape_hint = entropy_shape_hints.get(entropy_shape, "un número por cabeza.")
check_shape("attention_entropy(attention)", visible_entropy, (2,), entropy_shape_hint)
check_finite(
    "attention_entropy(attention)", visible_entropy, "los pesos son positivos: no hace falta ningún `nan`."
)
visible_right = np.array([np.log(4), 1.1367611])
check_close(
    "attention_entropy(attention)",
    visible_entropy,
    visible_right,
    hint="por fila, menos la suma de peso por logaritmo, y después la media sobre las consultas. Si difiere poco, ¿sumas "
    "algo dentro del logaritmo? Basta 1e-12.",
    mistakes={
        "Falta el signo menos: una entropía no es negativa.": -visible_right,
        "Está en bits: usa el logaritmo natural.": visible_right / np.log(2),
        "Está en base 10: usa el logaritmo natural.": visible_right / np.log(10),
        "Sumas sobre las consultas: falta dividir entre T.": visible_right * 4,
        "Está normalizada: no dividas entre log T.": visible_right / np.log(4),
        "Promedias también sobre las claves: sobre ellas se suma.": visible_right / 4,
        "Es el número efectivo de claves, la exponencial: se pide la entropía.": np.exp(visible_right),
        "Es la entropía de la fila media: calcula antes la de cada fila.": [np.log(4), 1.3353636],
        "Es la suma de los cuadrados: la entropía lleva un logaritmo.": [0.25, 0.3975],
        "Es 1 menos la suma de cuadrados (el índice de Gini): la entropía lleva un logaritmo.": [
            0.75,
            0.6025,
        ],
        "Es lo que le falta para log T: se pide la entropía.": [0, 0.2495332],
        "Usas una sola consulta de cada cabeza: promedia todas.": [np.log(4), 0.940448],
        "Usas el máximo de las consultas, o solo la última: promedia todas.": [np.log(4), np.log(4)],
        "Usas la mediana de las consultas, o dejas fuera la primera y la última: es la media de todas.": [
            np.log(4),
            1.1101511,
        ],
        "No redondees el resultado.": [1.39, 1.14],
        "Divides entre el T del cuaderno: la media es sobre las consultas de tu argumento.": visible_right
        * (4 / maps.shape[-1]),
        "Sumas 0.01 dentro del logaritmo: es tanto que cambia el resultado; basta 1e-12.": [
            1.3470737,
            1.0979441,
        ],
        "Sumas 0.001 dentro del logaritmo: es tanto que cambia el resultado; basta 1e-12.": [
            1.3823023,
            1.1327735,
        ],
    },
    atol=2e-4,
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks


def hidden_rows(hidden_p):
    """Entropía de cada fila, (h, T)."""
    hidden_p = hidden_p.astype(np.float64)
    return -(hidden_p * np.log(np.where(hidden_p > 0, hidden_p, 1.0))).sum(axis=-1)


def hidden_mistakes(hidden_p):
    """Lo que dan los errores más comunes."""
    hidden_p = hidden_p.astype(np.float64)
    hidden_by_row = hidden_rows(hidden_p)
    hidden_mean, hidden_T = hidden_by_row.mean(axis=-1), hidden_p.shape[-1]
    hidden_mixed = hidden_p.mean(axis=1, keepdims=True)
    hidden_table = {
        "Falta el signo menos.": -hidden_mean,
        "Está en bits: usa el logaritmo natural, no el de base 2.": hidden_mean / np.log(2),
        "Está en base 10: usa el natural.": hidden_mean / np.log(10),
        "Sumas las entropías de las consultas: se promedian.": hidden_by_row.sum(axis=-1),
        "Promedias también sobre las claves: sobre ellas la entropía es una suma.": hidden_mean / hidden_T,
        "Es la entropía de la fila media: la media va después.": hidden_rows(hidden_mixed)[:, 0],
        "Usas solo la primera consulta: promedia todas.": hidden_by_row[:, 0],
        "Usas solo la última consulta: promedia todas.": hidden_by_row[:, -1],
        "Usas el máximo de las consultas en lugar de la media.": hidden_by_row.max(axis=-1),
        "Usas la mediana de las consultas en lugar de la media.": np.median(hidden_by_row, axis=-1),
        "Es la exponencial de la entropía: se pide la entropía.": np.exp(hidden_mean),
        "Divides siempre entre 4, el T del ejemplo: se divide entre T.": hidden_by_row.sum(axis=-1) / 4,
    }
    if hidden_T > 2:
        hidden_inner = hidden_by_row[:, 1:-1].mean(axis=-1)
        hidden_table["Dejas fuera la primera y la última consulta: cuentan todas."] = hidden_inner
    if hidden_T > 1:
        hidden_table["Está normalizada: sobra dividir entre log T."] = hidden_mean / np.log(hidden_T)
    for hidden_eps in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5):
        hidden_text = f"Sumas {hidden_eps:g} dentro del logaritmo: es tanto que cambia el resultado."
        hidden_table[hidden_text] = -(hidden_p * np.log(hidden_p + hidden_eps)).sum(axis=-1).mean(axis=-1)
        hidden_floor = np.maximum(hidden_p, hidden_eps)
        hidden_text = f"Recortas los pesos a {hidden_eps:g}: es tanto que cambia el resultado."
        hidden_table[hidden_text] = -(hidden_floor * np.log(hidden_floor)).sum(axis=-1).mean(axis=-1)
    return hidden_table


def hidden_softmax(hidden_z):
    hidden_z = np.exp(hidden_z - hidden_z.max(axis=-1, keepdims=True))
    return hidden_z / hidden_z.sum(axis=-1, keepdims=True)


hidden_rng = hidden_checks.fresh_generator()
hidden_cases = []
for hidden_h, hidden_n, hidden_scale in ((3, 7, 1.5), (12, 11, 3), (4, 5, 2), (5, 2, 1), (2, 13, 0)):
    hidden_z = hidden_scale * hidden_rng.uniform(-2, 2, size=(hidden_h, hidden_n, hidden_n))
    hidden_cases.append(hidden_softmax(hidden_z))
for hidden_p in hidden_cases:
    hidden_label = "attention_entropy(attention)"
    hidden_got = attention_entropy(hidden_p.copy())
    hidden_checks.check_shape(hidden_label, hidden_got, hidden_p.shape[:1], "una entropía por cabeza.")
    hidden_checks.check_finite(
        hidden_label, hidden_got, "los pesos son positivos: no hace falta ningún `nan`."
    )
    hidden_checks.check_close(
        hidden_label,
        hidden_got,
        hidden_rows(hidden_p).mean(axis=-1),
        hint="debe valer para cualquier número de cabezas y de tokens.",
        mistakes=hidden_mistakes(hidden_p),
        case=f"con una atención de forma {hidden_p.shape}",
        atol=2e-4,  # hidden_p puede ir en float32
    )
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba los casos límite.** Pesos que valen 0, una sola cabeza, y que el argumento quede como estaba. Aquí la
# segunda cabeza tiene dos filas decididas (0) y dos que dudan entre dos claves ($\log 2$): la media es $\log 2 / 2$.

# %% nbgrader={"grade": true, "grade_id": "test_ej5_casos_limite", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "attention_entropy")

visible_attention = np.array(
    [
        [[0.25, 0.25, 0.25, 0.25]] * 4,
        [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.0, 0.5]],
    ]
)  # (h, T, T) = (2, 4, 4)
with arguments_untouched(attention=visible_attention):
    visible_entropy = attention_entropy(visible_attention)
check_finite(
    "attention_entropy(attention)",
    visible_entropy,
    "0 · log 0 da `nan` en el ordenador y debe valer 0: toma el logaritmo solo donde el peso es positivo.",
)
check_close(
    "attention_entropy(attention)",
    visible_entropy,
    [np.log(4), np.log(2) / 2],
    hint="si también falla la prueba de arriba, empieza por ella. Los pesos que valen 0 no suman nada: ni los cambies "
    "por otro número, ni quites su fila.",
    mistakes={
        "Dejas fuera las filas decididas: su entropía es 0, y también cuentan en la media.": [
            np.log(4),
            np.log(2),
        ],
        "Devuelves 0 para toda la cabeza que tiene algún peso 0: solo ese término vale 0.": [np.log(4), 0],
    },
    atol=2e-4,
)
check_shape(
    "attention_entropy(una sola cabeza)",
    attention_entropy(visible_attention[:1].copy()),
    (1,),
    "una entropía por cabeza, también si hay una sola cabeza: un arreglo de un número.",
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks


def hidden_expected(hidden_p):
    """Entropía media de cada cabeza; los ceros no suman."""
    hidden_p = hidden_p.astype(np.float64)
    hidden_terms = hidden_p * np.log(np.where(hidden_p > 0, hidden_p, 1.0))
    return -hidden_terms.sum(axis=-1).mean(axis=-1)


hidden_rng = hidden_checks.fresh_generator()
hidden_scores = hidden_rng.normal(size=(1, 5, 5))
hidden_weights = np.exp(hidden_scores) / np.exp(hidden_scores).sum(axis=-1, keepdims=True)
hidden_steps = np.arange(1, 6)[:, None]
for hidden_case, hidden_p in (
    ("con un 1 por fila", np.eye(6)[hidden_rng.integers(0, 6, size=(3, 6))]),
    ("con máscara causal", np.tril(np.ones((4, 5, 5))) / hidden_steps),
    ("con una sola cabeza", hidden_weights),
    ("con un solo token", np.ones((3, 1, 1))),
    ("con una cabeza y un token", np.ones((1, 1, 1))),
    ("con pesos float32", hidden_weights.repeat(2, axis=0).astype(np.float32)),
    ("con filas iguales", np.repeat(hidden_weights[:, :1], 5, axis=1)),
):
    hidden_label, hidden_want = "attention_entropy(attention)", hidden_expected(hidden_p)
    with hidden_checks.arguments_untouched(attention=hidden_p):
        hidden_got = attention_entropy(hidden_p)
    hidden_shape_hint = (
        f"{hidden_case}: una entropía por cabeza, también si hay una sola cabeza o un solo token."
    )
    hidden_checks.check_shape(hidden_label, hidden_got, hidden_p.shape[:1], hidden_shape_hint)
    hidden_checks.check_finite(hidden_label, hidden_got, "los pesos que valen 0 aportan 0, no `nan`.")
    hidden_hint = "los pesos que valen 0 no suman nada, y todas las consultas cuentan en la media."
    hidden_checks.check_close(
        hidden_label, hidden_got, hidden_want, hint=hidden_hint, case=hidden_case, atol=2e-4
    )
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba las capas.** Tres números entre 0 y $\log T$. Si tu función tiene un error, ya ha contado en 5a: aquí
# vale también la media de lo que ella da.

# %% nbgrader={"grade": true, "grade_id": "test_ej5_capas", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "layer_entropy")

from contextlib import suppress
from numbers import Number


def entropy_of(layer):
    """El valor de `layer_entropy[layer]` como número, sea del tipo que sea."""
    name, value = f"layer_entropy[{layer}]", layer_entropy[layer]
    array = as_array(name, float(value) if isinstance(value, Number) else value)
    hint = (
        "hay uno por cabeza: falta la media sobre las cabezas." if array.ndim == 1 else "un número por capa."
    )
    return float(check_shape(name, array.reshape(()) if array.size == 1 else array, (), hint))


assert hasattr(layer_entropy, "keys"), (
    "`layer_entropy` debe ser un diccionario {número de capa: entropía}; "
    f"llegó un valor de tipo {type(layer_entropy).__name__}."
)
absent = [layer for layer in (0, 6, 11) if layer not in layer_entropy]
assert not absent, (
    f"A `layer_entropy` le faltan las claves {absent}; tiene {list(layer_entropy)}. Las claves son los números "
    "de capa, como enteros, contados desde 0."
)


def limits_of(layer):
    """Entre qué valores puede estar la media de una capa: 0 y log T, y lo que dé tu función en sus cabezas."""
    limits = [0.0, np.log(len(bert.get_tokens(text)))]
    with suppress(Exception):  # si tu función no está o falla, esta prueba no la necesita
        limits += as_array("attention_entropy", attention_entropy(maps[layer].copy())).ravel().tolist()
    return np.nanmin(limits) - 1e-4, np.nanmax(limits) + 1e-4


for layer in (0, 6, 11):
    value, (least, most) = entropy_of(layer), limits_of(layer)
    check_finite(f"layer_entropy[{layer}]", value, "¿se toma el logaritmo de un peso que vale 0?")
    assert value >= least, (
        f"`layer_entropy[{layer}]` vale {value:.4g} y una entropía no es negativa: ¿falta el signo menos?"
    )
    assert value <= most, (
        f"`layer_entropy[{layer}]` vale {value:.4g} nats y no puede pasar de {most:.4g}, log T.\nPista: ¿sumas las "
        "cabezas o las consultas en lugar de promediarlas, usas el logaritmo en base 2, o es la exponencial?"
    )

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.untrained import untrained_classifier as hidden_untrained

# Otro modelo: el del cuaderno puede haberse entrenado después.
hidden_bert = hidden_untrained("bert-base-uncased", 2)
hidden_sentence = "The quick brown fox jumps over the lazy dog"
hidden_maps = hidden_bert.get_attention_maps([hidden_sentence])[0].astype(np.float64)  # (L, h, T, T)


def hidden_rows(hidden_p):
    return -(hidden_p * np.log(np.maximum(hidden_p, 1e-300))).sum(axis=-1)


hidden_by_layer = hidden_rows(hidden_maps)  # (L, h, T)
hidden_means = hidden_by_layer.mean(axis=(1, 2))  # (L,)


def hidden_mistakes(hidden_layer):
    """Lo que dan los errores más comunes."""
    hidden_here, hidden_mean = hidden_by_layer[hidden_layer], hidden_means[hidden_layer]
    hidden_top = np.log(hidden_maps.shape[-1])
    hidden_overall = hidden_rows(hidden_maps[hidden_layer].mean(axis=0)).mean()
    hidden_table = {
        "Está en bits: usa el logaritmo natural.": hidden_mean / np.log(2),
        "Está en base 10: usa el logaritmo natural.": hidden_mean / np.log(10),
        "Está normalizada: no dividas entre log T.": hidden_mean / hidden_top,
        "Es la entropía de la media de las cabezas: calcula antes la de cada cabeza.": hidden_overall,
        "Usas solo la primera cabeza: promedia todas.": hidden_here[0].mean(),
        "Usas solo la última cabeza: promedia todas.": hidden_here[-1].mean(),
        "Usas solo la primera consulta, [CLS]: promedia todas.": hidden_here[:, 0].mean(),
        "Usas solo la última consulta, [SEP]: promedia todas.": hidden_here[:, -1].mean(),
        "Dejas fuera las consultas [CLS] y [SEP]: cuentan todas.": hidden_here[:, 1:-1].mean(),
        "Promedias también sobre las claves: sobre ellas se suma.": hidden_mean / hidden_maps.shape[-1],
        "Usas el máximo de las cabezas en lugar de la media.": hidden_here.mean(axis=1).max(),
        "Usas el mínimo de las cabezas en lugar de la media.": hidden_here.mean(axis=1).min(),
        "Usas la mediana de las cabezas en lugar de la media.": np.median(hidden_here.mean(axis=1)),
        "Usas una sola fila, la media de las consultas: calcula antes la entropía de cada fila.": hidden_rows(
            hidden_maps[hidden_layer].mean(axis=1)
        ).mean(),  # hidden_maps, una fila por cabeza
        "Es el número efectivo de claves, la exponencial: se pide la entropía.": np.exp(hidden_mean),
    }
    for hidden_other, hidden_value in enumerate(hidden_means):
        if hidden_other != hidden_layer:
            hidden_text = f"Es la capa {hidden_other}, no la {hidden_layer}: las capas se cuentan desde 0."
            hidden_table[hidden_text] = hidden_value
    for hidden_digits in (1, 2, 3):
        hidden_table[f"No redondees (a {hidden_digits} decimales)."] = np.round(hidden_mean, hidden_digits)
    hidden_changed = hidden_bert.get_attention_weights(hidden_sentence + ".", hidden_layer)
    hidden_table["Usas otra frase: la de `text` no acaba en punto."] = hidden_rows(hidden_changed).mean()
    return hidden_table


def hidden_own(hidden_p):
    """La media de lo que da la función de 5a: su error ya se ha contado allí."""
    try:  # hidden_own no juzga esa función
        hidden_values = hidden_checks.as_array("p", attention_entropy(hidden_p.astype(np.float32)))
    except Exception:
        return np.nan  # hidden_own: sin función no hay valor
    return float(hidden_values.astype(float).mean()) if hidden_values.size else np.nan


hidden_T = hidden_maps.shape[-1]
hidden_extremes = np.stack([np.eye(hidden_T), np.full((hidden_T, hidden_T), 1 / hidden_T)])[:, None]
hidden_mine = {hidden_layer: hidden_own(hidden_maps[hidden_layer]) for hidden_layer in (0, 6, 11)}
hidden_marks = [*hidden_mine.values(), *(hidden_own(hidden_p) for hidden_p in hidden_extremes)]
# Una función que no distinga una atención de otra no es una medida con un error: no es ninguna medida.
hidden_follows = np.unique(np.round(np.nan_to_num(hidden_marks), 4)).size == 5
hidden_hint = "¿es la frase `text`, y la media de todas las cabezas y todas las consultas?"
for hidden_layer in (11, 6, 0):
    if hidden_follows and abs(entropy_of(hidden_layer) - hidden_mine[hidden_layer]) < 1e-4:
        continue
    hidden_options = {"hint": hidden_hint, "mistakes": hidden_mistakes(hidden_layer), "atol": 1e-4, "rtol": 0}
    hidden_label, hidden_want = f"layer_entropy[{hidden_layer}]", hidden_means[hidden_layer]
    hidden_checks.check_close(hidden_label, entropy_of(hidden_layer), hidden_want, **hidden_options)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba la figura.** Vale cualquiera que compare las tres capas con algo medido en ellas, como sus entropías, y que
# diga qué mide y cuál es cada capa.

# %% nbgrader={"grade": true, "grade_id": "test_ej5_figura", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "fig")

from matplotlib.figure import Figure

drawn = fig if isinstance(fig, Figure) else getattr(fig, "figure", None)
assert isinstance(drawn, Figure), (
    f"`fig` debe ser una figura de Matplotlib; llegó un valor de tipo {type(fig).__name__}. "
    "La devuelven `plt.subplots`, `plt.figure` y `compare_attention_patterns`; `plt.show` y `plt.plot`, no."
)
with_data = [ax for ax in drawn.axes if ax.has_data() and ax.get_label() != "<colorbar>"]
assert with_data, "La figura `fig` está vacía: no hay nada dibujado en sus ejes."
check_says_what("fig", drawn)
check_names_each("fig", drawn, ("capa", "layer", "nivel", "bloque"), (0, 6, 11))

### BEGIN HIDDEN TESTS
from contextlib import suppress as hidden_suppress

from codigo import checks as hidden_checks


def hidden_numbers(hidden_ax):
    """Los números que dibujan unos ejes: puntos, alturas de barras, cajas o casillas."""
    if hasattr(hidden_ax, "get_zlim"):
        return hidden_ax.get_w_lims()  # en tres dimensiones, los datos se proyectan al dibujar
    hidden_found = [hidden_line.get_ydata() for hidden_line in hidden_ax.lines]
    hidden_found += [hidden_image.get_array() for hidden_image in hidden_ax.images]
    for hidden_patch in hidden_ax.patches:
        hidden_bar = hasattr(hidden_patch, "get_height")
        hidden_found.append(
            hidden_patch.get_height() if hidden_bar else hidden_patch.get_path().vertices[:, 1]
        )
    for hidden_group in hidden_ax.collections:
        hidden_found += [hidden_path.vertices[:, 1] for hidden_path in hidden_group.get_paths()]
        hidden_offsets, hidden_colors = np.ma.getdata(hidden_group.get_offsets()), hidden_group.get_array()
        hidden_found.append(hidden_offsets[:, 1] if hidden_colors is None else hidden_colors)
    hidden_flat = [
        np.ravel(np.ma.filled(np.ma.asarray(hidden_a, float), np.nan)) for hidden_a in hidden_found
    ]
    return np.concatenate([*hidden_flat, np.zeros(0)])


hidden_values = np.concatenate([hidden_numbers(hidden_ax) for hidden_ax in with_data])
hidden_finite = hidden_values[np.isfinite(hidden_values)]
assert len(hidden_finite) >= 3, (
    f"La figura `fig` solo dibuja {len(hidden_finite)} valores finitos: con tres capas hacen falta al menos tres."
)
hidden_images = [hidden_image for hidden_ax in with_data for hidden_image in hidden_ax.images]
hidden_drawings = sum(len(hidden_ax.lines) + len(hidden_ax.patches) for hidden_ax in with_data)
hidden_drawings += sum(  # al corregir, una barra de color llega como puntos en el origen
    np.any(hidden_group.get_offsets()) for hidden_ax in with_data for hidden_group in hidden_ax.collections
)
if hidden_images and not hidden_drawings:
    hidden_T = len(hidden_checks.as_array("ids", bert.tokenizer(text)["input_ids"]))
    hidden_sizes = [hidden_image.get_array().shape[:2] for hidden_image in hidden_images]
    assert not (len(hidden_sizes) < 3 and set(hidden_sizes) == {(hidden_T, hidden_T)}), (
        f"La figura `fig` enseña el mapa de atención de {len(hidden_sizes)} de las tres capas: hacen falta todas."
    )


def hidden_coordinates(hidden_ax):
    """Todos los números de las líneas y las barras de unos ejes: horizontales, verticales y tamaños."""
    for hidden_line in hidden_ax.lines:
        yield from np.ravel(np.asarray(hidden_line.get_xydata(), dtype=float))
    for hidden_bar in hidden_ax.patches:
        yield from hidden_bar.get_bbox().bounds


def hidden_scales(hidden_h, hidden_top):
    """Unas entropías en las ocho escalas en que se pueden dibujar: (8, …)."""
    hidden_part = hidden_h / hidden_top
    hidden_nats = [hidden_h, hidden_h / np.log(2), np.exp(hidden_h), hidden_top - hidden_h]
    return np.array([*hidden_nats, hidden_part, 100 * hidden_part, 1 - hidden_part, 100 - 100 * hidden_part])


def hidden_shows(hidden_shown, hidden_layer):
    """¿Está entre los números dibujados algo medido en una capa: su entropía o las medidas de 8.3?"""
    hidden_p = hidden_maps[hidden_layer].astype(np.float64)
    hidden_i, hidden_top = np.arange(hidden_p.shape[-1]), np.log(hidden_p.shape[-1])
    hidden_heads = -(hidden_p * np.log(np.maximum(hidden_p, 1e-300))).sum(axis=-1).mean(axis=-1)
    hidden_by_head = hidden_scales(hidden_heads, hidden_top)  # (8, h)
    hidden_groups = [hidden_by_head.mean(axis=1), np.median(hidden_by_head, axis=1)]
    hidden_groups.append(hidden_scales(hidden_heads.mean(), hidden_top))
    with hidden_suppress(Exception):  # la del estudiante: si está mal, ya ha contado en 5a o en 5b
        hidden_own = float(np.mean(hidden_checks.as_array("H", layer_entropy[hidden_layer])))
        hidden_groups.append(hidden_scales(hidden_own, hidden_top))
    hidden_distance = (hidden_p * np.abs(hidden_i[:, None] - hidden_i)).sum(axis=-1).mean()
    hidden_ends = [
        hidden_p[..., 0].mean(),
        hidden_p[..., -1].mean(),
        hidden_p[..., [0, -1]].sum(axis=-1).mean(),
    ]
    hidden_groups.append([*hidden_ends, hidden_distance, hidden_p.max(axis=-1).mean()])
    return any(
        (
            np.abs(hidden_shown[:, None] - hidden_known) < hidden_gap * np.maximum(1, np.abs(hidden_known))
        ).any()
        for hidden_known, hidden_gap in (
            (np.concatenate(hidden_groups), 5.1e-3),
            (hidden_by_head.ravel(), 1e-5),
        )
    )


# Unos pocos números, y ninguno medido en una capa, no comparan nada (un histograma de las cabezas, sí).
hidden_plain = all(
    not hidden_ax.collections and all(hasattr(hidden_bar, "get_bbox") for hidden_bar in hidden_ax.patches)
    for hidden_ax in with_data
)
if hidden_plain and not hidden_images and len(hidden_finite) <= 9:
    hidden_shown = np.array(
        [hidden_v for hidden_ax in with_data for hidden_v in hidden_coordinates(hidden_ax)]
    )
    hidden_maps = bert.get_attention_maps(["The quick brown fox jumps over the lazy dog"])[0]
    hidden_absent = [
        hidden_layer for hidden_layer in (0, 6, 11) if not hidden_shows(hidden_shown, hidden_layer)
    ]
    hidden_histogram = hidden_finite.sum() == 3 * hidden_maps.shape[1]
    assert hidden_histogram or not hidden_absent, (
        f"La figura `fig` dibuja {np.round(hidden_finite, 2).tolist()}, y ahí no está la entropía de la capa "
        f"{hidden_absent[0]}. ¿Dibujas lo que hay en `layer_entropy`?"
    )
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# Cuando las pruebas pasen, estas dos celdas comparan tus números con el máximo posible y colocan cada cabeza
# según dos medidas: su entropía y la parte que deja en `[CLS]` y `[SEP]`.

# %%
solved_layers = hasattr(globals().get("layer_entropy"), "get") and all(
    np.size(layer_entropy.get(layer, [])) == 1 for layer in (0, 6, 11)
)
if solved_layers:
    print(f"máximo, log {T}: {np.log(T):.3f} nats")
    for layer in (0, 6, 11):
        mean = float(layer_entropy[layer])
        print(
            f"capa {layer:2d}: {mean:.3f} nats, el {mean / np.log(T):.0%} del máximo; e^H = {np.exp(mean):.1f} claves"
        )
else:
    print("Completa antes el ejercicio 5: falta `layer_entropy`, con las claves 0, 6 y 11.")

# %%
if solved_layers and "attention_entropy" in globals() and np.size(attention_entropy(maps[0])) == h:
    scatter, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    for layer, marker, color in ((0, "o", "C0"), (6, "s", "C1"), (11, "^", "C2")):
        spread_of_heads = np.ravel(attention_entropy(maps[layer]))  # (h,)
        to_special = share_to_token(maps[layer], 0) + share_to_token(maps[layer], -1)  # (h,)
        ax.plot(
            spread_of_heads, to_special, marker, markerfacecolor="none", color=color, label=f"capa {layer}"
        )
    ax.axvline(np.log(T), color="0.4", linestyle=":")
    ax.axhline(2 / T, color="0.4", linestyle=":")
    ax.set(
        xlabel="Entropía de la cabeza (nats)",
        ylabel="Parte que va a [CLS] y [SEP] (de 0 a 1)",
        ylim=(0, 1.02),
    )
    ax.legend(frameon=False)
    shown_means = ", ".join(f"{float(layer_entropy[layer]):.2f}" for layer in (0, 6, 11))
    show_figure(
        scatter,
        caption=(
            "**Figura 8.3.** Cada cabeza de las capas 0, 6 y 11: cuánto reparte y cuánto deja en [CLS] y [SEP]. Las líneas "
            f"de puntos son el reparto uniforme. Las entropías medias son {shown_means} nats, en ese orden."
        ),
        alt=(
            f"Diagrama de dispersión con {3 * h} puntos, {h} por capa: círculos para la 0, cuadrados para la 6 y "
            "triángulos para la 11. En horizontal, la entropía; en vertical, la parte de la atención que va a los "
            "tokens especiales. Dos líneas de puntos marcan el reparto uniforme."
        ),
    )
else:
    print("Completa antes el ejercicio 5: faltan `attention_entropy` o `layer_entropy`.")

# %% [markdown]
# **Explica.** Traza con la vista una vertical: las cabezas que la tocan reparten igual, y aun así pueden estar
# a alturas muy distintas. ¿Qué dos capas tienen entropías medias parecidas y ocupan zonas distintas del dibujo?

# %% [markdown] nbgrader={"grade": true, "grade_id": "ej5_reflexion", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# ### Reflexión (5 puntos, se corrige a mano)
#
# Contesta solo lo que tus medidas permiten, en unas 200 palabras y con tus números:
#
# 1. ¿Cómo cambia la entropía al pasar de la capa 0 a la 6 y a la 11? ¿Coincide con tu predicción? (1 punto)
# 2. Si dos capas tienen casi la misma entropía, ¿hacen lo mismo? Apóyate en otra medida de la sección 8.3 o en
#    la figura 8.3. (1 punto)
# 3. Se suele decir que las primeras capas son «sintácticas» y las últimas «semánticas». ¿Lo demuestra algo de lo
#    que has medido? ¿Qué experimento haría falta? (1 punto)
# 4. Describe la última capa: ¿a qué atiende más de lo que le tocaría en un reparto uniforme? ¿Qué se pierde al
#    mirar solo la media de sus cabezas? (1 punto)
# 5. Un token que recibe mucha atención, como `[SEP]` en muchos BERT, ¿es importante para la predicción? Di cómo lo
#    comprobarías. (1 punto)
#
# ### BEGIN SOLUTION
# **Respuesta modelo** (con el modelo del curso, bge-small-en; con otro BERT, las cifras son otras)
#
# 1. Apenas cambia: 1.60, 1.57 y 1.67 nats, entre el 65 % y el 70 % de log 11. No sube ni baja con la profundidad: el
#    mínimo está en la del medio. Con tres capas no se ve la forma completa; de hecho las capas 1 y 2, que no se pedían,
#    reparten bastante menos (0.83 y 0.84).
# 2. No. La 0 y la 6 difieren en 0.03 nats, pero la 0 tiene una cabeza que da casi el 100 % al token anterior (en la 6,
#    la mejor no llega al 15 %) y en la 6 dos tercios de la atención van a [CLS] y [SEP]. La entropía dice cuánto se
#    reparte, no a quién.
# 3. No. He medido posiciones, tokens especiales y reparto, y ninguna de las tres cosas es sintaxis ni significado. Haría
#    falta una anotación: por ejemplo, comparar los mapas con un análisis de dependencias, o entrenar sondas por capa para
#    categorías gramaticales y para papeles semánticos, con un control, como Tenney et al. (2019, arXiv 1905.05950).
# 4. En media, el token que más recibe es «jumps», el 20 % frente al 9 % uniforme; [CLS] y [SEP] reciben cerca del 11 %
#    cada uno, casi lo que les toca. La media tapa que las cabezas no se parecen: una deja en [CLS] y [SEP] más del 99 %
#    con solo 0.7 nats, y ninguna otra llega al 25 %.
# 5. No se sigue: lo que llega a la salida es peso por valor, y el valor puede ser pequeño. Lo comprobaría
#    interviniendo: anular la atención a ese token (o su valor), repetir la predicción en muchas frases y comparar el cambio con el de
#    anular otro token al azar.
#
# **Criterios de corrección (suman 5, uno por pregunta)**
#
# | pregunta | 1 punto | 0.5 puntos | 0 puntos |
# |---|---|---|---|
# | 1 | los tres números, y qué hacen (con el modelo del curso, casi iguales y no monótonos), comparados con su predicción o con el máximo | los números sin lectura, o una lectura sin números | una tendencia que sus números no muestran («a más profundidad, más reparto») |
# | 2 | no, con una medida o un punto de la figura que lo demuestre | «no, la entropía no lo dice todo», sin medida | sí: misma entropía, mismo patrón |
# | 3 | no lo demuestra, y un experimento con anotación o sondas | no lo demuestra, sin experimento; o un experimento sin decir que falta | afirma que son sintácticas o semánticas por el aspecto de los mapas |
# | 4 | una comparación con el reparto uniforme y algo que la media tapa | solo una de las dos cosas | «no hay patrón», sin comparar con nada |
# | 5 | no necesariamente, y una intervención o una medida del efecto en la salida | no necesariamente, sin cómo comprobarlo | sí, porque recibe más atención |
#
# Se aceptan otros números si son los de su ejecución y se razonan; un error de la parte automática no resta aquí.
# ### END SOLUTION

# %% [markdown]
# ## 8.5 Antes de ajustar: cómo no engañarse
#
# En el ejercicio 6 entrenarás un clasificador con muy pocos textos. Antes, tres comprobaciones que no
# necesitan ningún modelo.
#
# **La línea base.** Un clasificador que no lee y responde siempre la etiqueta más frecuente ya acierta una
# parte. Cualquier exactitud se compara con esa.
#
# > **Predice.** ¿Cuánto acierta sin leer en una prueba con 4 y 4 textos de cada clase? ¿Y con 90 y 10?

# %%
for counts in ((4, 4), (6, 2), (90, 10)):
    print(
        f"textos por clase {counts}: responder siempre la mayoritaria acierta el {max(counts) / sum(counts):.0%}"
    )

# %% [markdown]
# **La suerte.** Con pocos textos, el azar llega lejos. Esta es la probabilidad de que una **moneda** acierte
# al menos $k$ de $n$, con dos clases.
#
# > **Predice.** Acertar 6 de 8 y acertar 75 de 100 son la misma exactitud. ¿Prueban lo mismo?

# %%
for right, n in ((6, 8), (7, 8), (8, 8), (15, 20), (75, 100)):
    luck = sum(math.comb(n, k) for k in range(right, n + 1)) / 2**n
    print(f"{right:3d} de {n:3d} ({right / n:6.1%}): una moneda lo logra con probabilidad {luck:.2g}")

# %% [markdown]
# **Explica.** El 75 % de 8 textos lo logra una moneda una de cada siete veces; el 75 % de 100, nunca en la
# práctica. Ocho aciertos de ocho descartan la moneda, pero no dicen si en cien textos acertarías 75 o 100. Ocho
# textos son el mínimo del ejercicio, no un buen tamaño.
#
# **Las fugas.** Un texto que está a la vez en el entrenamiento y en la prueba no mide nada: basta con recordarlo.
# Y no hace falta que sea idéntico letra por letra.
#
# ### Ejemplo con huecos: textos repetidos
#
# Sustituye los `...` para que los dos textos se reconozcan como el mismo. No puntúa.

# %%
train_demo = ["Get a FREE phone!!!", "See you at noon."]
test_demo = ["get a free   phone", "The cat is on the roof."]


def without_signs(sentence):
    """El texto sin signos de puntuación; conserva letras, cifras y espacios."""
    return "".join(character for character in sentence if character.isalnum() or character.isspace())


# Los textos de cada lista, como un conjunto: sin signos, en minúsculas y con un solo espacio entre palabras.
train_plain = ...  # hueco 1
test_plain = ...  # hueco 2

print("repetidos al pie de la letra:", set(train_demo) & set(test_demo) or "ninguno")
if train_plain is ... or test_plain is ...:
    print("Quedan huecos por completar.")
else:
    repeated = train_plain & test_plain
    assert repeated == {"get a free phone"}, f"Debe salir «get a free phone» y sale {repeated}."
    print("Correcto. Repetidos de verdad:", repeated)

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# train_plain = {" ".join(without_signs(sentence).lower().split()) for sentence in train_demo}
# test_plain = {" ".join(without_signs(sentence).lower().split()) for sentence in test_demo}
# ```
#
# `split()` sin argumentos corta por cualquier cantidad de espacios.
# </details>

# %% [markdown]
# ---
# ## Ejercicio 6. Tu propio ajuste
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | media | 45 minutos | 16 |
#
# Elige una tarea de clasificación tuya (correo basura, quejas y elogios, recetas y noticias…), escribe los textos
# y ajusta BERT. Deja definido:
#
# - **6a** (4 puntos). `custom_texts` y `custom_labels`, para entrenar: al menos **16** textos distintos;
#   `test_texts` y `test_labels`, para medir: al menos **8**. Etiquetas enteras desde 0, al menos dos clases en cada
#   parte, y ningún texto en las dos (tampoco si solo cambian mayúsculas, espacios o signos, o si solo se añade o se
#   quita algo al principio o al final).
# - **6b** (5 puntos). `custom_classifier`, un `BERTSentimentClassifier` entrenado con los primeros, y
#   `loss_history`, la lista con **una pérdida por época**.
# - **6c** (4 puntos). `test_accuracy`, de 0 a 1: la exactitud que `custom_classifier.predict(test_texts)` reproduce.
# - **6d** (3 puntos). Esa exactitud es al menos **0.7** y mayor que la línea base.
#
# Puedes entrenar con `train_step` (con todo el lote o por partes) o con un bucle tuyo de PyTorch sobre
# `custom_classifier.model`; las etiquetas pueden ser enteros, booleanos o de NumPy. Tienes `np`, `torch` y
# `BERTSentimentClassifier`; con `BERTSentimentClassifier(seed=…)` el entrenamiento se repite igual.
#
# - **Idioma.** El BERT que trae el curso solo sabe **inglés**: escribe los textos en inglés, en frases cortas y
#   con palabras que distingan bien las clases.
# - **Tiempo.** Con unos 20 textos cortos bastan de 5 a 8 épocas, que suelen tardar de 5 a 10 segundos en una CPU. Al
#   corregir, la celda tiene 30 segundos: no uses cientos de textos ni de épocas.
# - **Pérdida de partida.** Con $K$ clases y la capa final sin entrenar, está cerca de $\log K$ (0.693 con dos). Si no
#   baja de ahí, no está aprendiendo.
#
# > **Predice.** Antes de entrenar: ¿cuántos de tus textos de prueba acertará, y en cuál fallará si falla?
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# El ajuste parte de un modelo que ya sabe inglés y de una capa final al azar. Cada paso enseña unos textos con sus
# etiquetas y corrige todos los pesos un poco. «Un poco» es importante: una tasa de aprendizaje de 1e-2 destroza lo
# que el modelo sabía, y una de 1e-7 no mueve nada; lo habitual está entre 2e-5 y 1e-4. Alterna las clases o baraja
# los textos: un lote con una sola clase empuja siempre hacia el mismo lado. Los textos de prueba no se usan hasta
# el final, y una sola vez.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Los textos y las etiquetas son dos listas de la misma longitud: la posición i de una corresponde a la i de la
# otra, también después de barajar. `train_step` recibe textos, etiquetas y optimizador, y devuelve un número, la
# pérdida media de ese lote. Si una época tiene varios lotes, salen varios números: en el historial va uno solo por
# época, su media. `predict` devuelve dos cosas: las clases (B,) y las probabilidades (B, K). Para la exactitud
# interesan las clases. El optimizador se crea **después** del clasificador, con los parámetros de su `model`.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# crear el clasificador con una semilla
# crear el optimizador con los parámetros de su modelo y una tasa pequeña
# historial vacío
# para cada época:
#     barajar las posiciones y partirlas en lotes
#     para cada lote: un paso, y apuntar su pérdida
#     añadir al historial la media de las pérdidas de la época
# predecir los textos de prueba
# exactitud = fracción de predicciones iguales a su etiqueta
# ```
#
# No vuelvas a crear el clasificador después de entrenarlo: perderías lo aprendido.
# </details>

# %% nbgrader={"grade": false, "grade_id": "ej6_fine_tuning", "locked": false, "schema_version": 3, "solution": true, "task": false}
# Los dos primeros textos de una tarea posible. Sigue con ella (1 = basura, 0 = normal) o cámbiala por la tuya.
custom_texts = ["Get rich quick! Click now!", "Meeting tomorrow at 3pm"]
custom_labels = [1, 0]

# Completa `custom_texts` y `custom_labels`; define `test_texts` y `test_labels`.
### BEGIN SOLUTION
custom_texts += [
    "You have won a free cruise, claim your prize today",
    "Can you send me the notes from class?",
    "Lose ten kilos in one week with this miracle pill",
    "The train leaves at seven, see you at the station",
    "Congratulations! You are our lucky winner, reply with your bank details",
    "I left your keys on the kitchen table",
    "Cheap watches, 90% discount, only today",
    "Dinner is ready, come home soon",
    "Earn 5000 dollars a month working from home, no experience needed",
    "The report is attached, tell me what you think",
    "Your account is locked, verify your password at this link",
    "Happy birthday! Hope you have a great day",
    "Last chance to get your free gift card",
    "The plumber is coming on Thursday morning",
    "Secret investment opportunity, guaranteed profit, act fast",
    "Our flight was delayed two hours because of the fog",
    "Unlimited credit approved, no questions asked, apply now",
    "Could we move the interview to Friday?",
]
custom_labels += [1, 0] * 9
unseen_mail = [
    "Claim your free voucher before midnight",
    "Thanks for helping me move the sofa",
    "Double your money with this secret trick",
    "The library closes early on Sundays",
    "You have been selected for an exclusive cash reward",
    "Grandma asks if you are coming for lunch",
    "Click here to unlock your refund",
    "I will be ten minutes late, sorry",
]
test_texts, test_labels = unseen_mail, [1, 0] * 4
### END SOLUTION

# Crea `custom_classifier` y entrénalo; apunta en `loss_history` una pérdida por época.
### BEGIN SOLUTION
custom_classifier = BERTSentimentClassifier(num_labels=2, seed=11)
tuner = torch.optim.AdamW(custom_classifier.model.parameters(), lr=1e-4)
shuffler = np.random.default_rng(11)
loss_history = []  # una por época
for _ in range(5):
    lot_losses = []
    for chosen in np.array_split(shuffler.permutation(len(custom_texts)), 2):
        lot = [custom_texts[i] for i in chosen], [custom_labels[i] for i in chosen]
        lot_losses.append(custom_classifier.train_step(*lot, tuner))
    loss_history.append(float(np.mean(lot_losses)))
### END SOLUTION

# Mide con los textos de prueba: `test_accuracy`.
### BEGIN SOLUTION
answers, _ = custom_classifier.predict(test_texts)
test_accuracy = float(np.mean(answers == np.array(test_labels)))
### END SOLUTION

# %% [markdown]
# **Comprueba los textos.**

# %% nbgrader={"grade": true, "grade_id": "test_ej6_datos", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "custom_texts", "custom_labels", "test_texts", "test_labels")

for texts_name, texts_given, labels_name, labels_given, least in (
    ("custom_texts", custom_texts, "custom_labels", custom_labels, 16),
    ("test_texts", test_texts, "test_labels", test_labels, 8),
):
    assert not isinstance(texts_given, str) and hasattr(texts_given, "__len__"), (
        f"`{texts_name}` debe ser una lista de textos; llegó un valor de tipo {type(texts_given).__name__}."
    )
    sentences = list(texts_given)
    for place, sentence in enumerate(sentences):
        assert isinstance(sentence, str) and sentence.strip(), (
            f"`{texts_name}[{place}]` debe ser un texto con alguna palabra; es {sentence!r}."
        )
    assert len(sentences) >= least, (
        f"`{texts_name}` debe tener al menos {least} textos; tiene {len(sentences)}: escribe más."
    )
    listed_labels = labels_given if isinstance(labels_given, (list, tuple)) else ()
    named_labels = [label for label in listed_labels if isinstance(label, str)]
    assert not named_labels, (
        f"`{labels_name}` tiene la etiqueta {named_labels[0]!r}: usa un entero por clase, 0, 1…, no su nombre."
    )
    label_numbers = as_array(labels_name, labels_given).astype(float)
    assert label_numbers.shape == (len(sentences),), (
        f"`{labels_name}` debe tener una etiqueta por texto, {len(sentences)}; "
        + (
            f"tiene {label_numbers.size}."
            if label_numbers.ndim == 1
            else f"su forma es {label_numbers.shape}."
        )
    )
    bad_labels = [float(label) for label in label_numbers if label < 0 or label != int(label)]
    assert not bad_labels, (
        f"Las etiquetas de `{labels_name}` deben ser enteros desde 0; hay un {bad_labels[0]:g}."
    )
    assert len(set(label_numbers)) >= 2, (
        f"Todas las etiquetas de `{labels_name}` valen {label_numbers[0]:g}: hacen falta al menos dos clases, o no "
        "habrá nada que distinguir."
    )
in_both = set(custom_texts) & set(test_texts)
assert not in_both, (
    f"{len(in_both)} textos están en el entrenamiento y en la prueba, como {min(in_both)!r}: quítalos de uno de "
    "los dos. Acertar un texto ya visto no dice nada."
)

### BEGIN HIDDEN TESTS
import re as hidden_re
import unicodedata as hidden_unicode

from codigo import checks as hidden_checks


def hidden_plain(hidden_text):
    """Sin mayúsculas, signos ni espacios de más; si solo hay signos, tal cual."""
    hidden_folded = hidden_unicode.normalize("NFKC", hidden_text).casefold()
    return " ".join(hidden_re.findall(r"\w+", hidden_folded)) or hidden_folded.strip()


hidden_train = {hidden_plain(hidden_text): hidden_text for hidden_text in custom_texts}
hidden_test = {hidden_plain(hidden_text): hidden_text for hidden_text in test_texts}
hidden_common = sorted(hidden_train.keys() & hidden_test.keys())
assert not hidden_common, (
    f"{len(hidden_common)} textos de prueba son, salvo mayúsculas, espacios o signos, los mismos que otros del "
    f"entrenamiento: {hidden_test[hidden_common[0]]!r} y {hidden_train[hidden_common[0]]!r}. Cambia uno de los dos."
)
for hidden_name, hidden_distinct, hidden_least in (
    ("custom_texts", hidden_train, 16),
    ("test_texts", hidden_test, 8),
):
    assert len(hidden_distinct) >= hidden_least, (
        f"`{hidden_name}` repite textos: solo {len(hidden_distinct)} son distintos y hacen falta {hidden_least}."
    )
    hidden_forms = {hidden_re.sub(r"\d+", "", hidden_key) for hidden_key in hidden_distinct}
    assert len(hidden_forms) >= hidden_least // 2, (
        f"En casi todos los textos de `{hidden_name}` solo cambia un número, como en "
        f"{sorted(hidden_distinct.values())[0]!r}: escribe frases de verdad."
    )
# Un texto ya visto con algo delante o detrás sigue siendo un texto ya visto. Alguno suelto puede ser casualidad.
hidden_padded = [
    (hidden_a, hidden_b)
    for hidden_a in hidden_test
    for hidden_b in hidden_train
    if min(len(hidden_a.split()), len(hidden_b.split())) >= 3
    and (f" {hidden_a} " in f" {hidden_b} " or f" {hidden_b} " in f" {hidden_a} ")
]
assert 2 * len({hidden_a for hidden_a, _ in hidden_padded}) < len(hidden_test), (
    f"{len(hidden_padded)} textos de prueba son otros del entrenamiento con alguna palabra añadida o quitada, como "
    f"{hidden_test[hidden_padded[0][0]]!r}: escribe otros."
)
hidden_known = set(hidden_checks.as_array("custom_labels", custom_labels).astype(int).tolist())
hidden_asked = set(hidden_checks.as_array("test_labels", test_labels).astype(int).tolist())
assert hidden_asked <= hidden_known, (
    f"`test_labels` tiene las clases {sorted(hidden_asked - hidden_known)}, que no están en `custom_labels`: el "
    "clasificador no ha visto ningún ejemplo suyo."
)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba el entrenamiento.** La prueba mira que los pesos hayan cambiado y que las pérdidas sean las suyas.

# %% nbgrader={"grade": true, "grade_id": "test_ej6_entrenamiento", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "custom_classifier", "loss_history")

assert isinstance(custom_classifier, BERTSentimentClassifier), (
    "`custom_classifier` debe ser un BERTSentimentClassifier; "
    f"llegó un valor de tipo {type(custom_classifier).__name__}."
)
loss_values = as_array("loss_history", loss_history).astype(float)
assert loss_values.ndim and loss_values.size, "`loss_history` debe ser una lista con una pérdida por época."
assert loss_values.size == len(loss_values), (
    f"`loss_history` tiene forma {loss_values.shape}: en cada época va un solo número, la media de sus lotes."
)
check_finite("loss_history", loss_history, "la pérdida se ha disparado: baja la tasa de aprendizaje.")
assert loss_values.min() >= 0, (
    f"`loss_history` tiene un {loss_values.min():.4g}: la entropía cruzada no es negativa. ¿Es la pérdida?"
)
assert len(loss_values) == 1 or np.ptp(loss_values) > 1e-9, (
    f"`loss_history` repite {loss_values.flat[0]:.4g} en todas las épocas: apunta la pérdida de cada una."
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.untrained import pretrained_shift as hidden_shift


def hidden_weighted(hidden_blocks, hidden_total):
    """La media de cada época si el último lote es más corto: una por cada tamaño de lote posible."""
    hidden_size = hidden_blocks.shape[1]
    for hidden_batch in range(1, hidden_total + 1):
        if -(-hidden_total // hidden_batch) == hidden_size:
            hidden_counts = np.full(hidden_size, hidden_batch)
            hidden_counts[-1] = hidden_total - hidden_batch * (hidden_size - 1)
            yield hidden_blocks @ hidden_counts / hidden_total


def hidden_summaries(hidden_steps, hidden_epochs, hidden_total):
    """Lo que puede valer el historial si sale de los pasos, agrupados por épocas."""
    for hidden_size in range(1, len(hidden_steps) // hidden_epochs + 1):
        hidden_used = hidden_size * hidden_epochs
        for hidden_first in {0, len(hidden_steps) - hidden_used}:
            hidden_blocks = hidden_steps[hidden_first : hidden_first + hidden_used].reshape(-1, hidden_size)
            for hidden_reduce in (np.mean, np.sum, np.median, np.min, np.max):
                yield hidden_reduce(hidden_blocks, axis=1)
            yield from (
                hidden_blocks[:, 0],
                hidden_blocks[:, -1],
                *hidden_weighted(hidden_blocks, hidden_total),
            )


def hidden_same(hidden_summary, hidden_history):
    """¿Son iguales, aunque estén redondeados, o proporcionales (otra constante: textos, lotes…)?"""
    hidden_ratio = hidden_history / np.maximum(hidden_summary, 1e-12)
    hidden_proportional = len(hidden_history) > 2 and np.ptp(hidden_ratio) < 2e-3 * hidden_ratio.mean()
    return hidden_proportional or np.allclose(hidden_summary, hidden_history, rtol=1e-3, atol=5.1e-3)


def hidden_in_order(hidden_steps, hidden_history):
    """¿Son pasos sueltos, en su orden?"""
    hidden_rest = iter(hidden_steps)
    hidden_found = [
        any(abs(hidden_s - hidden_v) < 1e-4 for hidden_s in hidden_rest) for hidden_v in hidden_history
    ]
    return hidden_found == [True] * len(hidden_history)


def hidden_measured_loss(hidden_texts, hidden_labels):
    """Entropía cruzada media de `custom_classifier` en modo de evaluación, en nats."""
    hidden_targets = hidden_checks.as_array("custom_labels", hidden_labels).astype(int)
    hidden_classes = custom_classifier.num_labels
    assert hidden_targets.max() < hidden_classes, (
        f"Hay etiquetas mayores que {hidden_classes - 1}: sube `num_labels`."
    )
    hidden_chances = custom_classifier.predict(list(hidden_texts))[1]
    return -np.log(np.maximum(hidden_chances[np.arange(len(hidden_targets)), hidden_targets], 1e-12)).mean()


def hidden_guess(hidden_steps, hidden_history):
    """El error probable de un historial que no sale de los pasos."""
    hidden_size = len(hidden_steps) // len(hidden_history)
    hidden_blocks = hidden_steps[: hidden_size * len(hidden_history)].reshape(-1, hidden_size)
    hidden_running, hidden_mean = hidden_blocks.sum(axis=1).cumsum(), hidden_blocks.mean(axis=1)
    hidden_epochs = np.arange(1, len(hidden_history) + 1)
    hidden_known = {
        "están en el orden inverso.": hidden_mean[::-1],
        "acumulas la pérdida de las épocas anteriores: pon el total a 0 en cada una.": hidden_running,
        "acumulas la pérdida desde la primera época: pon el total a 0 en cada una.": np.cumsum(hidden_mean)
        / hidden_epochs,
        "son probabilidades, la exponencial de menos la pérdida: apunta la pérdida.": np.exp(-hidden_mean),
        "son la exponencial de la pérdida: apunta la pérdida.": np.exp(hidden_mean),
    }
    for hidden_text, hidden_wrong in hidden_known.items():
        if hidden_same(hidden_wrong, hidden_history):
            return hidden_text
    if hidden_history.max() <= 1 and (np.diff(hidden_history) >= 0).all():
        return "crece de época en época. ¿Es la exactitud de cada época? Apunta la pérdida."
    return "apunta lo que devuelve cada `train_step`. ¿Son de otro clasificador, o escritas a mano?"


hidden_history = hidden_checks.as_array("loss_history", loss_history).astype(float).ravel()
hidden_steps = np.asarray(custom_classifier.training_losses, dtype=float)
hidden_total = len(globals().get("custom_texts", ()))
hidden_still = "`custom_classifier` tiene los mismos pesos que al crearlo, o casi: "
hidden_why = (
    "no se ha entrenado. ¿Entrenaste otro objeto, o volviste a crearlo después? ¿Falta `backward` o `step`?"
)
if len(hidden_steps):
    hidden_why = "los pasos no los han movido. ¿Es 0, o diminuta, la tasa de aprendizaje?"
assert not hidden_shift(custom_classifier) < 1e-5, hidden_still + hidden_why
hidden_derived = hidden_in_order(hidden_steps, hidden_history) or any(
    hidden_same(hidden_summary, hidden_history)
    for hidden_summary in hidden_summaries(hidden_steps, len(hidden_history), hidden_total)
)
if not hidden_derived:
    hidden_checks.require_defined(globals(), "custom_texts", "custom_labels")
    hidden_last, hidden_now = hidden_history[-1], hidden_measured_loss(custom_texts, custom_labels)
    hidden_measured = [hidden_now]
    if {"test_texts", "test_labels"} <= globals().keys() | {"hidden_"}:
        hidden_measured.append(hidden_measured_loss(test_texts, test_labels))
    # También vale la pérdida medida en modo de evaluación: la de ahora debe ser la última, o la menor.
    hidden_gaps = [
        abs(hidden_a - hidden_b) - 0.01 * hidden_b
        for hidden_a in (hidden_last, hidden_history.min())
        for hidden_b in hidden_measured
    ]
    if min(hidden_gaps) > 2e-3 and len(hidden_steps) >= len(hidden_history):
        hidden_pair = f"la última es {hidden_steps[-1]:.4g} y el historial acaba en {hidden_last:.4g}."
        hidden_first_line = (
            f"`loss_history` no sale de las {len(hidden_steps)} pérdidas de `train_step`: {hidden_pair}"
        )
        raise AssertionError(f"{hidden_first_line}\nPista: {hidden_guess(hidden_steps, hidden_history)}")
    assert min(hidden_gaps) < 2e-3 or hidden_now < 1.5 * hidden_last + 0.25, (
        f"`loss_history` acaba en {hidden_last:.4g}, pero la pérdida de `custom_classifier` en los textos de "
        f"entrenamiento es {hidden_now:.4g}.\nPista: ¿son esas pérdidas las de este clasificador?"
    )
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba la exactitud.** Es la fracción de textos de prueba que `custom_classifier` clasifica bien.

# %% nbgrader={"grade": true, "grade_id": "test_ej6_exactitud", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "custom_classifier", "test_texts", "test_labels", "test_accuracy")

assert isinstance(custom_classifier, BERTSentimentClassifier), (
    "`custom_classifier` debe ser un BERTSentimentClassifier, con su método `predict`; "
    f"llegó un valor de tipo {type(custom_classifier).__name__}."
)
accuracy_value = as_array("test_accuracy", test_accuracy).astype(float)
assert accuracy_value.size == 1, (
    f"`test_accuracy` debe ser un solo número; tiene forma {accuracy_value.shape}. ¿Falta la media de los aciertos?"
)
accuracy_value = accuracy_value.item()
assert 0 <= accuracy_value <= 1, (
    f"`test_accuracy` vale {accuracy_value:g} y debe estar entre 0 y 1: es una fracción, no un porcentaje ni el "
    "número de aciertos."
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks


def hidden_hits(hidden_texts, hidden_labels, hidden_name="test_labels"):
    """Un booleano por texto."""
    hidden_targets = hidden_checks.as_array(hidden_name, hidden_labels).astype(int)
    return np.asarray(custom_classifier.predict(list(hidden_texts))[0]) == hidden_targets


hidden_targets = hidden_checks.as_array("test_labels", test_labels).astype(int)
hidden_counts = np.unique(hidden_targets, return_counts=True)[1]
hidden_answers, hidden_chances = custom_classifier.predict(list(test_texts))
hidden_right = np.asarray(hidden_answers) == hidden_targets
hidden_sure = hidden_chances.max(axis=1)
hidden_table = {
    "Es la tasa de error: la exactitud es 1 menos eso.": 1 - hidden_right.mean(),
    "Es la línea base: mide el clasificador.": hidden_counts.max() / len(hidden_targets),
    "Es la media de las probabilidades: cuenta aciertos.": hidden_sure.mean(),
}
for hidden_kind in set(hidden_targets.tolist()):
    hidden_text = f"Es la parte de los textos que responde con la clase {hidden_kind}: no mira las etiquetas."
    hidden_table[hidden_text] = (hidden_answers == hidden_kind).mean()
hidden_losses = globals().get("loss_history")
hidden_last = hidden_losses[-1] if isinstance(hidden_losses, (list, tuple)) and hidden_losses else None
if isinstance(hidden_last, (int, float, np.number)):
    hidden_table["Es la última pérdida: se pide la fracción de aciertos."] = float(hidden_last)
hidden_pairs = zip(globals().get("custom_texts", ()), globals().get("custom_labels", ()))
hidden_pairs = [hidden_pair for hidden_pair in hidden_pairs if str(hidden_pair[0]).strip()]
if hidden_pairs:
    hidden_seen = hidden_hits(*zip(*hidden_pairs), "custom_labels")
    hidden_all = np.concatenate([hidden_seen, hidden_right])
    hidden_table["Es la exactitud en el entrenamiento: mide con los de prueba."] = hidden_seen.mean()
    hidden_table["Mezclas los textos de entrenamiento: mide solo con los de prueba."] = hidden_all.mean()
for hidden_kind in set(hidden_targets.tolist()):
    hidden_text = f"Solo cuentas los textos de la clase {hidden_kind}: cuentan todos."
    hidden_table[hidden_text] = hidden_right[hidden_targets == hidden_kind].mean()
hidden_hint = "`predict(test_texts)` no la reproduce: ¿es la de `custom_classifier` y de estos textos?"
hidden_options = {"hint": hidden_hint, "mistakes": hidden_table, "atol": 5.1e-3}
hidden_checks.check_close("test_accuracy", accuracy_value, hidden_right.mean(), **hidden_options)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba que generaliza.** Esta prueba vuelve a predecir y no mira `test_accuracy`.

# %% nbgrader={"grade": true, "grade_id": "test_ej6_generaliza", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "custom_classifier", "test_texts", "test_labels")

assert isinstance(custom_classifier, BERTSentimentClassifier), (
    "`custom_classifier` debe ser un BERTSentimentClassifier, con su método `predict`; "
    f"llegó un valor de tipo {type(custom_classifier).__name__}."
)
predicted_classes = np.asarray(custom_classifier.predict(list(test_texts))[0])
true_classes = as_array("test_labels", test_labels).astype(int)
assert len(set(predicted_classes.tolist())) > 1, (
    f"El clasificador responde siempre la clase {predicted_classes[0]}, lea lo que lea. ¿Faltan épocas, es muy baja la "
    "tasa de aprendizaje, o entrenas con lotes de una sola clase?"
)
hit_rate = float((predicted_classes == true_classes).mean())
majority = np.unique(true_classes, return_counts=True)[1].max() / len(true_classes)
why_low = "¿Baja la pérdida? ¿Está bien cada etiqueta? ¿Se distinguen las clases por su vocabulario?"
if hit_rate < 0.3:
    why_low = "Casi todo al contrario: ¿van las etiquetas al revés en una de las dos partes, o en otro orden que los textos?"
assert hit_rate >= 0.7, (
    f"Acierta {hit_rate:.3g} de los textos de prueba y hace falta al menos 0.7.\nPista: {why_low}"
)
assert hit_rate > majority, (
    f"Acierta {hit_rate:.3g}, lo mismo o menos que responder siempre la clase más frecuente ({majority:.3g}): "
    "equilibra las clases o mejora el entrenamiento."
)

### BEGIN HIDDEN TESTS
import re as hidden_re
import unicodedata as hidden_unicode

from codigo import checks as hidden_checks

from codigo.untrained import pretrained_shift as hidden_shift


def hidden_plain(hidden_text):
    hidden_folded = hidden_unicode.normalize("NFKC", hidden_text).casefold()
    return " ".join(hidden_re.findall(r"\w+", hidden_folded)) or hidden_folded.strip()


# Solo cuentan los textos que el clasificador no ha visto, y cada uno una vez.
hidden_seen = {hidden_plain(str(hidden_text)) for hidden_text in globals().get("custom_texts", ())}
hidden_first = {hidden_plain(hidden_text): hidden_i for hidden_i, hidden_text in enumerate(test_texts)}
hidden_padded = {
    hidden_a
    for hidden_a in hidden_first
    for hidden_b in hidden_seen
    if min(len(hidden_a.split()), len(hidden_b.split())) >= 3
    and (f" {hidden_a} " in f" {hidden_b} " or f" {hidden_b} " in f" {hidden_a} ")
}
if 2 * len(hidden_padded) >= len(hidden_first):  # vistos con alguna palabra de más o de menos
    hidden_seen |= hidden_padded
hidden_new = [hidden_first[hidden_key] for hidden_key in hidden_first.keys() - hidden_seen]
hidden_truth = true_classes[hidden_new]
hidden_counts = np.unique(hidden_truth, return_counts=True)[1]
assert len(hidden_counts) > 1, (
    f"Quitando los textos repetidos o ya vistos quedan {len(hidden_new)} de prueba, y no son de dos clases: así no "
    "se puede saber si generaliza."
)
hidden_rate = (hidden_checks.as_array("predict", predicted_classes)[hidden_new] == hidden_truth).mean()
hidden_base = hidden_counts.max() / len(hidden_new)
assert hidden_rate >= 0.7 and hidden_rate > hidden_base, (
    f"En los {len(hidden_new)} textos de prueba distintos y no vistos acierta {hidden_rate:.3g}; hace falta al menos "
    f"0.7 y más que la línea base, {hidden_base:.3g}."
)
# Una capa final al azar puede acertar por suerte: los pesos preentrenados deben haber cambiado.
assert not hidden_shift(custom_classifier) < 1e-5, (
    f"Acierta {hidden_rate:.3g} sin haberse entrenado: sus pesos son los de partida, o casi, y el acierto es suerte."
)
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# Cuando las pruebas pasen, esta celda dibuja la pérdida y la probabilidad que el modelo da a la clase
# **correcta** de cada texto de prueba.

# %%
task_names = ("custom_classifier", "loss_history", "test_texts", "test_labels")
if all(name in globals() for name in task_names) and isinstance(custom_classifier, BERTSentimentClassifier):
    truth = np.asarray(test_labels).astype(int)
    _, chances = custom_classifier.predict(list(test_texts))
    to_right_class = chances[np.arange(len(truth)), truth]  # (B,)
    num_classes = chances.shape[1]

    report, (left, right) = plt.subplots(1, 2, figsize=(13, 0.35 * len(truth) + 2.4), layout="constrained")
    left.plot(range(1, len(loss_history) + 1), np.ravel(loss_history), "o-", label="pérdida de la época")
    left.axhline(np.log(num_classes), color="0.4", linestyle=":", label=f"sin saber nada, log {num_classes}")
    left.set(xlabel="Época", ylabel="Entropía cruzada (nats)", ylim=(0, None))
    left.xaxis.get_major_locator().set_params(integer=True)
    left.legend(frameon=False)
    places = np.arange(len(truth))
    for kind, (color, hatch) in enumerate(
        zip(plt.cm.cividis(np.linspace(0.15, 0.9, num_classes)), ["", "//"] * num_classes)
    ):
        of_kind = truth == kind
        right.barh(
            places[of_kind],
            to_right_class[of_kind],
            color=color,
            hatch=hatch,
            edgecolor="white",
            label=f"clase {kind}",
        )
    right.axvline(1 / num_classes, color="0.4", linestyle=":")
    shortened = [sentence if len(sentence) < 42 else sentence[:40] + "…" for sentence in test_texts]
    right.set_yticks(places, shortened, parse_math=False)
    right.invert_yaxis()
    right.set(xlabel="Probabilidad de la clase correcta", xlim=(0, 1))
    right.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=num_classes)
    hits = int((chances.argmax(axis=1) == truth).sum())
    show_figure(
        report,
        caption=(
            f"**Figura 8.4.** A la izquierda, la pérdida: de {np.ravel(loss_history)[0]:.3f} a "
            f"{np.ravel(loss_history)[-1]:.3f}. A la derecha, la probabilidad que da a la clase correcta de cada texto de "
            f"prueba; la menor es {to_right_class.min():.2f}. Acierta {hits} de {len(truth)}."
        ),
        alt=(
            f"A la izquierda, curva de la pérdida en {len(loss_history)} épocas, con una línea de puntos en "
            f"{np.log(num_classes):.2f}. A la derecha, una barra por texto de prueba con la probabilidad de su clase: de "
            f"{to_right_class.min():.2f} a {to_right_class.max():.2f}."
        ),
    )
    chance = 1 / num_classes
    luck = sum(
        math.comb(len(truth), k) * chance**k * (1 - chance) ** (len(truth) - k)
        for k in range(hits, len(truth) + 1)
    )
    print(f"Respondiendo al azar, acertar {hits} o más de {len(truth)} tiene probabilidad {luck:.2g}.")
else:
    print("Completa antes el ejercicio 6: faltan `custom_classifier`, `loss_history` o los textos de prueba.")

# %% [markdown]
# **Explica.**
#
# 1. ¿Empieza la pérdida cerca de la línea de puntos? ¿Por qué debería?
# 2. ¿Qué texto de prueba es el más dudoso? Cambia en él una palabra y vuelve a predecirlo.
# 3. Repite el entrenamiento con otra semilla, y después con las etiquetas de entrenamiento barajadas. ¿Cuál de las
#    dos cosas debería cambiar poco, y cuál mucho?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. La capa final es nueva y apenas distingue: da a cada clase una probabilidad próxima a $1/K$, y la pérdida es
#    $-\log(1/K) = \log K$. Si tu primera época tiene varios lotes, su media ya incluye lo aprendido por el camino.
# 2. Depende de tus textos. Suelen dudar los que comparten palabras con la otra clase.
# 3. La semilla debería cambiar poco el resultado; si lo cambia mucho, la exactitud que has medido es en parte
#    suerte, y con tan pocos textos pasa a menudo ([Zhang et al., 2020](https://arxiv.org/abs/2006.05987)). Con
#    etiquetas barajadas no hay nada que aprender: la exactitud en la prueba debe quedarse en torno a la de una
#    moneda. Si no, hay una fuga o pocos textos.
# </details>

# %% [markdown]
# ---
# ## Resumen del laboratorio
#
# | parte | lo que queda |
# |---|---|
# | 1. Autoatención | una media ponderada de valores; los pesos comparan consultas y claves, escaladas entre $\sqrt{d_k}$ |
# | 2. Varias cabezas | varias mezclas por el mismo número de parámetros; qué hace cada una se mide, no se supone |
# | 3. Posición | sin ella la atención es equivariante a permutaciones, y no distingue el orden |
# | 4. Bloques | atención, red por posiciones, conexiones residuales y normalización; el decodificador añade máscara y atención cruzada |
# | 5. BERT | un codificador ve toda la frase; preentrenar y ajustar permite aprender con pocos ejemplos |
# | 6. GPT-2 | un decodificador genera token a token; temperatura, top-k y top-p deciden cuánto se arriesga |
# | 7. RNN y Transformer | qué sale más barato depende de la longitud, y se mide |
# | 8. Ejercicios finales | toda medida necesita una referencia: el reparto uniforme, la línea base, la suerte |
#
# ### Las ventajas, con su letra pequeña
#
# - **Paralelo.** Al entrenar y al codificar, todas las posiciones se calculan a la vez. Al **generar**, no: cada token
#   espera al anterior, y hacen falta $n$ pasos.
# - **Largo alcance.** Dos posiciones cualesquiera están a un paso. Se paga con $O(n^2 d)$ operaciones de atención, más
#   $O(n d^2)$ de proyecciones, y con una memoria de claves y valores que crece con $n$; el estado de una red recurrente no crece.
# - **Escala.** Con más datos, parámetros y cálculo la pérdida baja de forma regular
#   ([Kaplan et al., 2020](https://arxiv.org/abs/2001.08361); [Hoffmann et al., 2022](https://arxiv.org/abs/2203.15556)).
#   Una pérdida más baja no garantiza respuestas verdaderas.
# - **Versatilidad.** El mismo bloque sirve para texto, imagen o sonido, porque no supone casi nada de los datos. Por eso
#   mismo suele necesitar muchos, o un preentrenamiento.
# - **Atención visible.** Se puede mirar, y es una medida más: no es, por sí sola, una explicación.
#
# ### Por dónde seguir
#
# | tema | para empezar |
# |---|---|
# | modelos de pesos abiertos, que se pueden descargar y medir | [OLMo](https://arxiv.org/abs/2402.00838), con datos y código; [SmolLM2](https://arxiv.org/abs/2502.02737); [Llama 3](https://arxiv.org/abs/2407.21783); [Pythia](https://arxiv.org/abs/2304.01373), con los pesos de todo el entrenamiento |
# | codificadores más recientes, y en español | [ModernBERT](https://arxiv.org/abs/2412.13663); [BETO](https://arxiv.org/abs/2308.02976) |
# | ajustar pocos parámetros | [LoRA](https://arxiv.org/abs/2106.09685) |
# | imágenes, y texto con imagen | [ViT](https://arxiv.org/abs/2010.11929); [CLIP](https://arxiv.org/abs/2103.00020); [Flamingo](https://arxiv.org/abs/2204.14198) |
# | la misma atención, con menos memoria | [FlashAttention](https://arxiv.org/abs/2205.14135) |
# | otra forma de recordar: espacios de estados | [S4](https://arxiv.org/abs/2111.00396); [Mamba](https://arxiv.org/abs/2312.00752) |
# | tokenizadores y lo que cuestan a cada idioma | [BPE](https://arxiv.org/abs/1508.07909); [Petrov et al., 2023](https://arxiv.org/abs/2305.15425) |
# | evaluar de verdad | [HELM](https://arxiv.org/abs/2211.09110); [Dodge et al., 2020](https://arxiv.org/abs/2002.06305), sobre semillas |
# | sesgos y límites | [CrowS-Pairs](https://arxiv.org/abs/2010.00133); [Bender et al., 2021](https://doi.org/10.1145/3442188.3445922); [fichas de modelo](https://arxiv.org/abs/1810.03993) |
# | qué hay dentro de un Transformer | [Rogers et al., 2020](https://arxiv.org/abs/2002.12327), sobre BERT; [Olsson et al., 2022](https://arxiv.org/abs/2209.11895), cabezas de inducción |
#
# ### Desafíos avanzados
#
# 1. **Traducir.** Con `TransformerModel` de la parte 4, entrena un traductor de números escritos en letras a cifras
#    («cuarenta y dos» → 4 2). Mide con números que no haya visto, y sin la codificación posicional.
# 2. **Ajustar un generador.** Continúa el entrenamiento de un GPT-2 pequeño con un texto tuyo y compara la pérdida en
#    un fragmento reservado, antes y después.
# 3. **Responder preguntas.** Con el BERT del ejercicio 6 y una capa que puntúe el principio y el final, localiza la
#    respuesta dentro de un párrafo.
# 4. **Podar cabezas.** Anula una a una las cabezas de tu `custom_classifier` y mide cuánto baja la exactitud. ¿Son
#    importantes las que más atienden a `[SEP]`?
# 5. **Instrucciones.** Da a un modelo instruido la tarea del ejercicio 6 solo con palabras (un *prompt*), sin entrenar, y
#    compáralo con el tuyo en los mismos textos.
# 6. **Otra semilla, otros textos.** Entrena cinco veces con cinco semillas y cinco repartos de tus textos. Publica la
#    media y la dispersión, no la mejor.
#
# ## Has terminado
#
# Empezaste multiplicando a mano tres palabras por una matriz identidad y acabas de ajustar un modelo de millones de
# parámetros a un problema tuyo, con una medida que sabes defender. La arquitectura cabe en una página de
# [«Attention Is All You Need»](https://arxiv.org/abs/1706.03762); lo que no cabe ahí, y te llevas, es la costumbre de
# predecir, medir y comparar antes de creer.
