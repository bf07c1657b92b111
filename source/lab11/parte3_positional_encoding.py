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
# # Parte 3. Codificación posicional
#
# **Qué sabrás hacer al terminar**
#
# - Demostrar, con una frase y su reverso, que la autoatención sola no distingue el orden.
# - Construir a mano la codificación sinusoidal y leer su mapa.
# - Explicar por qué avanzar $k$ posiciones equivale siempre a la misma rotación.
# - Medir cuánto se parecen dos posiciones, sin creer que «más cerca» sea siempre «más parecido».
#
# | | |
# |---|---|
# | Tiempo | unos 75 minutos |
# | Hace falta | la parte 1; seno y coseno de una suma; producto escalar |
# | Se entrega | el ejercicio 3 (14 puntos) |
#
# **Símbolos nuevos** (los demás son los de la parte 1)
#
# | símbolo | significado |
# |---|---|
# | $p$ | posición de un token: 0, 1, 2… |
# | $PE(p)$ | vector que codifica la posición $p$, de dimensión $d_{model}$ |
# | $\omega_k$ | frecuencia número $k$, en radianes por posición |
# | $P$ | matriz de permutación: reordena las filas |

# %%
import matplotlib.pyplot as plt
import numpy as np

from codigo.checks import arguments_untouched, as_array, check_close, check_shape, require_defined
from codigo.figures import plot_attention, show_figure
from codigo.student_work import call, follows
from codigo.transformers import (
    PositionalEncodingSinusoidal,
    SelfAttentionNumPy,
    create_causal_mask,
    visualize_positional_encoding,
)

np.set_printoptions(precision=3, suppress=True)

# %% [markdown]
# ## 3.1 Sin posiciones, el orden se pierde
#
# Tomamos «El gato persigue al ratón» y la misma frase del revés, «ratón al persigue gato El». Cada
# palabra tiene un vector fijo, elegido al azar, que es el mismo en las dos frases.

# %%
forward = "El gato persigue al ratón".split()
backward = forward[::-1]

rng = np.random.default_rng(11)
vectors = {word: rng.normal(size=16) for word in forward}
X_forward = np.array([vectors[word] for word in forward])  # (5, 16)
X_backward = np.array([vectors[word] for word in backward])  # (5, 16)

attention = SelfAttentionNumPy(d_model=16, d_k=8, seed=42)
out_forward, A_forward = attention(X_forward, return_attention=True)
out_backward, A_backward = attention(X_backward, return_attention=True)
print(" ".join(forward), "->", " ".join(backward))

# %% [markdown]
# > **Predice.** «gato» tiene al lado «El» y «persigue» en las dos frases, pero el orden se ha
# > invertido. ¿Cuánto cambiará el vector que la autoatención da a cada palabra?


# %%
def change_per_word(first, second):
    """Mayor diferencia entre los dos vectores de cada palabra; `second` va en el orden inverso."""
    return np.abs(first - second[::-1]).max(axis=-1)


for word, change in zip(forward, change_per_word(out_forward, out_backward)):
    print(f"{word:9s} cambia {change:.6f}")

# %% [markdown]
# **Explica.** No cambia nada: cada palabra recibe exactamente el mismo vector en las dos frases. Cada
# salida es una suma ponderada sobre **todas** las palabras, y los pesos dependen de qué vectores hay, no
# de dónde están. Quién persigue a quién se ha perdido.
#
# El nombre preciso es **equivariancia** a permutaciones. Si $P$ reordena las filas de la entrada,
#
# $$f(PX) = P\,f(X), \qquad A(PX) = P\,A(X)\,P^\top$$
#
# Las salidas se reordenan igual que la entrada. No es lo mismo que ser **invariante**, $g(PX) = g(X)$,
# que es no cambiar en absoluto. Comprobamos las dos cosas, con el reverso y con otro orden cualquiera.

# %%
for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
    P = np.eye(5)[order]  # (5, 5): la fila i de PX es la fila order[i] de X
    out_permuted, A_permuted = attention(P @ X_forward, return_attention=True)
    assert np.allclose(out_permuted, P @ out_forward)  # equivariante
    assert np.allclose(A_permuted, P @ A_forward @ P.T)  # los pesos, en filas y columnas
    assert not np.allclose(out_permuted, out_forward)  # no invariante
    assert np.allclose(out_permuted.mean(axis=0), out_forward.mean(axis=0))  # su media sí lo es
print("f(PX) = P f(X) y A(PX) = P A Pᵀ; f(PX) no es f(X); la media de las filas no cambia.")

# %%
fig, axes = plt.subplots(1, 2, figsize=(12.5, 5.2), layout="constrained")
plot_attention(axes[0], A_forward, forward, "Frase")
image = plot_attention(axes[1], A_backward, backward, "Frase del revés")
fig.colorbar(image, ax=axes, label="Peso de atención (cada fila suma 1)")
show_figure(
    fig,
    caption=(
        "**Figura 3.1.** La atención de la frase y la de su reverso, sin codificación posicional. Son los mismos "
        "25 números: el segundo mapa es el primero con las filas y las columnas en orden inverso."
    ),
    alt=(
        "Dos mapas de calor de 5 por 5 con los mismos pesos. El segundo es el primero girado media vuelta: "
        "la casilla de cada pareja de palabras vale lo mismo en los dos."
    ),
)

# %% [markdown]
# La última comprobación tiene consecuencias prácticas: si un clasificador promedia las salidas para
# obtener un vector de la frase, ese vector **sí** es invariante. Para él, las dos frases son idénticas.
#
# ¿Y con una máscara causal?
#
# > **Predice.** La máscara de la parte 1 depende de la posición, no de la palabra. ¿Seguirá siendo
# > equivariante la atención? ¿Y la media, invariante?

# %%
causal_forward = attention(X_forward, mask=create_causal_mask(5))
causal_backward = attention(X_backward, mask=create_causal_mask(5))

for word, change in zip(forward, change_per_word(causal_forward, causal_backward)):
    print(f"{word:9s} cambia {change:.3f}")
pooled_change = np.abs(causal_forward.mean(axis=0) - causal_backward.mean(axis=0)).max()
print(f"la media  cambia {pooled_change:.3f}")

