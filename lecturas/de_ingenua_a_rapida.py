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
# # Lectura. De la versión ingenua a la rápida
#
# La atención se escribe en una línea y se programa de muchas maneras. Todas dan los mismos números, y unas
# tardan muchísimo más que otras. Aquí se parte de la más ingenua y se mejora paso a paso, con lo nuevo señalado y su
# ganancia medida.
#
# **Qué sabrás hacer al terminar**
#
# - Distinguir las tres cosas en que se va el tiempo: las cuentas, el ir y venir de la memoria y el intérprete de
#   Python.
# - Leer `reshape`, `swapaxes` y la proyección conjunta de Q, K y V como lo que son: maneras de dar más
#   trabajo a cada llamada.
# - Calcular un softmax por bloques, sin tener nunca la matriz $T \times T$, que es la idea de FlashAttention.
# - Escribir una caché KV y comprobar que no cambia lo que se genera.
#
# | | |
# |---|---|
# | Tiempo | unos 45 minutos (las medidas, menos de uno) |
# | Hace falta | la parte 2 para la sección 1; la parte 4 para la 2 |
# | Se entrega | nada: es una lectura, no puntúa |
#
# El comentario `# ← nuevo` señala lo que cambia respecto a la versión anterior; en la línea de un `def`, que lo es
# toda la función.
#
# **Símbolos**
#
# | símbolo | significado |
# |---|---|
# | $B$ | tamaño del lote (*batch*) |
# | $T$ | longitud de la secuencia; $S$, la de la secuencia de origen en la sección 2 |
# | $d_{model}$ | dimensión del modelo |
# | $h$ | número de cabezas |
# | $d_k$ | dimensión de cada cabeza: $d_k = d_{model} / h$ |
# | $b$ | claves por bloque en la versión por bloques |
# | $L$ | número de capas de una pila |
# | FLOP | una operación de coma flotante: una suma o un producto |

# %%
import os

# Un hilo: menos ruido con el equipo ocupado. Antes de importar NumPy, que solo lo lee entonces.
for setting in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[setting] = "1"

import math
import tracemalloc
from functools import partial
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from IPython.display import display
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from codigo.figures import show_figure
from codigo.measure import describe_environment, time_together
from codigo.transformers import MultiHeadAttentionNumPy, TransformerModel

torch.set_num_threads(1)
CPU = torch.device("cpu")
environment = describe_environment(CPU)
print("se mide en:", environment)

# %% [markdown]
# ## Cómo se mide
#
# Cada mejora se cronometra **por turnos** con la versión anterior: una vez una, una vez otra, y así muchas
# rondas. Si la máquina va más lenta un rato, lo notan las dos. La ganancia de una ronda es el cociente de
# los dos tiempos; se da la mediana de todas y sus cuartiles, que dicen cuánto se mueve. Una «ganancia» de ×0.8 es una
# pérdida, y una de ×1.1 con cuartiles de ×0.9 a ×1.3 no es nada.
#
# La memoria se mide aparte con `tracemalloc`, que apunta cuánto piden Python y NumPy y recuerda el máximo.


# %%
def as_times(ratio):
    """Una ganancia con tres cifras: ×1.23, ×45.6, ×789."""
    return f"×{ratio:.3g}" if ratio < 1000 else f"×{ratio:,.0f}"


gains = {}  # (versión, caso) -> cuartil bajo, mediana y cuartil alto de la ganancia


def measure_gain(case, before, after, argument, repeats=61, budget_s=0.5):
    """Mide por turnos dos versiones, parejas de nombre y función, y escribe cuánto gana la segunda."""
    actions = {name: lambda version=version: version(argument) for name, version in (before, after)}
    old, new = time_together(actions, CPU, repeats=repeats, budget_s=budget_s).values()
    low, median, high = gains[after[0], case] = np.quantile(np.divide(old, new), (0.25, 0.5, 0.75))
    print(
        f"{case}, {after[0]}: {as_times(median)} respecto a {before[0]} "
        f"(cuartiles: {as_times(low)} a {as_times(high)}; {len(new)} rondas)"
    )


def peak_bytes(version, argument):
    """Lo más que llega a tener reservado `version(argument)`, además de lo que ya había."""
    tracemalloc.start()
    version(argument)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


# %% [markdown]
# ## 1. La atención de varias cabezas
#
# La referencia es `MultiHeadAttentionNumPy`, de la parte 2: de ella se toman los pesos, y con ella se comparan
# todas las versiones. Hay dos casos. El **corto** tiene varias secuencias pequeñas; el **largo**, dos de
# cientos de posiciones. Lo que ayuda a uno no siempre ayuda al otro.

# %%
layer = MultiHeadAttentionNumPy(d_model=64, num_heads=4, seed=42)
rng = np.random.default_rng(0)
cases = {"corto": rng.normal(size=(3, 14, 64)), "largo": rng.normal(size=(2, 512, 64))}  # (B, T, d_model)
expected = {case: layer(X) for case, X in cases.items()}
versions = {}  # las que se vayan escribiendo: función de X


