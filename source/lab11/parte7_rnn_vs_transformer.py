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
# # Parte 7. RNN y LSTM frente al Transformer
#
# **Qué sabrás hacer al terminar**
#
# - Leer la tabla de complejidad sin caer en sus trampas: qué cuenta, qué calla y cuándo vale.
# - Medir tiempo y memoria de una capa, con su dispersión y su máquina, y encontrar dónde se cruzan dos.
# - Explicar, con un gradiente y con una tarea, qué significa que el camino entre dos posiciones sea corto.
# - Calcular lo que ocupa la caché KV de un modelo que genera, y lo que ocupa el estado de una LSTM.
#
# | | |
# |---|---|
# | Tiempo | unos 75 minutos (las medidas y los entrenamientos, menos de uno) |
# | Hace falta | la parte 1 y la parte 4; haber visto alguna vez una red recurrente |
# | Se entrega | nada: esta parte no puntúa |
#
# Como siempre: **predice** antes de ejecutar, **ejecuta** y **explica**. Aquí los tiempos son los de **tu**
# máquina, así que casi todas las conclusiones las escribe el propio cuaderno a partir de lo que mide.
#
# **Símbolos nuevos**
#
# | símbolo | significado |
# |---|---|
# | $n$ | longitud de la secuencia (la $T$ de otras partes; las tablas de complejidad la llaman así) |
# | $d$ | dimensión del modelo, $d_{model}$ |
# | $L$ | número de capas |
# | $h_t$, $c_t$ | estado de una recurrencia tras leer la posición $t$ ($h$, sin subíndice, es el número de cabezas) |
# | FLOP | una operación de coma flotante: una suma o un producto |

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from codigo.checks import check_close
from codigo.figures import show_figure
from codigo.measure import (
    as_rows,
    crossover,
    describe_environment,
    measure_training,
    pick_device,
    save_measurements,
    time_together,
)
from codigo.recurrent import LSTMStepByStep, RNNStepByStep
from codigo.torch_attention import MultiHeadAttention
from codigo.transformers import PositionalEncodingSinusoidal, TransformerEncoderBlock, create_causal_mask

pd.set_option("display.max_colwidth", None)
available_threads = torch.get_num_threads()
torch.set_num_threads(1)  # un hilo: menos ruido con el equipo ocupado; en 7.2 se puede probar con más
device = pick_device()
environment = describe_environment(device)
print("se mide en:", environment)

# %% [markdown]
# ## 7.1 Qué hace cada arquitectura en un paso
#
# Una **red recurrente** (RNN) lee la secuencia de izquierda a derecha y resume todo lo leído en un vector
# de tamaño fijo, el estado:
#
# $$h_t = \tanh(W x_t + U h_{t-1} + b)$$
#
# Una **LSTM** ([Hochreiter y Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735)) lleva dos
# estados. El segundo, $c_t$, cambia por **sumas**, y tres puertas entre 0 y 1 deciden qué se borra ($f_t$),
# qué se escribe ($i_t$) y qué se enseña ($o_t$):
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)$$
#
# Cada puerta, y el candidato $g_t$, tiene sus propias matrices $W$ y $U$: cuatro parejas donde la RNN tiene
# una.
#
# La **atención** no lleva estado: cada posición mira directamente a todas las demás.
#
# ### Ejemplo resuelto: el bucle que hay dentro de `nn.LSTM`
#
# `codigo.recurrent` escribe las dos recurrencias con un bucle de Python. Para estar seguros de que son las
# de siempre, se copian los pesos de PyTorch y se exigen las mismas salidas.

# %%
torch.manual_seed(0)
x_small = torch.randn(2, 9, 5)  # (B, n, dimensión de entrada)
for reference, by_steps in (
    (nn.RNN(5, 7, batch_first=True), RNNStepByStep(5, 7)),
    (nn.LSTM(5, 7, batch_first=True), LSTMStepByStep(5, 7)),
):
    by_steps.load_state_dict(reference.state_dict())
    gap = (by_steps(x_small)[0] - reference(x_small)[0]).abs().max().item()
    assert gap < 1e-6
    print(f"{type(by_steps).__name__}: mayor diferencia con PyTorch por debajo de 1e-6")

# %% [markdown]
# Ahora, quién puede ver a quién. Se cambia la posición 4 de 9 y se mira qué salidas se mueven.
#
# > **Predice.** ¿Qué salidas cambiarán en la LSTM? ¿Y en la atención sin máscara? ¿Y con máscara causal?

# %%
torch.manual_seed(1)
x_wide = torch.randn(1, 9, 8)  # (B, n, d)
x_edited = x_wide.clone()
x_edited[:, 4] += 1.0
one_way = nn.LSTM(8, 8, batch_first=True)
both_ways = nn.LSTM(8, 4, batch_first=True, bidirectional=True)
attention = MultiHeadAttention(8, 2)
causal = torch.from_numpy(create_causal_mask(9))

for label, layer in {
    "LSTM": one_way,
    "LSTM en los dos sentidos": both_ways,
    "atención": attention,
    "atención causal": lambda x: attention(x, mask=causal),
}.items():
    moved = (layer(x_edited)[0] - layer(x_wide)[0]).abs().amax(dim=(0, 2)) > 1e-6
    print(f"{label:25s}", "".join("X" if change else "·" for change in moved))

# %% [markdown]
# **Explica.** La LSTM y la atención causal dejan intacto el pasado: sus primeras salidas no pueden saber
# nada de lo que viene después. La atención sin máscara y la LSTM en los dos sentidos lo ven todo.
#
# De aquí sale una regla para comparar con justicia. Una LSTM de un solo sentido que escribe su salida $t$
# nada más leer la entrada $t$ **no puede** invertir una secuencia, por bien que se entrene: lo primero que
# tendría que escribir es lo último que va a leer. Pedirle la tarea de la parte 4 sería hacer trampa; habría
# que usar una LSTM en los dos sentidos, o un codificador y un decodificador. La tarea de la sección 7.4 está
# elegida para que las dos arquitecturas tengan toda la información antes de responder.
#
# ### La tabla, corregida
#
# La primera fila suele aparecer recortada: se dice que la atención cuesta $O(n^2 d)$ y se olvidan sus
# proyecciones y la red por posición, que cuestan $O(n d^2)$, tanto como una recurrencia. También se suele
# leer «$O(1)$ pasos» como si valiera siempre.

# %%
comparison_data = [
    {
        "Aspecto": "Operaciones por capa",
        "RNN/LSTM": "O(n·d²)",
        "Transformer": "O(n²·d) de la atención + O(n·d²) de las proyecciones y la red por posición",
        "Ganador": "Depende: la atención, como mucho hasta n del orden de d",
    },
    {
        "Aspecto": "Pasos en serie al entrenar o codificar",
        "RNN/LSTM": "O(n)",
        "Transformer": "O(1)",
        "Ganador": "Transformer",
    },
    {
        "Aspecto": "Pasos en serie al generar",
        "RNN/LSTM": "O(n)",
        "Transformer": "O(n)",
        "Ganador": "Empate",
    },
    {
        "Aspecto": "Camino máximo entre dos posiciones",
        "RNN/LSTM": "O(n)",
        "Transformer": "O(1)",
        "Ganador": "Transformer",
    },
    {
        "Aspecto": "Paralelización entre posiciones al entrenar",
        "RNN/LSTM": "Solo las proyecciones de la entrada",
        "Transformer": "Todo",
        "Ganador": "Transformer",
    },
    {
        "Aspecto": "Dependencias largas",
        "RNN/LSTM": "Difíciles de aprender: el gradiente atraviesa todos los pasos",
        "Transformer": "Más fáciles: un solo paso, aunque repartido entre n posiciones",
        "Ganador": "Transformer",
    },
    {
        "Aspecto": "Memoria al entrenar, por capa",
        "RNN/LSTM": "O(n·d)",
        "Transformer": "O(n·d + h·n²) si se guardan las puntuaciones; O(n·d) con un núcleo fusionado",
        "Ganador": "Depende del núcleo",
    },
    {
        "Aspecto": "Memoria para inferencia, L capas",
        "RNN/LSTM": "O(L·d): el estado",
        "Transformer": "2·L·n·d números: la caché KV",
        "Ganador": "RNN/LSTM",
    },
]
pd.DataFrame(comparison_data).set_index("Aspecto")