# %% [markdown]
# **Explica.** Ni una cosa ni la otra. Con la máscara, «El» se ve solo a sí mismo cuando abre la frase y
# ve las cinco palabras cuando la cierra. La máscara deja pasar algo del orden, y hay modelos causales que
# aprenden sin codificación posicional
# ([Haviv et al., 2022](https://arxiv.org/abs/2203.16634)). Un codificador como BERT no lleva máscara
# causal: sin posiciones, no tiene ninguna pista del orden.

# %% [markdown]
# ## 3.2 Ejemplo resuelto: la codificación sinusoidal
#
# La solución de [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762), sección 3.5, es **sumar** a
# cada vector otro que depende solo de su posición:
#
# $$PE(p)_{2k} = \sin(p\,\omega_k), \qquad PE(p)_{2k+1} = \cos(p\,\omega_k), \qquad
# \omega_k = 10000^{-2k/d_{model}}$$
#
# Senos y cosenos van **intercalados**: dimensiones pares, seno; impares, coseno. Cada pareja
# $(2k, 2k+1)$ comparte la frecuencia $\omega_k$, y hay $d_{model}/2$ frecuencias.
#
# Con $d_{model} = 4$ hay dos: $\omega_0 = 10000^0 = 1$ y $\omega_1 = 10000^{-2/4} = 0.01$.
#
# > **Predice.** ¿Qué vector tiene la posición 0? No hace falta calculadora.

# %%
omega_0, omega_1 = 1.0, 0.01
by_hand = np.array(
    [
        [np.sin(0 * omega_0), np.cos(0 * omega_0), np.sin(0 * omega_1), np.cos(0 * omega_1)],
        [np.sin(1 * omega_0), np.cos(1 * omega_0), np.sin(1 * omega_1), np.cos(1 * omega_1)],
        [np.sin(2 * omega_0), np.cos(2 * omega_0), np.sin(2 * omega_1), np.cos(2 * omega_1)],
    ]
)
assert np.allclose(by_hand, PositionalEncodingSinusoidal(d_model=4, max_len=3).encoding)
print(by_hand)

# %% [markdown]
# **Explica.** La posición 0 es $(0, 1, 0, 1)$ porque $\sin 0 = 0$ y $\cos 0 = 1$. De una fila a la
# siguiente, la primera pareja gira 1 radián y cambia mucho; la segunda gira una centésima y casi no se
# mueve. Es como un reloj: una manecilla rápida y otra lenta.

# %% [markdown]
# ### Ejemplo con huecos: las longitudes de onda
#
# La **longitud de onda** de la frecuencia $\omega_k$ es el número de posiciones que tarda en dar una
# vuelta completa: $2\pi/\omega_k$. Calcula las cuatro de $d_{model} = 8$.
#
# > **Predice.** ¿Por cuánto se multiplica la longitud de onda de una frecuencia a la siguiente?
#
# Sustituye los dos `...` y ejecuta la celda. No puntúa.

