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
# # Parte 6. Generar texto con GPT-2
#
# **Qué sabrás hacer al terminar**
#
# - Comprobar que GPT-2 es el bloque de la parte 4 con una máscara causal delante.
# - Leer la distribución del token siguiente, sin creer que lo más probable sea lo cierto.
# - Generar texto y decir qué hace cada parámetro: longitud, semilla, temperatura, top-k y top-p.
# - Escribir el muestreo desde cero, con las mismas reglas que la biblioteca.
#
# | | |
# |---|---|
# | Tiempo | unos 90 minutos |
# | Hace falta | las partes 1 y 4; softmax, logaritmos y sumas acumuladas en NumPy |
# | Se entrega | el ejercicio 4 (16 puntos) |
#
# Como siempre: **predice** antes de ejecutar, **ejecuta** y **explica**.
#
# **Símbolos nuevos**
#
# | símbolo | significado |
# |---|---|
# | $z$ | logits del token siguiente: un número por cada token del vocabulario, $(V,)$ |
# | $p_i$ | probabilidad del token $i$ |
# | $\tau$ | temperatura; en el código, `temperature` (casi siempre se escribe $T$, que aquí es la longitud) |
# | $k$, $p$ | los parámetros de top-k y de top-p |

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from codigo.checks import (
    arguments_untouched,
    as_array,
    check_close,
    check_finite,
    check_shape,
    require_defined,
)
from codigo.figures import show_figure
from codigo.from_huggingface import causal_block_from_gpt2
from codigo.transformers import GPT2TextGenerator, create_causal_mask
from codigo.widgets import SamplingPlayground

np.set_printoptions(precision=3, suppress=True)
torch.set_num_threads(1)  # con el equipo ocupado, repartir cada token entre varios hilos es mucho más lento

# %% [markdown]
# ## 6.1 Qué modelo se ejecuta
#
# Se pide `gpt2`. Si tu equipo lo tiene en la caché de Hugging Face o puede bajarlo, será GPT-2; si no, el
# laboratorio usa un sustituto que trae él mismo. La línea que se imprime dice cuál y por qué. **Nada de lo que
# sigue depende de cuál sea**, salvo los textos y las cifras que verás.

# %%
generator = GPT2TextGenerator(model_name="gpt2")

# %% [markdown]
# El segundo es siempre el mismo: un GPT-2 de verdad, pero diminuto, entrenado para este laboratorio con
# prosa en español. No sabe nada del mundo. A cambio es muy rápido y se puede abrir pieza a pieza.

# %%
small = GPT2TextGenerator(model_name="gpt2-lab11")


def describe(name, model):
    """Una línea con la clase y los tamaños de un modelo de Hugging Face."""
    config = model.config
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"{name:9s} {type(model).__name__}: {config.num_hidden_layers} capas, {config.num_attention_heads} cabezas,"
    )
    print(
        f"{'':9s} d_model {config.hidden_size}, V = {config.vocab_size:,}, {parameters / 1e6:,.1f} M de parámetros"
    )


describe("generator", generator.model)
describe("small", small.model)

# %% [markdown]
# ### Del texto a los tokens
#
# GPT-2 usa un **BPE de bytes** ([Radford et al., 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)).
# El texto se escribe en bytes (UTF-8), y las parejas de piezas que más se repetían al entrenar el
# tokenizador se van uniendo. Para poder imprimir los bytes, cada uno tiene un carácter que lo representa: el
# espacio es `Ġ` y el salto de línea, `Ċ`. Los bytes de las letras con tilde y de los emojis salen con
# caracteres raros, pero no se pierde nada.
#
# > **Predice.** ¿Serán el mismo token «France» al empezar el texto y « France» detrás de un espacio? ¿Qué
# > hará el tokenizador con un emoji que no vio nunca?

# %%
for text in ("The capital of France is", "France", " France", "corazón 🙂"):
    ids = generator.tokenizer(text)["input_ids"]
    print(f"{text!r:28s}", generator.tokenizer.convert_ids_to_tokens(ids))
    assert generator.tokenizer.decode(ids) == text  # ida y vuelta, sin perder nada

# %% [markdown]
# **Explica.** El espacio va **dentro** de la palabra que lo sigue: con él y sin él son tokens distintos. Por
# eso conviene que un texto inicial no acabe en espacio. Y como cualquier texto es una lista de bytes, no
# existe el token «desconocido»: en el peor de los casos, un carácter se parte en sus bytes.
#
# **El relleno.** Para procesar varias frases a la vez hay que igualar sus longitudes con un token de relleno.
# GPT-2 no tiene ninguno:

# %%
for name, tokenizer in (("generator", generator.tokenizer), ("small", small.tokenizer)):
    print(f"{name:9s} relleno: {tokenizer.pad_token!r:16} fin de texto: {tokenizer.eos_token!r}")

# %% [markdown]
# **Explica.** Donde pone `None`, la costumbre es rellenar con el token de fin de texto. Entonces hay que dar
# también `attention_mask`, para que el modelo no confunda el relleno con un final de verdad, y rellenar por la
# **izquierda**, porque el token nuevo se predice desde el último de la frase. `GPT2TextGenerator` da la máscara
# y el token de relleno, y trata un texto inicial cada vez: en él no hay nada que rellenar por la izquierda.

# %% [markdown]
# ## 6.2 El decodificador es nuestro bloque
#
# Un modelo GPT **solo tiene decodificador**: no hay texto de origen, así que sobra la atención cruzada de la
# parte 4. Quitada esa subcapa, queda autoatención causal y red por posición, que es el bloque
# **codificador** con una máscara causal. GPT-2 cambia tres detalles y conserva un cuarto:
#
# | detalle | Transformer de 2017 | GPT-2 |
# |---|---|---|
# | norma | después de cada suma | antes de cada subcapa, y otra al final |
# | activación | ReLU | GELU, aproximada con una tangente hiperbólica |
# | posiciones | senos y cosenos fijos | una tabla que se aprende |
# | capa de salida | la tabla de embeddings, traspuesta | igual |
#
# La prueba es la de la parte 4, la **paridad**: copiar los pesos de `small` en los bloques de `codigo` y
# exigir los mismos números, capa a capa.

# %%
gpt2 = small.model
blocks = [causal_block_from_gpt2(layer, gpt2.config) for layer in gpt2.transformer.h]
print(f"{len(blocks)} bloques; el primero:")
print(blocks[0])

# %% [markdown]
# > **Predice.** Si a los bloques copiados se les quita la máscara, ¿en qué posición de la frase seguirá
# > saliendo lo mismo?

# %%
ids = small.tokenizer("El capitán miró al mar y", return_tensors="pt")["input_ids"].to(gpt2.device)  # (1, T)
T = ids.shape[1]
causal = torch.from_numpy(create_causal_mask(T)).to(gpt2.device)  # (T, T), True = oculta


def run_blocks(mask):
    """Los estados ocultos (1, T, d_model) que GPT-2 llama 1, 2…: tras cada bloque, el último ya normalizado."""
    x = gpt2.transformer.wte(ids) + gpt2.transformer.wpe.weight[:T]  # tokens más posiciones
    states = []
    for block in blocks:
        x = block(x, mask)
        states.append(x)
    return [*states[:-1], gpt2.transformer.ln_f(x)]


with torch.no_grad():
    theirs = gpt2(ids, output_hidden_states=True)
    ours, unmasked = run_blocks(causal), run_blocks(None)
    our_logits = ours[-1] @ gpt2.transformer.wte.weight.T  # (1, T, V): la tabla de entrada, traspuesta

for layer, (mine, reference) in enumerate(zip(ours, theirs.hidden_states[1:]), start=1):
    gap = (mine - reference).abs().max().item()
    assert gap < 1e-5
    print(f"tras el bloque {layer}: mayor diferencia por debajo de 1e-5")
assert torch.allclose(our_logits, theirs.logits, atol=1e-4)
print("y los mismos logits")

for layer in (0, len(blocks) - 1):
    without = (unmasked[layer] - theirs.hidden_states[layer + 1]).abs().amax(dim=(0, 2))  # (T,)
    print(f"sin máscara, tras el bloque {layer + 1}, por posición:", without.cpu().numpy())

# %% [markdown]
# **Explica.** GPT-2 **es** el bloque del curso, hasta el redondeo. Sin máscara se salva solo la última posición, y
# solo en el primer bloque: con máscara o sin ella, ve toda la frase. A partir del segundo ya no coincide ninguna,
# porque los vectores que mira han cambiado.
#
# Si `generator` no es un GPT-2 (mira su clase en 6.1), sus piezas son parientes de estas. En la familia Llama,
# por ejemplo, las posiciones entran girando consultas y claves (la RoPE de la parte 3), y la norma y la red por
# posición son otras. El esquema, y todo lo que sigue, no cambia.

# %% [markdown]
# ## 6.3 La distribución del token siguiente
#
# Un modelo de lenguaje no devuelve palabras. Devuelve $V$ logits, y un softmax los convierte en la
# probabilidad de cada token.
#
# > **Predice.** Después de «The capital of France is», ¿con qué probabilidad esperas « Paris»? ¿Qué otros
# > tokens tienen sentido ahí?


# %%
def label(token):
    """El token entre comillas; lo que no se puede dibujar, con su código."""
    drawn = (c if c.isprintable() and c < "\u0250" else ascii(c)[1:-1] for c in token)
    return f"«{''.join(drawn)}»"


question = "The capital of France is"
token_probs = generator.get_next_token_probabilities(question, top_k=10)
for token, probability in token_probs:
    print(f"{label(token):20s} {probability:7.2%}")

rank = next((place for place, (token, _) in enumerate(token_probs, 1) if token.strip() == "Paris"), None)
if rank is None:
    paris = "«Paris» no está entre los diez: este modelo no da esa respuesta"
else:
    paris = f"«Paris» es el número {rank} de los diez, con {token_probs[rank - 1][1]:.1%}"
shown_mass = sum(probability for _, probability in token_probs)
print(f"\n{paris}. Entre los diez suman {shown_mass:.1%} de la probabilidad.")