def compare(before, after, *names):
    """Exige los mismos números en los casos dados y, solo entonces, mide la ganancia."""
    for case in names:
        result = versions[after](cases[case])
        np.testing.assert_allclose(result, versions[before](cases[case]), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(result, expected[case], rtol=1e-10, atol=1e-12)
    print(f"{after} da los mismos números que {before} y que la referencia")
    for case in names:
        measure_gain(case, (before, versions[before]), (after, versions[after]), cases[case])


# %% [markdown]
# Se pide que coincidan diez cifras, no los 64 bits. La suma de números de coma flotante no es asociativa: al
# sumar en otro orden, el redondeo de la última cifra es otro, y todas las mejoras de esta lectura cambian el
# orden de alguna suma.
#
# ### v0. La ecuación, término a término
#
# $$\text{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right) V, \qquad (AB)_{ij} = \sum_k A_{ik} B_{kj}$$
#
# Un producto de matrices son tres bucles: filas, columnas y el término que se suma. El softmax resta antes el
# máximo de la fila. Con números exactos no cambiaría nada, porque el factor $e^{-m}$ se va al dividir; con números de
# coma flotante evita que $e^{s}$ desborde: el mayor exponente pasa a ser 0.


# %%
def product_v0(A, B):
    """El producto de dos matrices, con la definición."""
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C


def softmax_v0(scores):
    """El softmax de cada fila, con la definición."""
    weights = np.zeros_like(scores)
    for i in range(scores.shape[0]):
        top = max(scores[i])
        exponentials = [math.exp(score - top) for score in scores[i]]
        total = sum(exponentials)
        for j in range(scores.shape[1]):
            weights[i, j] = exponentials[j] / total
    return weights


def head_v0(Q, K, V):
    """Una cabeza: Q y K (T, d_k), V (T, d_v) -> (T, d_v)."""
    scores = product_v0(Q, K.T) / math.sqrt(Q.shape[1])  # (T, T)
    return product_v0(softmax_v0(scores), V)


def each_head(X, layer, product, head):
    """Recorre secuencias y cabezas; `product` y `head` son los de cada versión."""
    output = np.empty_like(X)  # (B, T, d_model)
    for n, x in enumerate(X):
        heads = []
        for i in range(layer.num_heads):
            own = slice(i * layer.d_k, (i + 1) * layer.d_k)  # las columnas de la cabeza i
            Q, K, V = (product(x, W[:, own]) for W in (layer.W_q, layer.W_k, layer.W_v))  # (T, d_k)
            heads.append(head(Q, K, V))
        output[n] = product(np.concatenate(heads, axis=1), layer.W_o)  # (T, h·d_k) @ (d_model, d_model)
    return output


def attention_v0(X, layer):
    return each_head(X, layer, product_v0, head_v0)


versions["v0"] = lambda X: attention_v0(X, layer)
np.testing.assert_allclose(versions["v0"](cases["corto"]), expected["corto"], rtol=1e-10, atol=1e-12)
print("v0 da los mismos números que la referencia")

# %% [markdown]
# ¿Cuánto cuesta cada término de la suma? Contemos: las cuatro proyecciones son $4BTd_{model}^2$ términos, y
# $QK^\top$ y $AV$ son $BT^2d_{model}$ cada uno. Cada término es un producto y una suma: 2 FLOP.


# %%
def terms_of(X):
    """Términos (un producto y una suma) de los productos de matrices de la capa."""
    B, T, d_model = X.shape
    return 4 * B * T * d_model**2 + 2 * B * T**2 * d_model


(seconds_v0,) = time_together({"v0": lambda: versions["v0"](cases["corto"])}, CPU, repeats=3).values()
per_term = np.median(seconds_v0) / terms_of(cases["corto"])
print(f"caso corto: {terms_of(cases['corto']):,} términos a {1e9 * per_term:.0f} ns cada uno")
print(
    f"caso largo: {terms_of(cases['largo']):,} términos; a ese ritmo, {per_term * terms_of(cases['largo']):.0f} s"
)

# %% [markdown]
# **Explica.** Un procesador hace un producto y una suma en menos de un nanosegundo. Lo demás es Python: en cada
# vuelta interpreta varias instrucciones, y cada `A[i, k]` crea un objeto nuevo para un solo número. El caso largo no
# se mide con v0: arriba está lo que tardaría al mismo ritmo.
#
# ### v1. Una consulta de una vez
#
# El bucle de fuera se queda; los dos de dentro los hace NumPy. Para cada consulta $q$ (una fila de $Q$) sus
# puntuaciones son $K q$, un producto de matriz por vector.
#
# > **Predice.** Las cuentas son las mismas. ¿Por cuánto se dividirá el tiempo: 2, 20, 200?


# %%
def product_v1(A, B):
    """El producto de dos matrices, fila a fila."""
    C = np.empty((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        C[i] = A[i] @ B  # ← nuevo: los bucles de j y de k, en una llamada
    return C


def head_v1(Q, K, V):
    output = np.empty((Q.shape[0], V.shape[1]))
    for i, q in enumerate(Q):  # ← nuevo: una consulta de principio a fin, sin guardar la matriz (T, T)
        scores = K @ q / math.sqrt(Q.shape[1])  # ← nuevo: (T, d_k) @ (d_k,) -> (T,)
        weights = np.exp(scores - scores.max())  # ← nuevo: el softmax de la fila, en dos llamadas
        output[i] = weights / weights.sum() @ V  # ← nuevo: (T,) @ (T, d_v) -> (d_v,)
    return output


def attention_v1(X, layer):
    return each_head(X, layer, product_v1, head_v1)


versions["v1"] = lambda X: attention_v1(X, layer)
compare("v0", "v1", "corto")

# %% [markdown]
# **Explica.** El intérprete se paga ahora una vez por fila, y no una vez por término. La aritmética es la
# misma: ha cambiado quién lleva el bucle, que ahora es código compilado.
#
# Pero un producto de matriz por vector usa cada número de la matriz **una sola vez**: lee $T d_k$ números para hacer
# $2 T d_k$ FLOP. La consulta siguiente vuelve a leer toda $K$.
#
# ### v2. Todas las consultas de una vez
#
# Las $T$ consultas juntas son la matriz $Q$, y todas sus puntuaciones, un solo producto de matrices.


# %%
def softmax_v2(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))  # ← nuevo: todas las filas
    return weights / weights.sum(axis=-1, keepdims=True)  # ← nuevo: cada una entre su suma


def head_v2(Q, K, V):
    scores = Q @ K.T / math.sqrt(Q.shape[1])  # ← nuevo: (T, d_k) @ (d_k, T) -> (T, T)
    return softmax_v2(scores) @ V  # ← nuevo: (T, T) @ (T, d_v) -> (T, d_v)


def attention_v2(X, layer):
    return each_head(X, layer, np.matmul, head_v2)  # ← nuevo: las proyecciones, también enteras


versions["v2"] = lambda X: attention_v2(X, layer)
compare("v1", "v2", "corto", "largo")

# %% [markdown]
# **Explica.** Hay dos ganancias en una. La del intérprete: una llamada por matriz, y no una por fila. Y la de
# la memoria: el producto de matrices trabaja por bloques que caben en la memoria rápida del procesador (la caché),
# de modo que cada número que se trae sirve para muchas cuentas.
#
# A cambio aparece la matriz $T \times T$, que v1 no necesitaba.
#
# ### v3. Todas las cabezas y secuencias de una vez
#
# Quedan los bucles sobre secuencias y cabezas. En lugar de cortar las matrices de pesos en columnas, se proyecta
# entero y se **reordena**: `reshape` parte el último eje en $(h, d_k)$ y `swapaxes` pone las cabezas delante. Con
# más de dos ejes, `@` multiplica las matrices de los dos últimos y recorre los demás.
#
# > **Predice.** ¿En qué caso ganará más, en el corto o en el largo?


# %%
def split_heads(projected, num_heads):  # ← nuevo
    B, T, d_model = projected.shape
    split = projected.reshape(B, T, num_heads, d_model // num_heads)  # (B, T, h, d_k)
    return split.swapaxes(1, 2)  # (B, h, T, d_k)


def merge_heads(heads):  # ← nuevo
    B, h, T, d_k = heads.shape
    return heads.swapaxes(1, 2).reshape(B, T, h * d_k)  # (B, T, h, d_k) -> (B, T, d_model)


def attention_v3(X, layer):
    Q, K, V = (split_heads(X @ W, layer.num_heads) for W in (layer.W_q, layer.W_k, layer.W_v))  # ← nuevo
    scores = Q @ K.swapaxes(-1, -2) / math.sqrt(layer.d_k)  # ← nuevo: (B, h, T, T), todas a la vez
    heads = softmax_v2(scores) @ V  # (B, h, T, d_k)
    return merge_heads(heads) @ layer.W_o  # ← nuevo: (B, T, d_model)


versions["v3"] = lambda X: attention_v3(X, layer)
compare("v2", "v3", "corto", "largo")

# %% [markdown]
# **Explica.** Los productos de dentro son los mismos $B \cdot h$ de antes, uno detrás de otro; solo que ahora los
# recorre NumPy. Se ahorran vueltas de Python: en el caso corto eran buena parte del tiempo; en el largo, una parte
# pequeña, porque cada vuelta hacía mucho trabajo.
#
# Y hay un precio: ahora existen a la vez las matrices $T \times T$ de las $B \cdot h$ cabezas. v2 tenía solo las de
# una, que quizá cabían en la caché. Por eso en el caso largo la versión «mejor» puede empatar o perder: mira qué
# ha salido en tu máquina.
#
# ### v4. Lo que sobra
#
# Cada operación de v3 sobre $(B, h, T, T)$ crea una matriz nueva: la división entre $\sqrt{d_k}$, la resta del
# máximo, la exponencial y la división entre la suma. Pedir memoria nueva cuesta, y leerla y escribirla también. Se
# pueden evitar las cuatro:
#
# - el factor $1/\sqrt{d_k}$ se mete en $W_q$ **una vez**, al preparar la capa;
# - la resta y la exponencial escriben encima (`-=`, `out=`);
# - la división entre la suma se hace al final, sobre $(T, d_k)$ y no sobre $(T, T)$: dividir cada fila de $A$ o cada
#   fila de $AV$ es lo mismo.
#
# Y las tres proyecciones son un solo producto con $W_q$, $W_k$ y $W_v$ puestas en fila, como la guarda
# `nn.MultiheadAttention`.


# %%
def fuse_projections(layer):  # ← nuevo: se hace una vez, al preparar la capa
    scaled = layer.W_q / math.sqrt(layer.d_k)
    return np.concatenate([scaled, layer.W_k, layer.W_v], axis=1)  # (d_model, 3·d_model)


def project(X, W_qkv, num_heads):  # ← nuevo
    B, T, d_model = X.shape
    projected = X.reshape(B * T, d_model) @ W_qkv  # (B·T, 3·d_model)
    split = projected.reshape(B, T, 3, num_heads, d_model // num_heads)  # (B, T, 3, h, d_k)
    return split.transpose(2, 0, 3, 1, 4)  # (3, B, h, T, d_k): otra vista de los mismos números, sin copiar


def attention_v4(X, layer, W_qkv):
    Q, K, V = project(X, W_qkv, layer.num_heads)  # ← nuevo: (B, h, T, d_k) cada una
    weights = Q @ K.swapaxes(-1, -2)  # ← nuevo: (B, h, T, T), ya escalada; la única que se crea
    weights -= weights.max(axis=-1, keepdims=True)  # ← nuevo: encima
    np.exp(weights, out=weights)  # ← nuevo: encima
    heads = weights @ V
    heads /= weights.sum(axis=-1, keepdims=True)  # ← nuevo: divide (T, d_k) y no (T, T)
    return merge_heads(heads) @ layer.W_o


W_qkv = fuse_projections(layer)
versions["v4"] = lambda X: attention_v4(X, layer, W_qkv)
compare("v3", "v4", "corto", "largo")
for name in ("v2", "v3", "v4"):
    print(f"{name}, largo: pico de {peak_bytes(versions[name], cases['largo']) / 1e6:.1f} MB")

# %% [markdown]
# **Explica.** Los FLOP de los productos siguen siendo los mismos; baja el número de veces que se recorre la
# matriz $T \times T$ y, sobre todo, el de matrices que hay que pedir. El pico de memoria lo confirma.
#
# Escribir encima tiene su peligro: `weights` es de la función, y nadie más la ve. Hacer lo mismo con `X`
# estropearía el argumento de quien llama.
#
# ### v5. Por bloques de claves, sin la matriz $T \times T$
#
# Para dividir entre la suma de una fila parece que hay que haber visto la fila entera. No hace falta:
# la suma se puede llevar al día mientras se lee
# ([Milakov y Gimelshein, 2018](https://arxiv.org/abs/1805.02867)), y la salida también
# ([Rabe y Staats, 2021](https://arxiv.org/abs/2112.05682)). Se recorren las claves en bloques de $b$ y se
# llevan tres cosas por consulta: el máximo visto $m$, la suma de exponenciales $\ell$ y la suma de valores con sus
# pesos $o$, las dos sin dividir. Cuando llega un bloque con puntuaciones $s_j$ y valores $v_j$:
#
# $$m' = \max\Big(m, \max_j s_j\Big), \qquad
# \ell' = \ell\, e^{m - m'} + \sum_j e^{s_j - m'}, \qquad
# o' = o\, e^{m - m'} + \sum_j e^{s_j - m'} v_j$$
#
# El factor $e^{m-m'}$ pasa lo acumulado del máximo viejo al nuevo. Al final, la salida es $o / \ell$: no es
# una aproximación.
#
# > **Predice.** v5 hace todo lo que hacía v4 y además corrige lo acumulado en cada bloque. ¿Puede tardar menos?


# %%
def attend_by_blocks(Q, K, V, block):  # ← nuevo
    heads = np.zeros(Q.shape, Q.dtype)  # o, (B, h, T_q, d_k)
    total = np.zeros((*Q.shape[:-1], 1), Q.dtype)  # ℓ, (B, h, T_q, 1)
    top = np.full(total.shape, -np.inf, Q.dtype)  # m
    for start in range(0, K.shape[2], block):
        own = slice(start, start + block)
        weights = Q @ K[:, :, own].swapaxes(-1, -2)  # (B, h, T_q, b)
        new_top = np.maximum(top, weights.max(axis=-1, keepdims=True))
        weights -= new_top
        np.exp(weights, out=weights)
        shrink = np.exp(top - new_top)  # en el primer bloque, exp(−∞) = 0
        total = total * shrink + weights.sum(axis=-1, keepdims=True)
        heads = heads * shrink + weights @ V[:, :, own]
        top = new_top
    return heads / total


def attention_v5(X, layer, W_qkv, block=128):
    Q, K, V = project(X, W_qkv, layer.num_heads)
    heads = attend_by_blocks(Q, K, V, block)  # ← nuevo: nunca existe (B, h, T, T), solo (B, h, T, b)
    return merge_heads(heads) @ layer.W_o


versions["v5"] = lambda X: attention_v5(X, layer, W_qkv)
compare("v4", "v5", "corto", "largo")
print(f"v5, largo: pico de {peak_bytes(versions['v5'], cases['largo']) / 1e6:.1f} MB")

# %% [markdown]
# **Explica.** Lo que gana seguro es memoria: lo que hay a la vez crece como $T \cdot b$ y no como $T^2$. Cuentas hace
# **más** que v4, no menos: los mismos productos y exponenciales, y las correcciones. Si tarda menos es porque un
# bloque cabe en la caché y la matriz entera no. En el caso corto todo cabe en un bloque y solo quedan las
# correcciones de más.
#
# ### v6. Y por bloques de consultas
#
# Las consultas son independientes entre sí: se pueden atender también a trozos. Así cada bloque de puntuaciones es
# $b \times b$, por larga que sea la secuencia.


# %%
def attention_v6(X, layer, W_qkv, block=128):
    Q, K, V = project(X, W_qkv, layer.num_heads)
    heads = np.empty(Q.shape, Q.dtype)
    for start in range(0, X.shape[1], block):  # ← nuevo: un bloque de consultas cada vez
        own = slice(start, start + block)  # ← nuevo
        heads[:, :, own] = attend_by_blocks(Q[:, :, own], K, V, block)  # ← nuevo: solo (B, h, b, b)
    return merge_heads(heads) @ layer.W_o


versions["v6"] = lambda X: attention_v6(X, layer, W_qkv)
compare("v5", "v6", "corto", "largo")
print(f"v6, largo: pico de {peak_bytes(versions['v6'], cases['largo']) / 1e6:.1f} MB")

# %% [markdown]
# **Explica.** Esta es la idea de FlashAttention ([Dao et al., 2022](https://arxiv.org/abs/2205.14135)): bloques de
# claves y de consultas que caben en la memoria rápida, y todo lo que se hace con un bloque, hecho antes de soltarlo.
# Dos cosas que se oyen y no son así:
#
# - **No hace menos FLOP.** En la ida hace algunos más, y al calcular gradientes repite $QK^\top$ en vez de
#   guardar los pesos. Sigue siendo $O(T^2 d)$. Lo que reduce es lo que se lee y se escribe en la memoria
#   lenta.
# - **No es una atención aproximada.** Da lo mismo, salvo el redondeo.
#
# En una GPU se gana más que aquí (el artículo da ×7.6 en la atención de GPT-2): allí la memoria grande es mucho más lenta
# que las cuentas, y el bloque se trata entero en un solo núcleo fusionado, sin volver a Python ni a la memoria entre
# una operación y la siguiente, como sí hace v6.
#
# ### Tiempo y memoria, según crece $T$

# %%
lengths = [64, 128, 256, 512, 1024]
growing = {name: versions[name] for name in ("v2", "v3", "v4", "v5", "v6")}


def time_all(some, argument, **options):
    """Segundos de cada repetición de varias versiones, medidas por turnos."""
    actions = {name: lambda version=version: version(argument) for name, version in some.items()}
    return time_together(actions, CPU, **options)


times, peaks = {}, {}  # por longitud: segundos y bytes de cada versión
for T in lengths:
    X_long = rng.normal(size=(1, T, layer.d_model))
    times[T] = time_all(growing, X_long, repeats=15, budget_s=0.6)
    peaks[T] = {name: peak_bytes(version, X_long) for name, version in growing.items()}

STYLE = {  # paleta de Okabe e Ito; la marca y el trazo distinguen también sin color
    "v2": {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    "v3": {"color": "#CC79A7", "linestyle": "--", "marker": "s"},
    "v4": {"color": "#009E73", "linestyle": "-", "marker": "D"},
    "v5": {"color": "#E69F00", "linestyle": "-.", "marker": "v"},
    "v6": {"color": "#D55E00", "linestyle": "-", "marker": "^"},
}
fig, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.8), layout="constrained")
for name, style in STYLE.items():
    low, median, high = ([1e3 * np.quantile(times[T][name], q) for T in lengths] for q in (0.25, 0.5, 0.75))
    left.plot(lengths, median, label=name, **style)
    left.fill_between(lengths, low, high, color=style["color"], alpha=0.15, linewidth=0)
    right.plot(lengths, [peaks[T][name] / 1e6 for T in lengths], label=name, **style)
for ax, title, unit in (
    (left, "Tiempo", "Milisegundos (mediana y cuartiles)"),
    (right, "Memoria", "Pico (MB)"),
):
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(lengths, lengths)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set(title=title, xlabel="Longitud de la secuencia, T (posiciones)", ylabel=unit)
    ax.legend(frameon=False, loc="upper left")
growth = {name: peaks[lengths[-1]][name] / peaks[lengths[-2]][name] for name in growing}
show_figure(
    fig,
    caption=(
        f"**Figura 1.** Una secuencia (B = 1), d_model = {layer.d_model}, h = {layer.num_heads}. La banda va del primer al "
        f"tercer cuartil. Al pasar de T = {lengths[-2]} a {lengths[-1]}, el pico de memoria se multiplica por "
        + "; ".join(f"{factor:.1f} ({name})" for name, factor in growth.items())
        + f". Medido en {environment}."
    ),
    alt=(
        f"Dos gráficas logarítmicas frente a T, de {lengths[0]} a {lengths[-1]}, con las versiones v2 a v6. "
        + " ".join(
            f"{name}: de {1e3 * np.median(times[lengths[0]][name]):.2f} a "
            f"{1e3 * np.median(times[lengths[-1]][name]):.0f} ms, y de {peaks[lengths[0]][name] / 1e6:.2f} a "
            f"{peaks[lengths[-1]][name] / 1e6:.1f} MB."
            for name in growing
        )
    ),
)

# %% [markdown]
# El tiempo de todas acaba creciendo como $T^2$: al doblar $T$, los productos de la atención se multiplican por 4. La
# memoria, no: v2, v3 y v4 guardan matrices $T \times T$; v5, $T \times b$; y v6 solo bloques $b \times b$ y lo que
# ya medía $T$ de largo: las proyecciones y la salida.
#
# ### La cuenta: ¿cuánto se podría tardar?
#
# Para saber si queda algo por ganar hay que saber qué es lo mejor posible. Se miden tres cosas sueltas en esta
# máquina: a qué ritmo multiplica matrices grandes (el **pico**), y cuánto cuestan por elemento una operación sencilla y
# una exponencial, escritas encima de una matriz del tamaño que usa cada versión.

# %%
square = rng.normal(size=(768, 768))
target = np.empty_like(square)
(seconds_square,) = time_together({"producto": lambda: np.matmul(square, square, out=target)}, CPU).values()
peak_flops = 2 * 768**3 / np.median(seconds_square)  # FLOP por segundo


def element_costs(shape):
    """Nanosegundos por elemento de una resta y de una exponencial, escritas encima."""
    negative = -np.abs(rng.normal(size=shape))
    scratch = np.empty(shape)
    actions = {
        "resta": lambda: np.subtract(negative, 1.0, out=scratch),
        "exponencial": lambda: np.exp(negative, out=scratch),
    }
    timed = time_together(actions, CPU, repeats=15, budget_s=0.15)
    return {name: 1e9 * np.median(seconds) / negative.size for name, seconds in timed.items()}


B, T, d_model = cases["largo"].shape
h, b = layer.num_heads, 128
shapes = {
    "v2": (T, T),
    "v3": (B, h, T, T),
    "v4": (B, h, T, T),
    "v5": (B, h, T, b),
    "v6": (B, h, b, b),
}
costs = pd.DataFrame({name: element_costs(shape) for name, shape in shapes.items()}).T
costs.insert(0, "MB", [math.prod(shape) * 8 / 1e6 for shape in shapes.values()])  # float64: 8 bytes
print(f"pico: {peak_flops / 1e9:.1f} GFLOP por segundo; lo demás, en nanosegundos por elemento")
display(costs.round(2).rename_axis("matriz de"))

# %% [markdown]
# El softmax recorre cada puntuación varias veces. En v2 y v3, seis: dividir entre $\sqrt{d_k}$, máximo, resta,
# exponencial, suma y división. Desde v4, cuatro: máximo, resta, exponencial y suma. Con eso se puede **predecir** el
# tiempo del caso largo, y compararlo después con el medido.

# %%
timed = time_all(growing, cases["largo"], repeats=15, budget_s=1.0)
products = 2 * terms_of(cases["largo"])  # FLOP
scores_count = B * h * T**2  # puntuaciones: las mismas en todas las versiones
rows = {}
for name, cost in costs.iterrows():
    visits = 6 if name in ("v2", "v3") else 4
    parts = {  # milisegundos
        "productos, al pico": 1e3 * products / peak_flops,
        "exponenciales": 1e-6 * scores_count * cost["exponencial"],
        "otras visitas": 1e-6 * scores_count * (visits - 1) * cost["resta"],
    }
    measured = 1e3 * np.median(timed[name])
    rows[name] = {
        "MFLOP": products / 1e6,
        "MB de puntuaciones visitados": 8e-6 * visits * scores_count,
        **{f"{part} (ms)": value for part, value in parts.items()},
        "predicho (ms)": sum(parts.values()),
        "medido (ms)": measured,
        "predicho / medido (%)": 100 * sum(parts.values()) / measured,
        "del pico (%)": 100 * parts["productos, al pico"] / measured,
    }
accounts = pd.DataFrame(rows).T.round(1).rename_axis("versión")
display(accounts)

# %% [markdown]
# **Explica.** Los FLOP son los mismos en todas las filas: nada de lo que separa a v2 de v6 son cuentas. Lo que falta
# hasta el 100 % es lo que la predicción no mira:
#
# - pedir memoria nueva, cinco veces por matriz en v2 y v3: si la tiene que dar el sistema, la da puesta a cero;
# - que un producto con $d_k = 16$ es demasiado estrecho para llegar al pico, medido con matrices grandes y cuadradas;
# - las correcciones de v5 y v6, y las vueltas de Python.
#
# La última columna es la distancia al límite: si solo hubiera productos y fueran al pico, pondría 100. Con $d_k$
# pequeño no se llega: por cada puntuación hay $4 d_k$ FLOP entre los dos productos, pero también una exponencial y varias
# visitas, que no dependen de $d_k$. Reordenar ya no ayuda; haría falta hacer todo lo de un bloque en una sola visita, que
# es lo que hace un núcleo fusionado, o mover menos bytes.
#
# ### Lo que no es otra versión: `float32`
#
# Pasar de 64 a 32 bits deja la mitad de bytes que mover y el doble de números en cada instrucción vectorial. Es
# corriente y suele bastar, pero **cambia los números**: no es la misma cuenta mejor ordenada. Por eso no lleva
# número de versión.

# %%
layer32 = MultiHeadAttentionNumPy(layer.d_model, layer.num_heads)
for name in ("W_q", "W_k", "W_v", "W_o"):
    setattr(layer32, name, getattr(layer, name).astype(np.float32))
X32, W_qkv32 = cases["largo"].astype(np.float32), W_qkv.astype(np.float32)
output32 = attention_v6(X32, layer32, W_qkv32)
assert output32.dtype == np.float32
print(f"mayor diferencia con float64: {np.abs(output32 - expected['largo']).max():.1e}")
time32 = time_together(
    {
        "float64": lambda: attention_v6(cases["largo"], layer, W_qkv),
        "float32": lambda: attention_v6(X32, layer32, W_qkv32),
    },
    CPU,
    repeats=21,
    budget_s=0.5,
)
low, median, high = np.quantile(np.divide(time32["float64"], time32["float32"]), (0.25, 0.5, 0.75))
print(f"largo, v6 en float32: {as_times(median)} (cuartiles: {as_times(low)} a {as_times(high)})")

# %% [markdown]
# ## 2. Generar texto
#
# Al generar, cada token depende del anterior y no hay más remedio que ir de uno en uno. Lo que se puede evitar es
# repetir en cada paso lo que ya se calculó. El modelo es un codificador-decodificador pequeño con pesos al azar: lo
# que escribe no significa nada, pero cuesta lo mismo que si significara.
#
# Cada versión devuelve los tokens y también los logits de cada paso. Que coincidan los tokens es lo que se quiere;
# que coincidan los logits es más exigente, porque dos cuentas distintas pueden elegir el mismo token.

# %%
VOCAB, START, SOURCE = 97, 0, 80
torch.manual_seed(7)
model = TransformerModel(VOCAB, d_model=96, num_heads=4, num_layers=3, d_ff=384, dropout=0.1)
model.eval()  # sin dropout: dos ejecuciones dan lo mismo
src = torch.randint(1, VOCAB, (2, SOURCE))  # (B, S)


def compare_texts(before, after, num_tokens=32):
    """Exige los mismos tokens, y los mismos logits salvo el redondeo de float32; después mide."""
    old, new = (generators[name](model, src, START, num_tokens) for name in (before, after))
    torch.testing.assert_close(new[1], old[1], rtol=1e-4, atol=1e-4)
    assert torch.equal(new[0], old[0])
    print(
        f"{after} da los mismos {new[0].numel()} tokens que {before}, {len(new[0].unique())} de ellos distintos"
    )
    runs = ((name, partial(generators[name], model, src, START)) for name in (before, after))
    measure_gain(f"N = {num_tokens}", *runs, num_tokens)


# %% [markdown]
# ### g0. Todo otra vez en cada paso


# %%
@torch.no_grad()
def generate_g0(model, src, start_token, num_tokens):
    tgt = torch.full((src.shape[0], 1), start_token)  # (B, 1)
    history = []
    for _ in range(num_tokens):
        mask = model.generate_square_subsequent_mask(tgt.shape[1])
        logits = model(src, tgt, tgt_mask=mask)[:, -1]  # (B, t, V) -> (B, V): solo interesa el último
        history.append(logits)
        tgt = torch.cat([tgt, logits.argmax(-1, keepdim=True)], dim=1)  # (B, t + 1)
    return tgt[:, 1:], torch.stack(history, dim=1)  # (B, N), (B, N, V)


assert torch.equal(generate_g0(model, src, START, 32)[0], model.greedy_decode(src, START, 32))
generators = {"g0": generate_g0}
print("mismos tokens que greedy_decode")

# %% [markdown]
# ### g1. El origen se codifica una vez
#
# El origen no cambia mientras se genera, y la salida del codificador tampoco.


# %%
@torch.no_grad()
def generate_g1(model, src, start_token, num_tokens):
    memory = model.encode(src)  # ← nuevo: (B, S, d_model), una vez
    tgt = torch.full((src.shape[0], 1), start_token)
    history = []
    for _ in range(num_tokens):
        mask = model.generate_square_subsequent_mask(tgt.shape[1])
        logits = model.decode(tgt, memory, mask)[:, -1]  # ← nuevo: solo el decodificador
        history.append(logits)
        tgt = torch.cat([tgt, logits.argmax(-1, keepdim=True)], dim=1)
    return tgt[:, 1:], torch.stack(history, dim=1)


generators["g1"] = generate_g1
compare_texts("g0", "g1")

# %% [markdown]
# ### g2. Caché KV: el pasado tampoco se repite
#
# Con máscara causal, una posición solo ve lo que tiene detrás. Añadir un token no cambia nada de lo calculado para los
# anteriores en **ninguna** capa: ni sus estados, ni sus claves, ni sus valores. Basta con pasar por el modelo el
# token nuevo y guardar las claves y los valores de todos. De las consultas pasadas no hace falta nada: su
# salida ya se usó.
#
# Hay otra repetición, más escondida: las claves y los valores de la **memoria** del codificador, que g1 vuelve a
# calcular en cada paso y no cambian nunca.


# %%
class Cache(NamedTuple):  # ← nuevo: lo que recuerda un bloque decodificador
    keys: torch.Tensor  # (B, h, N, d_k), se llena token a token
    values: torch.Tensor
    memory_keys: torch.Tensor  # (B, h, S, d_k), lleno desde el principio
    memory_values: torch.Tensor


def heads_of(attention, projected):
    split = projected.unflatten(-1, (attention.num_heads, attention.d_k))  # (B, T, h, d_k)
    return split.transpose(1, 2)  # (B, h, T, d_k)


def attend(attention, Q, K, V):
    heads = F.scaled_dot_product_attention(Q, K, V)  # (B, h, T_q, d_k)
    return attention.out_proj(heads.transpose(1, 2).flatten(2))  # (B, T_q, d_model)


def new_cache(block, memory, num_tokens):  # ← nuevo
    cross = block.cross_attention
    _, K, V = (heads_of(cross, part) for part in cross.in_proj(memory).chunk(3, dim=-1))
    room = (K.shape[0], K.shape[1], num_tokens, K.shape[3])  # sitio para todos: añadir no copia lo anterior
    return Cache(K.new_empty(room), K.new_empty(room), K, V)


def block_step(block, x, cache, t):  # ← nuevo: un bloque, solo para el token t; x (B, 1, d_model)
    own, cross = block.self_attention, block.cross_attention

    def look_back(y):
        Q, K, V = (heads_of(own, part) for part in own.in_proj(y).chunk(3, dim=-1))  # (B, h, 1, d_k)
        cache.keys[:, :, t : t + 1], cache.values[:, :, t : t + 1] = K, V
        return attend(own, Q, cache.keys[:, :, : t + 1], cache.values[:, :, : t + 1]), None

    def look_at_memory(y):
        d = cross.d_model  # las d primeras filas de in_proj son las de la consulta
        Q = heads_of(cross, F.linear(y, cross.in_proj.weight[:d], cross.in_proj.bias[:d]))
        return attend(cross, Q, cache.memory_keys, cache.memory_values), None

    x, _ = block.self_residual.around(x, look_back)
    x, _ = block.cross_residual.around(x, look_at_memory)
    x, _ = block.feed_forward_residual.around(x, lambda y: (block.feed_forward(y), None))
    return x


@torch.no_grad()
def generate_g2(model, src, start_token, num_tokens):
    memory = model.encode(src)
    caches = [new_cache(block, memory, num_tokens) for block in model.decoder_blocks]  # ← nuevo
    token = torch.full((src.shape[0], 1), start_token)
    tokens, history = [], []
    for t in range(num_tokens):
        x = model.tgt_embedding(token) * math.sqrt(model.d_model)  # ← nuevo: un token, (B, 1, d_model)
        x = x + model.positional_encoding[t]  # ← nuevo: en su sitio, que ya no es el primero
        for block, cache in zip(model.decoder_blocks, caches):
            x = block_step(block, x, cache, t)  # ← nuevo; sin máscara: solo hay pasado
        logits = model.output_projection(model.decoder_norm(x))[:, -1]  # (B, V)
        history.append(logits)
        token = logits.argmax(-1, keepdim=True)
        tokens.append(token)
    return torch.cat(tokens, dim=1), torch.stack(history, dim=1)


generators["g2"] = generate_g2
compare_texts("g1", "g2")

# %% [markdown]
# **Explica.** g1 hace pasar por el decodificador $1 + 2 + \dots + N$ posiciones para escribir $N$ tokens; g2, $N$. A
# cambio ocupa memoria: por cada bloque y cada token generado, una clave y un valor de $d_{model}$ números, y otro tanto
# por cada posición de la memoria.
#
# Solo vale porque el pasado no cambia. En el codificador, que no lleva máscara causal, añadir una palabra cambiaría los
# estados de todas las demás, y no habría nada que guardar.
#
# ### La cuenta y el tiempo
#
# Con $d_{ff} = 4d$, contando 2 FLOP por término (véase también la parte 7):
#
# | | FLOP por secuencia |
# |---|---|
# | codificar el origen | $E = L\,S\,(24d^2 + 4Sd)$ |
# | decodificar $t$ posiciones de una vez | $D(t) = L\,\big(t\,(28d^2 + 4td + 4Sd) + 4Sd^2\big) + 2tdV$ |
# | decodificar el token $t$ con caché | $C(t) = L\,\big(28d^2 + 4td + 4Sd\big) + 2dV$ |
# | **g0** | $N\,E + \sum_t D(t)$ |
# | **g1** | $E + \sum_t D(t)$ |
# | **g2** | $E + 6LSd^2 + \sum_t C(t)$ |
#
# PyTorch cuenta los productos que de verdad se ejecutan: la celda exige que la fórmula acierte sin error.

# %%
L, S, d = len(model.decoder_blocks), SOURCE, model.d_model


def formula(name, N):
    """FLOP de generar N tokens con cada secuencia del lote, según la tabla."""
    encode = L * S * (24 * d**2 + 4 * S * d)
    steps = range(1, N + 1)
    whole = sum(
        L * (t * (28 * d**2 + 4 * t * d + 4 * S * d) + 4 * S * d**2) + 2 * t * d * VOCAB for t in steps
    )
    cached = sum(L * (28 * d**2 + 4 * t * d + 4 * S * d) + 2 * d * VOCAB for t in steps)
    per_sequence = {
        "g0": N * encode + whole,
        "g1": encode + whole,
        "g2": encode + 6 * L * S * d**2 + cached,
    }
    return len(src) * per_sequence[name]


for name, generate in generators.items():
    # Con el núcleo explícito: el contador no ve los productos que hay dentro del fusionado.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        generate(model, src, START, 32)
    assert counter.get_total_flops() == formula(name, 32)
    print(f"{name}: {counter.get_total_flops():14,} FLOP, lo mismo que la fórmula")

# %% [markdown]
# > **Predice.** ¿Ganará g2 en tiempo tanto como en FLOP?

# %%
counts = [8, 16, 32, 64]
generation = {}  # por número de tokens: segundos de cada versión
writers = {name: partial(generate, model, src, START) for name, generate in generators.items()}
for N in counts:
    generation[N] = time_all(writers, N, repeats=7, budget_s=0.8)
G_STYLE = {
    "g0": {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    "g1": {"color": "#E69F00", "linestyle": "--", "marker": "s"},
    "g2": {"color": "#D55E00", "linestyle": "-.", "marker": "^"},
}
fig, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.8), layout="constrained")
for name, style in G_STYLE.items():
    low, median, high = (
        [1e3 * np.quantile(generation[N][name], q) for N in counts] for q in (0.25, 0.5, 0.75)
    )
    left.plot(counts, median, label=name, **style)
    left.fill_between(counts, low, high, color=style["color"], alpha=0.15, linewidth=0)
    right.plot(counts, [formula(name, N) / 1e9 for N in counts], label=name, **style)
for ax, title, unit in (
    (left, "Tiempo medido", "Milisegundos (mediana y cuartiles)"),
    (right, "Operaciones calculadas", "GFLOP"),
):
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(counts, counts)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set(title=title, xlabel="Tokens generados, N", ylabel=unit)
    ax.legend(frameon=False, loc="upper left")
saved_time = np.median(np.divide(generation[counts[-1]]["g0"], generation[counts[-1]]["g2"]))
saved_flops = formula("g0", counts[-1]) / formula("g2", counts[-1])
show_figure(
    fig,
    caption=(
        f"**Figura 2.** Generar N tokens, lote de {len(src)}, S = {SOURCE}, d_model = {d}, L = {L}. Con N = {counts[-1]}, g2 "
        f"hace {saved_flops:.0f} veces menos FLOP que g0 y tarda {saved_time:.1f} veces menos. Medido en {environment}."
    ),
    alt=(
        f"Dos gráficas logarítmicas frente al número de tokens, de {counts[0]} a {counts[-1]}, con las versiones g0, g1 y "
        "g2: a la izquierda el tiempo y a la derecha las operaciones. "
        + " ".join(
            f"{name}: de {1e3 * np.median(generation[counts[0]][name]):.0f} a "
            f"{1e3 * np.median(generation[counts[-1]][name]):.0f} ms, y de {formula(name, counts[0]) / 1e9:.2f} a "
            f"{formula(name, counts[-1]) / 1e9:.2f} GFLOP."
            for name in generators
        )
    ),
)
per_token = (
    1e3
    * (np.median(generation[counts[-1]]["g2"]) - np.median(generation[counts[0]]["g2"]))
    / (counts[-1] - counts[0])
)
at_peak = 1e3 * (formula("g2", counts[-1]) - formula("g2", counts[0])) / (counts[-1] - counts[0]) / peak_flops
print(f"g2 tarda {per_token:.2f} ms por paso; sus productos, al pico de la sección 1, {at_peak:.2f} ms")

# %% [markdown]
# **Explica.** Con caché, cada paso son decenas de llamadas a PyTorch con un solo token por secuencia: productos de
# matriz por **vector**, o casi, como en v1, y un coste fijo por llamada que ya no queda escondido detrás de las
# cuentas. Por eso los FLOP bajan más que el tiempo. La línea de debajo de la figura compara lo que tarda un paso con lo
# que tardarían sus productos al pico. (El pico se midió en `float64`, y el modelo usa `float32`: el límite está aún más
# lejos.)
#
# Por eso quien sirve modelos junta muchas peticiones en un lote: el vector vuelve a ser matriz, y los pesos que se
# leen sirven para todas.
#
# ## 3. Todo junto
#
# Todas las versiones otra vez, ahora por turnos unas con otras. (v0 lleva el tiempo de antes: es demasiado lenta para
# los turnos.) La ganancia es la medida en su sección, respecto a la anterior.

# %%
CHANGES = {
    "v0": "la ecuación, término a término",
    "v1": "una fila por llamada",
    "v2": "una matriz por llamada",
    "v3": "todas las cabezas en una llamada",
    "v4": "sin copias ni visitas de más",
    "v5": "bloques de claves",
    "v6": "bloques de claves y de consultas",
    "g0": "todo otra vez en cada paso",
    "g1": "el origen, una vez",
    "g2": "caché KV",
}
_, *others = versions  # todas menos v0
quick = {name: versions[name] for name in others}
final = {
    "corto": {"v0": seconds_v0, **time_all(quick, cases["corto"], repeats=61, budget_s=0.5)},
    "largo": time_all(quick, cases["largo"], budget_s=1.0),
    "N = 32": generation[32],
}


def as_milliseconds(value):
    """Tres cifras, y ninguna con exponente: 0.123, 45.6, 7890."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def summary(names, shown):
    """Qué cambia en cada versión, cuánto tarda y cuánto gana a la anterior, con sus cuartiles."""
    rows = {}
    for name in names:
        rows[name] = {"qué cambia": CHANGES[name]}
        for case in shown:
            if name in final[case]:
                rows[name][f"{case} (ms)"] = as_milliseconds(1e3 * np.median(final[case][name]))
            if (name, case) in gains:
                low, median, high = map(as_times, gains[name, case])
                rows[name][f"ganancia, {case}"] = f"{median} ({low} a {high})"
    return pd.DataFrame(rows).T.fillna("").rename_axis("versión")


attention_table = summary(versions, ("corto", "largo"))
attention_table["pico, largo (MB)"] = [
    f"{peak_bytes(versions[name], cases['largo']) / 1e6:.1f}" if name in quick else "" for name in versions
]
display(attention_table)
display(summary(generators, ("N = 32",)))

# %%
PANELS = {  # color, marca y rótulo
    "corto": ("#0072B2", "o", "corto: B = 3, T = 14"),
    "largo": ("#D55E00", "s", "largo: B = 2, T = 512"),
    "N = 32": ("#009E73", "D", "N = 32 tokens"),
}
fig, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.6), layout="constrained", width_ratios=(2, 1))
for case, seconds in final.items():
    ax = right if case.startswith("N") else left
    color, marker, label = PANELS[case]
    low, median, high = (
        np.array([1e3 * np.quantile(s, q) for s in seconds.values()]) for q in (0.25, 0.5, 0.75)
    )
    options = {"color": color, "marker": marker, "linestyle": ":", "label": label}
    ax.errorbar(list(seconds), median, (median - low, high - median), **options)
    for name, value in zip(seconds, median):
        ax.annotate(as_milliseconds(value), (name, value), (8, 3), textcoords="offset points", color=color)
for ax, title in ((left, "Atención de varias cabezas"), (right, "Generación")):
    ax.set_yscale("log")
    low, high = np.log10(ax.get_ylim())
    ax.set_ylim(10 ** math.floor(low), 10 ** math.ceil(high))  # décadas enteras
    ax.yaxis.set_major_formatter("{x:g}")
    ax.margins(x=0.2)
    ax.set(title=title, xlabel="Versión", ylabel="Milisegundos (mediana y cuartiles)")
    ax.legend(frameon=False)
medians = {case: [np.median(times) for times in seconds.values()] for case, seconds in final.items()}
total = {case: values[0] / values[-1] for case, values in medians.items()}
show_figure(
    fig,
    caption=(
        "**Figura 3.** Lo que tarda cada versión, en escala logarítmica; el número es la mediana, en milisegundos. De la "
        "primera a la última medida se gana "
        + "; ".join(f"{as_times(gain)} ({case})" for case, gain in total.items())
        + f". Medido en {environment}."
    ),
    alt=(
        "Puntos del tiempo de cada versión, en milisegundos y escala logarítmica. "
        + " ".join(
            f"{case}: "
            + ", ".join(f"{name} {as_milliseconds(1e3 * np.median(s))}" for name, s in seconds.items())
            + "."
            for case, seconds in final.items()
        )
    ),
)

# %% [markdown]
# **Para pensar.**
#
# 1. Con máscara causal, ¿qué bloques de v6 no hace falta calcular? ¿Cuánto se ahorra?
# 2. ¿Por qué v5 y v6 no pueden devolver los pesos de atención, como hace `return_attention=True`?
# 3. Un compañero escribe v3 con `reshape(B, h, T, d_k)` y sin `swapaxes`. Las formas son las correctas. ¿Qué falla?
# 4. ¿Qué versión usarías para explicar la atención a alguien? ¿Y para la secuencia más larga que quepa?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. Los que tienen todas sus claves después de todas sus consultas: casi la mitad. En los de la diagonal sí hay que
#    enmascarar.
# 2. Porque nunca los tienen a la vez, y los de los primeros bloques están sin dividir y con un máximo que aún podía
#    cambiar. Por eso `MultiHeadAttention`, de `codigo.torch_attention`, usa otro camino si se piden los pesos.
# 3. `reshape` no cambia el orden de los números: cada «cabeza» recibiría todas las columnas de un tramo de
#    posiciones. Mirar las formas no lo descubre; comparar números con la versión anterior, sí.
# 4. Para explicarla, v0 o v2. Para la más larga, v6: lo que pide no crece con $T^2$.
# </details>
#
# ## Resumen
#
# - **Primero, los mismos números.** Cada versión se ha comparado con la anterior y con la referencia antes de medirla.
# - **Python** se paga por llamada: lo que más gana es dar más trabajo a cada una (v1, v2, v3, y el lote al generar).
# - **La memoria** se paga por visita y, más, por matriz nueva: escribir encima (v4) y trabajar por bloques que
#   caben en la caché (v5, v6).
# - **Las cuentas** son las mismas en toda la sección 1. Donde bajan de verdad es en la 2, al no repetirlas (g1, g2).
# - Un softmax por bloques es exacto y no necesita la matriz $T \times T$; no hace menos FLOP.
# - Una mejora lo es para un tamaño y una máquina. Por eso se mide, con su dispersión, antes de quedarse con ella.
#
# Para seguir: la parte 7 mide la atención frente a las redes recurrentes, y `F.scaled_dot_product_attention`,
# de PyTorch, elige cuando puede un núcleo fusionado que trabaja por bloques, como v6.
