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
# # Parte 2. Atención de varias cabezas
#
# **Qué sabrás hacer al terminar**
#
# - Seguir las formas de una atención de varias cabezas (*multi-head attention*): partir, atender,
#   concatenar y proyectar.
# - Medir con la entropía cuánto reparte su atención una cabeza.
# - Distinguir un patrón de un ruido, y decir qué esconde la media de varias cabezas.
#
# | | |
# |---|---|
# | Tiempo | unos 75 minutos |
# | Hace falta | la parte 1; NumPy: `reshape`, intercambio de ejes y medias sobre un eje |
# | Se entrega | el ejercicio 2 (14 puntos automáticos y 5 de una reflexión) |
#
# **Símbolos nuevos** (los demás son los de la parte 1)
#
# | símbolo | significado |
# |---|---|
# | $h$ | número de cabezas (*heads*) |
# | $d_k$ | dimensión de cada cabeza: $d_k = d_v = d_{model} / h$ |
# | $W_o$ | proyección de salida, $(d_{model}, d_{model})$ |

# %%
import matplotlib.pyplot as plt
import numpy as np

from codigo.checks import as_array, check_close, check_finite, check_shape, require_defined
from codigo.figures import plot_attention, show_figure
from codigo.transformers import MultiHeadAttentionNumPy, visualize_multi_head_attention
from codigo.widgets import AttentionViewer

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 2.1 Por qué varias cabezas
#
# Un softmax da a cada consulta **una** mezcla de valores. Si una posición necesita dos cosas a la vez,
# solo puede recibirlas mezcladas. En la parte 1, una consulta que coincidía con dos claves recibió la
# media de sus valores, (30 + 50) / 2 = 40, y del 40 ya no se recuperan el 30 ni el 50.
#
# Con dos cabezas hay dos softmax y dos mezclas, que se ponen una al lado de otra.
#
# > **Predice.** ¿Qué entrega una cabeza que reparte a medias? ¿Y dos cabezas que miran cada una a una
# > clave?

# %%
values_pair = np.array([[30.0], [50.0]])  # dos claves, d_v = 1
one_head = np.array([0.5, 0.5]) @ values_pair  # una mezcla
two_heads = np.concatenate([np.array([1.0, 0.0]) @ values_pair, np.array([0.0, 1.0]) @ values_pair])
print("una cabeza: ", one_head)
print("dos cabezas:", two_heads)

# %% [markdown]
# **Explica.** La cabeza única entrega 40. Las dos cabezas entregan 30 y 50 en componentes distintas, y
# la capa siguiente puede usarlas por separado.
#
# $$\text{MultiHead}(X) = \text{Concat}(\text{head}_1, \dots, \text{head}_h)\, W_o, \qquad
# \text{head}_i = \text{Attention}(X W_q^{(i)},\; X W_k^{(i)},\; X W_v^{(i)})$$
#
# (sección 3.2.2 de [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)). Las $h$ matrices
# $W_q^{(i)}$, de $d_k$ columnas, se guardan juntas en una sola $W_q$ de $d_{model}$ columnas: un producto
# sirve para todas las cabezas.

# %% [markdown]
# ## 2.2 Ejemplo resuelto: las formas, paso a paso
#
# La frase de la parte 1, «El gato duerme», con $T = 3$, $d_{model} = 4$ y $h = 2$. Cada cabeza trabaja
# con $d_k = 4 / 2 = 2$ dimensiones. Las proyecciones son números al azar.

# %%
X_mini = np.array(
    [
        [1.0, 0.5, 0.2, 0.1],  # El
        [0.2, 1.0, 0.3, 0.5],  # gato
        [0.3, 0.4, 1.0, 0.2],  # duerme
    ]
)
T_mini, d_mini = X_mini.shape
h_mini = 2
dk_mini = d_mini // h_mini
mha_mini = MultiHeadAttentionNumPy(d_mini, h_mini, seed=0)

# %% [markdown]
# **Paso 1. Proyectar.** Igual que con una cabeza.

# %%
Q_mini, K_mini, V_mini = X_mini @ mha_mini.W_q, X_mini @ mha_mini.W_k, X_mini @ mha_mini.W_v
print("Q:", Q_mini.shape)
print(Q_mini)

# %% [markdown]
# **Paso 2. Partir.** Las columnas se reparten entre las cabezas: de (T, d_model) a (h, T, d_k). Hacen
# falta **dos** operaciones: partir el último eje y llevar el de las cabezas delante.
#
# > **Predice.** ¿Daría lo mismo un solo `reshape` a (h, T, d_k)? La forma sí sería la misma.

# %%
numbers = np.arange(12).reshape(3, 4)  # (T, d_model): la fila 0 es 0 1 2 3
split_right = numbers.reshape(3, 2, 2).swapaxes(0, 1)  # (T, h, d_k) -> (h, T, d_k)
split_wrong = numbers.reshape(2, 3, 2)
print("cabeza 1, bien partida:", split_right[0].tolist())
print("cabeza 1, mal partida: ", split_wrong[0].tolist())

# %% [markdown]
# **Explica.** Bien partida, la primera cabeza tiene las dos primeras columnas de **cada** posición. Con un
# solo `reshape` recibe la posición 0 entera (0 1 2 3) y media posición 1 (4 5): mezcla posiciones, y
# ninguna comprobación de formas lo nota.