# %%
names, probabilities = zip(*token_probs)
fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
bars = ax.barh(range(10), probabilities, color="#0072B2")
ax.bar_label(bars, [f"{probability:.1%}" for probability in probabilities], padding=3)
ax.set_yticks(range(10), [label(token) for token in names], parse_math=False)
ax.invert_yaxis()
ax.set_xlim(0, max(probabilities) * 1.15)
ax.set(title="Los diez tokens más probables", xlabel="Probabilidad", ylabel=f"Token tras «{question}»")
show_figure(
    fig,
    caption=(
        f"**Figura 6.1.** El token siguiente según `{generator.source.name}`. {paris}. Los demás tokens del "
        f"vocabulario se reparten el {1 - shown_mass:.1%} restante."
    ),
    alt=(
        f"Diez barras horizontales, de mayor a menor probabilidad. La mayor es {label(names[0])}, con "
        f"{probabilities[0]:.1%}, y la menor, {label(names[-1])}, con {probabilities[-1]:.1%}. {paris}."
    ),
)

# %% [markdown]
# **Explica.** El modelo no consulta ningún dato: reparte probabilidad según lo que solía seguir a textos
# parecidos en su entrenamiento. Si acierta, es porque la frase era frecuente; si no, no hay nada que avise del
# error. La misma distribución puede poner muy arriba continuaciones que son correctas como frase («the»,
# «a») aunque no respondan a nada.

# %% [markdown]
# ## 6.4 De la distribución al texto
#
# Generar es repetir tres pasos: calcular los logits de la última posición, **elegir** un token y añadirlo al
# final. La forma más simple de elegir es la **voraz** (*greedy*): siempre el más probable. Escrita a mano, con
# `small`:

# %%
spanish_prompt = "Entonces el rey dijo"
ids = small.tokenizer(spanish_prompt, return_tensors="pt")["input_ids"].to(gpt2.device)  # (1, T)
for _ in range(12):
    with torch.no_grad():
        next_logits = gpt2(ids).logits[0, -1]  # (V,): solo interesa la última posición
    ids = torch.cat([ids, next_logits.argmax().view(1, 1)], dim=1)
by_hand = small.tokenizer.decode(ids[0])
print(by_hand)
print(
    "¿igual que generate con top_k=1?",
    by_hand == small.generate(spanish_prompt, max_new_tokens=12, top_k=1)[0],
)

# %% [markdown]
# ### La voraz se repite
#
# > **Predice.** ¿Qué pasará si se sigue hasta 120 tokens?


# %%
def repeated_share(text, n=4):
    """Fracción de los grupos de n tokens seguidos que ya habían salido antes en el texto."""
    ids = small.tokenizer(text)["input_ids"]
    groups = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return 1 - len(set(groups)) / len(groups)


greedy = small.generate(spanish_prompt, max_length=120, top_k=1)[0]
sampled = small.generate(spanish_prompt, max_length=120, top_k=50, seed=42)[0]
for name, text in (("voraz", greedy), ("muestreo", sampled)):
    print(f"--- {name}: grupos de 4 tokens repetidos, {repeated_share(text):.0%}")
    print(textwrap.fill(text, 100), "\n")
assert repeated_share(greedy) > 0.5 > repeated_share(sampled)

# %% [markdown]
# **Explica.** La voraz entra en un bucle: cada repetición hace más probable la siguiente, y nada la saca de
# ahí. No es cosa de los modelos pequeños. Buscar siempre lo más probable degenera en repeticiones también en los
# grandes, y el texto humano no está hecho de los tokens más probables
# ([Holtzman et al., 2020](https://arxiv.org/abs/1904.09751)). El remedio es **muestrear**: sortear el token según
# su probabilidad. Pero si se sortea entre todo el vocabulario, de vez en cuando sale un token pésimo y estropea lo
# que sigue; para eso sirven los parámetros de la sección 6.5.
#
# ### El cuento
#
# Ahora con `generator`, tres continuaciones del mismo texto inicial. Es la celda más lenta del cuaderno.
#
# > **Predice.** ¿Cuántos tokens **nuevos** tendrá como mucho cada texto, si `max_length=100`?

# %%
story_prompt = "Once upon a time in a magical forest,"
stories = generator.generate(
    prompt=story_prompt,
    max_length=100,
    temperature=0.8,
    top_k=50,
    top_p=0.95,
    num_return_sequences=3,
    seed=42,
)
for number, story in enumerate(stories, start=1):
    print(f"--- Generación {number} ---")
    print(textwrap.fill(story, 100), "\n")

# %%
prompt_length = len(generator.tokenizer(story_prompt)["input_ids"])
print(f"el texto inicial ya ocupa {prompt_length} tokens: quedan {100 - prompt_length} nuevos, como mucho")

short_length = len(small.tokenizer(spanish_prompt)["input_ids"])
try:
    small.generate(spanish_prompt, max_length=short_length)
except ValueError as error:
    print(f"\nValueError: {error}")
print(
    f"\nmax_new_tokens={short_length}:",
    small.generate(spanish_prompt, max_new_tokens=short_length, seed=42)[0],
)

# %% [markdown]
# **Explica.** `max_length` **cuenta el texto inicial**; `max_new_tokens`, no. Hugging Face recomienda el
# segundo, porque con el primero un texto inicial largo deja sin sitio a la respuesta. Aquí se usan los dos, así
# que conviene tenerlo claro.
#
# **La semilla.** Con la misma, el sorteo se repite; sin ella, cada llamada da otro texto. La repetición está
# garantizada en la misma máquina y con las mismas versiones: en otras puede cambiar algún redondeo y, con él,
# todo lo que sigue.

# %%
first, again, other = (small.generate(spanish_prompt, max_length=40, seed=seed)[0] for seed in (1, 1, 2))
print("semilla 1 dos veces, ¿el mismo texto?", first == again)
print("semillas 1 y 2, ¿el mismo texto?     ", first == other)

# %% [markdown]
# ### Cuánto cuesta
#
# > **Predice.** Para generar 8 tokens, ¿cuántas veces se ejecuta el modelo? ¿Con cuántos tokens de entrada
# > cada vez?

# %%
ids = small.tokenizer(spanish_prompt, return_tensors="pt")["input_ids"].to(gpt2.device)


def input_lengths(use_cache):
    """Cuántos tokens entran en el modelo en cada una de sus ejecuciones al generar 8 tokens."""
    seen = []
    hook = gpt2.register_forward_pre_hook(
        lambda module, args, inputs: seen.append(inputs["input_ids"].shape[1]), with_kwargs=True
    )
    gpt2.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        pad_token_id=small.tokenizer.eos_token_id,
        do_sample=False,
        min_new_tokens=8,
        max_new_tokens=8,
        use_cache=use_cache,
    )
    hook.remove()
    return seen


print("con caché: ", input_lengths(True))
print("sin caché: ", input_lengths(False))

# %%
layers, width, context = 12, 768, 1024  # los de GPT-2, el del hub
print(f"la caché de GPT-2 con el contexto lleno: {2 * layers * context * width * 4 / 1e6:.1f} MB en float32")

# %% [markdown]
# **Explica.** Una ejecución por token: generar $n$ tokens son $n$ pasos, **uno detrás de otro**, porque cada
# uno necesita el anterior. Al entrenar no ocurre: todas las posiciones se calculan a la vez. Lo que sí se puede
# ahorrar es trabajo repetido. Como nadie mira al futuro, las claves y los valores de un token no cambian al
# añadir otros, y se guardan en la **caché KV**. Con ella, después de la primera pasada solo entra el token nuevo. A
# cambio ocupa $2 \cdot L \cdot n \cdot d_{model}$ números ($L$ capas, $n$ tokens), que es lo que calcula la
# última línea.

# %% [markdown]
# ## 6.5 Ejemplo resuelto: temperatura, top-k y top-p
#
# Tres maneras de retocar la distribución antes del sorteo. Se aplican **en este orden**, cada una sobre lo que
# deja la anterior:
#
# 1. **Temperatura.** Divide los logits: $p_i \propto e^{z_i/\tau}$. Con $\tau < 1$ las diferencias crecen y la
#    distribución se concentra; con $\tau > 1$ se aplana; $\tau = 1$ la deja igual.
# 2. **Top-k.** Conserva los $k$ tokens de mayor logit. Los demás quedan con probabilidad 0.
# 3. **Top-p** o núcleo. Conserva el **menor** grupo de tokens, tomados de más a menos probable, cuya
#    probabilidad llega a $p$. El token con el que se llega **entra**.
#
# Tras cada recorte, lo que queda se vuelve a normalizar. A mano, con cinco candidatos para «El gato se subió
# al…» y logits elegidos para que las probabilidades sean redondas:

# %%
candidates = ["tejado", "árbol", "sofá", "coche", "tren"]
z_mini = np.log([0.40, 0.30, 0.15, 0.10, 0.05])  # ya están de mayor a menor


def table(title, values):
    """Imprime una fila con un valor por candidato."""
    cells = " ".join(f"{value:9.4f}" for value in values)
    print(f"{title:30s} {cells}")


print(f"{'':30s} " + " ".join(f"{word:>9s}" for word in candidates))
p_mini = np.exp(z_mini) / np.exp(z_mini).sum()
table("sin tocar (τ = 1)", p_mini)

# %% [markdown]
# **Temperatura.** Dividir los logits entre 0.5 es elevar las probabilidades al cuadrado y normalizar:
# $0.40^2 = 0.16$, $0.30^2 = 0.09$… que suman 0.285.
#
# > **Predice.** Con $\tau = 2$ se toma la raíz cuadrada. ¿Por encima o por debajo de 0.40 quedará «tejado»?
# > ¿Puede algún $\tau$ cambiar el **orden** de los candidatos?

# %%
for tau in (0.5, 1.0, 2.0):
    powers = np.exp(z_mini / tau)
    table(f"temperatura {tau}", powers / powers.sum())

# %% [markdown]
# **Explica.** El orden no cambia nunca: dividir todos los logits entre un número positivo conserva cuál es
# mayor. Por eso la temperatura **no altera qué tokens deja top-k**. Y no puede ser 0, que sería dividir entre
# cero; el límite cuando $\tau$ se acerca a 0 es la voraz.
#
# **Top-k** con $k = 3$: quedan 0.40, 0.30 y 0.15, que suman 0.85.

# %%
top3 = np.array([0.40, 0.30, 0.15, 0, 0]) / 0.85
table("top-k, k = 3", top3)

# %% [markdown]
# **Top-p** con $p = 0.8$. Se acumula de mayor a menor: 0.40, 0.70, **0.85**. Con dos tokens no se llega a 0.8;
# con tres, sí. El tercero es el que cruza, y entra.

# %%
table("suma acumulada", np.cumsum(p_mini))
nucleus = np.array([0.40, 0.30, 0.15, 0, 0]) / 0.85
table("top-p, p = 0.8", nucleus)