# %% [markdown]
# La fila del camino y la de los pasos en serie vienen de la tabla 1 de
# [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762). El resto de la parte las pone a prueba: la cuenta
# y el tiempo en 7.2, la memoria en 7.3, el camino en 7.4 y la generación en 7.5.
#
# ## 7.2 El tiempo
#
# ### Ejemplo resuelto: contar operaciones
#
# Multiplicar un vector de $d$ números por una matriz $d \times d$ son $d^2$ productos y otras tantas sumas:
# $2d^2$ FLOP. Para una secuencia de $n$ posiciones, solo la ida:
#
# | capa | cuenta | FLOP |
# |---|---|---|
# | RNN | dos matrices por posición | $4nd^2$ |
# | LSTM | ocho matrices por posición | $16nd^2$ |
# | atención | cuatro proyecciones; $QK^\top$ y $AV$, $2n^2d$ cada uno | $8nd^2 + 4n^2d$ |
# | bloque entero | la atención y la red por posición con $d_{ff} = 4d$ | $24nd^2 + 4n^2d$ |
#
# El número de cabezas no entra: reparte las mismas columnas. La vuelta (los gradientes) cuesta alrededor del
# doble que la ida, porque por cada producto de matrices hay que hacer otros dos. La cuenta se puede
# comprobar: PyTorch sabe contar los productos de matrices que ejecuta.

# %%
BATCH, D_MODEL, HEADS = 8, 128, 4

forward_flops = {  # FLOP de la ida, para una secuencia de longitud n
    "RNN": lambda n: 4 * n * D_MODEL**2,
    "LSTM": lambda n: 16 * n * D_MODEL**2,
    "atención": lambda n: 8 * n * D_MODEL**2 + 4 * n**2 * D_MODEL,
    "bloque entero": lambda n: 24 * n * D_MODEL**2 + 4 * n**2 * D_MODEL,
}


class ExplicitAttention(MultiHeadAttention):
    """La misma atención, pero construye la matriz n × n de pesos en vez de usar el núcleo fusionado."""

    def forward(self, x):
        return super().forward(x, return_attention=True)


for label, layer in {
    "RNN": RNNStepByStep(D_MODEL, D_MODEL),
    "LSTM": LSTMStepByStep(D_MODEL, D_MODEL),
    "atención": ExplicitAttention(D_MODEL, HEADS),
}.items():
    with FlopCounterMode(display=False) as counter:
        layer(torch.randn(1, 48, D_MODEL))
    assert counter.get_total_flops() == forward_flops[label](48)
    print(f"{label:9s} n = 48: {counter.get_total_flops():11,} FLOP, lo mismo que la fórmula")

# %% [markdown]
# ### Ejemplo con huecos: ¿dónde empatan las cuentas?
#
# Iguala las fórmulas de la tabla y despeja $n$ en función de $d$. Sustituye los dos `...` y ejecuta. No
# puntúa.

# %%
tie_with_lstm = ...  # hueco 1: la n en que atención y LSTM hacen los mismos FLOP, con d = D_MODEL
rnn_ever_costs_more = ...  # hueco 2: True o False, ¿hay alguna n en que la RNN haga más FLOP que la atención?

if ... in (tie_with_lstm, rnn_ever_costs_more):
    print("Quedan huecos por completar.")