# %%
d_demo = 8
k_demo = np.arange(d_demo // 2)  # 0, 1, 2, 3

omega_demo = ...  # hueco 1: la frecuencia de cada k; forma (4,)
wavelength_demo = ...  # hueco 2: su longitud de onda, en posiciones; forma (4,)

if omega_demo is ... or wavelength_demo is ...:
    print("Quedan huecos por completar.")
else:
    check_close("omega_demo", omega_demo, [1, 0.1, 0.01, 0.001], hint="el exponente es −2k/d_model.")
    check_close("wavelength_demo", wavelength_demo, 2 * np.pi * np.array([1, 10, 100, 1000]))
    print("Correcto: cada longitud de onda es diez veces la anterior.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# omega_demo = 10000.0 ** (-2 * k_demo / d_demo)
# wavelength_demo = 2 * np.pi / omega_demo
# ```
#
# Con $d_{model} = 8$ el factor es $10000^{2/8} = 10$: una progresión geométrica desde $2\pi \approx 6.28$
# hasta $1000 \cdot 2\pi \approx 6283$ posiciones. Cuanto mayor es $d_{model}$, más se acerca la última a
# $10000 \cdot 2\pi$, sin llegar.
# </details>

# %% [markdown]
# ## 3.3 La codificación del laboratorio
#
# A partir de aquí, $d_{model} = 128$ y hasta 100 posiciones.

# %%
pe = PositionalEncodingSinusoidal(128, 100)

omega = 10000.0 ** (-np.arange(0, 128, 2) / 128)  # (64,)
print("pe.encoding:", pe.encoding.shape)
print(f"longitudes de onda: de {2 * np.pi / omega[0]:.2f} a {2 * np.pi / omega[-1]:.0f} posiciones")
print(f"la última es {1 / omega[-1]:.0f} · 2π")

# %% [markdown]
# > **Predice.** Si dibujas la matriz con una fila por posición y una columna por dimensión, ¿en qué lado
# > estarán las franjas más apretadas?

# %%
fig = visualize_positional_encoding(d_model=128, max_len=100)
show_figure(
    fig,
    caption=(
        "**Figura 3.2.** Izquierda: la codificación de 100 posiciones. Las dimensiones bajas oscilan deprisa y "
        "las altas apenas cambian. Derecha: cuatro senos; al pasar de la dimensión 0 a la 56, de casi 16 vueltas "
        "a poco más de un cuarto de vuelta."
    ),
    alt=(
        "A la izquierda, mapa de 100 posiciones por 128 dimensiones: franjas apretadas en las primeras columnas, "
        "cada vez más anchas, y hacia el final columnas de color casi fijo que alternan 0 y 1. A la derecha, cuatro "
        "senos: el de la dimensión 0 oscila unas 16 veces; el de la 56 sube una sola vez y se aplana."
    ),
)

# %% [markdown]
# Las columnas de la derecha parecen fijas. Medimos cuánto recorre cada dimensión en las 100 posiciones,
# del menor de sus valores al mayor (como mucho, 2: de −1 a 1).

# %%
travel = pe.encoding.max(axis=0) - pe.encoding.min(axis=0)  # (128,)
for limit in (0.1, 0.5, 1.0):
    print(f"dimensiones que recorren menos de {limit}: {(travel < limit).sum():3d} de 128")
print(f"la que más recorre de la primera mitad: {travel[:64].max():.2f}")
print(f"la que más recorre de la segunda mitad: {travel[64:].max():.2f}")

# %% [markdown]
# **Explica.** Casi la mitad de las dimensiones (59) recorre menos de 0.5, la cuarta parte de su
# intervalo, y un tercio (42), menos de 0.1. Ninguna de la segunda mitad llega a 1. Las longitudes de onda
# están pensadas para miles de posiciones: con 100, las frecuencias lentas están casi paradas.
#
# Ahora, cuatro posiciones concretas. Senos y cosenos van por separado, porque intercalados dibujan un
# zigzag que no deja ver nada.

# %%
positions_to_check = [0, 10, 20, 50]
fig, axes = plt.subplots(1, 2, figsize=(13, 4.6), sharey=True, layout="constrained")
for pos, style in zip(positions_to_check, ("-", "--", "-.", ":")):
    axes[0].plot(np.arange(0, 128, 2), pe.encoding[pos, 0::2], style, label=f"posición {pos}")
    axes[1].plot(np.arange(1, 128, 2), pe.encoding[pos, 1::2], style, label=f"posición {pos}")
axes[0].set(title="Dimensiones pares (senos)", xlabel="Dimensión", ylabel="Valor (sin unidades)")
axes[1].set(title="Dimensiones impares (cosenos)", xlabel="Dimensión")
axes[0].legend(frameon=False, loc="lower right")
show_figure(
    fig,
    caption=(
        "**Figura 3.3.** Los vectores de las posiciones 0, 10, 20 y 50. La 0 es plana: senos a 0 y cosenos a 1. "
        "Las demás oscilan en las dimensiones bajas y acaban pegadas a ella en las altas; cuanto más lejos está "
        "la posición, más tarda en pegarse."
    ),
    alt=(
        "Dos gráficas de líneas, senos y cosenos, por dimensión. La posición 0 es una recta en cada una. Las "
        "posiciones 10, 20 y 50 oscilan a la izquierda y convergen a la recta hacia la derecha, la 50 la última."
    ),
)

# %% [markdown]
# ¿Tiene cada posición su propio vector? Basta con medir la distancia entre todas las parejas y mirar la
# menor.

# %%
gaps = np.linalg.norm(pe.encoding[:, None] - pe.encoding[None, :], axis=-1)  # (100, 100)
nearest = gaps[~np.eye(100, dtype=bool)].min()
assert nearest > 1.9  # todas las filas son distintas, y con holgura
print(f"distancia mínima entre dos posiciones: {nearest:.3f}")
print(f"entre posiciones consecutivas: de {np.diag(gaps, k=1).min():.3f} a {np.diag(gaps, k=1).max():.3f}")

# %% [markdown]
# **Explica.** Todas son distintas. Las parejas más próximas son las consecutivas, y todas ellas están a la
# misma distancia, 1.953: del 3 al 4 hay lo mismo que del 68 al 69. No es casualidad, y la sección siguiente
# dice por qué.

# %% [markdown]
# ## 3.4 Avanzar es girar
#
# Cada pareja $(\sin p\omega_k, \cos p\omega_k)$ es un punto de una circunferencia. Avanzar $k$ posiciones
# lo gira un ángulo fijo. Para una frecuencia $\omega$, las fórmulas del seno y del coseno de una suma dicen:
#
# $$\begin{pmatrix}\sin (p+k)\omega\\ \cos (p+k)\omega\end{pmatrix} =
# \begin{pmatrix}\cos k\omega & \sin k\omega\\ -\sin k\omega & \cos k\omega\end{pmatrix}
# \begin{pmatrix}\sin p\omega\\ \cos p\omega\end{pmatrix}$$
#
# La matriz depende del salto $k$, pero **no** de $p$. Con un bloque de 2 × 2 por frecuencia, en la
# diagonal, sale la matriz $R_k$ del vector entero.
#
# > **Predice.** Se construye $R_7$ una sola vez. ¿Servirá para pasar de la posición 0 a la 7, de la 13 a
# > la 20 y de la 92 a la 99? ¿Cambiará la norma de los vectores?


# %%
def rotation_matrix(step, d_model):
    """R_k: lleva PE(p) a PE(p + step), sea cual sea p. Forma (d_model, d_model)."""
    R = np.zeros((d_model, d_model))
    for even in range(0, d_model, 2):
        angle = step * 10000.0 ** (-even / d_model)
        R[even, even], R[even, even + 1] = np.cos(angle), np.sin(angle)
        R[even + 1, even], R[even + 1, even + 1] = -np.sin(angle), np.cos(angle)
    return R


print(rotation_matrix(7, d_model=4))

# %%
for step in (1, 7, 31):
    R = rotation_matrix(step, d_model=128)
    for p in (0, 13, 40, 99 - step):
        assert np.allclose(R @ pe.encoding[p], pe.encoding[p + step])
    assert np.allclose(R @ R.T, np.eye(128))  # ortogonal: conserva normas y ángulos
print("PE(p + k) = R_k PE(p) en todos los casos, y R_k es ortogonal.")

# %% [markdown]
# **Explica.** Una sola matriz vale para todas las posiciones. Por eso la distancia entre consecutivas no
# cambia: pasar de una pareja a la siguiente es girar las dos igual, y un giro conserva las distancias. Los
# autores eligieron esta codificación porque suponían que así sería fácil aprender a atender a posiciones
# **relativas**: «la de tres palabras antes» es una transformación lineal fija.
#
# De esta idea desciende RoPE ([Su et al., 2021](https://arxiv.org/abs/2104.09864)), que usan muchos modelos
# de lenguaje actuales: en lugar de **sumar** el vector de la posición, **gira** con matrices como estas las
# consultas y las claves, y su producto escalar pasa a depender de las posiciones solo por la diferencia $i - j$.

# %% [markdown]
# ## 3.5 Cuánto se parecen dos posiciones
#
# La similitud coseno de dos vectores es su producto escalar dividido entre el producto de sus normas. En
# esta codificación se puede calcular con lápiz. Como $\sin^2 + \cos^2 = 1$ en cada pareja,
#
# $$\lVert PE(p)\rVert^2 = \frac{d_{model}}{2}$$
#
# y como $\sin a \sin b + \cos a \cos b = \cos(a - b)$,
#
# $$\cos(i, j) = \frac{2}{d_{model}} \sum_{k} \cos\bigl(\omega_k\,(i - j)\bigr)$$
#
# La similitud depende solo de la **distancia** $|i - j|$. La primera fórmula se comprueba con los vectores:

# %%
squared_norms = (pe.encoding**2).sum(axis=1)  # (100,)
assert np.allclose(squared_norms, 128 / 2)
print("norma al cuadrado de las posiciones 0, 37 y 99:", squared_norms[[0, 37, 99]])

# %% [markdown]
# La segunda la comprobarás tú en el ejercicio, con los vectores. Aquí la dibujamos **sin ellos**, solo
# con la suma de cosenos.
#
# > **Predice.** La similitud a distancia 0 es 1. ¿Bajará siempre al aumentar la distancia? ¿Llegará a 0,
# > o será negativa, en las primeras 50 posiciones?


# %%
def similarity_by_distance(distance, d_model):
    """La fórmula cerrada: media de los cosenos de las d_model/2 frecuencias."""
    frequencies = 10000.0 ** (-np.arange(0, d_model, 2) / d_model)
    return np.cos(frequencies * distance).mean()


curves = {d: np.array([similarity_by_distance(n, d) for n in range(50)]) for d in (64, 128, 512)}
print("   d   distancia 1      10      49   mínimo (distancia)   primera subida")
for d, curve in curves.items():
    first_rise = 1 + np.flatnonzero(np.diff(curve) > 0)[0]
    print(
        f"{d:4d} {curve[1]:13.3f} {curve[10]:7.3f} {curve[49]:7.3f}"
        f" {curve.min():11.3f} ({curve.argmin()}) {first_rise:19d}"
    )

# %%
fig, ax = plt.subplots(figsize=(9, 4.8), layout="constrained")
for (d, curve), style in zip(curves.items(), (":", "-", "--")):
    ax.plot(curve, style, label=f"$d_{{model}}$ = {d}")
ax.set(
    title="Similitud coseno entre dos posiciones",
    xlabel="Distancia |i − j| (posiciones)",
    ylabel="Similitud coseno (sin unidades)",
)
ax.legend(frameon=False)
show_figure(
    fig,
    caption=(
        "**Figura 3.4.** Similitud según la distancia, con la fórmula cerrada. Las tres curvas caen deprisa hasta "
        "la distancia 4, y luego siguen bajando con ondulaciones, tanto más marcadas cuanto menor es "
        "$d_{model}$."
    ),
    alt=(
        "Tres curvas de 0 a 49 que parten de 1, caen hasta cerca de 0.76 a distancia 4 y terminan entre 0.48 y "
        "0.53. La de 64 ondula con claridad, la de 128 algo menos y la de 512 es casi lisa desde la 25."
    ),
)

# %% [markdown]
# **Explica.** «Las posiciones cercanas se parecen más» es una **tendencia**, no una ley. Con
# $d_{model} = 128$ la similitud sube por primera vez al pasar de la distancia 11 a la 12; con 64, ya en la
# 6; con 512, en la 44. Es lo que hace una suma de cosenos: cada uno sube y baja a su ritmo, y con más
# frecuencias las ondulaciones se compensan mejor.
#
# Tampoco se acerca a 0. Las frecuencias lentas de la sección 3.3 casi no giran en 49 posiciones, y su coseno
# sigue cerca de 1:

# %%
slow = 49 * omega < 0.45  # (64,): han girado menos de 0.45 radianes, unos 26 grados
print(f"a distancia 49, {slow.sum()} de las 64 frecuencias han girado menos de 0.45 radianes")
print(f"el menor de sus cosenos: {np.cos(49 * omega[slow]).min():.2f}")

# %% [markdown]
# ## 3.6 Ahora el orden cuenta
#
# Volvemos a las dos frases de la sección 3.1, con la misma atención y los mismos vectores. Lo único nuevo
# es sumar la codificación: llamar al objeto con `X` devuelve `X` más su posición.
#
# > **Predice.** «persigue» ocupa la posición 2 en las dos frases, así que su entrada es idéntica. ¿Cambiará
# > su salida?

# %%
pe_sentence = PositionalEncodingSinusoidal(d_model=16, max_len=5)
placed_forward, placed_backward = pe_sentence(X_forward), pe_sentence(X_backward)  # (5, 16)
input_change = change_per_word(placed_forward, placed_backward)
output_change = change_per_word(attention(placed_forward), attention(placed_backward))

print("palabra   cambia la entrada   cambia la salida")
for word, before, after in zip(forward, input_change, output_change):
    print(f"{word:9s} {before:17.3f} {after:18.3f}")
assert (output_change > 0.01).all()

# %% [markdown]
# **Explica.** Las cinco salidas cambian, también la de «persigue»: su vector de entrada es el mismo, pero
# los de sus vecinas no. Desde ahora la atención **puede** distinguir quién persigue a quién. Que lo haga
# depende del entrenamiento.

# %% [markdown]
# ---
# ## Ejercicio 3. Similitud entre posiciones
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | baja | 20 minutos | 14 |
#
# Comprueba con los vectores lo que la sección 3.5 dedujo con la fórmula. En una sola celda:
#
# - **3a** (6 puntos). Escribe `cosine_similarity(a, b)`: la similitud coseno de dos vectores de la misma
#   longitud, como un solo número. No debe modificar sus argumentos. No hace falta tratar el vector nulo.
# - **3b** (2 puntos). Define `encodings`, de forma `(50, 128)`: las **primeras** 50 posiciones de `pe`.
# - **3c** (6 puntos). Define `similarity_matrix`, de forma `(50, 50)`: en la casilla `[i, j]`, la similitud
#   coseno entre las posiciones `i` y `j`, para **todas** las parejas.
#
# Tienes `np` y `pe`. Puedes usar bucles o productos de matrices: las dos cosas valen.
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# La similitud coseno mide solo la dirección: vale 1 si los dos vectores apuntan al mismo lado, 0 si son
# perpendiculares y −1 si son opuestos, midan lo que midan. Por eso el producto escalar se divide entre
# **las dos** normas, que son raíces de sumas de cuadrados. Dos pruebas rápidas: un vector consigo mismo debe
# dar 1, y multiplicar uno de ellos por 5 no debe cambiar nada.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Los vectores tienen forma (n,) y el resultado es un escalar, sin ejes. Las posiciones son filas: cada una
# tiene 128 números, y el método `get_encoding` da tantas filas como le pidas, empezando por la 0. La matriz es
# de posiciones por posiciones, (50, 50). Si la tuya sale de (128, 128), has comparado las dimensiones: falta
# trasponer. Si usas una norma por fila, conserva su eje, (50, 1), para que la división se difunda bien.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# similitud(a, b) = producto escalar / (norma de a por norma de b)
#
# para cada posición i:
#     para cada posición j:
#         matriz[i, j] = similitud(fila i, fila j)
# ```
#
# Recorre las dos variables de 0 a 49: la diagonal y las dos mitades deben quedar llenas. Sin bucles: divide
# cada fila entre su norma y multiplica el resultado por su traspuesta.
# </details>


# %% nbgrader={"grade": false, "grade_id": "ej3_similitud_coseno", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_similarity(a, b):
    """Similitud coseno de dos vectores.

    Entrada: a y b (n,), con el mismo n; ninguno es nulo.
    Devuelve: un número entre −1 y 1.
    """
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.dot(a, b) / lengths)
    ### END SOLUTION


# Define `encodings`: las primeras 50 posiciones de `pe`, (50, 128).
### BEGIN SOLUTION
encodings = pe.get_encoding(50)
### END SOLUTION

# Define `similarity_matrix`: la similitud de cada pareja de esas posiciones, (50, 50).
### BEGIN SOLUTION
similarity_matrix = np.array([[cosine_similarity(row, other) for other in encodings] for row in encodings])
### END SOLUTION

# %% [markdown]
# **Comprueba la función.** Los vectores $(3, 4)$ y $(8, 6)$ tienen normas 5 y 10, y su producto escalar es 48.

# %% nbgrader={"grade": true, "grade_id": "test_ej3_coseno", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "cosine_similarity")

visible_a, visible_b = np.array([3.0, 4.0]), np.array([8.0, 6.0])
two_vectors = "recibe dos vectores, no dos posiciones, y no debe usar nada de `pe`."
with arguments_untouched(a=visible_a, b=visible_b):
    visible_result = call("cosine_similarity", cosine_similarity, visible_a, visible_b, hint=two_vectors)
one_number = "debe ser un solo número: 48 entre el producto de 5 y 10."
if as_array("cosine_similarity((3, 4), (8, 6))", visible_result).shape == (2,):
    one_number = "falta sumar: el producto escalar es la suma de los productos, componente a componente."
check_close(
    "cosine_similarity((3, 4), (8, 6))",
    visible_result,
    48 / 50,
    hint=one_number,
    mistakes={
        "Devuelves el producto escalar: falta dividir entre las dos normas.": 48,
        "Divides solo entre la norma de a: falta la de b.": 48 / 5,
        "Divides solo entre la norma de b: falta la de a.": 48 / 10,
        "Falta un paréntesis: divides entre una norma y multiplicas por la otra.": 48 / 5 * 10,
        "Divides entre las normas al cuadrado: falta la raíz.": 48 / 2500,
        "Usas normas L1, sumas de valores absolutos: la norma es la raíz de la suma de cuadrados.": 48 / 98,
        "Divides entre la suma de las normas: el divisor es su producto.": 48 / 15,
        "Divides dos veces entre la norma de a: falta la de b.": 48 / 25,
        "Divides dos veces entre la norma de b: falta la de a.": 48 / 100,
        "Divides entre 64, la norma al cuadrado de las filas de `pe`: usa las de tus argumentos.": 48 / 64,
        "Usas el mayor valor de cada vector como norma: es la raíz de la suma de cuadrados.": 48 / (4 * 8),
        "Divides entre la norma del producto: multiplica las dos normas.": 48 / np.sqrt(24**2 + 24**2),
        "Sale 1: ¿redondeas, o divides el producto escalar entre sí mismo?": 1,
        "Sale 0: falta el producto escalar de los dos vectores, que aquí vale 48.": 0,
        "Divides entre la dimensión: divide entre el producto de las dos normas.": 48 / 2,
        "Sumas componentes: el producto escalar multiplica las de cada posición y suma todas.": 3 + 8,
        "Es el coseno del producto escalar, como si fuera un ángulo: es producto entre normas.": np.cos(48),
        "Es el coeficiente de Jaccard: el denominador es el producto de las normas.": 48 / (25 + 100 - 48),
        "Es el coeficiente de Dice: el denominador es el producto de las normas.": 2 * 48 / (25 + 100),
        "Llevas el resultado de [−1, 1] a [0, 1]: la similitud es el coseno, tal cual.": (1 + 48 / 50) / 2,
        "Devuelves la distancia euclídea, no la similitud coseno.": np.sqrt(29),
        "Centras los vectores (correlación de Pearson): no hay que restar la media.": -1,
        "Devuelves 1 − cos, que es una distancia: la similitud es el coseno.": 1 / 25,
        "Devuelves el ángulo: la similitud es su coseno.": np.arccos(48 / 50),
        "Devuelves el coseno al cuadrado: divide el producto escalar entre el de las normas, sin elevar.": (
            48 / 50
        )
        ** 2,
    },
)
check_close(
    "cosine_similarity((3, 4), (−3, −4))",
    cosine_similarity(np.array([3.0, 4.0]), np.array([-3.0, -4.0])),
    -1,
    hint="dos vectores opuestos tienen similitud −1.",
    mistakes={
        "Tomas el valor absoluto: los vectores opuestos valen −1, no 1.": 1,
        "Recortas lo negativo a 0: los vectores opuestos valen −1.": 0,
    },
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.fresh import fresh_generator as hidden_fresh_generator
from codigo.student_work import call as hidden_call


def hidden_cosine(u, v):
    return u @ v / np.sqrt((u @ u) * (v @ v))


def hidden_mistakes(u, v):
    """Resultado de los errores más comunes."""
    dot, norm_u, norm_v = u @ v, np.sqrt(u @ u), np.sqrt(v @ v)
    l1_u, l1_v = np.abs(u).sum(), np.abs(v).sum()
    cosine = dot / (norm_u * norm_v)
    return {
        "Es el producto escalar: divide entre las dos normas.": dot,
        "Falta dividir entre la norma de b.": dot / norm_u,
        "Falta dividir entre la norma de a.": dot / norm_v,
        "Sobra un producto: divide entre las dos normas, con paréntesis.": dot / norm_u * norm_v,
        "Las normas están al cuadrado: les falta la raíz.": dot / (norm_u * norm_v) ** 2,
        "Son normas L1: la norma es la raíz de la suma de los cuadrados.": dot / (l1_u * l1_v),
        "Las normas se multiplican, no se suman.": dot / (norm_u + norm_v),
        "Es la distancia euclídea: se pide el coseno.": np.sqrt((u - v) @ (u - v)),
        "Es la correlación de Pearson: no restes la media.": hidden_cosine(u - u.mean(), v - v.mean()),
        "Es 1 − cos: se pide el coseno.": 1 - cosine,
        "Es el valor absoluto del coseno: conserva el signo.": abs(cosine),
        "Es el ángulo: se pide su coseno.": np.arccos(np.clip(cosine, -1, 1)),
        "Es el coseno al cuadrado.": cosine**2,
        "No redondees: es el cociente, con todos sus decimales.": np.round(cosine, 2),
        "No redondees (a 3 decimales): es el cociente, con todos los que tenga.": np.round(cosine, 3),
        "No redondees (a 4 decimales): es el cociente, con todos los que tenga.": np.round(cosine, 4),
        "Divides entre 64, la norma al cuadrado de las filas de `pe`: usa las normas de a y de b.": dot / 64,
    }


hidden_stretched = "al estirar un vector la similitud no cambia: ¿falta una norma?"
hidden_rng = hidden_fresh_generator()
hidden_any = "debe valer para vectores de cualquier longitud y de cualquier norma."
hidden_pairs = [hidden_rng.normal(0.8, 1.5, size=(2, hidden_n)) for hidden_n in (4, 7, 3, 50, 128)]
hidden_pairs += [hidden_rng.normal(-1.0, 2.0, size=(2, hidden_n)) * [[1.0], [-3.0]] for hidden_n in (5, 11)]
for hidden_u, hidden_v in hidden_pairs:
    hidden_want = hidden_cosine(hidden_u, hidden_v)
    hidden_case = f"con n = {len(hidden_u)}"
    with hidden_checks.arguments_untouched(a=hidden_u, b=hidden_v):
        hidden_got = hidden_call("cosine_similarity", cosine_similarity, hidden_u, hidden_v, hint=hidden_any)
    hidden_checks.check_close(
        "cosine_similarity(a, b)",
        hidden_got,
        hidden_want,
        hint=hidden_any,
        mistakes=hidden_mistakes(hidden_u, hidden_v),
        case=hidden_case,
        atol=1e-5,
    )
    for hidden_pair, hidden_x, hidden_y, hidden_value, hidden_hint in (
        ("b, a", hidden_v, hidden_u, hidden_want, "el orden de los vectores no debe importar."),
        ("a, a", hidden_u, hidden_u, 1.0, "un vector consigo mismo tiene similitud 1."),
        ("a, −a", hidden_u, -hidden_u, -1.0, "dos vectores opuestos tienen similitud −1: conserva el signo."),
        ("6a, b", 6.0 * hidden_u, hidden_v, hidden_want, hidden_stretched),
        ("a, 2.5b", hidden_u, 2.5 * hidden_v, hidden_want, hidden_stretched),
    ):
        hidden_checks.check_close(
            f"cosine_similarity({hidden_pair})",
            cosine_similarity(hidden_x.copy(), hidden_y.copy()),
            hidden_value,
            hint=hidden_hint,
            case=hidden_case,
            atol=1e-5,
        )
hidden_u, hidden_v = np.array([2.0, -1.0, 4.0]), np.array([3.0, 2.0, -1.0])  # producto escalar 0
hidden_checks.check_close(
    "cosine_similarity(a, b)",
    cosine_similarity(hidden_u.copy(), hidden_v.copy()),
    hidden_cosine(hidden_u, hidden_v),
    hint="dos vectores perpendiculares tienen similitud 0.",
    mistakes=hidden_mistakes(hidden_u, hidden_v),
    case="con dos vectores perpendiculares",
    atol=1e-5,
)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba las codificaciones.** Una fila por posición, desde la 0.

# %% nbgrader={"grade": true, "grade_id": "test_ej3_codificaciones", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "encodings")

shape_hints = {
    (128, 50): "está traspuesta: una fila por posición y una columna por dimensión.",
    (100, 128): "son todas las posiciones de `pe`: se piden las 50 primeras.",
    (100, 50): "has cortado las columnas: se piden las 50 primeras filas, con todas sus columnas.",
    (50, 50): "has cortado también las columnas: se piden las 128.",
    (51, 128): "sobra una: las 50 primeras posiciones van de la 0 a la 49.",
    (49, 128): "falta una: las 50 primeras posiciones van de la 0 a la 49.",
    (128,): "es el vector de una sola posición: se piden 50 filas.",
}
encodings_shape = as_array("encodings", encodings).shape
shape_hint = shape_hints.get(encodings_shape, "50 posiciones por 128 dimensiones.")
check_shape("encodings", encodings, (50, 128), shape_hint)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.positional import PositionalEncodingSinusoidal as hidden_class

hidden_all = hidden_class(128, 100).encoding
hidden_blocks = np.concatenate([hidden_all[:50, 0::2], hidden_all[:50, 1::2]], axis=1)
hidden_mixed = hidden_all[:50].T.reshape(50, 128)
hidden_swapped = hidden_all[:50].reshape(50, 64, 2)[:, :, ::-1].reshape(50, 128)
hidden_mistakes = {
    "Empiezas en la posición 1: las primeras 50 van de la 0 a la 49.": hidden_all[1:51],
    "Son las 50 últimas posiciones: se piden las primeras.": hidden_all[50:],
    "Tomas una posición de cada dos: van seguidas, de la 0 a la 49.": hidden_all[::2],
    "Has dividido cada fila entre su norma: `encodings` son los vectores sin normalizar.": hidden_all[:50]
    / 8.0,
    "Los senos y los cosenos van intercalados, no en dos bloques.": hidden_blocks,
    "Van primero el seno y después el coseno de cada frecuencia.": hidden_swapped,
    "La forma se cambia con la traspuesta, no con `reshape`: las filas han quedado mezcladas.": hidden_mixed,
    "Están llenas de ceros: falta copiar los valores de `pe`.": np.zeros((50, 128)),
    "Van en orden inverso: la primera fila es la de la posición 0.": hidden_all[:50][::-1],
    "Todas las filas son la de la posición 0: toma una por posición.": hidden_all[[0] * 50],
    "No redondees los valores de `pe`.": np.round(hidden_all[:50], 2),
    "Has sumado dos veces la codificación: son las filas de `pe`, tal cual.": 2 * hidden_all[:50],
}
hidden_hint = "son las filas de la 0 a la 49 de la codificación de `pe`."
hidden_checks.check_close(
    "encodings", encodings, hidden_all[:50], hint=hidden_hint, mistakes=hidden_mistakes, atol=1e-5
)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba la matriz.** La fórmula de la sección 3.5 da 1, 0.9702 y 0.8966 a distancias 0, 1 y 2. Tienen
# que aparecer al principio de la primera fila y, como la similitud es simétrica, también de la primera
# columna.

# %% nbgrader={"grade": true, "grade_id": "test_ej3_matriz", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "similarity_matrix")

matrix_hints = {
    (128, 128): "has comparado dimensiones: se comparan posiciones, las filas de `encodings`.",
    (100, 100): "son todas las posiciones de `pe`: se piden las 50 primeras.",
    (50,): "es la similitud de una posición con las demás: se piden todas las parejas.",
}
matrix_shape = as_array("similarity_matrix", similarity_matrix).shape
matrix_hint = matrix_hints.get(matrix_shape, "una fila y una columna por posición.")
visible_matrix = check_shape("similarity_matrix", similarity_matrix, (50, 50), matrix_hint)
first_values = np.array([1, 0.9702, 0.8966])
visible_mistakes = {
    "Falta la diagonal: cada posición tiene similitud 1 consigo misma.": [0, 0.9702, 0.8966],
    "La diagonal cuenta dos veces: cada posición tiene similitud 1 consigo misma.": [2, 0.9702, 0.8966],
    "Solo está llena la mitad de la matriz: faltan las parejas simétricas.": [1, 0, 0],
    "Estas casillas están a cero: recorre todas las parejas, con la diagonal y las dos mitades.": [0, 0, 0],
    "Son productos escalares: falta dividir entre las normas.": 64 * first_values,
    "Divides entre una sola norma: hacen falta las de las dos posiciones.": 8 * first_values,
    "Divides entre las normas al cuadrado: falta la raíz.": first_values / 64,
    "Son distancias (1 − cos): se piden similitudes.": 1 - first_values,
    "Son distancias euclídeas: se piden similitudes coseno.": [0, 1.9526, 3.6382],
    "Son ángulos: se pide su coseno.": [0, 0.2447, 0.4588],
    "Centras las filas (correlación de Pearson): no hay que restar la media.": [1, 0.9424, 0.7813],
    "Usas normas L1: la norma es la raíz de la suma de cuadrados.": [0.0156, 0.0140, 0.0128],
    "Usas una norma por dimensión: se necesita una por posición.": [1.8541, 1.7779, 1.5897],
    "Usas una sola norma para toda la matriz: se necesita una por posición.": first_values / 50,
    "Sobra un softmax: se piden las similitudes, tal cual.": [0.0291, 0.0283, 0.0262],
    "No redondees los valores.": [1, 0.97, 0.9],
}
first_pairs = [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]
first_found = np.array([visible_matrix[pair] for pair in first_pairs], dtype=float)
as_expected = np.allclose(first_found, first_values[[0, 1, 2, 1, 2]], atol=2e-4)
own_function, own_rows = globals().get("cosine_similarity"), globals().get("encodings")
if not as_expected and follows(visible_matrix, own_function, own_rows, first_pairs):
    print(
        "La matriz es la que dan tu función y tus codificaciones, pero una de las dos no es la pedida: corrige esa."
    )
else:
    for visible_places in ([(0, 0), (0, 1), (0, 2)], [(0, 0), (1, 0), (2, 0)]):
        check_close(
            "similarity_matrix",
            visible_matrix,
            first_values,
            hint="deben ser las similitudes a distancias 0, 1 y 2.",
            mistakes=visible_mistakes,
            places=visible_places,
            atol=0.0002,
            rtol=1e-3,
        )

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

from codigo.fresh import fresh_generator as hidden_fresh_generator
from codigo.positional import PositionalEncodingSinusoidal as hidden_class
from codigo.student_work import follows as hidden_follows

hidden_rows = hidden_class(128, 100).encoding[:50]
hidden_dots = hidden_rows @ hidden_rows.T
hidden_norms = np.sqrt(np.diag(hidden_dots))
hidden_want = hidden_dots / np.outer(hidden_norms, hidden_norms)
hidden_inner = np.outer(np.arange(50) < 49, np.arange(50) < 49)
hidden_l1 = np.abs(hidden_rows).sum(axis=1)
hidden_by_column = hidden_rows / np.sqrt((hidden_rows**2).sum(axis=0))
hidden_mistakes = {
    "Son productos escalares: divide entre las dos normas.": hidden_dots,
    "Falta dividir entre la segunda norma.": hidden_dots / hidden_norms,
    "Las normas están al cuadrado: les falta la raíz.": hidden_dots
    / np.outer(hidden_norms, hidden_norms) ** 2,
    "Son normas L1: la norma es la raíz de la suma de los cuadrados.": hidden_dots
    / np.outer(hidden_l1, hidden_l1),
    "Es la distancia euclídea: se pide el coseno.": np.sqrt(
        ((hidden_rows[:, None] - hidden_rows) ** 2).sum(axis=-1)
    ),
    "Es la correlación de Pearson: no restes la media de cada fila.": np.corrcoef(hidden_rows),
    "Es 1 − cos: se pide el coseno.": 1 - hidden_want,
    "Es el ángulo: se pide su coseno.": np.arccos(np.clip(hidden_want, -1, 1)),
    "La diagonal ha quedado a cero: cada posición vale 1 consigo misma.": hidden_want - np.eye(50),
    "Solo está llena la mitad superior: la matriz es simétrica.": np.triu(hidden_want),
    "Solo está llena la mitad inferior: la matriz es simétrica.": np.tril(hidden_want),
    "Solo está la mitad superior y falta la diagonal.": np.triu(hidden_want, k=1),
    "Solo está la mitad inferior y falta la diagonal.": np.tril(hidden_want, k=-1),
    "La norma es de cada posición (axis=1), no de cada dimensión.": hidden_by_column @ hidden_by_column.T,
    "Usas la norma de toda la matriz: hace falta la de cada fila (axis=1).": hidden_dots
    / (hidden_rows**2).sum(),
    "La diagonal cuenta dos veces: al sumar la traspuesta, resta la diagonal una vez.": hidden_want
    + np.eye(50),
    "La última fila o la última columna no se rellenan: recorre de 0 a 49.": hidden_want * hidden_inner,
    "No redondees los valores (a 2 decimales).": hidden_want.round(2),
    "No redondees los valores (a 3 decimales).": hidden_want.round(3),
    "No redondees los valores (a 4 decimales).": hidden_want.round(4),
}
hidden_found = hidden_checks.as_array("similarity_matrix", similarity_matrix).astype(float)
hidden_corners = [(0, 0), (49, 49), (0, 49), (49, 0), (48, 49), (49, 48), (0, 1), (1, 0)]
hidden_pairs = hidden_corners + hidden_fresh_generator().integers(0, 50, size=(40, 2)).tolist()


def hidden_comes_from_own_steps():
    """¿Sale la matriz, bien hecha, de una función o de unas codificaciones que no son las pedidas? Eso ya resta."""
    hidden_i, hidden_j = np.transpose(hidden_pairs)
    hidden_apart, hidden_no = hidden_i != hidden_j, False
    if np.allclose(hidden_found[hidden_i, hidden_j], hidden_want[hidden_i, hidden_j], atol=1e-5):
        return hidden_no
    hidden_function, hidden_own = globals().get("cosine_similarity"), globals().get("encodings")
    if not hidden_follows(hidden_found, hidden_function, hidden_own, hidden_pairs):
        return hidden_no
    # Lo que da una función absurda no va con el coseno; lo que da una mal escrita, sí.
    hidden_vectors = hidden_checks.as_array("encodings", hidden_own).astype(float)
    with np.errstate(all="ignore"):  # hidden_own puede tener filas nulas
        hidden_cosines = np.sum(hidden_vectors[hidden_i] * hidden_vectors[hidden_j], axis=1) / np.sqrt(
            np.sum(hidden_vectors[hidden_i] ** 2, axis=1) * np.sum(hidden_vectors[hidden_j] ** 2, axis=1)
        )
        hidden_together = np.corrcoef(
            hidden_cosines[hidden_apart], hidden_found[hidden_i, hidden_j][hidden_apart]
        )
    return abs(hidden_together[0, 1]) > 0.9


hidden_hint = "cada casilla [i, j] es la similitud coseno entre las posiciones i y j."
if not hidden_comes_from_own_steps():
    hidden_checks.check_close(
        "similarity_matrix", hidden_found, hidden_want, hint=hidden_hint, mistakes=hidden_mistakes, atol=1e-5
    )
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# La escala de color va del menor valor de la matriz a 1. En una escala de −1 a 1, todos los valores
# ocuparían solo el 26 % superior y las bandas apenas se distinguirían.
#
# > **Predice.** Si la similitud depende solo de la distancia, ¿qué dibujo hará el mapa?

# %%
if "similarity_matrix" in globals() and np.shape(similarity_matrix) == (50, 50):
    shown_matrix = np.asarray(similarity_matrix, dtype=float)
    fig, ax = plt.subplots(figsize=(7.2, 6), layout="constrained")
    image = ax.imshow(shown_matrix, cmap="viridis", vmin=shown_matrix.min(), vmax=1.0)
    ax.set(title="Similitud entre las primeras 50 posiciones", xlabel="Posición", ylabel="Posición")
    fig.colorbar(image, ax=ax, label="Similitud coseno (sin unidades)")
    show_figure(
        fig,
        caption=(
            "**Figura 3.5.** Similitud coseno entre posiciones, con la escala ajustada a los datos: de "
            f"{shown_matrix.min():.3f} a 1, no de −1 a 1. Cada diagonal tiene un solo color."
        ),
        alt=(
            "Mapa de calor de 50 por 50, simétrico. La diagonal principal es lo más claro y el color se oscurece "
            "en bandas paralelas a ella, con pequeñas ondulaciones, hasta las dos esquinas."
        ),
    )
    for other in (1, 10, 49):
        print(f"similitud entre las posiciones 0 y {other:2d}: {shown_matrix[0, other]:.3f}")
    print(f"a distancia 11: {shown_matrix[0, 11]:.4f}; a distancia 12: {shown_matrix[0, 12]:.4f}")
else:
    print("Completa antes el ejercicio 3: falta `similarity_matrix`, de forma (50, 50).")

# %% [markdown]
# **Explica.**
#
# 1. ¿Por qué cada diagonal tiene un solo color?
# 2. ¿Qué dos valores de los impresos desmienten que «más cerca» sea siempre «más parecido»?
# 3. Si `encodings` empezara por error en la posición 1, ¿cambiaría el mapa?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. En una diagonal, $i - j$ es constante, y la similitud depende solo de esa distancia.
# 2. Los dos últimos: a distancia 12 la similitud es mayor que a distancia 11 (0.6622 frente a 0.6616). La
#    tendencia sí es a bajar: 0.970, 0.669 y 0.527 a distancias 1, 10 y 49.
# 3. No, por lo mismo: las distancias serían las de antes. Es un error que este mapa no puede detectar.
# </details>
#
# Una cautela: el modelo no compara estas codificaciones tal cual. Las suma a los vectores de las palabras
# y las pasa por $W_Q$ y $W_K$, que se aprenden. El mapa dice qué información hay, no qué hará con ella.
#
# ## Resumen
#
# - La autoatención sin posiciones es equivariante a permutaciones; la media de sus salidas, invariante.
#   Con máscara causal no es ni lo uno ni lo otro.
# - La codificación sinusoidal suma a cada vector senos (pares) y cosenos (impares), de rápidos a lentos. Con
#   100 posiciones y $d_{model} = 128$, casi la mitad de las dimensiones recorre menos de 0.5.
# - Avanzar $k$ posiciones es multiplicar por una rotación $R_k$ que no depende de $p$.
# - La similitud depende solo de la distancia y **tiende** a bajar con ella, pero no siempre baja.
#
# Sigue en `parte4_transformer`.