# %% [markdown]
# **El orden importa.** Con $k = 3$ y después $p = 0.8$, la acumulada se hace sobre lo que dejó top-k, ya
# normalizado: 0.47, **0.82**. Bastan dos tokens. Si se hiciera antes top-p y después top-k, quedarían tres.

# %%
table("acumulada tras top-k", np.cumsum(top3))
table("top-k y después top-p", np.array([0.40, 0.30, 0, 0, 0]) / 0.70)

# %% [markdown]
# ### Ejemplo con huecos: la temperatura cambia el núcleo
#
# Los mismos cinco candidatos, con $\tau = 0.5$ y después $p = 0.8$, sin top-k.
#
# > **Predice.** Con $\tau = 1$ el núcleo tenía tres tokens. ¿Tendrá más o menos con $\tau = 0.5$?
#
# Sustituye los dos `...` y ejecuta la celda. No puntúa.

# %%
cold_demo = ...  # hueco 1: las cinco probabilidades con temperatura 0.5; forma (5,)
size_demo = ...  # hueco 2: cuántos tokens hay en el núcleo de p = 0.8; un entero

if cold_demo is ... or size_demo is ...:
    print("Quedan huecos por completar.")
else:
    check_close(
        "cold_demo", cold_demo, np.array([16, 9, 2.25, 1, 0.25]) / 28.5, hint="eleva al cuadrado y normaliza."
    )
    check_close("size_demo", size_demo, 2, hint="acumula cold_demo hasta llegar a 0.8.")
    print("Correcto: al bajar la temperatura, el núcleo se encoge.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# cold_demo = p_mini**2 / (p_mini**2).sum()
# size_demo = 2
# ```
#
# La acumulada es 0.561 y 0.877: con dos tokens ya se pasa de 0.8. La temperatura va **antes** que top-p, así que
# cambia cuántos tokens entran en el núcleo. A top-k no le afecta: deja $k$ siempre.
# </details>

# %% [markdown]
# ## 6.6 Lo mismo, en el modelo
#
# En la biblioteca, cada retoque es un **procesador de logits**: recibe los logits y devuelve otros, con
# $-\infty$ en los descartados. `generate` los encadena en el orden de arriba. Aquí los usamos sueltos, sobre los
# logits de `generator` para el texto inicial del ejercicio.


# %%
def after(logits, *processors):
    """Las probabilidades (V,) que quedan tras aplicar unos procesadores de Hugging Face, en orden."""
    scores = torch.from_numpy(logits).double()[None]  # (1, V): esperan un lote
    for processor in processors:
        scores = processor(None, scores)
    return scores.softmax(dim=-1)[0].numpy()


prompt = "Artificial intelligence is"
z = generator.get_next_token_logits(prompt)  # (V,)
p_full = after(z)
ranking = np.argsort(-p_full)[:12]  # los doce tokens más probables
print(f"V = {z.size:,}; los doce primeros suman {p_full[ranking].sum():.1%}")

# %%
shown_k, shown_p = 5, 0.5
fig, axes = plt.subplots(1, 3, figsize=(15, 4.8), sharey=True, layout="constrained")
for tau, style in ((0.5, "o-"), (1.0, "s--"), (1.5, "^:")):
    axes[0].plot(after(z, TemperatureLogitsWarper(tau))[ranking], style, label=f"temperatura {tau}")
axes[0].legend(frameon=False)
axes[0].set(title="Temperatura", ylabel="Probabilidad")
cuts = {
    f"Top-k, k = {shown_k}": after(z, TopKLogitsWarper(shown_k)),
    f"Top-p, p = {shown_p}": after(z, TopPLogitsWarper(shown_p)),
}
for ax, (title, kept) in zip(axes[1:], cuts.items()):
    ax.bar(range(12), kept[ranking], color="#56B4E9", label="después")
    ax.plot(p_full[ranking], "D", color="black", markersize=5, label="antes")
    ax.set_title(f"{title}: quedan {np.count_nonzero(kept)}")
    ax.legend(frameon=False)
for ax in axes:
    labels = [label(token) for token in generator.tokenizer.batch_decode(ranking[:, None])]
    ax.set_xticks(range(12), labels, rotation=60, ha="right", parse_math=False)
    ax.set_xlabel("Token, de más a menos probable")
nucleus_size = np.count_nonzero(cuts[f"Top-p, p = {shown_p}"])
show_figure(
    fig,
    caption=(
        f"**Figura 6.2.** Los doce tokens más probables tras «{prompt}», según `{generator.source.name}`. La "
        "temperatura los cambia a todos sin alterar el orden. Top-k y top-p anulan la cola y reparten su parte entre "
        f"los que quedan: {shown_k} y {nucleus_size}."
    ),
    alt=(
        "Tres paneles. En el primero, tres curvas decrecientes, más empinada cuanto menor es la temperatura. En los "
        f"otros dos, barras con la probabilidad después de recortar y rombos con la de antes: top-k deja {shown_k} "
        f"tokens y top-p, {nucleus_size}; los que quedan suben."
    ),
)

# %% [markdown]
# > **Predice.** Al subir la temperatura de 0.5 a 1.5, ¿cuántos tokens dejará top-k con $k = 50$? ¿Y top-p con
# > $p = 0.9$?

# %%
temperatures = np.arange(0.3, 2.01, 0.1)
sizes_p, sizes_k = [], []
for tau in temperatures:
    heat = TemperatureLogitsWarper(float(tau))
    sizes_p.append(np.count_nonzero(after(z, heat, TopPLogitsWarper(0.9))))
    sizes_k.append(np.count_nonzero(after(z, heat, TopKLogitsWarper(50))))
for tau in (0.5, 1.0, 1.5):
    place = np.abs(temperatures - tau).argmin()
    print(f"temperatura {tau}: top-k deja {sizes_k[place]} tokens; top-p, {sizes_p[place]:,}")
assert sizes_p == sorted(sizes_p)  # el núcleo nunca se encoge al calentar

kept_sets = [
    np.flatnonzero(after(z, TemperatureLogitsWarper(tau), TopKLogitsWarper(50))) for tau in (0.5, 1.5)
]
print("¿los mismos 50 tokens a 0.5 y a 1.5?", np.array_equal(*kept_sets))

# %%
fig, ax = plt.subplots(figsize=(8.5, 4.4), layout="constrained")
ax.plot(temperatures, sizes_p, "o-", color="#D55E00", label="top-p, p = 0.9")
ax.plot(temperatures, sizes_k, "s--", color="#0072B2", label="top-k, k = 50")
ax.set_yscale("log")
ax.set(xlabel="Temperatura (sin unidades)", ylabel="Tokens que quedan (escala logarítmica)")
ax.legend(frameon=False)
show_figure(
    fig,
    caption=(
        f"**Figura 6.3.** Tokens que sobreviven tras «{prompt}», según `{generator.source.name}`. Top-k deja los "
        f"mismos a cualquier temperatura; el núcleo pasa de {sizes_p[0]:,} a {sizes_p[-1]:,}."
    ),
    alt=(
        "Dos curvas en escala logarítmica según la temperatura, de 0.3 a 2. La de top-k es horizontal. La de top-p "
        f"sube sin bajar nunca, desde {sizes_p[0]:,} hasta {sizes_p[-1]:,} tokens."
    ),
)

# %% [markdown]
# **Explica.** Top-k fija **cuántos** candidatos hay, esté el modelo seguro o no. Top-p fija **cuánta
# probabilidad** se conserva y deja que el número se adapte: pocos candidatos si el modelo está seguro, muchos
# si duda. Por eso la temperatura cambia cuántos tokens deja top-p, y no cambia cuáles deja top-k.

# %% [markdown]
# **Pruébalo.** La misma distribución, con mandos. La barra llena es la probabilidad con tus mandos; el contorno, la
# que da el modelo.
#
# 1. Lleva top-p hasta «sin recorte» y mueve la **temperatura**: ¿cambia alguna vez el orden? ¿Hacia dónde va la entropía?
# 2. Con top-k en 5, mueve la temperatura: los que quedan son siempre los mismos cinco.
# 3. Con top-k en «todos» y top-p en 0.5, mueve la temperatura: ahora cambia cuántos quedan.
# 4. Busca dos ajustes distintos con la misma entropía. ¿Dejan los mismos tokens?

# %%
SamplingPlayground(z, lambda i: generator.tokenizer.decode([i]), top_p=shown_p)

# %% [markdown]
# **Explica.** La parte de lo que se quita se reparte entre lo que queda, en proporción: con temperatura 1, toda barra
# llena pasa de su contorno. Un solo número, la entropía, no dice qué mandos se han movido.

# %% [markdown]
# ---
# ## Ejercicio 4. Muestreo desde cero
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | media | 40 minutos | 16: temperatura 3, top-k 3, top-p 4, los tres juntos 2, textos 2, entropías 2 |
#
# Primero escribirás la distribución de la que se sortea el token siguiente (4a). Después la usarás, junto con
# `generator` y `prompt`, para comparar estas cinco configuraciones (4b). Varían la temperatura, `top_k` y `top_p`:

# %%
SEED = 42
MAX_LENGTH = 24  # cuenta también los tokens de `prompt`
configs = [
    {"name": "Conservadora (T=0.5)", "temperature": 0.5, "top_k": 50, "top_p": 1.0},
    {"name": "Balanceada (T=1.0)", "temperature": 1.0, "top_k": 50, "top_p": 1.0},
    {"name": "Creativa (T=1.5)", "temperature": 1.5, "top_k": 50, "top_p": 1.0},
    {"name": "Núcleo (p=0.7)", "temperature": 1.0, "top_k": None, "top_p": 0.7},
    {"name": "Todo a la vez (T=1.5, k=20, p=0.8)", "temperature": 1.5, "top_k": 20, "top_p": 0.8},
]
for config in configs:
    print(config)

# %% [markdown]
# **4a.** Escribe `sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None)`: las probabilidades,
# de forma `(V,)`, después de la temperatura, de top-k y de top-p, **en ese orden** y con las reglas de la
# biblioteca:
#
# - `top_k=None` y `top_p=None` quieren decir que ese recorte no se hace. Si `top_k` es mayor que $V$, quedan todos.
# - **Empates en top-k:** si varios tokens empatan en el puesto $k$, se quedan **todos** los empatados.
# - **Núcleo:** el menor grupo de los más probables cuya suma llega a `top_p`, con el que cruza incluido. Si la
#   suma llega **justo** a `top_p`, no entra ninguno más. Siempre queda al menos un token. Si en la frontera hay
#   empate, entran solo los que hagan falta, y da igual cuáles.
# - Las probabilidades van en el orden de `logits`, los descartados valen 0 y el resto suma 1.
# - No debe modificar sus argumentos ni desbordar con logits grandes. Puede haber logits que ya valgan $-\infty$.
#
# Puedes usar NumPy o tensores, pero no los procesadores de Hugging Face: son la referencia con la que
# se compara.
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# Trabaja con logits hasta donde puedas. La temperatura es una división. Top-k pone en menos infinito los
# logits que no llegan al del puesto k: compara con un **umbral** en lugar de elegir posiciones, y los empates se
# resuelven solos. Entonces, un softmax, restando antes el máximo. Para top-p ordena esas probabilidades de
# mayor a menor y pregúntate, para cada token, cuánta probabilidad llevan acumulada **los que van por delante de
# él**. Si todavía no llega a top_p, el token hace falta y entra. El primero no tiene a nadie por delante, así que
# siempre entra.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# Todo es de forma (V,). El umbral de top-k es un escalar: el logit del puesto k, que está en la posición −k
# del arreglo ordenado de menor a mayor (cuidado si k supera a V). `np.argsort` de las probabilidades cambiadas
# de signo da el orden de mayor a menor: un arreglo de V **índices**. Al sumar de forma acumulada sobre lo
# ordenado, la casilla j incluye al propio token j; la suma de los de delante es la de la casilla anterior, con un
# 0 al principio. Para volver al orden original, escribe en las posiciones que dicen los índices.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# z = logits entre la temperatura, en un arreglo nuevo
# si hay top_k:
#     umbral = el valor de z en el puesto k (k como mucho V)
#     donde z < umbral: menos infinito
# probabilidades = softmax estable de z
# si hay top_p:
#     orden = índices de mayor a menor probabilidad
#     delante = suma de los anteriores, en ese orden
#     conservar los índices con delante < top_p
#     los demás, a 0; dividir entre la suma
# devolver las probabilidades
# ```
# </details>


# %% nbgrader={"grade": false, "grade_id": "ej4_muestreo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sampling_distribution(logits, temperature=1.0, top_k=None, top_p=None):
    """Distribución de la que se sortea el token siguiente.

    Entrada: logits (V,); temperature > 0; top_k, entero ≥ 1 o None; top_p en (0, 1] o None.
    Devuelve: arreglo (V,) de probabilidades, tras temperatura, top-k y top-p.
    """
    ### BEGIN SOLUTION
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if top_k is not None:
        place = min(top_k, scaled.size)
        threshold = np.sort(scaled)[-place]
        scaled = np.where(scaled < threshold, -np.inf, scaled)
    masses = np.exp(scaled - scaled.max())
    masses /= masses.sum()
    if top_p is not None:
        order = np.argsort(-masses)
        ahead = np.concatenate([[0.0], np.cumsum(masses[order])[:-1]])
        masses[order[ahead >= top_p]] = 0.0
        masses /= masses.sum()
    return masses
    ### END SOLUTION


# Pruébala con los cinco candidatos de la sección 6.5.
print(sampling_distribution(z_mini, temperature=0.5, top_k=4, top_p=0.8))

# %% [markdown]
# **Comprueba la temperatura.** Sin top-k ni top-p. Son las probabilidades de la sección 6.5, desordenadas.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_temperatura", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "sampling_distribution")

visible_p = np.array([0.10, 0.40, 0.05, 0.30, 0.15])
visible_logits = np.log(visible_p)
with arguments_untouched(logits=visible_logits):
    visible_plain = sampling_distribution(visible_logits)
    visible_cold = sampling_distribution(visible_logits, temperature=0.5)
visible_hint = (
    "divide los logits entre la temperatura y aplica un softmax: (V,) probabilidades, sin recortar ninguna."
)
if as_array("sampling_distribution(logits, temperature=0.5)", visible_cold).shape == ():
    visible_hint = "es un solo número: ¿el token sorteado? Se piden las probabilidades de los V tokens."
elif np.any(as_array("sampling_distribution(logits, temperature=0.5)", visible_cold) == 0):
    visible_hint = "descartas algún token: con top_k=None y top_p=None no se descarta ninguno."
visible_twice = np.exp(visible_p**2 / 0.285)
check_close(
    "sampling_distribution(logits, temperature=0.5)",
    visible_cold,
    visible_p**2 / 0.285,
    hint=visible_hint,
    mistakes={
        "Multiplicas por la temperatura: hay que dividir.": np.sqrt(visible_p) / np.sqrt(visible_p).sum(),
        "La temperatura no cambia nada (restarla tampoco): divide entre ella los logits, antes del softmax.": visible_p,
        "Todas son iguales: las probabilidades deben salir de los logits.": np.full(5, 0.2),
        "Divides las probabilidades entre la temperatura: se dividen los logits, antes del softmax.": visible_p
        / 0.5,
        "Falta dividir entre la suma: las probabilidades deben sumar 1.": visible_p**2,
        "Devuelves los logits: falta el softmax.": visible_logits / 0.5,
        "Devuelves los logaritmos de las probabilidades: falta la exponencial.": np.log(visible_p**2 / 0.285),
        "Aplicas el softmax dos veces: a probabilidades no les hace falta otro.": visible_twice
        / visible_twice.sum(),
    },
)
check_close("sampling_distribution(logits)", visible_plain, visible_p, hint="sin retoques es el softmax.")

### BEGIN HIDDEN TESTS
import torch as hidden_torch
from transformers import TemperatureLogitsWarper as hidden_heat

from codigo import checks as hidden_checks


def hidden_softmax(x):
    x = np.exp(x - x.max())
    return x / x.sum()


@np.errstate(all="ignore")
def hidden_mistakes(x, tau):
    """Resultado de los errores más comunes con la temperatura."""
    right = hidden_softmax(x / tau)
    top50 = np.where(x < np.sort(x)[-min(50, x.size)], -np.inf, x)
    return {
        "Multiplicas por la temperatura: es al revés, divide los logits.": hidden_softmax(x * tau),
        "Ignoras la temperatura: el resultado es el de temperature=1.": hidden_softmax(x),
        "Ha quedado un recorte: con top_k=None no se recorta, y aquí quedan solo 50.": hidden_softmax(
            top50 / tau
        ),
        "La temperatura divide los logits, no las probabilidades.": hidden_softmax(x) / tau,
        "Aplicas el softmax dos veces.": hidden_softmax(hidden_softmax(x) / tau),
        "Son los logits: falta convertirlos en probabilidades.": x / tau,
        "Son log-probabilidades: falta la exponencial.": np.log(right),
        "No suman 1: falta normalizar.": np.exp(x / tau),
        "No suman 1: falta dividir entre la suma.": np.exp((x - x.max()) / tau),
        "Elevas los logits al cuadrado: se dividen entre la temperatura, y nada más.": hidden_softmax(
            x * x / tau
        ),
        "Restas la temperatura: los logits se dividen entre ella.": hidden_softmax(x - tau),
        "Sumas 1 a la temperatura: divide solo entre ella.": hidden_softmax(x / (1 + tau)),
        "El softmax usa base 2: la base es e.": hidden_softmax(x * np.log(2) / tau),
        "Salen ordenadas: deben ir en el orden de `logits`.": -np.sort(-right),
    }


hidden_rng = hidden_checks.fresh_generator()
for hidden_V, hidden_tau, hidden_type in (
    (7, 0.7, np.float64),
    (60, 0.35, np.float32),
    (3000, 1.8, np.float64),
    (513, 1.0, np.float32),
    (2, 5.0, np.float64),
):
    hidden_z = hidden_rng.normal(0.4, 2.5, hidden_V).astype(hidden_type)
    hidden_scores = hidden_torch.from_numpy(hidden_z).double()[None]
    hidden_want = hidden_heat(hidden_tau)(None, hidden_scores).softmax(dim=-1)[0].numpy()
    with hidden_checks.arguments_untouched(logits=hidden_z):
        hidden_got = sampling_distribution(hidden_z, hidden_tau)
    hidden_checks.check_close(
        f"sampling_distribution(logits, temperature={hidden_tau})",
        hidden_got,
        hidden_want,
        case=f"con V = {hidden_V}",
        hint="¿divides los logits entre la temperatura antes del softmax, sea cual sea V?",
        mistakes=hidden_mistakes(hidden_z.astype(np.float64), hidden_tau),
        rtol=1e-4,
    )
for hidden_top in (1e4, -1e4):
    hidden_z = hidden_top + np.array([-1.0, 0.0, -40.0, -2.0])
    hidden_got = sampling_distribution(hidden_z.copy(), temperature=0.5)
    hidden_overflow = "desborda con logits grandes: resta el máximo antes de exponenciar."
    hidden_label = "sampling_distribution(logits, temperature=0.5)"
    hidden_checks.check_finite(hidden_label, hidden_got, hidden_overflow)
    hidden_checks.check_close(
        hidden_label,
        hidden_got,
        hidden_softmax(np.array([-2.0, 0.0, -80.0, -4.0])),
        hint=hidden_overflow,
        case=f"con logits cerca de {hidden_top:g}",
    )
hidden_z = hidden_rng.normal(0, 2, 40)
hidden_usual = hidden_checks.as_array("sampling_distribution", sampling_distribution(hidden_z.copy(), 0.8))
with hidden_checks.written_from_scratch("sampling_distribution"):
    hidden_alone = sampling_distribution(hidden_z.copy(), 0.8)
hidden_checks.check_close("sampling_distribution", hidden_alone, hidden_usual)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba top-k.** Con temperatura 1 y sin top-p.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_top_k", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "sampling_distribution")

visible_p = np.array([0.10, 0.40, 0.05, 0.30, 0.15])
visible_logits = np.log(visible_p)
with arguments_untouched(logits=visible_logits):
    visible_top3 = sampling_distribution(visible_logits, top_k=3)
visible_hint = (
    "quedan los tres más probables, y entre los tres suman 1. Si falla la temperatura, empieza por ella."
)
if as_array("sampling_distribution(logits, top_k=3)", visible_top3).shape == (3,):
    visible_hint = "faltan los descartados: se devuelven V probabilidades, y las suyas valen 0."
check_close(
    "sampling_distribution(logits, top_k=3)",
    visible_top3,
    np.array([0, 0.40, 0, 0.30, 0.15]) / 0.85,
    hint=visible_hint,
    mistakes={
        "No recorta: top_k se ignora.": visible_p,
        "Te quedas con los k menos probables.": np.array([0.10, 0, 0.05, 0, 0.15]) / 0.30,
        "Falta volver a normalizar después de recortar.": np.array([0, 0.40, 0, 0.30, 0.15]),
        "Los descartados valen 1 en lugar de 0: su logit debe ser −inf, porque e⁰ = 1.": np.array(
            [1, 0.40, 1, 0.30, 0.15]
        )
        / 2.85,
        "Recortas de más: quedan k − 1. ¿Descartas también el del puesto k?": np.array([0, 0.40, 0, 0.30, 0])
        / 0.70,
        "Recortas de menos: quedan k + 1. ¿Cuentas los puestos desde 0?": np.array(
            [0.10, 0.40, 0, 0.30, 0.15]
        )
        / 0.95,
        "Haces el softmax de probabilidades: tras recortar, divide entre la suma.": np.exp(
            [0, 0.40, 0, 0.30, 0.15]
        )
        / np.exp([0, 0.40, 0, 0.30, 0.15]).sum(),
        "Salen ordenadas: deben ir en el orden de `logits`.": np.array([0.40, 0.30, 0.15, 0, 0]) / 0.85,
    },
)
check_close(
    "sampling_distribution([2, 1, 1, 0], top_k=2)",
    sampling_distribution(np.array([2.0, 1.0, 1.0, 0.0]), top_k=2),
    np.exp([2, 1, 1, -np.inf]) / np.exp([2, 1, 1]).sum(),
    hint="dos tokens empatan en el puesto 2: se quedan los dos.",
)

### BEGIN HIDDEN TESTS
import torch as hidden_torch
from transformers import TopKLogitsWarper as hidden_topk

from codigo import checks as hidden_checks


def hidden_softmax(x):
    x = np.exp(x - x.max())
    return x / x.sum()


def hidden_keep(x, chosen):
    """El softmax de los logits elegidos; los demás, a 0."""
    cut = np.full(x.shape, -np.inf)
    cut[chosen] = x[chosen]
    return hidden_softmax(cut)


def hidden_nucleus(probs, p):
    """Las probabilidades del núcleo, normalizadas."""
    order = np.argsort(-probs, kind="stable")
    ahead = np.cumsum(probs[order]) - probs[order]
    inside = np.where(np.isin(np.arange(probs.size), order[ahead < p]), probs, 0.0)
    return inside / inside.sum()


@np.errstate(all="ignore")
def hidden_mistakes(x, k):
    """Resultado de los errores más comunes con top-k."""
    order = np.argsort(-x, kind="stable")
    last_first = np.argsort(x, kind="stable")[::-1]
    right = x >= np.sort(x)[-min(k, x.size)]
    kept = np.where(right, x, -np.inf)
    return {
        "top_k no recorta nada.": hidden_softmax(x),
        "Conservas los k menores: hacen falta los k mayores.": hidden_keep(x, order[-k:]),
        "Rompes los empates: se quedan todos los que empatan en el puesto k.": hidden_keep(x, order[:k]),
        "Deshaces los empates: en el puesto k se quedan todos los empatados.": hidden_keep(x, last_first[:k]),
        "Conservas uno de menos.": hidden_keep(x, order[: max(k - 1, 1)]),
        "Conservas uno de más.": hidden_keep(x, order[: k + 1]),
        "Descartas también al del puesto k: compara con <, no con <=.": hidden_keep(
            x, x > np.sort(x)[-min(k, x.size)]
        )
        if k > 1
        else hidden_softmax(x),
        "Tras recortar hay que dividir otra vez entre la suma.": hidden_softmax(x) * right,
        "Descartas con logit 0 y e⁰ = 1: usa −inf.": hidden_softmax(np.where(right, x, 0.0)),
        "Usas siempre k = 50: usa el argumento top_k.": hidden_keep(x, order[:50]),
        "Recortas además con top-p: con top_p=None ese recorte no se hace.": hidden_nucleus(
            hidden_softmax(kept), 0.9
        ),
        "Son logits: falta el softmax.": kept,
        "Las probabilidades deben conservar el orden de `logits`.": -np.sort(-hidden_softmax(kept)),
    }


hidden_rng = hidden_checks.fresh_generator()


def hidden_draw(size, k):
    """Logits al azar con un salto claro tras el puesto k: un redondeo no cambia quién se queda."""
    while True:
        x = hidden_rng.normal(0, 2, size)
        if k >= size or np.diff(np.sort(x))[-k] > 1e-3:
            return x


hidden_cases = [(hidden_draw(n, k), k) for n, k in ((9, 3), (120, 17), (2000, 60), (30, 1), (6, 6))]
hidden_cases += [
    (hidden_rng.permutation(values), k)
    for values, k in (
        ([1.0, 3.0, 2.0, 2.0, 0.0, 2.0], 2),
        ([5.0, -1.0, 5.0], 1),
        ([0.5, -np.inf, 1.0, -np.inf, 2.0], 2),
        ([0.5, -np.inf, 1.0, -np.inf, 2.0], 4),
    )
]
for hidden_z, hidden_k in hidden_cases:
    hidden_want = hidden_topk(hidden_k)(None, hidden_torch.from_numpy(hidden_z)[None]).softmax(dim=-1)[0]
    with hidden_checks.arguments_untouched(logits=hidden_z):
        hidden_got = sampling_distribution(hidden_z, top_k=hidden_k)
    hidden_label = f"sampling_distribution(logits, top_k={hidden_k})"
    hidden_nan = "¿restas −inf de −inf, o divides entre 0? El máximo siempre es un número."
    hidden_checks.check_finite(hidden_label, hidden_got, hidden_nan)
    hidden_checks.check_close(
        hidden_label,
        hidden_got,
        hidden_want.numpy(),
        hint="quedan los k de mayor logit, con sus empates, y suman 1.",
        mistakes=hidden_mistakes(hidden_z, hidden_k),
        case=f"con V = {hidden_z.size}",
        rtol=1e-4,
    )
hidden_z = hidden_rng.normal(0, 2, 5)
hidden_label = "sampling_distribution(logits, top_k=12)"
try:  # hidden_z tiene menos de k valores
    hidden_got = sampling_distribution(hidden_z.copy(), top_k=12)
except (IndexError, ValueError, RuntimeError, TypeError) as hidden_error:
    raise AssertionError(
        f"`{hidden_label}`, con V = 5, da {type(hidden_error).__name__}: si top_k es mayor que V, se quedan todos. ¿Qué puesto "
        "del arreglo ordenado miras entonces?"
    ) from None
hidden_want = hidden_softmax(hidden_z)
hidden_checks.check_close(
    hidden_label, hidden_got, hidden_want, hint="si top_k es mayor que V, se quedan todos.", case="con V = 5"
)
hidden_z = hidden_draw(40, 9)
hidden_usual = hidden_checks.as_array(
    "sampling_distribution", sampling_distribution(hidden_z.copy(), top_k=9)
)
with hidden_checks.written_from_scratch("sampling_distribution"):
    hidden_alone = sampling_distribution(hidden_z.copy(), top_k=9)
hidden_checks.check_close("sampling_distribution", hidden_alone, hidden_usual)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba top-p.** Con temperatura 1 y sin top-k.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_top_p", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "sampling_distribution")

visible_p = np.array([0.10, 0.40, 0.05, 0.30, 0.15])
visible_logits = np.log(visible_p)
with arguments_untouched(logits=visible_logits):
    visible_nucleus = sampling_distribution(visible_logits, top_p=0.8)
visible_hint = "0.40 + 0.30 no llega a 0.8; con 0.15 se cruza, y el que cruza entra. Si falla la temperatura, empieza por ella."
if as_array("sampling_distribution(logits, top_p=0.8)", visible_nucleus).shape == (3,):
    visible_hint = "faltan los descartados: se devuelven V probabilidades, y las suyas valen 0."
check_close(
    "sampling_distribution(logits, top_p=0.8)",
    visible_nucleus,
    np.array([0, 0.40, 0, 0.30, 0.15]) / 0.85,
    hint=visible_hint,
    mistakes={
        "No recorta nada: ¿se aplica top_p, y se acumula desde los más probables?": visible_p,
        "El núcleo se queda corto: el token con el que se llega a top_p también entra.": np.array(
            [0, 4, 0, 3, 0]
        )
        / 7,
        "Al núcleo le sobra un token: se para al llegar a top_p.": np.array([0.10, 0.40, 0, 0.30, 0.15])
        / 0.95,
        "Falta volver a normalizar después de recortar.": np.array([0, 0.40, 0, 0.30, 0.15]),
        "Salen ordenadas: hay que devolverlas al orden de `logits`.": np.array([0.40, 0.30, 0.15, 0, 0])
        / 0.85,
        "Acumulas sin ordenar: primero van los más probables.": np.array([0.10, 0.40, 0.05, 0.30, 0]) / 0.85,
        "Al deshacer el orden usas los índices al revés.": np.array([0.30, 0, 0, 0.40, 0.15]) / 0.85,
        "Solo queda un token: ¿acumulas exponenciales sin dividirlas entre su suma, comparas cada probabilidad con "
        "top_p en lugar de la suma acumulada, o usas 1 − top_p?": [0, 1, 0, 0, 0],
        "Haces el softmax de probabilidades: tras recortar, divide entre la suma.": np.exp(
            [0, 0.40, 0, 0.30, 0.15]
        )
        / np.exp([0, 0.40, 0, 0.30, 0.15]).sum(),
        "El núcleo ha quedado vacío: el token más probable entra siempre.": np.full(5, np.nan),
    },
)
check_close(
    "sampling_distribution(logits, top_p=0.01)",
    sampling_distribution(visible_logits, top_p=0.01),
    [0, 1, 0, 0, 0],
    hint="el núcleo tiene siempre al menos el token más probable.",
)

### BEGIN HIDDEN TESTS
import torch as hidden_torch
from transformers import TopPLogitsWarper as hidden_topp

from codigo import checks as hidden_checks


def hidden_softmax(x):
    x = np.exp(x - x.max())
    return x / x.sum()


def hidden_part(probs, chosen):
    """Las probabilidades elegidas, normalizadas; las demás, a 0."""
    out = np.zeros(probs.shape)
    out[chosen] = probs[chosen]
    return out / max(out.sum(), 1e-300)


@np.errstate(all="ignore")
def hidden_mistakes(x, p):
    """Resultado de los errores más comunes con el núcleo."""
    probs = hidden_softmax(x)
    order = np.argsort(-probs, kind="stable")
    total = np.cumsum(probs[order])
    size = int((total - probs[order] < p).sum())
    kept = hidden_part(probs, order[:size])
    unsorted = np.cumsum(probs)
    shuffled = np.zeros(probs.shape)
    shuffled[:size] = probs[order[:size]]
    raw, finite = np.exp(x - x.max())[order], np.where(np.isfinite(x), x, 0.0)[order]
    return {
        "Al núcleo le sobra un token: si la suma ya llegó a top_p, no entra nadie más.": hidden_part(
            probs, order[: size + 1]
        ),
        "Al núcleo le sobran empatados: entran solo los que hacen falta.": hidden_part(
            probs, probs >= probs[order[size - 1]]
        ),
        "top_p no recorta nada.": probs,
        "Al núcleo le falta un token: el que cruza top_p entra.": hidden_part(probs, order[: size - 1]),
        "Al núcleo le falta un token: solo entra quien no pasa de top_p.": hidden_part(
            probs, order[total <= p]
        ),
        "Tras el recorte hay que dividir otra vez entre la suma.": probs * (kept > 0),
        "Salen ordenadas: escribe cada una en su posición de `logits`.": -np.sort(-kept),
        "Al deshacer el orden usas los índices al revés.": (shuffled / shuffled.sum())[order],
        "Acumulas de menor a mayor: empieza por los más probables.": hidden_part(
            probs, order[::-1][np.cumsum(probs[order[::-1]]) - probs[order[::-1]] < p]
        ),
        "Acumulas sin ordenar antes.": hidden_part(probs, unsorted - probs < p),
        "top_p no es un mínimo por token: se compara con la suma acumulada.": hidden_part(probs, probs >= p),
        "Es el complementario: el núcleo suma top_p, no 1 − top_p.": hidden_part(
            probs, order[total - probs[order] < 1 - p]
        ),
        "Acumulas exponenciales sin normalizar: divide antes entre su suma.": hidden_part(
            probs, order[np.cumsum(raw) - raw < p]
        ),
        "Acumulas exponenciales sin dividirlas entre su suma.": hidden_part(
            probs, order[np.cumsum(np.exp(finite)) - np.exp(finite) < p]
        ),
        "Acumulas logits: se acumulan probabilidades.": hidden_part(
            probs, order[np.cumsum(finite) - finite < p]
        ),
        "Son logits: falta el softmax.": np.where(kept > 0, x, -np.inf),
        "Recortas además con top-k: con top_k=None ese recorte no se hace, y aquí quedan solo 50.": hidden_part(
            probs, order[: min(size, 50)]
        ),
        "Recortas además a los 50 de mayor logit: con top_k=None ese recorte no se hace.": hidden_part(
            probs, order[:50][np.cumsum(probs[order[:50]]) - probs[order[:50]] < p * probs[order[:50]].sum()]
        ),
    }


hidden_rng = hidden_checks.fresh_generator()


def hidden_draw(size, scale, p):
    """Logits al azar sin ninguna suma acumulada junto a p: un redondeo no cambia el núcleo."""
    while True:
        x = hidden_rng.normal(0, scale, size)
        ranked = -np.sort(-hidden_softmax(x))
        sums = np.cumsum(ranked)[:-1]
        if np.abs(sums - p).min() > ranked[(sums < p).sum()] / 5:
            return x


hidden_cases = [
    (hidden_draw(n, s, p), p)
    for n, s, p in (
        (12, 1.0, 0.5),
        (11, 2.0, 0.9),
        (250, 2.0, 0.3),
        (1500, 2.5, 0.95),
        (40, 1.0, 0.99),
        (25, 1.0, 1e-6),
        (9, 1.0, 1.0),
        (2, 1.0, 0.6),
    )
]
hidden_cases.append((hidden_rng.permutation([0.5, -np.inf, 1.0, -np.inf, 2.0, 0.0]), 0.8))
for hidden_z, hidden_p in hidden_cases:
    hidden_want = hidden_topp(hidden_p)(None, hidden_torch.from_numpy(hidden_z)[None]).softmax(dim=-1)[0]
    with hidden_checks.arguments_untouched(logits=hidden_z):
        hidden_got = sampling_distribution(hidden_z, top_p=hidden_p)
    hidden_label = f"sampling_distribution(logits, top_p={hidden_p})"
    hidden_empty = "¿está vacío el núcleo? Siempre queda al menos el token más probable."
    hidden_checks.check_finite(hidden_label, hidden_got, hidden_empty)
    hidden_checks.check_close(
        hidden_label,
        hidden_got,
        hidden_want.numpy(),
        hint="el núcleo es el menor grupo de los más probables cuya suma llega a top_p.",
        mistakes=hidden_mistakes(hidden_z, hidden_p),
        case=f"con V = {hidden_z.size}",
        rtol=1e-4,
    )
# Empates, y sumas que llegan justo a top_p: qué empatado entra no se juzga; cuántos entran, sí.
for hidden_values, hidden_p in (
    ([1.0, 2.0, 1.0, 0.0, 1.0], 0.6),
    ([0.0, 0.0], 0.5),
    ([-np.inf, 0.0, -np.inf, 0.0], 0.5),
    ([0.0] * 5, 0.5),
):
    hidden_z = hidden_rng.permutation(hidden_values)
    hidden_want = hidden_topp(hidden_p)(None, hidden_torch.from_numpy(hidden_z)[None]).softmax(dim=-1)[0]
    hidden_got = sampling_distribution(hidden_z.copy(), top_p=hidden_p)
    hidden_label = f"sampling_distribution(logits, top_p={hidden_p})"
    hidden_sorted = {k: -np.sort(-v) for k, v in hidden_mistakes(hidden_z, hidden_p).items()}
    hidden_checks.check_close(
        hidden_label,
        -np.sort(-hidden_checks.as_array(hidden_label, hidden_got)),
        -np.sort(-hidden_want.numpy()),
        hint="si la suma llega justo a top_p, no entra ninguno más; de los empatados, solo los que hagan falta.",
        mistakes=hidden_sorted,
        case=f"con {hidden_z.size} logits, algunos iguales, y las probabilidades de mayor a menor",
    )
hidden_z = hidden_draw(40, 1.5, 0.6)
hidden_usual = hidden_checks.as_array(
    "sampling_distribution", sampling_distribution(hidden_z.copy(), top_p=0.6)
)
with hidden_checks.written_from_scratch("sampling_distribution"):
    hidden_alone = sampling_distribution(hidden_z.copy(), top_p=0.6)
hidden_checks.check_close("sampling_distribution", hidden_alone, hidden_usual)
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba los tres juntos.** Con los cinco candidatos de la sección 6.5, $k = 3$ y $p = 0.8$ dejan dos.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_combinada", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "sampling_distribution")

visible_p = np.array([0.10, 0.40, 0.05, 0.30, 0.15])
visible_both = sampling_distribution(np.log(visible_p), top_k=3, top_p=0.8)
check_close(
    "sampling_distribution(logits, top_k=3, top_p=0.8)",
    visible_both,
    np.array([0, 0.40, 0, 0.30, 0]) / 0.70,
    hint="top-p se aplica sobre lo que deja top-k, ya normalizado: 0.47, 0.82. Si falla otra prueba de arriba, empieza "
    "por ella.",
    mistakes={
        "Falta top-p, o el núcleo se calcula con todas las probabilidades: va sobre las que deja top-k.": np.array(
            [0, 0.40, 0, 0.30, 0.15]
        )
        / 0.85,
    },
)

### BEGIN HIDDEN TESTS
import torch as hidden_torch
import transformers as hidden_library

from codigo import checks as hidden_checks

hidden_steps = [hidden_library.TemperatureLogitsWarper, hidden_library.TopKLogitsWarper]
hidden_steps.append(hidden_library.TopPLogitsWarper)


def hidden_after(x, *chain):
    """Probabilidades tras unos procesadores, en el orden dado."""
    x = hidden_torch.from_numpy(x)[None]
    for link in chain:
        x = link(None, x)
    return x.softmax(dim=-1)[0].numpy()


@np.errstate(all="ignore")
def hidden_mistakes(x, tau, k, p):
    """Resultado de cambiar el orden u olvidar algún paso."""
    heat, topk, topp = (step(value) for step, value in zip(hidden_steps, (tau, k, p)))
    upside_down = hidden_steps[0](1 / tau)
    return {
        "La temperatura va antes que top-p: aquí el núcleo se calculó sin ella.": hidden_after(
            x, topk, topp, heat
        ),
        "Top-k va antes que top-p: aquí el núcleo se calculó con todos los tokens.": hidden_after(
            x, heat, topp, topk
        ),
        "El orden es temperatura, top-k y top-p; aquí van al revés.": hidden_after(x, topp, topk, heat),
        "La temperatura divide los logits: aquí multiplica.": hidden_after(x, upside_down, topk, topp),
        "Falta top-p.": hidden_after(x, heat, topk),
        "Falta top-k.": hidden_after(x, heat, topp),
        "Falta la temperatura.": hidden_after(x, topk, topp),
        "Solo se aplica la temperatura.": hidden_after(x, heat),
        "Aplicas dos veces la temperatura: basta una, al principio.": hidden_after(x, heat, topk, topp, heat),
        "El núcleo se calculó bien, pero las probabilidades son las de antes de la temperatura.": hidden_after(
            np.where(hidden_after(x, heat, topk, topp) > 0, x, -np.inf)
        ),
    }


hidden_rng = hidden_checks.fresh_generator()


def hidden_draw(size, tau, k, p):
    """Logits al azar lejos de las dos fronteras: un redondeo no cambia quién se queda."""
    while True:
        x = hidden_rng.normal(0, 1.8, size)
        left = hidden_after(x, hidden_steps[0](tau), hidden_steps[1](k))
        ranked = -np.sort(-left)[:k]
        sums = np.cumsum(ranked)[:-1]
        clear = np.abs(sums - p).min() > ranked[(sums < p).sum()] / 5
        if clear and np.diff(np.sort(x))[-k] > 1e-3:
            return x


for hidden_V, hidden_tau, hidden_k, hidden_p in (
    (30, 0.6, 12, 0.85),
    (400, 1.7, 25, 0.7),
    (2500, 1.3, 200, 0.9),
    (64, 0.45, 8, 0.95),
    (12, 2.5, 4, 0.99),  # casi uniforme: el núcleo se queda con los k, y se nota si sobra o falta uno
):
    hidden_z = hidden_draw(hidden_V, hidden_tau, hidden_k, hidden_p)
    hidden_want = hidden_after(
        hidden_z, *(step(value) for step, value in zip(hidden_steps, (hidden_tau, hidden_k, hidden_p)))
    )
    with hidden_checks.arguments_untouched(logits=hidden_z):
        hidden_got = sampling_distribution(hidden_z, temperature=hidden_tau, top_k=hidden_k, top_p=hidden_p)
    hidden_checks.check_close(
        f"sampling_distribution(logits, temperature={hidden_tau}, top_k={hidden_k}, top_p={hidden_p})",
        hidden_got,
        hidden_want,
        case=f"con V = {hidden_V}",
        hint="cada paso trabaja sobre lo que deja el anterior: temperatura, top-k y top-p.",
        mistakes=hidden_mistakes(hidden_z, hidden_tau, hidden_k, hidden_p),
        rtol=1e-4,
    )
for hidden_top in (1e4, -1e5):
    hidden_z = hidden_top + hidden_rng.permutation(30) / 2  # enormes y, aun así, exactos en float32
    hidden_big = sampling_distribution(hidden_z.copy(), temperature=2.0, top_k=12, top_p=0.78)
    hidden_label = "sampling_distribution(logits, temperature=2.0, top_k=12, top_p=0.78)"
    hidden_checks.check_finite(hidden_label, hidden_big, "resta el máximo antes de exponenciar.")
    hidden_checks.check_close(
        hidden_label,
        hidden_big,
        hidden_after(hidden_z, *(step(value) for step, value in zip(hidden_steps, (2.0, 12, 0.78)))),
        case=f"con logits cerca de {hidden_top:g}",
        hint="¿desborda algún softmax, también al calcular el núcleo? ¿Descartas con un número que aquí no es menor que "
        "los logits? Usa −inf.",
    )
hidden_z = hidden_draw(64, 0.8, 9, 0.6)
hidden_usual = hidden_checks.as_array(
    "sampling_distribution", sampling_distribution(hidden_z.copy(), temperature=0.8, top_k=9, top_p=0.6)
)
with hidden_checks.written_from_scratch("sampling_distribution"):
    hidden_alone = sampling_distribution(hidden_z.copy(), temperature=0.8, top_k=9, top_p=0.6)
hidden_checks.check_close("sampling_distribution", hidden_alone, hidden_usual)
### END HIDDEN TESTS

# %% [markdown]
# **4b.** Usa el modelo y tu función con las cinco configuraciones de `configs`. Deja definidos dos diccionarios, con
# el nombre de cada configuración como clave:
#
# - `generated`: el texto (`str`) que da **una llamada** a `generator.generate` con `prompt`, los parámetros de la
#   configuración, `max_length=MAX_LENGTH` y `seed=SEED`.
# - `config_entropy`: la entropía, en **nats**, de la distribución del token que sigue a `prompt` con esa
#   configuración: $H = -\sum_i p_i \ln p_i$. Un token con $p_i = 0$ no suma nada.
#
# > **Predice.** ¿Cuál de las tres primeras tendrá mayor entropía? ¿Podrá alguna pasar de $\ln 50 \approx 3.91$?
#
# <details>
# <summary>Pista 1: la idea</summary>
#
# Son dos bucles sobre `configs`, o uno que hace las dos cosas. El texto lo genera el modelo entero, token a
# token; la entropía mira un solo paso, el primero: los logits que siguen a `prompt`, que son los mismos para
# todas las configuraciones y basta calcular una vez. Lo que cambia es la distribución que sale de ellos con
# cada temperatura, top_k y top_p, y eso es justo lo que calcula tu función. Cuidado con los ceros: el logaritmo
# de 0 es menos infinito, y 0 por menos infinito no es un número.
# </details>
#
# <details>
# <summary>Pista 2: las formas</summary>
#
# `generate` devuelve una **lista** de textos, también cuando se le pide uno solo: hay que quedarse con el
# primero. Cada texto empieza por `prompt`. `get_next_token_logits` recibe un texto y devuelve un arreglo (V,). La
# entropía es un número. Para no tropezar con los ceros, quédate antes con las probabilidades positivas, con un
# índice booleano. Si el resultado sale 1.44 veces mayor de la cuenta, has usado el logaritmo en base 2; si sale
# negativo, falta el signo.
# </details>
#
# <details>
# <summary>Pista 3: el pseudocódigo</summary>
#
# ```text
# logits = los que siguen a prompt
# para cada configuración:
#     textos = generar(prompt, longitud, temperatura, top_k, top_p, semilla)
#     generated[nombre] = primer texto
#     p = tu función(logits, temperatura, top_k, top_p)
#     p = solo las positivas
#     config_entropy[nombre] = menos la suma de p por logaritmo de p
# ```
#
# Pasa cada argumento con su nombre: así no se cruzan.
# </details>

# %% nbgrader={"grade": false, "grade_id": "ej4_configuraciones", "locked": false, "schema_version": 3, "solution": true, "task": false}
# Define `generated`: nombre de la configuración -> texto generado.
### BEGIN SOLUTION
generated = {}
for setting in configs:
    options = {name: value for name, value in setting.items() if name != "name"}
    generated[setting["name"]] = generator.generate(prompt, max_length=MAX_LENGTH, seed=SEED, **options)[0]
### END SOLUTION

# Define `config_entropy`: nombre de la configuración -> entropía en nats del token que sigue a `prompt`.
### BEGIN SOLUTION
config_entropy = {}
next_token = generator.get_next_token_logits(prompt)
for setting in configs:
    options = {name: value for name, value in setting.items() if name != "name"}
    masses = sampling_distribution(next_token, **options)
    positive = masses[masses > 0]
    config_entropy[setting["name"]] = float(-(positive * np.log(positive)).sum())
### END SOLUTION

# %% [markdown]
# **Comprueba los textos.** Esta prueba no depende de tu `sampling_distribution`.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_textos", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "generated")

assert (prompt, SEED, MAX_LENGTH) == ("Artificial intelligence is", 42, 24), (
    "`prompt`, `SEED` o `MAX_LENGTH` han cambiado: vuelve a ejecutar la celda que los define y la tuya."
)
assert isinstance(generated, dict), (
    "`generated` debe ser un diccionario: nombre de la configuración -> texto."
)
visible_missing = [config["name"] for config in configs if config["name"] not in generated]
assert not visible_missing, (
    f"A `generated` le faltan las claves {visible_missing}; tiene {list(generated)}. Las claves son los nombres de "
    "las configuraciones."
)
for visible_name in (config["name"] for config in configs):
    visible_text = generated[visible_name]
    assert isinstance(visible_text, str), (
        f"`generated[{visible_name!r}]` debe ser un texto y es {type(visible_text).__name__}: `generate` devuelve "
        "una lista, quédate con su primer elemento."
    )
    assert visible_text.startswith(prompt), (
        f"`generated[{visible_name!r}]` debe empezar por `prompt`: guarda el texto entero, como lo da `generate`."
    )
    visible_length = len(generator.tokenizer(visible_text)["input_ids"])
    assert visible_length <= MAX_LENGTH + 8, (  # con margen: al volver a tokenizar puede salir alguno más
        f"`generated[{visible_name!r}]` tiene {visible_length} tokens: pasa max_length=MAX_LENGTH, que cuenta también "
        "los de `prompt` (max_new_tokens no los cuenta)."
    )
assert len({generated[config["name"]] for config in configs}) > 1, (
    "Todos los textos son el mismo: ¿pasas a `generate` los parámetros de cada configuración?"
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks
from codigo.generation import GPT2TextGenerator as hidden_class

hidden_checks.require_defined(globals(), "generator")
assert isinstance(generator, hidden_class), "`generator` ya no es el del cuaderno: no lo cambies."
hidden_settings = {
    "Todo a la vez (T=1.5, k=20, p=0.8)": (1.5, 20, 0.8),  # la primera: se nota cualquier argumento olvidado
    "Conservadora (T=0.5)": (0.5, 50, 1.0),
    "Balanceada (T=1.0)": (1.0, 50, 1.0),
    "Creativa (T=1.5)": (1.5, 50, 1.0),
    "Núcleo (p=0.7)": (1.0, None, 0.7),
}


def hidden_generate(name, **changes):
    """Los textos de una configuración, con algún argumento cambiado."""
    keys = ("temperature", "top_k", "top_p")
    options = dict(zip(keys, hidden_settings[name])) | {"max_length": 24, "seed": 42} | changes
    texts = hidden_class.generate(generator, "Artificial intelligence is", **options)
    return [text.strip() for text in texts]


hidden_defaults = {"temperature": 1.0, "top_k": 50, "top_p": 1.0}
hidden_many = (
    "pides varios textos en una llamada, y el sorteo ya no es el mismo: una llamada por configuración."
)
hidden_changes = [
    ("no pasas los argumentos de la configuración.", hidden_defaults),
    ("pasas solo la temperatura: faltan top_k y top_p.", {"top_k": 50, "top_p": 1.0}),
    ("max_length cuenta el texto inicial; has pasado max_new_tokens=MAX_LENGTH.", {"max_new_tokens": 24}),
    ("usas otra semilla: es seed=SEED.", {"seed": 0}),
]
hidden_changes += [(hidden_many, {"num_return_sequences": count}) for count in (2, 3, 5)]
hidden_changes += [(hidden_many, hidden_defaults | {"num_return_sequences": 5})]
for hidden_name in hidden_settings:
    hidden_given = generated[hidden_name].strip()
    if hidden_given in hidden_generate(hidden_name):
        continue
    hidden_twins = [n for n in hidden_settings if n != hidden_name and hidden_given in hidden_generate(n)]
    hidden_ignored = [
        k for k, v in hidden_defaults.items() if hidden_given in hidden_generate(hidden_name, **{k: v})
    ]
    hidden_causes = [c for c, d in hidden_changes if hidden_given in hidden_generate(hidden_name, **d)]
    hidden_causes += [f"es el texto de «{n}»: ¿se cruzan las configuraciones?" for n in hidden_twins]
    hidden_unknown = "al repetir la llamada sale otro texto. ¿Pasas seed=SEED y cada argumento con su nombre?"
    hidden_cause = (
        f"no pasas el argumento {' o '.join(f'`{k}`' for k in hidden_ignored)} de la configuración."
    )
    # Con pocos tokens, olvidar un argumento u otro puede dar el mismo texto: se nombran todos.
    hidden_cause = hidden_cause if hidden_ignored else [*hidden_causes, hidden_unknown][0]
    raise AssertionError(f"`generated[{hidden_name!r}]`: {hidden_cause}")
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba las entropías.** Con los mismos 50 candidatos, más temperatura es siempre más entropía, y nunca
# más de $\ln 50$. Si tu función de 4a tiene un error, ya ha contado allí: aquí vale también la entropía de lo que ella
# da.

# %% nbgrader={"grade": true, "grade_id": "test_ej4_entropia", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
require_defined(globals(), "config_entropy")

assert isinstance(config_entropy, dict), "`config_entropy` debe ser un diccionario: nombre -> entropía."
visible_missing = [config["name"] for config in configs if config["name"] not in config_entropy]
assert not visible_missing, (
    f"A `config_entropy` le faltan las claves {visible_missing}; tiene {list(config_entropy)}. Las claves son los "
    "nombres de las configuraciones."
)
for visible_name in (config["name"] for config in configs):
    visible_label = f"config_entropy[{visible_name!r}]"
    visible_sum = "hay uno por token: falta sumar los términos −p · ln p."
    visible_value = check_shape(visible_label, config_entropy[visible_name], (), visible_sum)
    check_finite(visible_label, visible_value, "0 · log 0 no es un número: suma solo los tokens con p > 0.")
    assert visible_value >= 0, (
        f"`{visible_label}` vale {float(visible_value):.4g} y una entropía no es negativa: falta el signo menos."
    )
visible_different = {round(float(config_entropy[config["name"]]), 6) for config in configs}
assert len(visible_different) > 2, (
    f"Las cinco entropías valen {'lo mismo' if len(visible_different) == 1 else 'solo dos cosas distintas'}: ¿usas la "
    "distribución de cada configuración, o la misma para todas?"
)

### BEGIN HIDDEN TESTS
import torch as hidden_torch
import transformers as hidden_library

from codigo import checks as hidden_checks
from codigo.generation import GPT2TextGenerator as hidden_class

hidden_checks.require_defined(globals(), "generator")
assert isinstance(generator, hidden_class), "`generator` ha cambiado: vuelve a ejecutar la sección 6.1."
hidden_logits = hidden_class.get_next_token_logits(generator, "Artificial intelligence is")


def hidden_probs(*steps):
    """Distribución del token siguiente tras los procesadores que se den, en orden."""
    x = hidden_torch.from_numpy(hidden_logits).double()[None]
    for step in steps:
        x = step(None, x)
    return x.softmax(dim=-1)[0].numpy()


def hidden_nats(*steps):
    """Entropía en nats tras esos procesadores."""
    p = hidden_probs(*steps)
    return -(p[p > 0] * np.log(p[p > 0])).sum()


def hidden_own(*setting):
    """La entropía que sale con la función de 4a, si da probabilidades: su error ya se ha contado allí."""
    try:  # hidden_own no juzga esa función
        p = hidden_checks.as_array("p", sampling_distribution(hidden_logits.copy(), *setting)).astype(float)
    except Exception:
        return np.nan  # hidden_own: sin función no hay valor
    proper = p.shape == hidden_logits.shape and p.min() >= 0 and np.isclose(p.sum(), 1, atol=1e-3)
    return -(p[p > 0] * np.log(p[p > 0])).sum() if proper else np.nan


for hidden_name, hidden_tau, hidden_k, hidden_p in (
    ("Conservadora (T=0.5)", 0.5, 50, 1.0),
    ("Balanceada (T=1.0)", 1.0, 50, 1.0),
    ("Creativa (T=1.5)", 1.5, 50, 1.0),
    ("Núcleo (p=0.7)", 1.0, None, 0.7),
    ("Todo a la vez (T=1.5, k=20, p=0.8)", 1.5, 20, 0.8),
):
    hidden_heat = [hidden_library.TemperatureLogitsWarper(hidden_tau)]
    hidden_topk = [hidden_library.TopKLogitsWarper(hidden_k)] if hidden_k else []
    hidden_topp = [hidden_library.TopPLogitsWarper(hidden_p)]
    hidden_want = hidden_nats(*hidden_heat, *hidden_topk, *hidden_topp)
    hidden_final = hidden_probs(*hidden_heat, *hidden_topk, *hidden_topp)
    hidden_left, hidden_cross = np.count_nonzero(hidden_final), -(hidden_final @ np.log(hidden_probs()))
    hidden_mine = hidden_own(hidden_tau, hidden_k, hidden_p)
    if np.isclose(float(config_entropy[hidden_name]), hidden_mine, atol=1e-4, rtol=1e-4):
        continue
    hidden_top10 = np.sort(hidden_probs())[-10:]
    hidden_mistakes = {
        "Está en bits: la entropía en nats usa el logaritmo natural.": hidden_want / np.log(2),
        "Usas el logaritmo en base 10: en nats es el natural.": hidden_want / np.log(10),
        "Está normalizada (entre 0 y 1): en nats no se divide entre el logaritmo del número de tokens.": hidden_want
        / np.log(hidden_left),
        "Está dividida entre ln V: en nats no se divide.": hidden_want / np.log(hidden_logits.size),
        "Es la perplejidad: se pide su logaritmo, la entropía.": np.exp(hidden_want),
        "El logaritmo es de la distribución sin retocar: p y ln p son de la misma.": hidden_cross,
        "Es lo que le falta para el máximo, ln V − H: se pide H.": np.log(hidden_logits.size) - hidden_want,
        "Solo cuentas los diez tokens más probables, sin la configuración: son los de "
        "`get_next_token_probabilities`.": -(hidden_top10 * np.log(hidden_top10)).sum(),
        "Top-p va después de top-k: aquí va antes.": hidden_nats(*hidden_heat, *hidden_topp, *hidden_topk),
        "Falta aplicar `top_p` antes de la entropía.": hidden_nats(*hidden_heat, *hidden_topk),
        "Falta aplicar `top_k` antes de la entropía.": hidden_nats(*hidden_heat, *hidden_topp),
        "Falta aplicar la temperatura antes de la entropía.": hidden_nats(*hidden_topk, *hidden_topp),
        "Falta aplicar `top_k` y `top_p` antes de la entropía.": hidden_nats(*hidden_heat),
        "La temperatura va antes que top-p: aquí va después.": hidden_nats(
            *hidden_topk, *hidden_topp, *hidden_heat
        ),
        "Es la media por token: la entropía es una suma.": hidden_want / hidden_left,
        "Es la media sobre el vocabulario: la entropía es una suma.": hidden_want / hidden_logits.size,
        "Es la de la distribución sin retocar: aplica antes la configuración.": hidden_nats(),
    }
    hidden_checks.check_close(
        f"config_entropy[{hidden_name!r}]",
        config_entropy[hidden_name],
        hidden_want,
        hint="no es la entropía de esa configuración, ni con tu `sampling_distribution`: repasa la fórmula, los "
        "argumentos y los logits, que son los de `prompt`.",
        mistakes=hidden_mistakes,
        atol=1e-4,
        rtol=1e-4,
    )
### END HIDDEN TESTS

# %% [markdown]
# ### Mira el resultado
#
# La **perplejidad**, $e^H$, traduce la entropía a un número de candidatos: la incertidumbre es la de un sorteo
# entre $e^H$ tokens igual de probables.

# %%
shown_names = [config["name"] for config in configs]
if set(shown_names) <= set(globals().get("config_entropy", {})) & set(globals().get("generated", {})):
    shown_entropy = np.array([config_entropy[name] for name in shown_names], dtype=float)
    fig, ax = plt.subplots(figsize=(9.5, 3.8), layout="constrained")
    bars = ax.barh(range(len(configs)), shown_entropy, color="#0072B2")
    ax.bar_label(
        bars, [f"{value:.2f} nats, como {np.exp(value):.1f} tokens" for value in shown_entropy], padding=4
    )
    ax.set_yticks(range(len(configs)), shown_names)
    ax.invert_yaxis()
    ax.set_xlim(0, shown_entropy.max() * 1.6)
    ax.set(title=f"Incertidumbre del token que sigue a «{prompt}»", xlabel="Entropía (nats)")
    least, most = shown_names[shown_entropy.argmin()], shown_names[shown_entropy.argmax()]
    show_figure(
        fig,
        caption=(
            f"**Figura 6.4.** Entropía del primer token en cada configuración, según `{generator.source.name}`. La "
            f"menor es la de «{least}» y la mayor, la de «{most}»."
        ),
        alt=(
            "Cinco barras horizontales, una por configuración: "
            + "; ".join(f"{name}, {value:.2f} nats" for name, value in zip(shown_names, shown_entropy))
            + "."
        ),
    )
    for name in shown_names:
        print(f"--- {name}")
        print(textwrap.fill(str(generated[name]), 100), "\n")
else:
    print("Completa antes el ejercicio 4: faltan `generated` o `config_entropy`.")

# %% [markdown]
# **Explica.**
#
# 1. Las tres primeras configuraciones tienen los mismos 50 candidatos. ¿Por qué la entropía crece con la
#    temperatura, sea cual sea el modelo?
# 2. Dos configuraciones tienen temperatura 1.5. ¿Por qué la última tiene menos entropía?
# 3. Si cambias `SEED`, ¿qué cambia: los textos, las entropías o las dos cosas?
# 4. Con la misma semilla, dos textos pueden empezar igual aunque su temperatura o su recorte sean otros. ¿Por qué?
# 5. ¿Es **mejor** el texto de la configuración con menor entropía?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. Dividir entre un número mayor acerca los logits entre sí: la distribución se parece más a la uniforme,
#    que es la de mayor entropía.
# 2. Solo admite 20 candidatos, y el núcleo quita algunos más. La temperatura reparte, pero entre menos.
# 3. Solo los textos. La entropía es de la distribución, que no depende del sorteo.
# 4. La semilla fija el azar del sorteo. Si los candidatos y sus probabilidades se parecen, el mismo azar elige el
#    mismo token; en cuanto uno difiere, los textos se separan.
# 5. No tiene por qué. La entropía mide cuánta duda hay al elegir, no la calidad. Con muy poca, el texto se repite,
#    como el voraz; con mucha, pierde el hilo. Y «creativo» es un juicio sobre el resultado: lo que hace la
#    temperatura es aplanar una distribución.
# </details>
#
# ## Resumen
#
# - GPT-2 es el bloque codificador con máscara causal, norma delante y posiciones aprendidas: con los pesos
#   copiados, los bloques del curso dan los mismos números.
# - El modelo da una distribución; lo más probable no tiene por qué ser cierto. La voraz se repite, y muestrear
#   pide parámetros.
# - El orden es temperatura, top-k, top-p. La temperatura cambia el tamaño del núcleo, pero no qué tokens deja
#   top-k.
# - `max_length` cuenta el texto inicial. Generar $n$ tokens son $n$ pasos en serie; la caché KV evita repetir
#   cuentas.
#
# Sigue en `parte7_rnn_vs_transformer`.