else:
    check_close("tie_with_lstm", tie_with_lstm, 2 * D_MODEL, hint="8nd² + 4n²d = 16nd²: divide entre 4nd.")
    assert rnn_ever_costs_more is False, "8nd² + 4n²d ya es mayor que 4nd² sin el segundo sumando."
    print("Correcto: empatan en n = 2d, y la RNN hace menos FLOP que la atención sea cual sea n.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# tie_with_lstm = 2 * D_MODEL
# rnn_ever_costs_more = False
# ```
#
# $8nd^2 + 4n^2d = 16nd^2$ da $n = 2d$, que aquí es 256. Frente a la RNN no hay empate: solo las cuatro
# proyecciones, $8nd^2$, ya son el doble de su cuenta. Y un bloque entero hace más FLOP que la LSTM con
# cualquier $n$. Que una capa de atención sea «más barata» depende mucho de con qué se compare.
# </details>
#
# ### Medir: longitudes cortas
#
# Si el tiempo fuera proporcional a los FLOP, bastaría la cuenta. Vamos a medirlo: ida y vuelta de una capa,
# con un lote de 8 y $d = 128$. Seis competidoras:
#
# - RNN y LSTM, **de PyTorch** y **paso a paso** (el bucle de Python de 7.1);
# - atención, con el núcleo **fusionado** y **explícita**, que construye la matriz $n \times n$.
#
# Cada capa se mide varias veces, por turnos con las demás, y se dan la mediana y los cuartiles: un solo
# tiempo no dice cuánto se mueve. La primera pasada no cuenta, porque reserva memoria y arranca hilos.
#
# > **Predice.** Con $n = 8$, ¿cuál será la más rápida? ¿Y con $n = 2048$? ¿Cuánto ganará la LSTM de PyTorch
# > a la misma LSTM con un bucle?

# %%
torch.manual_seed(2)
layers = {
    "RNN": nn.RNN(D_MODEL, D_MODEL, batch_first=True),
    "RNN paso a paso": RNNStepByStep(D_MODEL, D_MODEL),
    "LSTM": nn.LSTM(D_MODEL, D_MODEL, batch_first=True),
    "LSTM paso a paso": LSTMStepByStep(D_MODEL, D_MODEL),
    "atención": MultiHeadAttention(D_MODEL, HEADS),
    "atención explícita": ExplicitAttention(D_MODEL, HEADS),
}
layers = {name: layer.to(device) for name, layer in layers.items()}
EXPLICIT_LIMIT = 512  # más allá, la matriz n × n de cada paso ocupa cientos de MB


def measure_length(n):
    """Mide todas las capas con secuencias de longitud n."""
    x = torch.randn(BATCH, n, D_MODEL, device=device)
    chosen = {
        name: layer for name, layer in layers.items() if name != "atención explícita" or n <= EXPLICIT_LIMIT
    }
    return measure_training(chosen, x, repeats=15, budget_s=1.0)


def milliseconds_table(measurements):
    """Mediana en milisegundos: una fila por longitud y una columna por capa."""
    rows = pd.DataFrame(as_rows(measurements)).assign(ms=lambda table: 1e3 * table["median_s"])
    table = rows.pivot(index="length", columns="name", values="ms")[list(layers)]
    return table.round(2).rename_axis(index="n", columns=None)


measurements = [row for n in (8, 16, 32, 64, 128) for row in measure_length(n)]
print("milisegundos (mediana) en:", environment)
milliseconds_table(measurements)

# %% [markdown]
# > **Predice.** Mira la tabla de arriba abajo. Al doblar $n$, ¿por cuánto se multiplica cada columna? ¿Se
# > cruzará la atención con la LSTM antes de 2048?

# %%
measurements += [row for n in (256, 512, 1024, 2048) for row in measure_length(n)]
print("milisegundos (mediana; NaN: sin medir) en:", environment)
milliseconds_table(measurements)


# %%
def curve(name, field, lengths=None):
    """Lo medido en una capa, por longitud: `field` es median, low, high o saved_bytes."""
    return [
        getattr(row, field)
        for row in measurements
        if row.name == name and (lengths is None or row.length in lengths)
    ]


STYLE = {  # paleta de Okabe e Ito; el trazo y la marca distinguen también sin color
    "RNN": {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    "RNN paso a paso": {"color": "#0072B2", "linestyle": ":", "marker": "o", "markerfacecolor": "white"},
    "LSTM": {"color": "#009E73", "linestyle": "-", "marker": "s"},
    "LSTM paso a paso": {"color": "#009E73", "linestyle": ":", "marker": "s", "markerfacecolor": "white"},
    "atención": {"color": "#D55E00", "linestyle": "-", "marker": "^"},
    "atención explícita": {"color": "#D55E00", "linestyle": "--", "marker": "^", "markerfacecolor": "white"},
    "bloque entero": {"color": "#CC79A7", "linestyle": "-.", "marker": "D"},
}
lengths = sorted({row.length for row in measurements})

fig, (left, right) = plt.subplots(1, 2, figsize=(13.5, 5.4), layout="constrained")
for name in layers:
    where = curve(name, "length")
    left.plot(where, [1e3 * value for value in curve(name, "median")], label=name, **STYLE[name])
    low, high = ([1e3 * value for value in curve(name, field)] for field in ("low", "high"))
    left.fill_between(where, low, high, color=STYLE[name]["color"], alpha=0.25, linewidth=0)
for name, flops in forward_flops.items():
    right.plot(lengths, [3 * BATCH * flops(n) / 1e9 for n in lengths], label=name, **STYLE[name])
right.axvline(2 * D_MODEL, color="dimgray", linestyle=":", label="n = 2d")
for ax, title in ((left, "Tiempo medido, ida y vuelta"), (right, "Operaciones, tres veces la ida")):
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(lengths, lengths)
    ax.set(title=title, xlabel="Longitud de la secuencia, n (posiciones)")
    ax.legend(frameon=False, loc="upper left")
left.set_ylabel("Milisegundos por lote (mediana y cuartiles)")
right.set_ylabel("GFLOP por lote (calculado)")
show_figure(
    fig,
    caption=(
        f"**Figura 7.1.** Izquierda: tiempo de un paso de entrenamiento de una capa, lote de {BATCH}, d = {D_MODEL}; "
        f"la banda va del primer al tercer cuartil. Medido en {environment}. Derecha: las operaciones que le "
        "corresponden según las fórmulas. Los dos ejes son logarítmicos: una potencia de n es una recta."
    ),
    alt=(
        "Dos gráficas logarítmicas frente a n, de 8 a 2048. A la izquierda, seis curvas de tiempo con su banda. "
        + " ".join(
            f"{name}: de {1e3 * curve(name, 'median')[0]:.1f} a {1e3 * curve(name, 'median')[-1]:.0f} ms."
            for name in layers
        )
        + " A la derecha, operaciones: RNN y LSTM son rectas y la atención cruza a la LSTM en n igual a 256."
    ),
)

# %% [markdown]
# ### El cruce, en palabras
#
# Entre dos longitudes medidas se interpola en escala logarítmica. La dispersión da un margen: se repite la
# cuenta con el cuartil alto de una capa y el bajo de la otra, y al revés. Si no hay cruce, se dice.


# %%
def describe_crossing(first, second):
    """Frase con el cruce de los tiempos de dos capas, o con su ausencia."""
    shared = sorted(set(curve(first, "length")) & set(curve(second, "length")))
    a, b = curve(first, "median", shared), curve(second, "median", shared)
    start, end = a[0] / b[0], a[-1] / b[-1]
    quartiles = (curve(name, field, shared) for name in (first, second) for field in ("low", "high"))
    overlaps = sum(low_a <= high_b and low_b <= high_a for low_a, high_a, low_b, high_b in zip(*quartiles))
    ratios = (
        f"Tarda {start:.2f} veces lo que la {second} con n = {shared[0]} y {end:.2f} veces con n = {shared[-1]}."
        + (f" En {overlaps} de {len(shared)} longitudes, los cuartiles se solapan." if overlaps else "")
    )
    where = crossover(shared, a, b)
    if where is None:
        verdict = "siempre menor" if end < 1 else "siempre mayor"
        span = f"de n = {shared[0]} a {shared[-1]}"
        return f"**{first}** frente a **{second}**: sin cruce {span}; su mediana es {verdict}. {ratios}"
    after = "más rápida" if end < 1 else "más lenta"
    bounds = [
        crossover(shared, curve(first, x, shared), curve(second, y, shared))
        for x, y in (("high", "low"), ("low", "high"))
    ]
    margin = "" if None in bounds else f" (de {min(bounds):.0f} a {max(bounds):.0f} con los cuartiles)"
    return f"**{first}** frente a **{second}**: se cruzan en n ≈ {where:.0f}{margin}, y de ahí en adelante es {after}. {ratios}"


pairs = [
    ("atención", "LSTM"),
    ("atención", "LSTM paso a paso"),
    ("atención", "RNN"),
    ("atención", "atención explícita"),
    ("LSTM", "LSTM paso a paso"),
    ("RNN", "RNN paso a paso"),
]
display(Markdown("\n".join(f"- {describe_crossing(*pair)}" for pair in pairs)))
display(Markdown(f"Todo ello en {environment}, con B = {BATCH} y d = {D_MODEL}. Otra máquina, otros cruces."))

# %% [markdown]
# **Explica.** Compara la primera frase con tus huecos: las cuentas empataban en $n = 2d = 256$.
#
# 1. ¿Se cruzan los tiempos donde se cruzan las cuentas?
# 2. ¿Por qué dos LSTM que hacen las **mismas** operaciones pueden tardar tan distinto?
#
# La tabla siguiente divide operaciones entre tiempo: cuánto trabajo por segundo saca cada una.

# %%
speed_length = 512
speed_rows = []
for row in measurements:
    if row.length == speed_length:
        gflop = 3 * BATCH * forward_flops[row.name.split()[0]](speed_length) / 1e9
        speed_rows.append((row.name, f"{gflop:.2f}", f"{1e3 * row.median:.1f}", f"{gflop / row.median:.0f}"))
print(f"n = {speed_length}, en: {environment}")
pd.DataFrame(speed_rows, columns=["capa", "GFLOP", "ms", "GFLOP por segundo"]).set_index("capa")

# %% [markdown]
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. Mira tus números: solo por casualidad coincidirán. El tiempo es operaciones divididas entre velocidad, y
#    la velocidad cambia de una capa a otra y con $n$.
# 2. La que va paso a paso hace, en cada posición, un producto pequeño y media docena de operaciones sueltas;
#    cada una tiene un coste fijo y deja la máquina a medio llenar. El núcleo fusionado las reúne. La
#    atención tiene pocos productos y grandes, que es lo que mejor hace una máquina.
#
# ¿Y la RNN? En el procesador, PyTorch no tiene para ella un núcleo fusionado: hace también un bucle, solo que
# en C++. Si en tu lista apenas gana al bucle de Python, es por eso.
#
# En la columna de GFLOP, el «tres veces la ida» es una aproximación: el núcleo fusionado de atención, por
# ejemplo, vuelve a calcular las puntuaciones en la vuelta para no guardarlas.
# </details>
#
# ### ¿Y con más hilos?
#
# Con un hilo, que la atención trate todas las posiciones a la vez solo ayuda a llenar bien un núcleo. Con
# varios, además puede repartirlas.
#
# > **Predice.** ¿A quién ayudarán más los hilos, a la atención o al bucle de la LSTM?
#
# Para medirlo, cambia `TRY_MORE_THREADS` a `True`. Hazlo con el equipo libre: si otro programa ocupa los
# procesadores, los hilos se esperan unos a otros miles de veces y la celda puede pasar del minuto.

# %%
TRY_MORE_THREADS = False
THREADS_LENGTH = 256


def milliseconds_with(threads):
    """Mediana en milisegundos de dos capas con ese número de hilos."""
    torch.set_num_threads(threads)
    x = torch.randn(BATCH, THREADS_LENGTH, D_MODEL, device=device)
    chosen = {name: layers[name] for name in ("LSTM paso a paso", "atención")}
    rows = measure_training(chosen, x, repeats=7, min_repeats=2, budget_s=1.0)
    torch.set_num_threads(1)
    milliseconds = {row.name: 1e3 * row.median for row in rows}
    return milliseconds


if not TRY_MORE_THREADS:
    print(f"Sin medir. En este equipo PyTorch usaría {available_threads} hilo(s).")
elif device.type == "cpu" and available_threads > 1:
    one, many = milliseconds_with(1), milliseconds_with(available_threads)
    print(f"n = {THREADS_LENGTH}, en: {environment.device}")
    for name in one:
        print(
            f"{name:17s} 1 hilo: {one[name]:6.1f} ms   {available_threads} hilos: {many[name]:6.1f} ms   "
            f"velocidad × {one[name] / many[name]:.2f}"
        )
else:
    print("Aquí no hay más hilos que probar: solo hay uno, o se mide en una GPU.")

# %% [markdown]
# **Explica.** Por encima de × 1 hay ganancia. Si la atención gana más que el bucle, es por la fila
# «paralelización» de la tabla: el bucle tiene que terminar cada posición antes de empezar la siguiente, y
# repartir productos tan pequeños apenas compensa. En una GPU, que reparte el trabajo entre miles de unidades,
# cabe esperar que la diferencia crezca y que el cruce se mueva hacia secuencias más largas. Es una predicción:
# en 7.6 se dice cómo medirla.

# %% [markdown]
# ## 7.3 La memoria
#
# Para calcular los gradientes hay que guardar valores de la ida hasta la vuelta. PyTorch deja mirar qué guarda
# cada operación; `codigo.measure` suma esos bloques, sin contar la entrada ni los parámetros. No es el pico
# de memoria de todo el paso, que es algo mayor, pero es exacto: sale igual en cada ejecución.
#
# > **Predice.** Con $n$ el doble de larga, ¿por cuánto se multiplica lo que guarda la LSTM? ¿Y la atención
# > explícita? ¿Y la fusionada?

# %%
memory_rows = pd.DataFrame(as_rows(measurements)).assign(mb=lambda table: table["saved_bytes"] / 1e6)
memory_table = memory_rows.pivot(index="length", columns="name", values="mb")[list(layers)]
print("MB guardados para la vuelta (1 MB = 10⁶ bytes; NaN: sin medir)")
memory_table.round(2).rename_axis(index="n", columns=None)

# %%
both = [n for n in lengths if n <= EXPLICIT_LIMIT]
explicit, fused = (
    dict(zip(both, curve(name, "saved_bytes", both))) for name in ("atención explícita", "atención")
)
for n in both[-3:]:
    matrix = 4 * BATCH * HEADS * n**2  # B·h·n² números de 4 bytes
    print(
        f"n = {n:4d}: la explícita guarda {(explicit[n] - fused[n]) / 1e6:6.1f} MB más que la fusionada; "
        f"la matriz de pesos mide {matrix / 1e6:6.1f} MB"
    )
for n in lengths[-2:]:
    print(f"n = {n:4d}: no se ha medido; solo la matriz ocuparía {4 * BATCH * HEADS * n**2 / 1e6:.1f} MB")

# %% [markdown]
# **Explica.** Lo que separa a las dos atenciones es la matriz de pesos, $B \cdot h \cdot n^2$ números. El
# núcleo fusionado la recorre a trozos sin llegar a escribirla entera, y en la vuelta la calcula otra vez
# ([Dao et al., 2022](https://arxiv.org/abs/2205.14135)): gasta operaciones para ahorrar memoria. La diferencia
# no llega a la matriz entera porque para eso guarda su salida, que crece con $n$ y no con $n^2$. Por eso «la
# atención necesita memoria $n^2$» es cierto del algoritmo ingenuo, pero no de la atención.

# %%
last, previous = lengths[-1], lengths[-2]
growth = {name: memory_table.loc[last, name] / memory_table.loc[previous, name] for name in layers}
growth["atención explícita"] = explicit[both[-1]] / explicit[both[-2]]
for name, factor in growth.items():
    print(f"{name:19s} al doblar n, lo guardado se multiplica por {factor:.2f}")
ratio = memory_table.loc[last, "LSTM"] / memory_table.loc[last, "atención"]
print(f"con n = {last}, la LSTM de PyTorch guarda {ratio:.1f} veces lo que la atención fusionada")
ratio = memory_table.loc[last, "LSTM"] / memory_table.loc[last, "LSTM paso a paso"]
print(f"y {ratio:.1f} veces lo que la misma LSTM paso a paso")

# %% [markdown]
# ### Ejemplo con huecos: la memoria al generar
#
# Al generar no hay vuelta. Lo que hay que conservar de un token al siguiente es otra cosa:
#
# - un Transformer, las claves y los valores de todo lo anterior: la **caché KV**, que crece con $n$;
# - una LSTM, sus dos estados por capa, que no crecen.
#
# Calcula cuántos números son con los tamaños de GPT-2: $L = 12$, $d = 768$, $n = 1024$. No puntúa.

# %%
L_gpt2, d_gpt2, n_gpt2 = 12, 768, 1024

cache_numbers = ...  # hueco 1: números de la caché KV
state_numbers = ...  # hueco 2: números del estado de una LSTM con las mismas L y d

if ... in (cache_numbers, state_numbers):
    print("Quedan huecos por completar.")
else:
    check_close(
        "cache_numbers",
        cache_numbers,
        2 * 12 * 1024 * 768,
        hint="una clave y un valor, de d números cada uno, por capa y por posición.",
        mistakes={"Falta contar claves y valores: son dos vectores.": 12 * 1024 * 768},
    )
    check_close(
        "state_numbers",
        state_numbers,
        2 * 12 * 768,
        hint="h y c, de d números cada uno, por capa; la longitud no entra.",
        mistakes={"Una LSTM lleva dos estados por capa: h y c.": 12 * 768},
    )
    print(
        f"Correcto: {4 * cache_numbers / 1e6:.1f} MB frente a {4 * state_numbers / 1e3:.1f} kB, en float32."
    )

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# cache_numbers = 2 * L_gpt2 * n_gpt2 * d_gpt2
# state_numbers = 2 * L_gpt2 * d_gpt2
# ```
#
# A 4 bytes por número, 75.5 MB y 73.7 kB **por secuencia**: exactamente $n$ veces más. Y la caché se
# multiplica por el número de conversaciones que se atienden a la vez.
# </details>

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(13.5, 5), layout="constrained")
for name in ("atención explícita", "LSTM", "LSTM paso a paso", "atención"):
    left.plot(
        curve(name, "length"),
        [value / 1e6 for value in curve(name, "saved_bytes")],
        label=name,
        **STYLE[name],
    )
cache_mb = [4 * 2 * L_gpt2 * n * d_gpt2 / 1e6 for n in lengths]
state_mb = [4 * 2 * L_gpt2 * d_gpt2 / 1e6 for _ in lengths]
right.plot(lengths, cache_mb, label="caché KV del Transformer", **STYLE["atención"])
right.plot(lengths, state_mb, label="estado de la LSTM", **STYLE["LSTM"])
left.set(title="Guardado para la vuelta (medido)", ylabel="MB por lote")
right.set(title="Conservado al generar (calculado)", ylabel="MB por secuencia")
for ax in (left, right):
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(lengths, lengths)
    ax.set_xlabel("Longitud de la secuencia, n (posiciones)")
    ax.legend(frameon=False, loc="upper left")
right.set_ylim(top=max(cache_mb) * 8)  # sitio para la leyenda
show_figure(
    fig,
    caption=(
        f"**Figura 7.2.** Izquierda: memoria que una capa guarda para la vuelta, lote de {BATCH}, d = {D_MODEL}, "
        f"{HEADS} cabezas, en {environment.kind}. Derecha: lo que hay que conservar al generar, con los tamaños de "
        "GPT-2 (12 capas, d = 768, float32)."
    ),
    alt=(
        "Dos gráficas logarítmicas frente a n. A la izquierda, las LSTM y la atención fusionada crecen en rectas "
        "paralelas y la atención explícita se empina hasta superarlas. A la derecha, la caché KV sube en línea "
        "recta y el estado de la LSTM es una horizontal muy por debajo."
    ),
)

# %% [markdown]
# **Explica.** Al entrenar, lo guardado crece en proporción a $n$ en todas menos en la atención explícita. Cuánto
# es por posición depende de la implementación: compara las dos LSTM de la última línea impresa. Al generar, la LSTM no crece nada. Ese estado fijo es su gran ventaja y también su límite: todo lo que se
# quiera recordar, por larga que sea la historia, tiene que caber en él.

# %% [markdown]
# ## 7.4 El camino: copiar a distancia
#
# «Camino máximo» es el número de pasos que recorre la información de una posición a otra: $n$ en una
# recurrencia, 1 en la atención. ¿Tiene consecuencias? Hace falta una tarea cuya única dificultad sea la
# distancia:
#
# - el primer símbolo es uno de 10, al azar;
# - detrás vienen $n$ símbolos de ruido, de los mismos 10;
# - al final, una señal `?`, y hay que decir cuál era **el primero**.
#
# La tarea es justa: las dos arquitecturas han leído todo antes de responder. Quien adivina acierta el 10 %.

# %%
NUM_SYMBOLS, QUESTION = 10, 10


def make_batch(size, distance, generator):
    """Secuencias (size, distance + 2) y la respuesta (size,), que es su primer símbolo."""
    ids = torch.randint(0, NUM_SYMBOLS, (size, distance + 2), generator=generator)
    ids[:, -1] = QUESTION
    return ids, ids[:, 0].clone()


example_ids, example_answers = make_batch(3, 8, torch.Generator().manual_seed(0))
for ids, answer in zip(example_ids.tolist(), example_answers.tolist()):
    print(*ids[:-1], "?", "  respuesta:", answer)

# %% [markdown]
# Los dos modelos tienen las mismas piezas alrededor y casi los mismos parámetros: una capa LSTM, o un bloque
# de Transformer **causal** con codificación posicional. La salida se lee en la última posición.


# %%
class RecurrentReader(nn.Module):
    """Embedding, una capa recurrente y una capa de salida que lee el último estado."""

    def __init__(self, cell, d_model):
        super().__init__()
        self.embedding = nn.Embedding(NUM_SYMBOLS + 1, d_model)
        self.layer = cell(d_model, d_model, batch_first=True)
        self.output = nn.Linear(d_model, NUM_SYMBOLS)

    def from_vectors(self, vectors):
        """Logits (B, 10) a partir de los vectores (B, T, d)."""
        return self.output(self.layer(vectors)[0][:, -1])

    def forward(self, ids):
        return self.from_vectors(self.embedding(ids))


class TransformerReader(nn.Module):
    """Embedding y posición, un bloque causal y una capa de salida que lee la última posición."""

    def __init__(self, d_model, length):
        super().__init__()
        self.embedding = nn.Embedding(NUM_SYMBOLS + 1, d_model)
        self.block = TransformerEncoderBlock(d_model, 2, 2 * d_model, 0.0)
        self.output = nn.Linear(d_model, NUM_SYMBOLS)
        encoding = PositionalEncodingSinusoidal(d_model, length).encoding
        self.register_buffer("encoding", torch.from_numpy(encoding).float())
        self.register_buffer("mask", torch.from_numpy(create_causal_mask(length)))

    def from_vectors(self, vectors):
        """Logits (B, 10) a partir de los vectores (B, T, d)."""
        return self.output(self.block(vectors + self.encoding, self.mask)[:, -1])

    def forward(self, ids):
        return self.from_vectors(self.embedding(ids))


def make_patient_lstm(distance):
    """Una LSTM cuyas puertas de olvido empiezan casi abiertas, con memorias de 1 a `distance` pasos."""
    model = RecurrentReader(nn.LSTM, 32)
    memory = torch.empty(32).uniform_(1, distance)  # pasos que dura cada componente, más o menos
    with torch.no_grad():
        model.layer.bias_ih_l0.zero_()
        model.layer.bias_hh_l0.zero_()
        model.layer.bias_ih_l0[32:64] = memory.log()  # puerta de olvido
        model.layer.bias_ih_l0[:32] = -memory.log()  # puerta de entrada
    return model


READERS = {  # cada uno, a partir de la distancia
    "RNN": lambda distance: RecurrentReader(nn.RNN, 32),
    "LSTM": lambda distance: RecurrentReader(nn.LSTM, 32),
    "LSTM paciente": make_patient_lstm,
    "Transformer": lambda distance: TransformerReader(32, distance + 2),
}
for name, make in READERS.items():
    print(f"{name:14s} {sum(p.numel() for p in make(8).parameters()):6,} parámetros")

# %% [markdown]
# La «LSTM paciente» es la misma LSTM con otros sesgos iniciales
# ([Tallec y Ollivier, 2018](https://arxiv.org/abs/1804.11188)): la puerta de olvido empieza casi abierta. La
# otra empieza como la deja PyTorch, con esa puerta cerca de 0.5. Es un tercer competidor muy útil: si el
# problema es el camino que recorre el gradiente, y no lo que la LSTM **puede** representar, abrirle
# el camino tiene que notarse.
#
# ### El gradiente que llega al principio
#
# Antes de entrenar nada: ¿cuánto influye el primer símbolo en la pérdida? Si el gradiente que le llega es
# casi 0, ningún optimizador se enterará de que importa.
#
# > **Predice.** Cada paso de la LSTM multiplica lo guardado por una puerta cercana a 0.5. ¿Qué quedará tras
# > 32 pasos? ¿Y en la atención, que sin entrenar reparte el peso casi por igual entre todas las posiciones?


# %%
def first_symbol_gradient(name, distance, seed):
    """Norma media del gradiente de la pérdida en el vector del primer símbolo, sin entrenar."""
    torch.manual_seed(seed)
    model = READERS[name](distance).double()  # con float32, los valores más pequeños serían 0
    ids, answers = make_batch(32, distance, torch.Generator().manual_seed(seed))
    vectors = model.embedding(ids).detach().requires_grad_()
    F.cross_entropy(model.from_vectors(vectors), answers).backward()
    return vectors.grad[:, 0].norm(dim=-1).mean().item()


gradient_distances = [2, 4, 8, 16, 32, 64, 128, 256]
gradients = {
    name: [
        sum(first_symbol_gradient(name, distance, seed) for seed in range(3)) / 3
        for distance in gradient_distances
    ]
    for name in READERS
}
relative = pd.DataFrame(
    {name: [value / values[0] for value in values] for name, values in gradients.items()},
    index=pd.Index(gradient_distances, name="n"),
)
print(f"gradiente en el primer símbolo, dividido entre el que llega con n = {gradient_distances[0]}")
relative.map("{:.1e}".format)

# %%
READER_STYLE = {
    "RNN": STYLE["RNN"],
    "LSTM": STYLE["LSTM"],
    "LSTM paciente": {"color": "#CC79A7", "linestyle": "-.", "marker": "D"},
    "Transformer": STYLE["atención"],
}
fig, ax = plt.subplots(figsize=(9.5, 4.8), layout="constrained")
for name in READERS:
    ax.plot(gradient_distances, relative[name], label=name, **READER_STYLE[name])
ax.plot(
    gradient_distances,
    [gradient_distances[0] / n for n in gradient_distances],
    color="black",
    linestyle=":",
    label="proporcional a 1/n",
)
ax.set_xscale("log", base=2)
ax.set_yscale("log")
ax.set_xticks(gradient_distances, gradient_distances)
ax.set(xlabel="Distancia, n (símbolos de ruido)", ylabel="Gradiente relativo (sin unidades)", ylim=(1e-13, 5))
ax.legend(frameon=False, loc="lower left")
show_figure(
    fig,
    caption=(
        "**Figura 7.3.** Gradiente que llega al primer símbolo antes de entrenar, media de tres semillas, "
        f"relativo al de n = {gradient_distances[0]}. De n = {gradient_distances[0]} a {gradient_distances[-1]} se "
        "queda en "
        + "; ".join(f"{relative[name].iloc[-1]:.0e} ({name})" for name in READERS)
        + ". Lo que baja de 10⁻¹³ queda fuera del dibujo."
    ),
    alt=(
        "Gráfica logarítmica del gradiente frente a la distancia. Las curvas de la RNN y la LSTM se desploman "
        "y salen por debajo antes de n igual a 128. Las de la LSTM paciente y el Transformer bajan despacio, "
        "pegadas a la recta de 1/n."
    ),
)

# %% [markdown]
# **Explica.** En la RNN y en la LSTM recién creadas el gradiente se **desvanece**: cada paso lo multiplica por
# algo menor que 1, y con $n$ pasos eso es una exponencial
# ([Bengio et al., 1994](https://doi.org/10.1109/72.279181)). En el Transformer el camino es de un paso, pero
# no es gratis: el primer símbolo es uno más entre los que se promedian, y el gradiente baja más o menos como
# $1/n$. Entre una exponencial y $1/n$ está toda la diferencia. La LSTM paciente muestra que no es una
# condena de la LSTM: basta con que las puertas empiecen abiertas para que llegue mucho más.

# %%
steps_between = gradient_distances[4] - gradient_distances[3]
for name in READERS:
    factor = (relative[name].iloc[4] / relative[name].iloc[3]) ** (1 / steps_between)
    print(
        f"{name:14s} de n = {gradient_distances[3]} a {gradient_distances[4]}, cada paso multiplica por {factor:.3f}"
    )

# %% [markdown]
# ### ¿Y al entrenar?
#
# Mismas condiciones para todos: los mismos lotes de 32, el mismo optimizador (Adam, tasa 0.005, gradiente
# recortado a norma 1) y **como mucho 300 pasos**. Se para antes si la pérdida media de los diez últimos
# baja de 0.02. Un modelo nuevo por distancia, con dos semillas, y se evalúa con 500 secuencias nuevas. (La
# RNN simple queda fuera: su gradiente ya se ha visto.)
#
# > **Predice.** ¿Hasta qué distancia aprenderá cada uno?

# %%
MAX_STEPS, SEEDS, DISTANCES = 300, (0, 1), (4, 8, 16, 32, 64)
# Un gradiente que se desvanece llena la LSTM de números «denormales», que el procesador trata muy despacio.
torch.set_flush_denormal(True)


def train_reader(model, distance, seed, max_steps=MAX_STEPS):
    """Entrena hasta aprender o agotar los pasos; devuelve cuántos dio."""
    batches = torch.Generator().manual_seed(100 + seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, fused=True)
    losses = []
    while len(losses) < max_steps and not (len(losses) >= 10 and sum(losses[-10:]) / 10 < 0.02):
        ids, answers = make_batch(32, distance, batches)
        loss = F.cross_entropy(model(ids), answers)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return len(losses)


@torch.no_grad()
def accuracy(model, distance):
    """Fracción de aciertos en 500 secuencias nuevas."""
    ids, answers = make_batch(500, distance, torch.Generator().manual_seed(9))
    return (model(ids).argmax(dim=-1) == answers).double().mean().item()


def train_all(name):
    """Aciertos por distancia, uno por semilla; escribe también los pasos."""
    scores = {}
    for distance in DISTANCES:
        scores[distance], steps = [], []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = READERS[name](distance)
            steps.append(train_reader(model, distance, seed))
            scores[distance].append(accuracy(model, distance))
        shown = "  ".join(f"{score:6.1%}" for score in scores[distance])
        print(f"{name:14s} n = {distance:2d}: acierta {shown}   pasos {steps}")
    return scores


results = {"LSTM": train_all("LSTM")}

# %%
results["LSTM paciente"] = train_all("LSTM paciente")

# %%
results["Transformer"] = train_all("Transformer")


# %%
def mean_scores(name):
    """Acierto medio de las semillas en cada distancia."""
    return [sum(results[name][distance]) / len(SEEDS) for distance in DISTANCES]


def reach(name):
    """La mayor distancia hasta la que, sin fallar en ninguna menor, se acierta el 90 % de media."""
    learned = 0
    for distance, score in zip(DISTANCES, mean_scores(name)):
        if score < 0.9:
            break
        learned = distance
    return learned


reaches = {name: reach(name) for name in results}
reach_words = "; ".join(
    f"{name}, hasta n = {distance}" if distance else f"{name}, en ninguna"
    for name, distance in reaches.items()
)

fig, ax = plt.subplots(figsize=(9.5, 4.8), layout="constrained")
for name in results:
    ax.plot(DISTANCES, [100 * score for score in mean_scores(name)], label=name, **READER_STYLE[name])
    for distance in DISTANCES:
        ax.scatter(
            [distance] * len(SEEDS),
            [100 * score for score in results[name][distance]],
            color=READER_STYLE[name]["color"],
            marker="_",
            s=160,
        )
ax.axhline(100 / NUM_SYMBOLS, color="black", linestyle=":", label="azar, 10 %")
ax.set_xscale("log", base=2)
ax.set_xticks(DISTANCES, DISTANCES)
ax.set(xlabel="Distancia, n (símbolos de ruido)", ylabel="Acierto en 500 secuencias (%)", ylim=(-3, 108))
ax.legend(frameon=False, loc="center left")
show_figure(
    fig,
    caption=(
        f"**Figura 7.4.** Copiar a distancia, como mucho {MAX_STEPS} pasos de entrenamiento. La línea es la media; cada "
        f"raya horizontal, una semilla. Distancia hasta la que se acierta al menos el 90 %: {reach_words}."
    ),
    alt=(
        "Porcentaje de acierto frente a la distancia, de 4 a 64, para la LSTM, la LSTM paciente y el Transformer, "
        "con una línea de puntos en el 10 % del azar. "
        + " ".join(
            f"{name}: "
            + ", ".join(
                f"{100 * score:.0f} % en {distance}" for distance, score in zip(DISTANCES, mean_scores(name))
            )
            + "."
            for name in results
        )
    ),
)

# %%
lstm_reach, patient_reach, transformer_reach = (
    reaches[name] for name in ("LSTM", "LSTM paciente", "Transformer")
)
sentences = [f"Con {MAX_STEPS} pasos aciertan al menos el 90 % de media: {reach_words}."]
if transformer_reach > lstm_reach:
    farthest = mean_scores("LSTM")[-1]
    sentences.append(
        f"El Transformer llega más lejos que la LSTM recién creada, que en n = {DISTANCES[-1]} acierta el "
        f"{100 * farthest:.0f} % (el azar es el 10 %)."
    )
else:
    sentences.append("En esta ejecución el Transformer **no** llega más lejos que la LSTM.")
if patient_reach > lstm_reach:
    sentences.append(
        "Cambiar solo los sesgos iniciales le da más alcance a la LSTM: la capacidad la tenía; al empezar, le "
        "faltaba gradiente."
    )
else:
    sentences.append("En esta ejecución, cambiar los sesgos iniciales no le da más alcance a la LSTM.")
display(Markdown(" ".join(sentences)))

# %% [markdown]
# **Explica.** ¿Anuncia la figura 7.3 lo que pasa en la 7.4? En parte: donde no llega gradiente no se aprende.
# Pero mira la LSTM paciente y el Transformer, que al empezar reciben casi el mismo. Que el gradiente llegue es
# necesario, no suficiente. La LSTM tiene además que aprender a que $n$ símbolos de ruido no se escriban
# encima de lo que guarda, y a eso la atención no se enfrenta: su pasado está intacto y le basta con mirar al
# sitio justo.
#
# ### Lo que este experimento no dice
#
# - **No** dice que una LSTM no pueda recordar lejos. Los sesgos iniciales ya cambian su alcance, y hay más
#   remedios: distancias que crecen poco a poco, modelos mayores, más pasos. Dice que, con este presupuesto, le
#   cuesta más. Más pasos ayudan si llega algo de gradiente; si no llega nada, no tienen por qué bastar.
# - **No** es una tarea neutral. La respuesta está siempre en la posición 0, que es lo más fácil que se le puede
#   pedir a la atención con posiciones absolutas.
# - Es **un** tamaño, **una** tasa de aprendizaje y dos semillas.
#
# Compruébalo tú: esta celda da a la LSTM cuatro veces más pasos en la primera distancia que no
# dominó. Cambia `extra_steps`, la distancia o la semilla y mira qué hace falta.

# %%
extra_steps = 4 * MAX_STEPS
hard_distance = next((distance for distance in DISTANCES if distance > lstm_reach), DISTANCES[-1])
torch.manual_seed(0)
stubborn = READERS["LSTM"](hard_distance)
steps_used = train_reader(stubborn, hard_distance, seed=0, max_steps=extra_steps)
torch.set_flush_denormal(False)
before = results["LSTM"][hard_distance][0]
print(f"LSTM con n = {hard_distance}, semilla 0: {before:.1%} con {MAX_STEPS} pasos como mucho")
print(f"y {accuracy(stubborn, hard_distance):.1%} con {steps_used} pasos")

# %% [markdown]
# ## 7.5 Al generar, todos van de uno en uno
#
# Al entrenar se conoce la secuencia entera y la atención trata todas las posiciones a la vez. Al generar, cada
# token depende del anterior: $n$ tokens son $n$ pasos en serie, para cualquier arquitectura. Cambia lo que
# cuesta **cada** paso cuando ya hay $n$ tokens escritos:
#
# | | operaciones de un paso |
# |---|---|
# | LSTM | $O(d^2)$: da igual cuánto se haya escrito |
# | Transformer con caché KV | $O(d^2)$ de las proyecciones y $O(nd)$ de mirar atrás |
# | Transformer sin caché | $O(nd^2 + n^2d)$: lo recalcula todo |
#
# La caché es sencilla: con máscara causal, las claves y los valores del pasado no cambian al añadir un token,
# así que se guardan. Comprobamos que da lo mismo que calcularlo todo.


# %%
def split_heads(vectors):
    """(B, T, d) -> (B, h, T, d_k)"""
    return vectors.unflatten(-1, (HEADS, -1)).transpose(1, 2)


@torch.no_grad()
def cached_step(attention, x_new, keys, values):
    """Salida del token nuevo (B, 1, d), y la caché (B, h, n, d_k) con una posición más."""
    query, key, value = (split_heads(part) for part in attention.in_proj(x_new).chunk(3, dim=-1))
    keys = torch.cat([keys, key], dim=2)  # copia la caché; una implementación de verdad reserva sitio antes
    values = torch.cat([values, value], dim=2)
    attended = F.scaled_dot_product_attention(query, keys, values)  # (B, h, 1, d_k)
    return attention.out_proj(attended.transpose(1, 2).flatten(2)), keys, values


attention, lstm = layers["atención"], layers["LSTM"]
torch.manual_seed(3)
x_story = torch.randn(1, 12, D_MODEL, device=device)
keys = values = torch.empty(1, HEADS, 0, D_MODEL // HEADS, device=device)
outputs = []
for t in range(12):
    output, keys, values = cached_step(attention, x_story[:, t : t + 1], keys, values)
    outputs.append(output)
with torch.no_grad():
    all_at_once, _ = attention(x_story, mask=torch.from_numpy(create_causal_mask(12)).to(device))
assert torch.allclose(torch.cat(outputs, dim=1), all_at_once, atol=1e-5)
print("con caché, token a token, sale lo mismo que la atención causal de una vez")
print("la caché ha crecido hasta", tuple(keys.shape))

# %% [markdown]
# > **Predice.** ¿Cuánto más costará el paso con caché con 2048 tokens escritos que con 8? ¿Y el de la LSTM?


# %%
@torch.no_grad()
def step_seconds(n):
    """Mediana de un paso de cada forma de generar con n tokens ya escritos, lote de 1."""
    x_new = torch.randn(1, 1, D_MODEL, device=device)
    past = torch.randn(1, HEADS, n, D_MODEL // HEADS, device=device)
    whole = torch.randn(1, n + 1, D_MODEL, device=device)
    state = (torch.zeros(1, 1, D_MODEL, device=device), torch.zeros(1, 1, D_MODEL, device=device))

    def recompute():
        Q, K, V = (split_heads(part) for part in attention.in_proj(whole).chunk(3, dim=-1))
        joined = F.scaled_dot_product_attention(Q, K, V, is_causal=True).transpose(1, 2).flatten(2)
        return attention.out_proj(joined)

    actions = {
        "LSTM": lambda: lstm(x_new, state),
        "atención con caché": lambda: cached_step(attention, x_new, past, past),
        "atención sin caché": recompute,
    }
    # De una en una y no por turnos: la que recalcula todo vacía las memorias rápidas del procesador, y el paso
    # siguiente, de microsegundos, pagaría por ella.
    timed = {name: time_together({name: actions[name]}, device, repeats=51, budget_s=0.2) for name in actions}
    medians = {name: torch.tensor(timed[name][name]).median().item() for name in actions}
    return medians


step_times = {n: step_seconds(n) for n in lengths}
step_table = pd.DataFrame(step_times).T.mul(1e6).round(0).rename_axis("n")
print("microsegundos por paso y capa (mediana) en:", environment)
display(step_table)

# %%
STEP_STYLE = {
    "LSTM": STYLE["LSTM"],
    "atención con caché": STYLE["atención"],
    "atención sin caché": STYLE["atención explícita"],
}
fig, ax = plt.subplots(figsize=(9.5, 4.8), layout="constrained")
for name, style in STEP_STYLE.items():
    ax.plot(lengths, [1e6 * step_times[n][name] for n in lengths], label=name, **style)
ax.set_xscale("log", base=2)
ax.set_yscale("log")
ax.set_xticks(lengths, lengths)
ax.set(xlabel="Tokens ya escritos, n", ylabel="Microsegundos por paso (mediana)")
ax.legend(frameon=False, loc="upper left")
show_figure(
    fig,
    caption=(
        f"**Figura 7.5.** Un paso de generación de una capa, lote de 1, d = {D_MODEL}. De n = {lengths[0]} a "
        f"{lengths[-1]} se multiplica por "
        + "; ".join(
            f"{step_times[lengths[-1]][name] / step_times[lengths[0]][name]:.1f} ({name})"
            for name in STEP_STYLE
        )
        + f". Medido en {environment}."
    ),
    alt=(
        f"Gráfica logarítmica del tiempo de un paso de generación frente a los tokens ya escritos, de {lengths[0]} a "
        f"{lengths[-1]}. "
        + " ".join(
            f"{name}: de {1e6 * step_times[lengths[0]][name]:.0f} a {1e6 * step_times[lengths[-1]][name]:.0f} µs."
            for name in STEP_STYLE
        )
    ),
)

# %% [markdown]
# **Explica.** La caché cambia memoria por tiempo: sin ella, generar $n$ tokens repite una y otra vez el
# mismo trabajo. Con ella el coste del paso sigue creciendo, porque cada token nuevo tiene que leer toda la
# caché, pero despacio. El de la LSTM no depende de $n$. En secuencias cortas, los dos pasos son tan
# pequeños que sobre todo se mide el coste fijo de llamar a PyTorch.
#
# Por eso la fila «pasos en serie al generar» de la tabla es un empate, y la de memoria la gana la
# recurrencia. Hay arquitecturas que buscan las dos cosas, entrenar en paralelo y generar con un estado
# fijo: por ejemplo, [RWKV](https://arxiv.org/abs/2305.13048) y [Mamba](https://arxiv.org/abs/2312.00752).

# %% [markdown]
# ## 7.6 Repetirlo en una GPU
#
# No hay que cambiar nada: `pick_device()` elige la GPU si PyTorch la ve, y las secciones 7.2, 7.3 y 7.5
# miden en ella. (Los entrenamientos de 7.4 se quedan en el procesador: son demasiado pequeños.) En una GPU se
# anota además el **pico** de memoria de cada paso.
#
# Una medida sin su máquina no sirve de nada al que viene detrás. Para guardar las tuyas, pon un nombre de
# archivo en `RECORD`: cada fila lleva dispositivo, hilos, versiones y fecha.

# %%
RECORD = None  # por ejemplo: "medidas_parte7.csv"

if RECORD is None:
    print("No se guarda nada. Así sería la última fila:")
else:
    print("Guardado en", save_measurements(RECORD, measurements))
for column, value in as_rows(measurements)[-1].items():
    print(f"  {column:12s} {value}")

# %% [markdown]
# **Para pensar.**
#
# 1. Alguien te dice: «los Transformers son más rápidos que las LSTM». ¿Qué tres cosas le preguntas?
# 2. Un modelo tiene que vigilar un sensor durante meses, dato a dato, con 1 MB de memoria. ¿Qué usarías?
# 3. ¿Por qué la atención fusionada no cambia la fila «operaciones» de la tabla?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. ¿Al entrenar o al generar? ¿Con qué $n$ y qué $d$? ¿En qué máquina y con qué implementación?
# 2. Una recurrencia: su estado no crece. La caché de un Transformer no tendría fin, salvo que se limite a una
#    ventana de los últimos datos, y entonces olvidaría lo anterior.
# 3. Calcula los mismos productos, y en la vuelta repite algunos. Lo que ahorra es guardar la matriz $n \times n$
#    y llevarla y traerla de la memoria.
# </details>
#
# ## Resumen
#
# Esto es lo que ha salido en **tu** ejecución:

# %%
last_step = step_times[lengths[-1]]
summary = [
    describe_crossing("atención", "LSTM"),
    f"Con n = {both[-1]}, la atención explícita guarda {explicit[both[-1]] / fused[both[-1]]:.1f} veces lo que "
    "la fusionada.",
    f"Copiar a distancia con {MAX_STEPS} pasos: {reach_words}.",
    f"Un paso de generación con {lengths[-1]} tokens escritos: {1e6 * last_step['LSTM']:.0f} µs la LSTM, "
    f"{1e6 * last_step['atención con caché']:.0f} µs la atención con caché y "
    f"{1e6 * last_step['atención sin caché']:.0f} µs sin ella.",
    f"Medido en {environment}.",
]
display(Markdown("\n".join(f"- {line}" for line in summary)))

# %% [markdown]
# Y esto, lo que no depende de la máquina:
#
# - La atención cuesta $O(n^2d)$ **más** $O(nd^2)$. Hace menos operaciones que una LSTM solo si $n < 2d$; un
#   bloque entero, nunca.
# - Pasos en serie: al entrenar, $O(1)$ frente a $O(n)$; al generar, $O(n)$ los dos.
# - La memoria $n^2$ es del algoritmo que escribe la matriz de pesos; un núcleo fusionado no la necesita.
# - Al generar, la caché KV ocupa $2Lnd$ números; el estado de una LSTM, $2Ld$.
# - Un camino corto hace que el gradiente llegue: en una LSTM recién creada se desvanece con la distancia como
#   una exponencial; en la atención, más o menos como $1/n$.
#
# Sigue en `parte8_ejercicios_finales`.