# %%
def split_heads(projected, num_heads):
    """De (T, d_model) a (h, T, d_k)."""
    T, width = projected.shape
    return projected.reshape(T, num_heads, width // num_heads).swapaxes(0, 1)


Q_heads, K_heads, V_heads = (split_heads(P, h_mini) for P in (Q_mini, K_mini, V_mini))
print("Q por cabezas:", Q_heads.shape)
print(Q_heads)

# %% [markdown]
# **Paso 3. Atender.** Cada cabeza puntúa, escala entre $\sqrt{d_k}$ (el $d_k$ de la cabeza: 2, no 4),
# normaliza y mezcla. El producto de matrices trata el primer eje como un lote.


# %%
def softmax(x):
    """Softmax sobre el último eje, estable ante puntuaciones grandes."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


scores_heads = Q_heads @ K_heads.swapaxes(1, 2)  # (h, T, d_k) @ (h, d_k, T) -> (h, T, T)
weights_heads = softmax(scores_heads / np.sqrt(dk_mini))  # (h, T, T)
mixed_heads = weights_heads @ V_heads  # (h, T, T) @ (h, T, d_k) -> (h, T, d_k)
print("pesos:", weights_heads.shape, " mezclas:", mixed_heads.shape)
print(weights_heads)

# %% [markdown]
# **Paso 4. Concatenar y proyectar.** Se deshace el paso 2, de (h, T, d_k) a (T, d_model), y $W_o$ combina
# lo que traen las cabezas.

# %%
joined = mixed_heads.swapaxes(0, 1).reshape(T_mini, d_mini)  # (h, T, d_k) -> (T, h, d_k) -> (T, d_model)
output_by_hand = joined @ mha_mini.W_o  # (T, d_model)

output_class, weights_class = mha_mini(X_mini, return_attention=True)
assert np.allclose(output_by_hand, output_class)
assert np.allclose(weights_heads, np.stack(weights_class))
print("A mano sale lo mismo que con MultiHeadAttentionNumPy.")

# %% [markdown]
# ### Cuánto cuesta
#
# > **Predice.** Con $d_{model} = 64$, ¿cuántos parámetros más tienen 16 cabezas que una?

# %%
for num_heads in (1, 2, 4, 8, 16):
    layer = MultiHeadAttentionNumPy(64, num_heads, seed=0)
    parameters = sum(W.size for W in (layer.W_q, layer.W_k, layer.W_v, layer.W_o))
    assert parameters == 4 * 64**2
    print(f"h = {num_heads:2d}   d_k = {layer.d_k:2d}   parámetros = {parameters}")

# %% [markdown]
# **Explica.** Ninguno: son siempre $4\, d_{model}^2 = 16384$. Más cabezas son cabezas más **estrechas**.
# Tampoco cambian los productos necesarios para puntuar, $h \cdot T^2 \cdot d_k = T^2 \cdot d_{model}$. Lo
# que sí crece con $h$ es el número de matrices de pesos, una de $T \times T$ por cabeza.

# %% [markdown]
# ## 2.3 Ocho cabezas sin entrenar
#
# Una frase de seis palabras, con vectores al azar de dimensión 64, y ocho cabezas con pesos al azar.

# %%
X = np.random.RandomState(42).randn(6, 64) * 0.3
tokens = ["La", "niña", "lee", "un", "libro", "interesante"]

mha = MultiHeadAttentionNumPy(64, 8, seed=42)
output, attn_list = mha(X, return_attention=True)

print("entrada:", X.shape, " salida:", output.shape)
print("cabezas:", len(attn_list), " pesos de cada una:", attn_list[0].shape, " d_k:", mha.d_k)
print(f"pesos entre {np.min(attn_list):.2f} y {np.max(attn_list):.2f}; 1/T = {1 / 6:.2f}")

# %% [markdown]
# > **Predice.** ¿Qué verás en las cuatro primeras cabezas? ¿Alguna unirá «niña» con «lee», o «libro» con
# > «interesante»?

# %%
fig = visualize_multi_head_attention(attn_list, tokens, num_heads_to_show=4)
show_figure(
    fig,
    caption=(
        "**Figura 2.1.** Las cuatro primeras de ocho cabezas con pesos al azar. Todos los valores de las ocho "
        "quedan entre 0.13 y 0.21, alrededor de 1/6 ≈ 0.17."
    ),
    alt=(
        "Cuatro mapas de calor de 6 por 6, casi uniformes: todos los valores van de 0.14 a 0.21, sin filas, "
        "columnas ni diagonales que destaquen."
    ),
)

# %% [markdown]
# **Explica.** Las cabezas son distintas entre sí, pero porque sus números al azar son distintos. Nadie ha
# entrenado nada: los vectores no saben qué palabra representan y las proyecciones no han visto una frase.
# Cualquier «patrón» que creas ver (esta cabeza une el sujeto con el verbo, aquella mira al pasado) es
# **ruido**. La sección siguiente le pone un número.

# %% [markdown]
# ## 2.4 Medir el reparto: la entropía
#
# La **entropía** de una distribución $p$ dice cuánto reparte. En *nats* (logaritmo natural):
#
# $$H(p) = -\sum_j p_j \log p_j$$
#
# - Todo en una clave (*one-hot*): $H = 0$. Es lo mínimo.
# - Uniforme sobre $T$ claves: $H = \log T$. Es lo máximo.
#
# Dividirla entre $\log T$ da la **entropía normalizada**, de 0 a 1, que permite comparar frases de
# longitud distinta.
#
# **Ejemplo resuelto:** la primera fila de la primera cabeza, término a término.

# %%
row = attn_list[0][0]  # (T,): qué hace la consulta «La» en la cabeza 1
total = 0.0
for token, weight in zip(tokens, row, strict=True):
    term = -weight * np.log(weight)
    total += term
    print(f"{token:12s} peso {weight:.3f}   término {term:.3f}")
print(f"entropía {total:.4f} nats; máximo, log 6 = {np.log(6):.4f}; normalizada {total / np.log(6):.4f}")

# %% [markdown]
# Lo mismo para las $8 \cdot 6 = 48$ filas:

# %%
normalized = []
for head in attn_list:
    for row in head:
        normalized.append(sum(-weight * np.log(weight) for weight in row) / np.log(6))
print(f"{len(normalized)} filas: entropía normalizada entre {min(normalized):.4f} y {max(normalized):.4f}")

# %% [markdown]
# **Explica.** Las 48 pasan de 0.99, cuando 1 es el reparto uniforme. Las ocho cabezas hacen casi lo mismo:
# la media de los valores.

# %% [markdown]
# ### Ejemplo con huecos: pesos que valen 0
#
# Una máscara, o una cabeza muy decidida, dejan pesos que son exactamente 0. El término $0 \cdot \log 0$ vale
# 0, que es su límite, pero el ordenador calcula `0 * -inf = nan`. Hay que apartarlo.
#
# > **Predice.** ¿Cuánto valen las entropías de las tres filas de `P_demo`?
#
# Sustituye los dos `...` de la celda y ejecútala. No puntúa.

# %%
P_demo = np.array(
    [
        [0.25, 0.25, 0.25, 0.25],
        [1.0, 0.0, 0.0, 0.0],
        [0.5, 0.5, 0.0, 0.0],
    ]
)

log_demo = ...  # hueco 1: log de P_demo donde es positivo, y 0 donde vale 0; forma (3, 4)
entropy_demo = ...  # hueco 2: entropía de cada fila; forma (3,)

if log_demo is ... or entropy_demo is ...:
    print("Quedan huecos por completar.")
else:
    check_close(
        "entropy_demo",
        entropy_demo,
        [np.log(4), 0, np.log(2)],
        hint="una entropía por fila: se suma sobre las claves.",
        mistakes={
            "Falta el signo menos.": [-np.log(4), 0, -np.log(2)],
            "Está en bits: usa el logaritmo natural.": [2, 0, 1],
        },
    )
    print("Correcto: log 4 la uniforme, 0 la decidida y log 2 la que duda entre dos.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# log_demo = np.log(P_demo, out=np.zeros_like(P_demo), where=P_demo > 0)
# entropy_demo = -np.sum(P_demo * log_demo, axis=1)
# ```
#
# Donde `where` es falso, `np.log` no calcula nada y queda el 0 de `out`. La uniforme de 4 claves da
# log 4 ≈ 1.386; la segunda fila, 0; la tercera, log 2 ≈ 0.693, como una moneda.
# </details>

# %% [markdown]
# ## 2.5 Cabezas diseñadas
#
# ¿Cómo se ve una cabeza que **sí** hace algo? Vamos a escribir a mano las entradas y las matrices $W_q$ y
# $W_k$ de cuatro cabezas, para que cada una siga una regla que conocemos de antemano:
#
# | cabeza | regla |
# |---|---|
# | 1 | mira a la palabra anterior (la primera, a sí misma) |
# | 2 | mira a la primera palabra |
# | 3 | mira al núcleo de su grupo: «La» a «niña», «un» e «interesante» a «libro» |
# | 4 | no prefiere a nadie |
#
# Cada palabra lleva tres rasgos escritos con unos y ceros: su **posición** (columnas 0 a 5), su **grupo**
# (sujeto, verbo u objeto; columnas 6 a 8) y si es el **núcleo** del grupo (columna 9). Con $h = 4$ y
# $d_k = 6$, $d_{model}$ es 24; las columnas que sobran valen 0.

# %%
T = len(tokens)
group = np.array([0, 0, 1, 2, 2, 2])  # La niña | lee | un libro interesante
is_nucleus = np.array([0, 1, 1, 0, 1, 0])  # niña, lee, libro

X_designed = np.zeros((T, 24))
X_designed[:, 0:6] = np.eye(T)  # posición
X_designed[np.arange(T), 6 + group] = 1  # grupo
X_designed[:, 9] = is_nucleus
print(X_designed[:, :10].astype(int))

# %% [markdown]
# Las columnas `6*i` a `6*i + 5` de $W_q$ y $W_k$ son las de la cabeza $i$ (contando desde 0). La consulta
# dice qué busco; la clave, qué tengo. `sharpness` es la puntuación, ya dividida entre $\sqrt{d_k}$, de cada
# coincidencia: cuanto mayor, más decidida la cabeza.

# %%
designed = MultiHeadAttentionNumPy(24, 4, seed=0)
designed.W_q, designed.W_k = np.zeros((24, 24)), np.zeros((24, 24))
sharpness = 6.0
strength = sharpness * np.sqrt(designed.d_k)

# Cabeza 1. Consulta: «busco la posición anterior». Clave: «soy esta posición».
for position in range(T):
    designed.W_q[position, max(position - 1, 0)] = strength
    designed.W_k[position, position] = 1

# Cabeza 2. Consulta: «busco el principio», en todas. Clave: «soy el principio», solo en la primera.
designed.W_q[0:6, 6] = strength
designed.W_k[0, 6] = 1

# Cabeza 3. Dos coincidencias que se suman: «mi grupo» (componentes 0 a 2) y «un núcleo» (componente 3).
designed.W_q[6:9, 12:15] = strength * np.eye(3)
designed.W_k[6:9, 12:15] = np.eye(3)
designed.W_q[6:9, 15] = strength
designed.W_k[9, 15] = 1

# Cabeza 4. Consultas nulas: todas las puntuaciones valen 0.

# %% [markdown]
# > **Predice.** En la cabeza 3, ¿qué puntuación da «un» a «libro», a «niña» y a «La»? Compara el grupo y el
# > núcleo de cada una con lo que busca «un».

# %%
_, designed_list = designed(X_designed, return_attention=True)

assert designed_list[0].argmax(axis=1).tolist() == [0, 0, 1, 2, 3, 4]  # la anterior
assert designed_list[1].argmax(axis=1).tolist() == [0, 0, 0, 0, 0, 0]  # la primera
assert designed_list[2].argmax(axis=1).tolist() == [1, 1, 2, 4, 4, 4]  # el núcleo de su grupo
assert np.allclose(designed_list[3], 1 / 6)  # uniforme
for number, head in enumerate(designed_list[:3], start=1):
    print(f"cabeza {number}: el mayor peso de cada fila, {head.max(axis=1)}")

# %%
Q_nucleus = X_designed @ designed.W_q[:, 12:18]  # (T, d_k): la cabeza 3
K_nucleus = X_designed @ designed.W_k[:, 12:18]
scores_un = K_nucleus @ Q_nucleus[3] / np.sqrt(designed.d_k)  # (T,): lo que puntúa «un»
print("puntuaciones de «un»:", dict(zip(tokens, scores_un.round(1).tolist(), strict=True)))

# %%
fig = visualize_multi_head_attention(designed_list, tokens, num_heads_to_show=4)
rules = ("la anterior", "la primera", "el núcleo del grupo", "uniforme")
for number, (ax, rule) in enumerate(zip(fig.axes, rules, strict=False), start=1):
    ax.set_title(f"Cabeza {number}: {rule}")
show_figure(
    fig,
    caption=(
        "**Figura 2.2.** Cuatro cabezas **diseñadas a mano**. Las tres primeras ponen en la clave que manda su "
        "regla al menos 0.98 de cada fila; la cuarta reparte 1/6 ≈ 0.17 a todas."
    ),
    alt=(
        "Cuatro mapas de calor de 6 por 6. El primero tiene casi todo el peso justo debajo de la diagonal, salvo "
        "la primera palabra, que se mira a sí misma; el segundo, en la primera columna; el tercero, en las "
        "columnas «niña», «lee» y «libro», según el grupo de cada palabra; el cuarto es uniforme."
    ),
)

# %% [markdown]
# **Explica.** «un» puntúa 12 a «libro» (grupo y núcleo), 6 a «niña» (solo núcleo) y 0 a «La». Tras el
# softmax, seis puntos de ventaja son un factor $e^6 \approx 403$. Las matrices $W_v$ y $W_o$ siguen siendo
# al azar: deciden **qué** se entrega, no **a quién** se mira.
#
# **Pruébalo.** Los mismos pesos, con líneas: señala una palabra de la izquierda y verás a quién mira; una de la
# derecha, y verás quién la mira.
#
# 1. Señala «interesante» y recorre las cuatro cabezas. ¿En cuáles acaba su línea en la misma palabra?
# 2. En la cabeza 2, señala «La» **a la derecha**: recibe una línea de cada palabra.
# 3. Elige «media de todas», al final de la lista, y di qué regla puso cada línea. ¿Puedes?

# %%
AttentionViewer(designed_list, tokens, head=2, head_names=["1", "2", "3", "4"])

# %% [markdown]
# **Explica.** «interesante» mira a «libro» en las cabezas 1 y 3, por razones distintas: es la palabra anterior y es
# el núcleo de su grupo. En la media las dos líneas son una sola, y la regla ya no se ve. La sección 2.6 lo mide.
#
# ### Qué se sabe de las cabezas entrenadas
#
# Estas cabezas están diseñadas: demuestran que el mecanismo **puede** expresar esas reglas, no que un
# modelo las aprenda. Verás cabezas de un modelo entrenado en las partes 5 y 8.
#
# Es frecuente leer que «la cabeza 1 es sintáctica, la 2 semántica, la 3 posicional y la 4 resuelve
# pronombres». No hay tal reparto: nada en la arquitectura asigna un papel a un número de cabeza. Qué hace
# cada una es una pregunta **empírica**, que se responde midiendo en un modelo concreto:
#
# - [Voita et al., 2019](https://arxiv.org/abs/1905.09418), en traductores entrenados, encuentran algunas
#   cabezas con papel reconocible (posiciones vecinas, relaciones sintácticas, palabras raras) y pueden
#   quitar la mayoría de las demás con poca pérdida.
# - [Michel et al., 2019](https://arxiv.org/abs/1905.10650) quitan cabezas de modelos ya entrenados: muchas
#   sobran al usarlos, y algunas capas funcionan con una sola.

# %% [markdown]
# ## 2.6 Qué esconde la media
#
# Para resumir muchas cabezas en un solo mapa es común **promediarlas**. Conviene saber qué hace esa media.
#
# **Con cabezas al azar, promedia ruido.** La media de $k$ ruidos independientes se desvía unas $\sqrt{k}$
# veces menos que uno solo. Aquí la medimos: desviación típica de los 36 pesos de la media de las $k$
# primeras cabezas, promediada sobre 100 semillas.
#
# > **Predice.** Si con una cabeza la desviación es 0.012, ¿cuánto valdrá con cuatro?

# %%
spreads = {k: [] for k in (1, 2, 4, 8)}
for seed in range(100):
    _, random_list = MultiHeadAttentionNumPy(64, 8, seed=seed)(X, return_attention=True)
    for k in spreads:
        spreads[k].append(np.std(sum(random_list[:k]) / k))
print("cabezas   desviación   desviación·√k")
for k, values in spreads.items():
    print(f"{k:7d} {np.mean(values):12.4f} {np.mean(values) * np.sqrt(k):15.4f}")

# %% [markdown]
# **Explica.** La desviación baja como $1/\sqrt{k}$: la última columna apenas cambia. El mapa medio se hace
# más liso con más cabezas, y no porque las cabezas «se pongan de acuerdo».
#
# **Con cabezas que siguen reglas, la media las tapa:**

# %%
average_random = sum(attn_list) / len(attn_list)
average_designed = sum(designed_list) / len(designed_list)

fig, axes = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
plot_attention(axes[0], average_random, tokens, "Media de 8 cabezas al azar")
image = plot_attention(axes[1], average_designed, tokens, "Media de las 4 cabezas diseñadas")
fig.colorbar(image, ax=axes, label="Peso de atención (cada fila suma 1)")
show_figure(
    fig,
    caption=(
        "**Figura 2.3.** Medias de cabezas. A la izquierda, ruido promediado: entre 0.16 y 0.17. A la derecha, "
        "tres reglas y un reparto uniforme superpuestos: ya no se sabe qué cabeza puso cada peso."
    ),
    alt=(
        "Dos mapas de calor de 6 por 6. El de la izquierda es uniforme a simple vista. En el de la derecha se "
        "superponen la primera columna, la línea bajo la diagonal y las columnas de los núcleos, con pesos de "
        "hasta 0.54 y un fondo de 0.04."
    ),
)

# %% [markdown]
# **Explica.** En la fila «interesante» de la derecha, «libro» tiene 0.54: es a la vez la palabra anterior y
# el núcleo. El mapa no permite distinguirlo de una sola cabeza que mirase a «libro» con ese peso. La
# entropía muestra lo mismo con números:


# %%
def row_entropy(p):
    """Entropía de una fila de pesos positivos, en nats."""
    return sum(-weight * np.log(weight) for weight in p)


for number, head in enumerate(designed_list, start=1):
    print(f"cabeza {number}: entropía de la fila «interesante» {row_entropy(head[5]):.3f} nats")
print(f"media de las cuatro entropías:  {sum(row_entropy(head[5]) for head in designed_list) / 4:.3f}")
print(f"entropía de la media:           {row_entropy(average_designed[5]):.3f}")

# %% [markdown]
# **Explica.** La **media de las entropías** (0.508) y la **entropía de la media** (1.238) son cosas
# distintas. La primera dice cuánto reparte una cabeza típica; la segunda, cuánto reparte el mapa resumido,
# que nunca es menor: mezclar distribuciones no quita entropía, porque $H$ es cóncava.

# %% [markdown]
# ---
# ## Ejercicio 2. Comparar números de cabezas
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | media | 25 minutos | 14, y 5 de la reflexión |
#
# Con la frase «El gato persigue al ratón rápido» y cada número de cabezas de `head_configs`, crea una
# `MultiHeadAttentionNumPy(64, num_heads, seed=42)`, aplícala a `X` y deja dos diccionarios cuyas claves son
# los números de cabezas:
#
# - `average_attention[num_heads]`: matriz (6, 6), la **media de los pesos** sobre las cabezas;
# - `mean_entropy[num_heads]`: un número, la **media de las entropías** de las filas, sobre todas las cabezas
#   y todas las consultas, en nats y sin normalizar.
#
# Los números de `X` son los de la sección 2.3: aquí cambian las palabras, y el modelo ni se entera.
#
# > **Predice.** Antes de programar: al pasar de 1 a 16 cabezas, ¿qué les pasará a los colores de la media?
# > ¿Y a la entropía media?

# %%
X = np.random.RandomState(42).randn(6, 64) * 0.3
tokens = ["El", "gato", "persigue", "al", "ratón", "rápido"]
head_configs = [1, 4, 8, 16]

# %% [markdown]
# <details>
# <summary>Pista 1: la idea</summary>
#
# Para cada número de cabezas necesitas lo mismo: la lista de matrices de pesos que devuelve el objeto cuando
# se le piden. De esa lista salen los dos resultados por caminos separados. Para el primero promedias las
# matrices. Para el segundo calculas antes la entropía de cada fila de cada cabeza y solo entonces promedias.
# No calcules la entropía de la matriz ya promediada: la sección 2.6 enseña que es otra cosa, y sale mayor.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# La lista tiene h matrices (6, 6). Apiladas forman un arreglo (h, 6, 6): cabezas, consultas, claves. La media
# de los pesos elimina el primer eje y deja (6, 6), con filas que siguen sumando 1. La entropía suma sobre el
# último eje, el de las claves, y deja (h, 6): una por cabeza y consulta. Su media sobre los dos ejes es un solo
# número, algo por debajo de log 6 ≈ 1.792.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# dos diccionarios vacíos
# para cada número de cabezas:
#     crear la atención con la semilla 42 y pedirle los pesos de X
#     apilar los pesos: (h, 6, 6)
#     primer diccionario: media sobre las cabezas
#     entropías: menos la suma, sobre las claves, de peso por log del peso
#     segundo diccionario: media de todas las entropías
# ```
#
# Ningún peso vale 0 aquí, así que el logaritmo no da problemas. La llamada devuelve dos cosas si se le pide
# `return_attention=True`; te interesa la segunda.
# </details>

# %% nbgrader={"grade": false, "grade_id": "ej2_comparar_cabezas", "locked": false, "schema_version": 3, "solution": true, "task": false}
# Define `average_attention` (número de cabezas -> matriz (6, 6)) y
# `mean_entropy` (número de cabezas -> entropía media en nats), con X, head_configs y la semilla 42.
### BEGIN SOLUTION
average_attention, mean_entropy = {}, {}
for h in head_configs:
    _, per_head = MultiHeadAttentionNumPy(64, h, seed=42)(X, return_attention=True)
    stacked = np.stack(per_head)  # (h, T, T)
    average_attention[h] = stacked.mean(axis=0)
    entropies = -(stacked * np.log(stacked)).sum(axis=-1)  # (h, T)
    mean_entropy[h] = float(entropies.mean())
### END SOLUTION

# %% [markdown]
# **Comprueba la media de los pesos.** Cada matriz es (6, 6) y, como media de filas que suman 1, sus filas
# suman 1.

# %% nbgrader={"grade": true, "grade_id": "test_ej2_promedio", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "average_attention")

assert hasattr(average_attention, "keys"), (
    "`average_attention` debe ser un diccionario {número de cabezas: matriz}; "
    f"llegó un valor de tipo {type(average_attention).__name__}."
)
absent = [n for n in (1, 4, 8, 16) if n not in average_attention]
assert not absent, (
    f"A `average_attention` le faltan las claves {absent}; tiene {list(average_attention)}. "
    "Las claves son los números de `head_configs`, como enteros."
)
for n in (1, 4, 8, 16):
    name = f"average_attention[{n}]"
    shape = as_array(name, average_attention[n]).shape
    right_axis = "promedia sobre el eje de las cabezas, el primero de (h, T, T), y sobre ningún otro."
    shape_hints = {
        (): "es un solo número, como una entropía: se pide una matriz, la media de las cabezas.",
        (n, 6, 6): f"están los pesos de todas las cabezas: {right_axis}",
        (n, 6): f"has promediado sobre las claves o sobre las consultas: {right_axis}",
        (6, 64): "parece la salida de la atención: usa los pesos, con return_attention=True.",
        (64,): "parece una fila de la salida de la atención: usa los pesos, con return_attention=True.",
    }
    matrix = check_shape(name, average_attention[n], (6, 6), shape_hints.get(shape, right_axis))
    check_finite(name, matrix)
    row_sums = matrix.sum(axis=1)
    if abs(row_sums[0] - n) < 1e-3:
        sum_hint = "sumas las cabezas: falta dividir entre su número."
    elif np.ptp(row_sums) < 1e-6:
        sum_hint = "todas las filas suman lo mismo: ¿divides siempre entre un mismo número, y no entre el de cabezas?"
    elif n == 1:
        sum_hint = "con una sola cabeza la media son sus pesos: ¿son las puntuaciones, y no los pesos de después del softmax?"
    else:
        sum_hint = "se pide la media de las cabezas, no su máximo, su mínimo ni otra suma."
    assert abs(row_sums[0] - 1) < 0.1, (
        f"La primera fila de `{name}` suma {row_sums[0]:.4g} y debe sumar 1.\nPista: {sum_hint}"
    )
# Con una cabeza no hay nada que promediar: si estos tres pesos no salen, revisa con qué los calculas.
check_close(
    "average_attention[1]",
    average_attention[1],
    [0.16808, 0.17215, 0.16507],
    hint="¿falta seed=42, o usas otra X? Con otra semilla, o sin ella, los pesos son otros.",
    mistakes={
        "Está traspuesta: consultas en filas, claves en columnas.": [0.17215, 0.16808, 0.15749],
        "No redondees: guarda los pesos con todos sus decimales.": [0.168, 0.172, 0.165],
        "La semilla debe ser 42, no 0.": [0.16545, 0.15806, 0.17442],
        "La semilla debe ser 42, no 1: ¿usas el número de cabezas como semilla?": [0.16366, 0.16228, 0.16162],
        "La semilla debe ser 42, no 43.": [0.16002, 0.15352, 0.17810],
        "Comparas X consigo misma, sin las proyecciones: usa los pesos que devuelve el objeto.": [
            0.14638,
            0.14535,
            0.14618,
        ],
        "A X le falta el factor 0.3: usa la del cuaderno.": [0.15300, 0.22923, 0.11286],
        "Es la media de 4 cabezas: crea un objeto por cada número.": [0.16831, 0.16975, 0.16647],
        "Es la media de 8 cabezas: crea un objeto por cada número.": [0.16745, 0.16881, 0.16644],
        "Es la media de 16 cabezas: ¿queda la misma matriz en todas las claves?": [0.16722, 0.16811, 0.16645],
        "Es el reparto uniforme, 1/6: usa los pesos que devuelve el objeto.": [1 / 6, 1 / 6, 1 / 6],
    },
    places=[(0, 1), (1, 0), (2, 3)],
    case="con una sola cabeza",
    atol=0.0001,
    rtol=0,
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.attention import MultiHeadAttentionNumPy as hidden_reference

hidden_X = np.random.RandomState(42).randn(6, 64) * 0.3


def hidden_weights(hidden_h, hidden_seed=42, hidden_scale=1.0):
    """Pesos (h, T, T)."""
    hidden_object = hidden_reference(64, hidden_h, seed=hidden_seed)
    return np.stack(hidden_object(hidden_X * hidden_scale, return_attention=True)[1])


def hidden_mean_of(hidden_h, hidden_seed=42, hidden_scale=1.0):
    return hidden_weights(hidden_h, hidden_seed, hidden_scale).mean(axis=0)


def hidden_all_up_to(hidden_h):
    """La media de las cabezas de todas las configuraciones hasta la de `hidden_h`."""
    hidden_pieces = [hidden_weights(hidden_n) for hidden_n in (1, 4, 8, 16) if hidden_n <= hidden_h]
    return np.concatenate(hidden_pieces).mean(axis=0)


def hidden_mistakes(hidden_h):
    """Lo que dan los errores más comunes."""
    hidden_heads, hidden_mean = hidden_weights(hidden_h), hidden_mean_of(hidden_h)
    hidden_table = {
        "Usas solo la primera cabeza: promedia todas.": hidden_heads[0],
        "Usas solo la última cabeza: promedia todas.": hidden_heads[-1],
        "Usas el máximo de las cabezas en lugar de la media.": hidden_heads.max(axis=0),
        "Usas el mínimo de las cabezas en lugar de la media.": hidden_heads.min(axis=0),
        "Usas la mediana de las cabezas en lugar de la media.": np.median(hidden_heads, axis=0),
        "Acumulas las cabezas de otras configuraciones: empieza de cero.": hidden_all_up_to(hidden_h),
        "Es el reparto uniforme, 1/6: usa los pesos que devuelve el objeto.": np.full((6, 6), 1 / 6),
        "Está traspuesta: consultas en filas, claves en columnas.": hidden_mean.T,
        "A X le falta el factor 0.3: usa la del cuaderno.": hidden_mean_of(hidden_h, 42, 1 / 0.3),
        "La semilla debe ser 42, no el número de cabezas.": hidden_mean_of(hidden_h, hidden_h),
    }
    for hidden_seed in (0, 1, 7, 123):
        hidden_table[f"La semilla debe ser 42, no {hidden_seed}."] = hidden_mean_of(hidden_h, hidden_seed)
    for hidden_other in {1, 4, 8, 16} - {hidden_h}:
        hidden_text = f"Es la media con h = {hidden_other}: crea y guarda un objeto por cada número."
        hidden_table[hidden_text] = hidden_mean_of(hidden_other)
    for hidden_digits in (2, 3, 4):
        hidden_table[f"No redondees (a {hidden_digits} decimales)."] = np.round(hidden_mean, hidden_digits)
    return hidden_table


hidden_hint = "¿falta seed=42, o usas otra X? Con otra semilla, o sin ella, los pesos son otros."
for hidden_n in (16, 8, 4, 1):
    hidden_checks.check_close(
        f"average_attention[{hidden_n}]",
        average_attention[hidden_n],
        hidden_mean_of(hidden_n),
        hint=hidden_hint,
        mistakes=hidden_mistakes(hidden_n),
        case=f"con h = {hidden_n}",
    )
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba la entropía media.** Es un número entre 0 y $\log 6 \approx 1.792$ nats. Esta prueba no exige que
# `average_attention` esté bien.

# %% nbgrader={"grade": true, "grade_id": "test_ej2_entropia", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "mean_entropy")

from numbers import Number


def entropy_of(n):
    """El valor de `mean_entropy[n]` como número, sea del tipo que sea."""
    value = mean_entropy[n]
    array = as_array(f"mean_entropy[{n}]", float(value) if isinstance(value, Number) else value)
    shape_hints = {
        (n,): "hay una por cabeza: promedia las entropías sobre las cabezas y también sobre las consultas.",
        (6,): "hay una por consulta: promedia las entropías sobre las cabezas y también sobre las consultas.",
        (6, 6): "es una matriz, como la media de los pesos: se pide la entropía media.",
    }
    hint = shape_hints.get(array.shape, "promedia las entropías sobre las cabezas y sobre las consultas.")
    return float(check_shape(f"mean_entropy[{n}]", array.reshape(()) if array.size == 1 else array, (), hint))


assert hasattr(mean_entropy, "keys"), (
    "`mean_entropy` debe ser un diccionario {número de cabezas: entropía}; "
    f"llegó un valor de tipo {type(mean_entropy).__name__}."
)
absent = [n for n in (1, 4, 8, 16) if n not in mean_entropy]
assert not absent, (
    f"A `mean_entropy` le faltan las claves {absent}; tiene {list(mean_entropy)}. "
    "Las claves son los números de `head_configs`, como enteros."
)
for n in (1, 4, 8, 16):
    value = entropy_of(n)
    check_finite(f"mean_entropy[{n}]", value, "¿se toma el logaritmo de un número que no es positivo?")
    assert value >= 0, (
        f"`mean_entropy[{n}]` vale {value:.4g} y una entropía no es negativa: ¿falta el signo menos?"
    )
    too_much = {
        "está en bits: usa el logaritmo natural, no el de base 2.": np.log2(6),
        "es la perplejidad, e elevado a la entropía: se pide la entropía.": 6.0,
        "sumas las consultas: sobre ellas se promedia.": 6 * np.log(6),
        "sumas las cabezas: sobre ellas se promedia.": n * np.log(6),
        "sumas las cabezas y las consultas: sobre ellas se promedia.": 6 * n * np.log(6),
    }
    named = [text for text, about in too_much.items() if 0.98 * about < value <= about]
    formula = "cada término es −p·log p; se suman los de una fila y se promedia sobre filas y cabezas."
    assert value < np.log(6) + 1e-4, (
        f"`mean_entropy[{n}]` vale {value:.4g} y con 6 claves no puede pasar de log 6 ≈ 1.792 nats.\nPista: "
        + (named or [formula])[0]
    )

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.attention import MultiHeadAttentionNumPy as hidden_reference
from codigo.student_work import arrays_in as hidden_arrays_in

hidden_X = np.random.RandomState(42).randn(6, 64) * 0.3


def hidden_entropy(hidden_p):
    return -(hidden_p * np.log(hidden_p)).sum(axis=-1)


def hidden_weights(hidden_h, hidden_seed=42, hidden_scale=1.0):
    """Pesos (h, T, T)."""
    hidden_object = hidden_reference(64, hidden_h, seed=hidden_seed)
    return np.stack(hidden_object(hidden_X * hidden_scale, return_attention=True)[1])


def hidden_mean_of(hidden_h, hidden_seed=42, hidden_scale=1.0):
    return hidden_entropy(hidden_weights(hidden_h, hidden_seed, hidden_scale)).mean()


def hidden_all_up_to(hidden_h):
    """La entropía media de todas las configuraciones hasta la de `hidden_h`."""
    hidden_pieces = [hidden_weights(hidden_n) for hidden_n in (1, 4, 8, 16) if hidden_n <= hidden_h]
    return hidden_entropy(np.concatenate(hidden_pieces)).mean()


def hidden_mistakes(hidden_h):
    """Lo que dan los errores más comunes."""
    hidden_heads = hidden_weights(hidden_h)
    hidden_rows, hidden_mean = hidden_entropy(hidden_heads), hidden_mean_of(hidden_h)
    hidden_ratio = hidden_mean / np.log(2) / np.log(6)
    hidden_of_mean = hidden_entropy(hidden_heads.mean(axis=0)).mean()
    hidden_table = {
        "Es la entropía de la media: calcula antes la de cada fila de cada cabeza.": hidden_of_mean,
        "Está normalizada, entre 0 y 1: no dividas entre log 6.": hidden_mean / np.log(6),
        "Está en base 10: usa el logaritmo natural.": hidden_mean / np.log(10),
        "Está en bits y normalizada: usa el logaritmo natural y no dividas.": hidden_ratio,
        "Promedias también sobre las claves: sobre ellas la entropía es una suma.": hidden_mean / 6,
        "Usas solo la primera cabeza: promedia sobre todas.": hidden_rows[0].mean(),
        "Usas solo la última cabeza: promedia sobre todas.": hidden_rows[-1].mean(),
        "Usas solo la primera consulta: promedia sobre todas.": hidden_rows[:, 0].mean(),
        "Usas solo la última consulta: promedia sobre todas.": hidden_rows[:, -1].mean(),
        "Divides dos veces entre el número de cabezas.": hidden_mean / hidden_h,
        "Es log 6, la del reparto uniforme: usa los pesos que devuelve el objeto.": np.log(6),
        "Es lo que falta hasta log 6: se pide la entropía.": np.log(6) - hidden_mean,
        "Es 1 menos la normalizada: se pide la entropía, en nats.": 1 - hidden_mean / np.log(6),
        "Es `1 − Σ p²`: la entropía lleva el logaritmo.": 1 - (hidden_heads**2).sum(axis=-1).mean(),
        "Acumulas las entropías de otras configuraciones: empieza de cero.": hidden_all_up_to(hidden_h),
        "Usas el mínimo en lugar de la media.": hidden_rows.min(),
        "Usas el máximo en lugar de la media.": hidden_rows.max(),
        "Usas la mediana en lugar de la media.": np.median(hidden_rows),
        "A X le falta el factor 0.3: usa la del cuaderno.": hidden_mean_of(hidden_h, 42, 1 / 0.3),
        "La semilla debe ser 42, no el número de cabezas.": hidden_mean_of(hidden_h, hidden_h),
    }
    for hidden_seed in (0, 1, 7, 123):
        hidden_table[f"La semilla debe ser 42, no {hidden_seed}."] = hidden_mean_of(hidden_h, hidden_seed)
    for hidden_other in {1, 4, 8, 16} - {hidden_h}:
        hidden_text = f"Es la de h = {hidden_other}: crea y guarda un objeto por cada número."
        hidden_table[hidden_text] = hidden_mean_of(hidden_other)
    for hidden_digits in (2, 3, 4):
        hidden_table[f"No redondees (a {hidden_digits} decimales)."] = np.round(hidden_mean, hidden_digits)
    return hidden_table


hidden_hint = (
    "¿falta seed=42, o usas otra X? Si no, repasa los ejes: suma sobre las claves y promedia lo demás."
)
hidden_tolerance = {"atol": 1e-5, "rtol": 0.0}


def hidden_from_own_weights():
    """¿Salen las entropías, bien calculadas, de unos pesos con otra semilla u otra X? Eso ya resta en el promedio."""
    hidden_maps = hidden_arrays_in(globals().get("average_attention"), hidden_sizes, (6, 6))
    hidden_rows = np.array(list((hidden_maps or {}).values()))
    hidden_are_weights = hidden_rows.size and (hidden_rows > 0).all()
    if not hidden_are_weights or not np.allclose(hidden_rows.sum(axis=-1), 1, atol=1e-4):
        return hidden_no
    # Con una cabeza, la entropía del mapa es la pedida; con más, algo menor, porque mezclar la sube.
    hidden_gaps = {n: hidden_entropy(m).mean() - entropy_of(n) for n, m in hidden_maps.items()}
    hidden_as_one = abs(hidden_gaps.pop(1)) < 1e-5 and all(1e-4 < gap < 0.5 for gap in hidden_gaps.values())
    return hidden_as_one and not np.allclose(hidden_maps[1], hidden_weights(1)[0], atol=1e-5)


hidden_sizes, hidden_no = (4, 8, 16, 1), False
for hidden_n in () if hidden_from_own_weights() else hidden_sizes:
    hidden_checks.check_close(
        f"mean_entropy[{hidden_n}]",
        entropy_of(hidden_n),
        hidden_mean_of(hidden_n),
        hint=hidden_hint,
        mistakes=hidden_mistakes(hidden_n),
        case=f"con h = {hidden_n}",
        **hidden_tolerance,
    )
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# Cuando las pruebas pasen, estas dos celdas dibujan lo que has calculado. La escala de color **no** va de 0 a
# 1: es común a los cuatro mapas y se ajusta a sus valores, porque de 0 a 1 saldrían los cuatro lisos.

# %%
if "average_attention" in globals():
    maps = [np.asarray(average_attention[n]) for n in head_configs]
    low, high = np.min(maps), np.max(maps)
    fig, axes = plt.subplots(2, 2, figsize=(11, 9.6), layout="constrained")
    for ax, n, matrix in zip(axes.flat, head_configs, maps, strict=True):
        image = ax.imshow(matrix, cmap="viridis", vmin=low, vmax=high)
        ax.set_title(f"{n} cabezas" if n > 1 else "1 cabeza")
        ax.set_xticks(range(6), tokens, rotation=45, ha="right")
        ax.set_yticks(range(6), tokens)
        for (i, j), weight in np.ndenumerate(matrix):
            color = "white" if weight < low + 0.45 * (high - low) else "black"
            ax.text(j, i, f"{weight:.3f}", ha="center", va="center", color=color, fontsize=8)
    fig.supxlabel("Clave (a quién se atiende)")
    fig.supylabel("Consulta (quién atiende)")
    fig.colorbar(image, ax=axes, label="Peso medio (escala ampliada, común a los cuatro)")
    show_figure(
        fig,
        caption=(
            "**Figura 2.4.** Media de las cabezas con 1, 4, 8 y 16 cabezas al azar. La escala de color, común, va "
            f"solo de {low:.3f} a {high:.3f}; el reparto uniforme es 1/6 ≈ 0.167."
        ),
        alt=(
            f"Cuatro mapas de calor de 6 por 6 con la misma escala, de {low:.3f} a {high:.3f}, para 1, 4, 8 y 16 "
            "cabezas. Cada celda lleva escrito su valor."
        ),
    )
else:
    print("Completa antes el ejercicio 2: falta `average_attention`.")

# %%
if "average_attention" in globals():
    measured = [np.std(np.asarray(average_attention[n])) for n in head_configs]
    fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
    ax.plot(head_configs, measured, "o-", label="medida")
    ax.plot(
        head_configs,
        measured[0] / np.sqrt(head_configs),
        "s--",
        markersize=11,
        markerfacecolor="none",
        label="la de 1 cabeza, entre √h",
    )
    ax.set_xscale("log", base=2)
    ax.set_xticks(head_configs, [str(n) for n in head_configs])
    ax.set(xlabel="Número de cabezas h", ylabel="Desviación típica de los pesos medios", ylim=(0, None))
    ax.legend(frameon=False)
    numbers_shown = ", ".join(f"{value:.4f}" for value in measured)
    show_figure(
        fig,
        caption=(
            "**Figura 2.5.** Desviación típica de los 36 pesos de cada mapa (sin unidades), y la de una "
            f"sola cabeza dividida entre √h. Medidas, de 1 a 16 cabezas: {numbers_shown}."
        ),
        alt=(
            "Gráfica de la desviación típica frente al número de cabezas, en escala logarítmica de base 2: la medida, "
            f"con línea continua y círculos ({numbers_shown}), y la de 1 cabeza entre √h, con línea discontinua y cuadrados."
        ),
    )
else:
    print("Completa antes el ejercicio 2: falta `average_attention`.")

# %%
if "mean_entropy" in globals():
    for n in head_configs:
        print(f"h = {n:2d}   entropía media {float(mean_entropy[n]):.4f} nats   (máximo {np.log(6):.4f})")
else:
    print("Completa antes el ejercicio 2: falta `mean_entropy`.")

# %% [markdown] nbgrader={"grade": true, "grade_id": "ej2_reflexion", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# ### Reflexión (5 puntos, se corrige a mano)
#
# Se suele preguntar cómo cambian los patrones con más cabezas y si hay un punto de rendimiento decreciente.
# Contesta solo lo que tus medidas permiten, en unas 150 palabras y con tus números:
#
# 1. Al pasar de 1 a 16 cabezas al azar, ¿qué cambia en `average_attention`, cuánto y por qué? (1 punto)
# 2. La celda más alta es la misma en los cuatro mapas. ¿Es un patrón que las cabezas han encontrado? Piensa qué
#    comparten los cuatro objetos. (1 punto)
# 3. ¿Qué le pasa a `mean_entropy`, y por qué no sigue el mismo camino que el mapa medio? (1 punto)
# 4. ¿Por qué nada de esto dice si más cabezas **entrenadas** sirven de algo? (1 punto)
# 5. ¿Qué experimento diría si hay un punto de rendimiento decreciente? Di qué varías, qué dejas fijo y qué
#    mides. (1 punto)
#
# ### BEGIN SOLUTION
# **Respuesta modelo**
#
# 1. El mapa medio se alisa: la desviación típica de sus pesos baja de 0.0092 con una cabeza a 0.0045, 0.0033 y
#    0.0023 con 4, 8 y 16, es decir, como $1/\sqrt{h}$ (16 cabezas, un cuarto). Cada cabeza al azar se desvía de 1/6 más o
#    menos lo mismo que antes, pero en sitios distintos, y al promediarlas las desviaciones se compensan.
# 2. No. La semilla 42 da las mismas $W_q$ y $W_k$ en los cuatro objetos; $h$ solo decide en cuántos trozos se cortan sus
#    columnas. La media de las puntuaciones de los $h$ trozos es la puntuación de la cabeza única dividida entre $\sqrt{h}$:
#    el mismo dibujo al azar, más pálido. Con la semilla 43, la celda más alta es otra.
# 3. Apenas se mueve: 1.7902, 1.7890, 1.7888 y 1.7887 nats, más del 99.8 % de log 6. Se calcula cabeza a cabeza, antes
#    de promediar, y cada cabeza al azar reparte más o menos igual tenga 64 dimensiones o 4. La entropía del mapa medio,
#    en cambio, se acercaría a log 6.
# 4. Las proyecciones no se ajustaron a ningún dato y no se midió ninguna tarea: no hay rendimiento que pueda crecer ni
#    decrecer. Unas cabezas entrenadas no tienen por qué parecerse a estas.
# 5. Entrenar el mismo modelo con h = 1, 2, 4, 8 y 16, con igual $d_{model}$ (iguales parámetros), datos y pasos, varias
#    semillas por valor, y comparar el error en validación con su dispersión. O quitar cabezas de un modelo ya entrenado
#    y medir cuánto empeora (Michel et al., 2019).
#
# **Criterios de corrección (suman 5, uno por pregunta)**
#
# | pregunta | 1 punto | 0.5 puntos | 0 puntos |
# |---|---|---|---|
# | 1 | se alisa, con alguna cifra propia, y por promediar ruido (o por el argumento de los trozos) | dice que se alisa, sin causa o sin cifras: «los colores se parecen más» | «las cabezas captan más patrones», «se especializan» |
# | 2 | no: los cuatro comparten semilla y, con ella, las matrices; basta decir que son los mismos pesos cortados de otra manera | «no, es azar», sin decir qué comparten; o solo que comparten X | sí: «persigue» se atiende a sí misma porque es el verbo |
# | 3 | casi constante, porque se mide por cabeza antes de promediar, o porque cada cabeza reparte igual | dice que no cambia, sin razón | «sube hasta log 6» (la confunde con la del mapa medio) |
# | 4 | nada se entrenó o no se midió ninguna tarea: basta una de las dos, explicada | «son aleatorias», sin más | concluye que 8 o 16 son mejores, o que sobran |
# | 5 | entrenar con varios h, o podar cabezas entrenadas, con una medida en datos no vistos y algo fijo o repetido | «entrenar y comparar», sin decir qué se fija ni qué se mide | repetir lo mismo con más cabezas al azar |
#
# Se aceptan otros números si son los de su ejecución y se razonan; un error de la parte automática no resta aquí.
# ### END SOLUTION

# %% [markdown]
# ## Resumen
#
# - Varias cabezas dan varias mezclas por consulta; los parámetros son siempre $4\, d_{model}^2$.
# - Formas: (T, d_model) → (T, h, d_k) → (h, T, d_k), atender, y vuelta a (T, d_model) antes de $W_o$.
# - La entropía mide el reparto: 0 si todo va a una clave, $\log T$ si es uniforme.
# - Cabezas al azar son ruido y su media lo alisa; la media de cabezas con reglas las tapa.
# - Qué hace una cabeza entrenada se averigua midiendo, no por su número.
#
# Sigue en `parte3_positional_encoding`. Y si quieres ver cómo estas mismas cuentas se hacen deprisa, la lectura
# [De la versión ingenua a la rápida](lecturas/de_ingenua_a_rapida.ipynb), que no se entrega, empieza aquí.
