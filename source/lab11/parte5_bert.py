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
# # Parte 5. BERT: ajustar un modelo preentrenado
#
# **Qué sabrás hacer al terminar**
#
# - Saber qué modelo tienes delante, contar sus parámetros y ver en qué trozos parte un texto.
# - Demostrar que las capas de BERT son los bloques de la parte 4.
# - Ajustar BERT para clasificar reseñas y decir, con intervalos, si ha aprendido algo.
# - Reconocer un resultado que no prueba nada.
# - Mirar la atención de un modelo entrenado sin tomarla por una explicación.
#
# | | |
# |---|---|
# | Tiempo | unos 90 minutos (los entrenamientos, uno o dos con el modelo del curso) |
# | Hace falta | la parte 4; un bucle de entrenamiento en PyTorch |
# | Se entrega | nada: esta parte no puntúa |
#
# Como siempre: **predice** antes de ejecutar, **ejecuta** y **explica**. El modelo depende de tu equipo (la
# celda siguiente dice cuál es), así que las conclusiones con cifras las escribe el propio cuaderno.
#
# **Símbolos nuevos**
#
# | símbolo | significado |
# |---|---|
# | $L$ | número de capas |
# | `[CLS]`, `[SEP]` | tokens que BERT pone al principio y al final de cada texto |
# | `[PAD]` | token de relleno |
# | logit | puntuación de una clase antes del softmax |
# | época | una vuelta completa a los datos de entrenamiento |

# %%
import math
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display

from codigo.baselines import BagOfWordsClassifier, majority_baseline, split_words
from codigo.checks import check_close
from codigo.figures import ATTENTION_CMAP, plot_attention, show_figure
from codigo.from_huggingface import encoder_block_from_bert
from codigo.reviews import load_reviews
from codigo.transformers import BERTSentimentClassifier
from codigo.widgets import AttentionViewer

pd.set_option("display.max_colwidth", None)
torch.set_num_threads(1)  # con el equipo ocupado, varios hilos se estorban; si está libre, prueba con más
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

# %% [markdown]
# ## 5.1 Qué modelo es este
#
# BERT ([Devlin et al., 2019](https://arxiv.org/abs/1810.04805)) es el **codificador** del Transformer, sin
# decodificador. Se preentrena con texto sin etiquetar: se tapan palabras y el modelo aprende a adivinarlas con
# lo que hay **a los dos lados**. Después se le añade una capa para la tarea que interesa, y se ajusta todo
# con unas pocas etiquetas. Es el *fine-tuning*.
#
# Se pide `bert-base-uncased`. Si no se puede bajar, se usa el BERT que trae el curso; el mensaje lo dice.

# %%
classifier = BERTSentimentClassifier(
    model_name="bert-base-uncased",
    num_labels=2,  # 0 = negativo, 1 = positivo
    seed=0,
)

# %% [markdown]
# **Si dice `bge-small-en`**, es un BERT más estrecho que `bert-base`, y además no viene recién preentrenado:
# sus autores lo siguieron entrenando para que dos frases de significado parecido tengan vectores parecidos
# ([Xiao et al., 2023](https://arxiv.org/abs/2309.07597)). La arquitectura y el código son los mismos. Los
# resultados, no: lo que midas aquí vale para el modelo del mensaje.
#
# > **Predice.** En la parte 4 contaste los parámetros de un bloque codificador. ¿En qué pieza de BERT estará
# > el mayor número de parámetros: en las capas o en la tabla del vocabulario?


# %%
def count_parameters(module):
    """Cuántos números se aprenden en un módulo."""
    return sum(parameter.numel() for parameter in module.parameters())


config = classifier.model.config
encoder = classifier.model.base_model  # BERT sin la capa de clasificación
L, d, d_ff = config.num_hidden_layers, config.hidden_size, config.intermediate_size
facts = {
    "capas, L": (L, "12"),
    "cabezas, h": (config.num_attention_heads, "12"),
    "d_model": (d, "768"),
    "d_k = d_model / h": (d // config.num_attention_heads, "64"),
    "d_ff": (d_ff, "3072"),
    "vocabulario, V": (f"{config.vocab_size:,}", "30,000 (aprox.)"),
    "longitud máxima": (config.max_position_embeddings, "512"),
    "parámetros": (f"{count_parameters(encoder):,}", "110 millones"),
}
display(pd.DataFrame(facts, index=[classifier.source.name, "BERT-base, según el artículo"]).T)

# %%
by_hand = L * (4 * (d**2 + d) + (2 * d * d_ff + d_ff + d) + 2 * (2 * d))  # L bloques de la parte 4
assert by_hand == count_parameters(encoder.encoder)

pieces = {
    "embeddings: palabras, posiciones y segmentos": count_parameters(encoder.embeddings),
    f"{L} capas": count_parameters(encoder.encoder),
    "transformación de [CLS] (pooler)": count_parameters(encoder.pooler),
    "capa de clasificación, nueva y sin entrenar": count_parameters(classifier.model.classifier),
}
total = count_parameters(classifier.model)
assert sum(pieces.values()) == total
for piece, count in pieces.items():
    print(f"{piece:46s} {count:12,} {count / total:9.3%}")

# %% [markdown]
# **Explica.** La fórmula de la parte 4 da **exactamente** los parámetros de las capas: es una primera pista
# de que son el mismo bloque. Y fíjate en la última fila: todo lo que el modelo sabe hoy de sentimientos está
# en esa capa, que se acaba de sortear. Lo demás viene del preentrenamiento.
#
# Las posiciones de BERT no son las sinusoidales de la parte 3: son una tabla que se **aprende**, con una fila
# por posición. Por eso hay una longitud máxima.
#
# ### WordPiece: en qué trozos se parte un texto
#
# El vocabulario tiene una entrada para cada palabra frecuente. Las demás se forman con **trozos**: `##`
# marca los que continúan una palabra. Así ninguna palabra queda fuera.
#
# > **Predice.** ¿Cuántos trozos tendrá *movie*? ¿Y *unbelievably*? ¿Y una frase en español, si el vocabulario
# > se hizo con textos en inglés? ¿Se distinguirán mayúsculas y tildes?

# %%
for sentence in (
    "This movie is unbelievably good.",
    "Breathtaking cinematography!",
    "THIS MOVIE IS GOOD.",
    "¡Qué película más emocionante!",
):
    tokens = classifier.get_tokens(sentence)
    print(f"{len(sentence.split())} palabras, {len(tokens):2d} tokens:", *tokens)

# %% [markdown]
# **Explica.** Todo texto empieza por `[CLS]` y acaba en `[SEP]`. El clasificador no promedia las palabras: lee
# solo el vector final de `[CLS]`, que ha podido recoger lo que necesite por atención. *Uncased* significa que
# las mayúsculas y las tildes se quitan antes de trocear. El español se hace migas: el modelo casi no lo ha
# visto, y por eso las reseñas de esta parte están en inglés.
#
# ### El convenio de la máscara, al revés
#
# En un lote, las frases cortas se rellenan con `[PAD]` y `attention_mask` dice qué es qué:

# %%
sentences = ["The plot is thin, but the acting is simply wonderful.", "Not for me."]
batch = classifier.tokenizer(sentences, padding=True, return_tensors="pt").to(classifier.model.device)
for ids, keep in zip(batch["input_ids"], batch["attention_mask"]):
    print(*classifier.tokenizer.convert_ids_to_tokens(ids.tolist()))
    print("attention_mask:", keep.tolist(), "\n")

# %% [markdown]
# Aquí **1 = se conserva**. En el curso, y en `nn.Transformer`, `True` = **oculta**. Es justo lo contrario, y
# confundirlos no siempre da un error: en una frase con relleno, da un modelo que atiende solo al relleno.
#
# **Ejemplo con huecos.** Convierte `attention_mask` (B, T) en la máscara que espera un bloque del curso, de
# forma (B, 1, T), como en la parte 4. Sustituye los dos `...` y ejecuta. No puntúa.

# %%
padding_here = ...  # hueco 1: booleana (B, T), True donde hay relleno
block_mask = ...  # hueco 2: la misma, con forma (B, 1, T)

if padding_here is ... or block_mask is ...:
    print("Quedan huecos por completar.")
else:
    assert padding_here.dtype == torch.bool, "Debe ser booleana: compara attention_mask con un número."
    assert not padding_here[0].any(), "La primera frase no tiene relleno: ¿está True al revés?"
    assert block_mask.shape == (2, 1, batch["input_ids"].shape[1]), "Falta el eje de tamaño 1, en el medio."
    print("Correcto: True marca el relleno, y el eje de tamaño 1 vale para todas las consultas.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# padding_here = batch["attention_mask"] == 0
# block_mask = padding_here[:, None]
# ```
# </details>

# %% [markdown]
# ## 5.2 Las capas de BERT son tus bloques
#
# En la parte 4 comprobaste que `TransformerEncoderBlock` da lo mismo que el bloque de PyTorch. Ahora, con
# pesos de verdad. `encoder_block_from_bert` crea un bloque del curso y **copia** en él los pesos de una capa
# de BERT. Las únicas diferencias con el bloque de 2017 son dos ajustes:
#
# - la red por posición usa **GELU**, una ReLU sin esquina, en vez de ReLU;
# - el $\epsilon$ de las normalizaciones es el del archivo de configuración, más pequeño.
#
# Se comprueban tres cosas: cada capa **por separado** (con la entrada que le da Hugging Face), las $L$ capas
# **en cascada** (cada una con la salida de la anterior, así que los errores se acumulan) y los pesos de
# atención. El lote lleva relleno, para que la máscara también cuente.
#
# > **Predice.** Hugging Face devuelve `hidden_states`: ¿cuántos tensores serán, $L$ o $L + 1$? ¿Crecerá la
# > diferencia a lo largo de la cascada?

# %%
blocks = [encoder_block_from_bert(layer, config).to(encoder.device) for layer in encoder.encoder.layer]
hidden_keys = (batch["attention_mask"] == 0)[:, None]  # (B, 1, T), True = oculta

with torch.inference_mode():
    theirs = encoder(**batch, output_hidden_states=True, output_attentions=True)
    states = theirs.hidden_states  # L + 1 tensores (B, T, d_model): los embeddings y la salida de cada capa
    ours = states[0]
    print("capa   por separado   en cascada   atención")
    for number, block in enumerate(blocks):
        alone, weights = block(states[number], hidden_keys, return_attention=True)
        ours = block(ours, hidden_keys)
        torch.testing.assert_close(alone, states[number + 1], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(ours, states[number + 1], rtol=1e-5, atol=1e-5)
        gaps = (
            (alone - states[number + 1]).abs().max().item(),
            (ours - states[number + 1]).abs().max().item(),
            (weights - theirs.attentions[number]).abs().max().item(),
        )
        print(f"{number:4d} {gaps[0]:14.1e} {gaps[1]:12.1e} {gaps[2]:10.1e}")
print(f"\n{len(states)} estados ocultos; el mayor número de todos, en valor absoluto, es", end=" ")
print(f"{max(state.abs().max().item() for state in states):.1f}")

# %% [markdown]
# **Explica.** Las diferencias son de redondeo: `float32` guarda unas siete cifras, y el orden de las sumas no
# es el mismo. En cascada suelen ser mayores, porque cada capa parte de una entrada ya un poco distinta. El estado 0
# es la salida de los embeddings; de ahí que haya $L + 1$.
#
# ¿Y si la comprobación diera igual para cualquier cosa? Se estropea el bloque a propósito, de una manera cada
# vez, y se mide solo en los tokens que no son relleno.
#
# > **Predice.** ¿Cuál de los cuatro cambios se notará menos?


# %%
def use_relu(block):
    block.feed_forward.activation = F.relu


def use_pre_norm(block):
    block.attention_residual.norm_first = block.feed_forward_residual.norm_first = True


def use_larger_eps(block):
    block.attention_residual.norm.eps = block.feed_forward_residual.norm.eps = 1e-5


def cascade_gap(spoil, mask):
    """Mayor diferencia con BERT tras las L capas, en los tokens que no son relleno."""
    x = states[0]
    for layer in encoder.encoder.layer:
        block = encoder_block_from_bert(layer, config).to(encoder.device)
        spoil(block)
        x = block(x, mask)
    return (x - states[-1])[batch["attention_mask"].bool()].abs().max().item()


with torch.inference_mode():
    intact = cascade_gap(lambda block: None, hidden_keys)
    print(f"sin estropear nada           {intact:9.1e}")
    for label, spoil, mask in (
        ("sin la máscara de relleno", lambda block: None, None),
        ("ReLU en vez de GELU", use_relu, hidden_keys),
        ("normalizar antes (pre-norm)", use_pre_norm, hidden_keys),
        ("eps = 1e-5 en las normas", use_larger_eps, hidden_keys),
    ):
        gap = cascade_gap(spoil, mask)
        assert gap > 2 * intact
        print(f"{label:28s} {gap:9.1e}, {gap / intact:,.0f} veces mayor")

# %% [markdown]
# **Explica.** Con cualquiera de los cuatro errores la diferencia crece. El más discreto es el de $\epsilon$: sigue
# siendo minúsculo al lado de los números que compara, y la paridad lo ve. En las capas de BERT no hay nada que no
# hayas construido ya. Lo nuevo son los pesos, y salen de los datos.

# %% [markdown]
# ## 5.3 Ocho frases
#
# El ajuste más pequeño posible: ocho frases, tres épocas y una tasa de aprendizaje de `2e-5`. Como las ocho
# caben en un lote, cada época es **un paso** del optimizador.

# %%
train_texts = [
    "This movie is absolutely fantastic! I loved it.",
    "Terrible film. Complete waste of time.",
    "Great performances and amazing cinematography.",
    "Boring and predictable. Not recommended.",
    "One of the best movies I've ever seen!",
    "Awful. I couldn't finish watching it.",
    "Brilliant storytelling and excellent acting.",
    "Very disappointing. Expected much more.",
]
train_labels = [1, 0, 1, 0, 1, 0, 1, 0]  # 1 = positivo, 0 = negativo

test_texts = [
    "I really enjoyed this film. Highly recommend!",
    "Not good at all. Very disappointing.",
    "Amazing movie with great actors.",
]
test_labels = [1, 0, 1]


def show_predictions(classifier, texts):
    """Escribe la clase y las probabilidades de cada texto."""
    for text, label, (negative, positive) in zip(texts, *classifier.predict(texts)):
        print(f"{text:46s} {('Negativo', 'Positivo')[label]}  Neg={negative:.3f}, Pos={positive:.3f}")


print("Antes de ajustar:")
show_predictions(classifier, test_texts)

# %% [markdown]
# > **Predice.** Con dos clases y una capa sin entrenar, ¿cuánto valdrá más o menos la pérdida del primer paso?
# > ¿Bastarán tres pasos para que las probabilidades se alejen de 0.5?

# %%
# fused: el mismo AdamW, pero recorre los pesos una sola vez
optimizer = torch.optim.AdamW(classifier.model.parameters(), lr=2e-5, fused=True)

num_epochs = 3
for epoch in range(num_epochs):
    loss = classifier.train_step(train_texts, train_labels, optimizer)
    print(f"Época {epoch + 1}/{num_epochs}, pérdida: {loss:.4f}")
print(f"Adivinar: ln 2 = {math.log(2):.4f}\n")

print("Después de ajustar:")
show_predictions(classifier, test_texts)


# %%
def accuracy(predictions, labels):
    """Fracción de aciertos."""
    return float(np.mean(np.asarray(predictions) == np.asarray(labels)))


predictions, probabilities = classifier.predict(test_texts)
on_train = accuracy(classifier.predict(train_texts)[0], train_labels)
furthest = probabilities.max()
display(
    Markdown(
        f"Aciertos: {accuracy(predictions, test_labels):.0%} de las tres frases nuevas y {on_train:.0%} de las "
        f"ocho de entrenamiento. La probabilidad más alejada de 0.5 que ha dado en las nuevas es {furthest:.3f}."
    )
)

# %% [markdown]
# **Explica.** ¿Ha aprendido el modelo a distinguir opiniones? Con esto no se puede saber:
#
# - **tres frases son tres monedas**: quien responda al azar las acierta todas una vez de cada ocho;
# - las ocho de entrenamiento son las que ha visto;
# - con tan pocas, basta fijarse en palabras sueltas que solo salen en una clase;
# - y es **una** semilla: la capa nueva se sorteó una vez.
#
# Lo último se puede medir. Repetimos lo mismo con cinco semillas, que cambian la capa nueva y el *dropout*. Y
# en vez de tres frases usamos las reseñas de **validación** de la sección siguiente.
#
# > **Predice.** ¿Se parecerán los cinco resultados en las ocho frases? ¿Y en las reseñas?

# %%
validation = load_reviews("validation")
eight_rows, eight_positive = [], []
for seed in range(5):
    repeated = BERTSentimentClassifier(seed=seed)
    before = accuracy(repeated.predict(validation.texts)[0], validation.labels)
    optimizer = torch.optim.AdamW(repeated.model.parameters(), lr=2e-5, fused=True)
    for _ in range(num_epochs):
        repeated.train_step(train_texts, train_labels, optimizer)
    eight_positive.append(repeated.predict(test_texts)[1][:, 1])
    eight_rows.append(
        {
            "semilla": seed,
            "ocho frases": accuracy(repeated.predict(train_texts)[0], train_labels),
            "reseñas, antes": before,
            "reseñas, después": accuracy(repeated.predict(validation.texts)[0], validation.labels),
        }
    )
del repeated, optimizer  # libera la memoria del modelo y la de Adam
eight = pd.DataFrame(eight_rows).set_index("semilla")
print(f"{len(validation)} reseñas de validación; {num_epochs} pasos con lr = 2e-5")
eight.map("{:.1%}".format)

# %% [markdown]
# ¿El problema son los **datos**, que son pocos, o el **ajuste**, que son tres pasos muy cortos? Solo se puede
# saber cambiando una cosa y dejando la otra: las mismas ocho frases, con más pasos y una tasa mayor. Y para saber
# cuánto se debe al preentrenamiento, las mismas ocho frases con un modelo que no lo tiene: una bolsa de palabras,
# que solo aprende un peso por palabra.
#
# > **Predice.** ¿Cuánto acertará cada uno en las reseñas?

# %%
# Un modelo mayor pide una tasa menor: para BERT-base, su artículo recomienda de 2e-5 a 5e-5.
LR = 1e-4 if d < 768 else 5e-5
MORE_STEPS = 6

longer = {}
for seed in range(3):
    repeated = BERTSentimentClassifier(seed=seed)
    optimizer = torch.optim.AdamW(repeated.model.parameters(), lr=LR, fused=True)
    for _ in range(MORE_STEPS):
        repeated.train_step(train_texts, train_labels, optimizer)
    longer[seed] = accuracy(repeated.predict(validation.texts)[0], validation.labels)
    print(f"BERT, semilla {seed}, {MORE_STEPS} pasos con lr = {LR:g}: {longer[seed]:.1%}")
del repeated, optimizer

eight_bag = BagOfWordsClassifier().fit(train_texts, train_labels)
eight_bag_accuracy = accuracy(eight_bag.predict(validation.texts)[0], validation.labels)
print(f"bolsa de palabras con las ocho frases:  {eight_bag_accuracy:.1%}")

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.6), layout="constrained")
for place, (text, positive) in enumerate(zip(test_texts, np.transpose(eight_positive))):
    color, marker = ((BLUE, "o"), (ORANGE, "v"), (GREEN, "s"))[place]
    left.plot(eight.index + 0.12 * (place - 1), positive, marker, color=color, markersize=8, label=text)
left.axhline(0.5, color="black", linestyle=":", linewidth=1)
left.set(xlabel="Semilla", ylabel="Probabilidad de «positivo»", ylim=(0, 1), xticks=eight.index)
left.legend(frameon=False, loc="upper left", fontsize=9)
left.set_title("Las tres frases nuevas, tras el ajuste")

for shift, column, color, style, label in (
    (-0.15, "ocho frases", BLUE, {"marker": "s"}, "las ocho que ha visto"),
    (-0.05, "reseñas, antes", ORANGE, {"marker": "o", "fillstyle": "none"}, "reseñas, antes de ajustar"),
    (0.05, "reseñas, después", ORANGE, {"marker": "o"}, "reseñas, después"),
):
    right.plot(
        eight.index + shift, eight[column], color=color, linestyle="", markersize=8, label=label, **style
    )
steps_label = f"reseñas, {MORE_STEPS} pasos con lr = {LR:g}"
right.plot(
    [seed + 0.15 for seed in longer], list(longer.values()), "D", color=PINK, markersize=8, label=steps_label
)
right.axhline(0.5, color="black", linestyle=":", linewidth=1, label="adivinar")
right.set(xlabel="Semilla", ylabel="Acierto (fracción)", ylim=(0, 1.05), xticks=eight.index)
right.legend(frameon=False, loc="lower left", fontsize=9)
right.set_title("Acierto en lo visto y en lo no visto")

after = eight["reseñas, después"]
show_figure(
    fig,
    caption=(
        "**Figura 5.1.** El mismo ajuste con ocho frases y cinco semillas. En las ocho que ha visto acierta del "
        f"{eight['ocho frases'].min():.0%} al {eight['ocho frases'].max():.0%}; en {len(validation)} reseñas que "
        f"no ha visto, del {after.min():.0%} al {after.max():.0%}. Con más pasos (rombos), del "
        f"{min(longer.values()):.0%} al {max(longer.values()):.0%}."
    ),
    alt=(
        "Dos gráficas de puntos por semilla, de 0 a 4. A la izquierda, la probabilidad de positivo de las tres "
        f"frases nuevas: entre {np.min(eight_positive):.2f} y {np.max(eight_positive):.2f}. A la derecha, el acierto "
        f"en las ocho frases, de {eight['ocho frases'].min():.2f} o más, y en las reseñas: tras el ajuste, de "
        f"{after.min():.2f} a {after.max():.2f}; con más pasos, de {min(longer.values()):.2f} a "
        f"{max(longer.values()):.2f}."
    ),
)

# %%
spread = 100 * (after.max() - after.min())
average_change = 100 * (after - eight["reseñas, antes"]).mean()
longer_mean = np.mean(list(longer.values()))
display(
    Markdown(
        f"Con el ajuste original, el acierto en las reseñas se mueve **{spread:.0f} puntos** de una semilla a otra, y "
        f"ajustar lo cambia {average_change:+.1f} puntos de media: pesa más "
        f"{'el sorteo' if spread > abs(average_change) else 'el ajuste'}. Con más pasos, la media de las tres primeras "
        f"semillas pasa de {after[list(longer)].mean():.1%} a {longer_mean:.1%}. Con las mismas frases, la bolsa de "
        f"palabras acierta {eight_bag_accuracy:.1%}."
    )
)

# %% [markdown]
# **Explica.** Acertar las frases vistas no dice nada de las demás, y con un ajuste tan corto el resultado lo decide
# en buena parte el sorteo de la capa nueva. Es un problema conocido
# ([Dodge et al., 2020](https://arxiv.org/abs/2002.06305); [Zhang et al.,
# 2021](https://arxiv.org/abs/2006.05987)): **un resultado con una sola semilla no es un resultado**.
#
# Compara también la última medida. Si con las mismas ocho frases y más pasos BERT acierta mucho más, lo que
# faltaba no eran solo datos; y si la bolsa de palabras no puede, lo que BERT sabe no lo ha aprendido de esas ocho
# frases, sino antes. Pero fíjate en **cómo** se ha sabido: midiendo en reseñas que no se habían usado. Tres
# frases no pueden distinguir un caso del otro.
#
# Y ahora hay otro problema: el número de pasos se ha juzgado mirando la validación. Para medir sin trampa hacen
# falta otras reseñas.

# %% [markdown]
# ## 5.4 Un conjunto que puede probar algo
#
# El curso trae sus propias reseñas breves, escritas para él
# ([cómo se hicieron](../../codigo/data/README.md)). Están repartidas en tres partes, y cada una tiene un uso:
#
# | parte | para qué |
# |---|---|
# | `train` | ajustar los pesos |
# | `validation` | **elegir**: la época, la tasa de aprendizaje, la penalización |
# | `test` | **medir**, una sola vez, al final |
#
# Hay cuatro clases de reseña (`kind`), según cómo se dice la opinión.

# %%
train, test = load_reviews("train"), load_reviews("test")
splits = {"train": train, "validation": validation, "test": test}
table = pd.concat(
    pd.DataFrame({"parte": name, "kind": reviews.kinds, "label": reviews.labels, "text": reviews.texts})
    for name, reviews in splits.items()
)
KINDS = {
    "plain": "con palabras claras",
    "negation": "con una negación",
    "contrast": "dos partes opuestas",
    "implicit": "sin palabras de opinión",
}
counts = table.pivot_table(index="parte", columns="kind", values="label", aggfunc="size")
counts = counts.loc[list(splits), list(KINDS)].rename_axis(columns="clase")
counts.assign(total=counts.sum(axis=1), positivas=table.groupby("parte")["label"].sum())

# %%
first_of_each = table[table["parte"] == "train"].groupby(["kind", "label"])["text"].first().loc[list(KINDS)]
first_of_each.rename_axis(["clase", "etiqueta"]).to_frame("ejemplo")

# %% [markdown]
# > **Predice.** ¿En qué clase de reseña fallará más un modelo que solo mira **qué palabras** hay? ¿Y BERT?
#
# ### ¿Hay fugas?
#
# Si una reseña de prueba está también en el entrenamiento, o casi, acertarla no tiene mérito. Se compara cada
# texto de una parte con todos los de las otras: las palabras comunes, divididas entre las que hay en total en
# los dos (índice de Jaccard: 1 si son las mismas palabras).


# %%
def jaccard(first, second):
    """Palabras comunes entre palabras totales, de 0 a 1."""
    first, second = set(split_words(first)), set(split_words(second))
    return len(first & second) / len(first | second)


def closest_pair(first, second):
    """La pareja más parecida, con un texto de cada lista: (índice de Jaccard, texto, texto)."""
    return max((jaccard(a, b), a, b) for a in first for b in second)


pairs_of_splits = [("train", "test"), ("train", "validation"), ("validation", "test")]
for one, other in pairs_of_splits:
    similarity, first, second = closest_pair(splits[one].texts, splits[other].texts)
    assert similarity < 1
    print(f"{one} y {other}: la pareja más parecida tiene un {similarity:.0%} de palabras comunes")
    print(f"   {first}\n   {second}")
similarity, *_ = closest_pair(train_texts + test_texts, table["text"])
print(f"las frases de 5.3 con las reseñas: {similarity:.0%} como mucho")

# %% [markdown]
# No hay textos repetidos. Otras dos fugas posibles no se ven así. Que el modelo hubiera leído las reseñas al
# preentrenarse: no pudo, porque se escribieron después, para el curso. Y que alguien hubiera mirado la parte de
# prueba para decidir algo: aquí se miró para una cosa. El reparto es un sorteo, y de varios sorteos se guardó
# uno en que la bolsa de palabras acierta **lo que suele**. Su acierto de prueba, por tanto, no es del todo a
# ciegas; el de BERT sí.
#
# ### Lo que hay que superar
#
# Un acierto no significa nada sin algo con que compararlo:
#
# - **la mayoría**: decir siempre la clase más frecuente;
# - **una bolsa de palabras**: un peso por palabra, sin orden, sin contexto y sin preentrenamiento. La fuerza de
#   la penalización L2 se elige con la validación.

# %%
candidates = {}
for l2 in (0.1, 0.3, 1.0, 3.0, 10.0):
    bag = BagOfWordsClassifier(l2).fit(train.texts, train.labels)
    candidates[l2] = accuracy(bag.predict(validation.texts)[0], validation.labels)
    print(f"l2 = {l2:4}: acierto de validación {candidates[l2]:.1%}")

best_l2 = max(candidates, key=lambda l2: (candidates[l2], l2))  # si empatan, la más fuerte
bag = BagOfWordsClassifier(best_l2).fit(train.texts, train.labels)
majority_validation = accuracy(majority_baseline(train.labels, len(validation)), validation.labels)
print(f"\nelegida: l2 = {best_l2}; la mayoría acierta {majority_validation:.1%}")
print(f"en las de entrenamiento: {accuracy(bag.predict(train.texts)[0], train.labels):.1%}")
negative_words, positive_words = bag.strongest_words(12)
print("hacia negativo:", *negative_words)
print("hacia positivo:", *positive_words)
weight_of = dict(zip(bag.vocabulary, bag.weights))
for word in (negative_words[0], "not", positive_words[0]):
    print(f"peso de «{word}»: {weight_of[word]:+.2f}")

# %% [markdown]
# **Explica.** Mira las dos listas. Hay palabras de opinión, pero también otras que no lo son: salían, por
# casualidad, más en una clase que en la otra. Con pocos textos, la bolsa de palabras no puede distinguir las
# unas de las otras. Compara también el peso de *not*: como niega tanto lo bueno como lo malo, saber que está, sin
# saber **qué** niega, sirve de poco.
#
# ### Ajustar BERT
#
# `fine_tune` es el bucle de siempre, con tres cuidados:
#
# - la tasa de aprendizaje **sube** poco a poco durante el primer 10 % de los pasos y después **baja** hasta 0.
#   Lo necesita un modelo *post-norm* como BERT (parte 4);
# - en cada época se mide la **validación**, y al final el clasificador se queda con los pesos de la época de
#   menor pérdida de validación;
# - la semilla fija la capa nueva, el *dropout* y el orden de los textos.
#
# La tasa es la `LR` de 5.3. Tanto ella como las épocas se eligieron probando unos cuantos valores con el modelo del
# curso y mirando **solo** la validación.


# %%
def evaluate(classifier, reviews):
    """Pérdida media (nats) y acierto."""
    predictions, probabilities = classifier.predict(reviews.texts)
    of_true_class = probabilities[np.arange(len(reviews)), reviews.labels]
    loss = float(-np.log(of_true_class).mean())
    measured = {"val_loss": loss, "val_accuracy": accuracy(predictions, reviews.labels)}
    return measured


def run_epoch(classifier, reviews, order, batch_size, optimizer, schedule):
    """Una vuelta a las reseñas, por lotes y en el orden dado; devuelve la pérdida media de los pasos."""
    losses = []
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        texts, labels = [reviews.texts[i] for i in chosen], [reviews.labels[i] for i in chosen]
        losses.append(classifier.train_step(texts, labels, optimizer))
        schedule.step()
    return float(np.mean(losses))


def fine_tune(classifier, train, validation, epochs, lr, batch_size, seed):
    """Entrena y deja el clasificador en su mejor época de validación; devuelve una fila por época."""
    optimizer = torch.optim.AdamW(classifier.model.parameters(), lr=lr, fused=True)
    steps = epochs * math.ceil(len(train) / batch_size)
    warmup = 0.1 * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup))
    )
    shuffler = np.random.default_rng(seed)
    history, best_loss = [{"epoch": 0, **evaluate(classifier, validation)}], math.inf
    for epoch in range(1, epochs + 1):
        order = shuffler.permutation(len(train))
        train_loss = run_epoch(classifier, train, order, batch_size, optimizer, schedule)
        history.append({"epoch": epoch, "train_loss": train_loss, **evaluate(classifier, validation)})
        if history[-1]["val_loss"] < best_loss:
            best_loss, best_weights = history[-1]["val_loss"], deepcopy(classifier.model.state_dict())
    classifier.model.load_state_dict(best_weights)
    optimizer.zero_grad()  # suelta los gradientes, que ocupan tanto como el modelo
    return history


EPOCHS, BATCH_SIZE = 3, 16
SPANISH = {
    "epoch": "época",
    "train_loss": "pérdida de entrenamiento",
    "val_loss": "pérdida de validación",
    "val_accuracy": "acierto de validación",
}
classifiers, histories = {}, {}


def fine_tune_with(seed):
    """Ajusta un BERT nuevo con esa semilla y lo guarda en `classifiers`."""
    classifiers[seed] = BERTSentimentClassifier(seed=seed)
    histories[seed] = fine_tune(classifiers[seed], train, validation, EPOCHS, LR, BATCH_SIZE, seed)
    return pd.DataFrame(histories[seed]).round(3).rename(columns=SPANISH).set_index("época")


# %% [markdown]
# > **Predice.** ¿Bajará la pérdida de entrenamiento en todas las épocas? ¿Y la de validación? ¿Cuánto variará
# > el acierto de validación de una semilla a otra, comparado con la figura 5.1?

# %%
fine_tune_with(seed=0)

# %%
fine_tune_with(seed=1)

# %%
fine_tune_with(seed=2)

# %%
runs = pd.concat(pd.DataFrame(rows).assign(seed=seed) for seed, rows in histories.items())


def plot_with_band(ax, column, color, style, label):
    """La media de las semillas y la banda de la menor a la mayor."""
    by_epoch = runs.dropna(subset=[column]).groupby("epoch")[column]
    ax.plot(by_epoch.mean(), style, color=color, marker="o", label=label)
    ax.fill_between(
        by_epoch.mean().index, by_epoch.min(), by_epoch.max(), color=color, alpha=0.2, linewidth=0
    )


fig, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.6), layout="constrained")
plot_with_band(left, "train_loss", BLUE, "-", "entrenamiento")
plot_with_band(left, "val_loss", ORANGE, "--", "validación")
left.axhline(math.log(2), color="black", linestyle=":", label="adivinar, ln 2")
left.set(xlabel="Época", ylabel="Pérdida media (nats por reseña)", xticks=range(EPOCHS + 1), ylim=(0, None))
left.legend(frameon=False)
plot_with_band(right, "val_accuracy", ORANGE, "--", f"BERT, {len(train)} reseñas")
right.axhline(longer_mean, color=PINK, linestyle="-", label=f"BERT, ocho frases y {MORE_STEPS} pasos (5.3)")
right.axhline(candidates[best_l2], color=GREEN, linestyle="-.", label="bolsa de palabras")
right.axhline(majority_validation, color="black", linestyle=":", label="mayoría")
right.set(
    xlabel="Época", ylabel="Acierto de validación (fracción)", xticks=range(EPOCHS + 1), ylim=(0.2, 1.02)
)
right.legend(frameon=False, loc="lower right")

last = runs[runs["epoch"] == EPOCHS]
show_figure(
    fig,
    caption=(
        f"**Figura 5.2.** Ajuste de BERT con {len(histories)} semillas: media y banda de la menor a la mayor. "
        f"Izquierda: la pérdida de entrenamiento acaba en {last['train_loss'].mean():.2f} y la de validación en "
        f"{last['val_loss'].mean():.2f}. Derecha: el acierto de validación acaba en {last['val_accuracy'].mean():.1%} "
        f"de media. Como referencia, BERT con ocho frases, {longer_mean:.1%}; la bolsa de palabras, {candidates[best_l2]:.1%}."
    ),
    alt=(
        "Dos gráficas por época, de 0 a 3, con bandas por semilla. A la izquierda, las pérdidas de entrenamiento "
        "y de validación, con una línea de puntos en ln 2. A la derecha, el acierto de validación de BERT y tres "
        "líneas horizontales: BERT con ocho frases, bolsa de palabras y mayoría."
    ),
)

# %%
best_epochs = {seed: min(rows[1:], key=lambda row: row["val_loss"]) for seed, rows in histories.items()}
for seed, row in best_epochs.items():
    print(f"semilla {seed}: se queda con la época {row['epoch']}", end="; ")
    print(f"pérdida de validación {row['val_loss']:.3f}, acierto {row['val_accuracy']:.1%}")
best_seed = min(best_epochs, key=lambda seed: best_epochs[seed]["val_loss"])
print(f"la mejor semilla, según la validación: {best_seed}")
one_review = 1 / len(validation)
print(f"una sola reseña de validación mueve el acierto {100 * one_review:.1f} puntos")
gain = np.mean([row["val_accuracy"] for row in best_epochs.values()]) - longer_mean
print(
    f"de ocho frases a {len(train)} reseñas: {100 * gain:+.1f} puntos, {gain / one_review:.1f} reseñas de validación"
)

# %% [markdown]
# **Explica.** La pérdida de entrenamiento de una época se promedia **mientras** se aprende y con *dropout*: por
# eso puede empezar por encima de la de validación. Compara después cómo acaban las dos. Cuando la de
# entrenamiento sigue bajando y la otra ya no, el modelo está empezando a memorizar.
#
# El acierto avanza a escalones, porque hay pocas reseñas de validación. Por eso la época se elige con la
# pérdida, que distingue un acierto seguro de uno por los pelos. Y por eso conviene leer en **reseñas** la última
# línea: lo que añaden las reseñas a las ocho frases se mide aquí con muy poca precisión.
#
# ### La prueba, una sola vez
#
# Todo está elegido. Ahora se mide con `test`, y lo que salga se queda: si después se cambiara algo para
# mejorar **ese** número, `test` sería otra validación.
#
# Hay dos fuentes de azar, y cada una necesita su medida:
#
# - **qué reseñas tocaron**: con $n$ reseñas, un acierto observado $\hat p$ es compatible con una franja de
#   aciertos verdaderos. Se da el intervalo de **Wilson** al 95 %;
# - **qué semilla tocó**: se dan todas.
#
# $$\text{Wilson} = \frac{1}{1 + z^2/n}\left(\hat p + \frac{z^2}{2n} \pm
# z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}\right), \qquad z = 1.96$$
#
# **Ejemplo con huecos: ¿cuántas reseñas harían falta?** Para $n$ grande, el margen es
# $z\sqrt{p(1-p)/n}$. Despeja $n$. Sustituye el `...` y ejecuta; no puntúa.

# %%
p_demo, margin_demo = 0.9, 0.02  # acierto del 90 %, con un margen de 2 puntos arriba y abajo
needed = ...  # hueco: cuántas reseñas de prueba hacen falta

if needed is ...:
    print("Queda un hueco por completar.")
else:
    hint = "eleva al cuadrado margen = z · raíz(p(1 − p)/n) y despeja n."
    check_close("needed", needed, 864.36, hint=hint, atol=1.0)
    print(f"Correcto: unas {needed:.0f}. La parte de prueba tiene {len(test)}.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar el hueco</summary>
#
# ```python
# needed = 1.96**2 * p_demo * (1 - p_demo) / margin_demo**2
# ```
#
# Son unas 864. Reducir el margen a la mitad cuesta cuatro veces más reseñas.
# </details>
#
# > **Predice.** ¿Acertará BERT más que la bolsa de palabras en las cuatro clases de reseña? ¿Dónde será mayor
# > la ventaja?


# %%
def wilson(correct, total, z=1.96):
    """Intervalo de Wilson al 95 % para una proporción."""
    p = correct / total
    center = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    reach = z / (1 + z**2 / total) * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return center - reach, center + reach


test_probabilities = {seed: model.predict(test.texts)[1][:, 1] for seed, model in classifiers.items()}
answers = {
    "mayoría": majority_baseline(train.labels, len(test)),
    "bolsa de palabras": bag.predict(test.texts)[0],
    **{f"BERT, semilla {seed}": (positive > 0.5) * 1 for seed, positive in test_probabilities.items()},
}
hits = pd.DataFrame({name: given == np.array(test.labels) for name, given in answers.items()})
results = pd.DataFrame(
    {name: (column.mean(), *wilson(column.sum(), len(column))) for name, column in hits.items()},
    index=["acierto", "desde", "hasta"],
).T
results.map("{:.1%}".format)

# %%
bert_names = [name for name in hits if name.startswith("BERT")]
by_kind = hits.groupby(np.array(test.kinds)).mean().loc[list(KINDS)]

fig, (left, right) = plt.subplots(1, 2, figsize=(13, 4.8), layout="constrained", width_ratios=(2, 3))
for place, (name, row) in enumerate(results.iterrows()):
    color = {"mayoría": "black", "bolsa de palabras": GREEN}.get(name, BLUE)
    reach = [[row["acierto"] - row["desde"]], [row["hasta"] - row["acierto"]]]
    left.errorbar(row["acierto"], place, xerr=reach, fmt="o", color=color, capsize=4)
left.set_yticks(range(len(results)), results.index)
left.invert_yaxis()
left.set(xlabel="Acierto de prueba (fracción) e intervalo al 95 %", xlim=(0.3, 1.02))
left.grid(axis="x", alpha=0.3)

places = np.arange(len(KINDS))
kind_sizes = pd.Series(test.kinds).value_counts()
right.bar(
    places - 0.2, by_kind["bolsa de palabras"], 0.36, color=GREEN, hatch="//", label="bolsa de palabras"
)
right.bar(places + 0.2, by_kind[bert_names].mean(axis=1), 0.36, color=BLUE, label="BERT, media de semillas")
for name, marker in zip(bert_names, "o^s"):
    shift = 0.2 + 0.1 * (bert_names.index(name) - 1)
    right.plot(
        places + shift,
        by_kind[name],
        marker,
        color="black",
        markerfacecolor="white",
        markersize=6,
        label=name,
    )
right.axhline(0.5, color="black", linestyle=":", linewidth=1)
right.set_xticks(places, [f"{kind}\n{KINDS[kind]}\n(n = {kind_sizes[kind]})" for kind in KINDS], fontsize=8)
right.set(ylabel="Acierto de prueba (fracción)", ylim=(0, 1.32), yticks=np.linspace(0, 1, 6))
right.legend(frameon=False, ncols=3, loc="upper center", fontsize=9)
bert_mean = results.loc[bert_names, "acierto"].mean()
show_figure(
    fig,
    caption=(
        f"**Figura 5.3.** Acierto en las {len(test)} reseñas de prueba. Izquierda: con el intervalo de Wilson al "
        f"95 %. BERT acierta {bert_mean:.1%} de media; la bolsa de palabras, {results.loc['bolsa de palabras', 'acierto']:.1%}. "
        "Derecha: por clase de reseña; los puntos son las semillas."
    ),
    alt=(
        "A la izquierda, el acierto y su intervalo para la mayoría, la bolsa de palabras y BERT con tres semillas. "
        "A la derecha, barras de la bolsa de palabras y de BERT para las cuatro clases de reseña: "
        + "; ".join(
            f"{kind}, {by_kind.loc[kind, 'bolsa de palabras']:.2f} y {by_kind.loc[kind, bert_names].mean():.2f}"
            for kind in KINDS
        )
        + "."
    ),
)

# %% [markdown]
# Los intervalos de la izquierda tratan cada modelo por separado, pero todos respondieron a **las mismas**
# reseñas. Comparar por parejas aprovecha eso: solo cuentan las reseñas en que uno acierta y el otro no. Si los
# dos fueran igual de buenos, cada una caería de un lado o de otro como una moneda (prueba de los signos).


# %%
def sign_test(wins, losses):
    """Probabilidad, con una moneda justa, de un reparto al menos así de desigual."""
    total = wins + losses
    tail = sum(math.comb(total, k) for k in range(max(wins, losses), total + 1)) / 2**total
    return min(1.0, 2 * tail)


bag_hits = hits["bolsa de palabras"]
for name in bert_names:
    wins, losses = int((hits[name] & ~bag_hits).sum()), int((~hits[name] & bag_hits).sum())
    print(f"{name}: acierta {wins} que la bolsa falla, y falla {losses} que ella acierta", end="; ")
    print(f"probabilidad por azar {sign_test(wins, losses):.1g}")

bert_scores = results.loc[bert_names, "acierto"]
print(f"entre semillas: {100 * (bert_scores.max() - bert_scores.min()):.1f} puntos")

# %%
selected = f"BERT, semilla {best_seed}"
print(f"{selected}, con su intervalo al 95 %, y la bolsa de palabras:")
for kind, size in kind_sizes.loc[list(KINDS)].items():
    of_kind = hits[np.array(test.kinds) == kind]
    low, high = wilson(of_kind[selected].sum(), size)
    print(f"{kind:9s} {of_kind[selected].mean():6.1%} (de {low:.0%} a {high:.0%})", end="; ")
    print(f"{of_kind['bolsa de palabras'].mean():.1%}", "<- cabe adivinar" if low < 0.5 < high else "")

# %% [markdown]
# **Explica.** Responde con tus cifras delante:
#
# 1. ¿Supera BERT a la bolsa de palabras más de lo que explica el azar? ¿Con las tres semillas?
# 2. ¿Qué es mayor: la diferencia entre semillas o la anchura de un intervalo?
# 3. ¿En qué clases gana BERT? ¿Hay alguna en la que no se pueda descartar que adivine?
#
# <details>
# <summary>Ver cómo se responde</summary>
#
# 1. Mira la prueba de los signos: una probabilidad muy pequeña en **todas** las semillas es lo que se pide. Si
#    solo lo es en algunas, hay que decirlo así.
# 2. Si la anchura del intervalo es mayor, lo que limita la conclusión es el tamaño de la prueba, y repetir con
#    más semillas no la mejoraría.
# 3. Mira las que llevan la marca: el 50 % cae dentro de su intervalo. Son intervalos anchos, porque cada clase
#    tiene pocas reseñas. Lo que un total alto esconde es justo esto: dónde no se ha aprendido.
# </details>
#
# ### Mirar los errores
#
# Un número no dice **en qué** falla. Estas son las reseñas de prueba que fallan todas las semillas y las que
# dividen a las semillas.

# %%
fails = (~hits[bert_names]).sum(axis=1)
mistakes = pd.DataFrame(
    {
        "clase": test.kinds,
        "verdad": np.where(test.labels, "positiva", "negativa"),
        "P(positiva), media": np.mean(list(test_probabilities.values()), axis=0).round(2),
        "semillas que fallan": fails,
        "texto": test.texts,
    }
)
order = ["semillas que fallan", "clase"]
display(mistakes[fails > 0].sort_values(order, ascending=False, kind="stable").set_index("clase"))
everywhere, somewhere = int((fails == len(bert_names)).sum()), int((fails > 0).sum())
fails_by_kind = mistakes["clase"][fails > 0].value_counts()
display(
    Markdown(
        f"Todas las semillas fallan en {everywhere} reseñas y solo alguna en {somewhere - everywhere}. Por clase: "
        + ", ".join(f"{count} `{kind}`" for kind, count in fails_by_kind.items())
        + "."
    )
)

# %% [markdown]
# **Explica.** Elige dos errores y escribe qué tendría que saber el modelo para acertarlos. Comprueba si la
# probabilidad era dudosa o si el modelo falló **convencido**: lo segundo es peor, porque no avisa.
#
# Lo que esta prueba **no** dice: cómo irá con reseñas de otra longitud, de otros temas, con erratas o de otras
# personas. Todas las escribieron las mismas manos, para un curso.

# %% [markdown]
# ## 5.5 La atención, mirada con cuidado
#
# Se usa el BERT ajustado de menor pérdida de validación. `get_attention_weights` da los pesos de una capa, y
# `get_tokens`, los tokens **a partir de los identificadores que vio el modelo**: si se volviera a trocear el
# texto por otro lado, las etiquetas podrían no coincidir con las filas.

# %%
bert = classifiers[best_seed]
text = "This movie is absolutely fantastic and amazing!"

attention = bert.get_attention_weights(text, layer=-1)  # la última capa
tokens = bert.get_tokens(text)
assert attention.shape == (config.num_attention_heads, len(tokens), len(tokens))
assert np.allclose(attention.sum(axis=-1), 1, atol=1e-5)
print(f"semilla {best_seed}; {attention.shape[0]} cabezas, {len(tokens)} tokens: {tokens}")

# %% [markdown]
# > **Predice.** En la última capa, primera cabeza, ¿a qué token irá más peso desde `[CLS]`? ¿A *fantastic*?
#
# Cambia `layer` y `head` y vuelve a ejecutar: hay muchos mapas entre los que elegir.

# %%
layer, head = -1, 0
fig, axes = plt.subplots(1, 2, figsize=(13, 5.8), layout="constrained")
chosen_map = bert.get_attention_weights(text, layer)
real_layer = layer % L
plot_attention(axes[0], chosen_map[head], tokens, f"Capa {real_layer}, cabeza {head}")
image = plot_attention(axes[1], chosen_map.mean(axis=0), tokens, f"Capa {real_layer}, media de las cabezas")
fig.colorbar(image, ax=axes, label="Peso de atención (cada fila suma 1)")
favorite = tokens[chosen_map[head, 0].argmax()]
show_figure(
    fig,
    caption=(
        f"**Figura 5.4.** Atención de la capa {real_layer}. Izquierda: la cabeza {head}; su fila de [CLS] da el mayor "
        f"peso, {chosen_map[head, 0].max():.2f}, a «{favorite}». Derecha: la media de las {len(chosen_map)} cabezas."
    ),
    alt=(
        f"Dos mapas de calor de {len(tokens)} por {len(tokens)} tokens, con la misma escala de 0 a 1. El de la "
        f"izquierda es una cabeza, con un peso máximo de {chosen_map[head].max():.2f}; el de la derecha, la media, "
        f"con un máximo de {chosen_map.mean(axis=0).max():.2f}."
    ),
)

# %% [markdown]
# Es tentador mirar un mapa así y escribir «BERT ha aprendido a atender a las palabras de sentimiento». Eso se
# puede **medir**: cuánto peso va de `[CLS]` a *fantastic* y *amazing* en la última capa, antes y después de
# ajustar, y cuánto les tocaría si el peso se repartiera por igual.

# %%
untuned = BERTSentimentClassifier(seed=best_seed)  # las capas, tal como salieron del preentrenamiento
opinion = [tokens.index("fantastic"), tokens.index("amazing")]
opinion_share = {}
for label, model in (("antes", untuned), ("después", bert)):
    from_cls = model.get_attention_weights(text, layer=-1)[:, 0]  # (h, T)
    opinion_share[label] = from_cls[:, opinion].sum(axis=-1)
    print(f"{label:8s} media de las cabezas {opinion_share[label].mean():.3f}", end="; ")
    print(f"por cabeza, de {opinion_share[label].min():.3f} a {opinion_share[label].max():.3f}")
print(f"a partes iguales: {len(opinion) / len(tokens):.3f}")

# %%
change = opinion_share["después"].mean() - opinion_share["antes"].mean()
heads_up = int((opinion_share["después"] > opinion_share["antes"]).sum())
display(
    Markdown(
        f"En esta frase, el peso medio {'sube' if change > 0 else 'baja'} {abs(change):.3f}, y sube en "
        f"{heads_up} de las {len(from_cls)} cabezas. Es **una** frase, elegida por sus dos adjetivos, y una capa de "
        f"{L}: no basta para decir qué atiende BERT en general."
    )
)
del untuned

# %% [markdown]
# ### Todas las capas y todas las cabezas
#
# **Pruébalo.** La misma frase en todas las capas y cabezas del modelo ajustado. Con una palabra de la izquierda
# señalada, las flechas ← y → cambian de cabeza, y las teclas Re Pág y Av Pág, de capa.
#
# 1. Señala *fantastic* y recorre las cabezas de una capa. ¿Cuántas parecen «de sentimiento»? ¿Cuántas miran a
#    `[SEP]`, a `[CLS]` o a la palabra de al lado?
# 2. Señala `[SEP]` a la derecha: verás quién le da peso.
# 3. Apunta una cabeza que parezca seguir una regla. Una frase no la demuestra: lo que viene ahora la pone a prueba.

# %%
AttentionViewer(bert.get_attention_maps([text])[0], tokens, layer=L - 1)

# %% [markdown]
# En vez de elegir un mapa, un resumen de todos: qué parte del peso va a `[CLS]`, a `[SEP]`, a la propia palabra
# y a la anterior, en promedio sobre las reseñas de validación. Solo cuentan como consultas las palabras, desde
# la segunda, para que «la anterior» nunca sea `[CLS]`.
#
# > **Predice.** `[SEP]` no significa nada. ¿Cuánto peso recibirá?


# %%
TARGETS = ("[CLS]", "[SEP]", "la propia palabra", "la anterior")


def attention_shares(maps):
    """Peso medio por capa y cabeza a cada destino de TARGETS; maps (L, h, T, T) -> (4, L, h)."""
    rows = np.arange(2, maps.shape[-1] - 1)  # ni [CLS], ni la primera palabra, ni [SEP]
    queries = maps[:, :, rows]  # (L, h, consultas, T)
    to_self, to_previous = maps[:, :, rows, rows], maps[:, :, rows, rows - 1]
    return np.stack([queries[..., 0], queries[..., -1], to_self, to_previous]).mean(axis=-1)


all_maps = bert.get_attention_maps(validation.texts)
shares = np.mean([attention_shares(maps) for maps in all_maps], axis=0)  # (4, L, h)
even = np.mean([1 / maps.shape[-1] for maps in all_maps])
print(f"a partes iguales, cada token recibiría {even:.3f}")
for target, share in zip(TARGETS, shares):
    where = np.unravel_index(share.argmax(), share.shape)
    print(
        f"{target:18s} media {share.mean():.3f}; máximo {share.max():.3f} en la capa {where[0]}, cabeza {where[1]}"
    )

# %%
fig, axes = plt.subplots(1, 4, figsize=(15, 4.0), layout="constrained", sharey=True)
for ax, target, share in zip(axes, TARGETS, shares):
    image = ax.imshow(share, cmap=ATTENTION_CMAP, vmin=0, vmax=1)
    ax.set(title=f"Peso a {target}", xlabel="Cabeza", xticks=range(0, share.shape[1], 2))
axes[0].set(ylabel="Capa", yticks=range(0, L, 2))
fig.colorbar(image, ax=axes, label="Fracción del peso")
peaks = [np.unravel_index(share.argmax(), share.shape) for share in shares]
show_figure(
    fig,
    caption=(
        f"**Figura 5.5.** Adónde va el peso de las palabras en las {L} capas y sus cabezas, en promedio sobre "
        f"{len(validation)} reseñas. Máximos: "
        + "; ".join(
            f"a {target}, {share.max():.2f} (capa {peak[0]}, cabeza {peak[1]})"
            for target, share, peak in zip(TARGETS, shares, peaks)
        )
        + "."
    ),
    alt=(
        f"Cuatro mapas de calor de {L} capas por {shares.shape[2]} cabezas, con la misma escala de 0 a 1: peso a [CLS], "
        "a [SEP], a la propia palabra y a la anterior. La media de cada mapa es "
        + ", ".join(f"{share.mean():.2f}" for share in shares)
        + "."
    ),
)

# %% [markdown]
# **Explica.** Compara cada mapa con el reparto a partes iguales. Las cabezas que pasan mucho de él siguen reglas
# que no tienen que ver con el sentimiento: la palabra anterior, uno mismo, un token sin significado. En BERT se
# ha descrito que el peso a `[SEP]` funciona como un «no hay nada que traer»
# ([Clark et al., 2019](https://arxiv.org/abs/1906.04341)): el softmax obliga a repartir 1 entero, haga falta o
# no.

# %% [markdown]
# ### El relleno, por los dos lados
#
# Para ir deprisa, los textos pasan en lotes con relleno. La máscara oculta las **claves** de relleno, pero sus
# **consultas** siguen ahí y también reparten un peso de 1. Se ve con la cabeza que más atiende a la palabra
# anterior.
#
# > **Predice.** Si se promedian todas las filas de la matriz, ¿parecerá que esa cabeza atiende a la anterior más
# > o menos de lo que lo hace?

# %%
short_text = "Loved it, and so did my dog."
long_text = (
    "The camera is slow and heavy, but for portraits in low light I would not change it for any other."
)
padded = bert.tokenizer([short_text, long_text], padding=True, return_tensors="pt").to(bert.model.device)
layer_index, head_index = peaks[TARGETS.index("la anterior")]
with torch.inference_mode():
    every_layer = bert.model(**padded, output_attentions=True).attentions
raw = every_layer[layer_index][0, head_index].cpu().numpy()  # (T, T), del texto corto
real = int(padded["attention_mask"][0].sum())
print(f"el texto corto tiene {real} tokens; en el lote ocupa {len(raw)}")
print(f"peso que reciben las claves de relleno:    {raw[:, real:].max():.1e}")
print(f"peso que reparte cada consulta de relleno: {raw[real:].sum(axis=-1).mean():.3f}")
print(f"peso a la anterior, con todas las filas:   {np.diagonal(raw, -1).mean():.3f}")
print(f"peso a la anterior, sin el relleno:        {np.diagonal(raw[:real, :real], -1).mean():.3f}")

in_batch = bert.get_attention_maps([short_text, long_text])[0][-1]  # recortado por los dos ejes
alone = bert.get_attention_weights(short_text, layer=-1)
assert in_batch.shape == alone.shape and np.abs(in_batch - alone).max() < 1e-4

# %% [markdown]
# **Explica.** Las consultas de relleno no tienen palabra anterior que valga y diluyen el promedio. No hay ningún
# aviso: la matriz tiene buen aspecto y sus filas suman 1. `get_attention_maps` recorta **los dos** ejes, y el mapa
# del texto corto es el mismo en el lote que solo.
#
# ### ¿Explica la atención lo que decide el modelo?
#
# Un peso grande dice que se **leyó** mucho de esa posición. No dice que lo leído cambiara la respuesta.
# [Jain y Wallace (2019)](https://arxiv.org/abs/1902.10186) compararon, en redes recurrentes con atención, los
# pesos con otras medidas de importancia: coincidían poco, y se podían encontrar pesos muy distintos con la misma
# predicción. [Wiegreffe y Pinter (2019)](https://arxiv.org/abs/1908.04626) respondieron que depende de qué se
# llame explicación y que esos pesos alternativos no salen de entrenar el modelo. El desacuerdo sigue. Lo
# prudente es **comprobarlo** en tu modelo, con una intervención.
#
# Se quita cada palabra, de una en una, y se mira cuánto cambia la decisión. Se mide en **logaritmo de
# la razón** (*log-odds*), $\ln \frac{p}{1-p}$, porque cerca de 1 la probabilidad apenas puede moverse. Al otro
# lado, el peso de `[CLS]` a esa palabra en cada capa, media de las cabezas. Si la palabra tiene varios trozos, hay
# que decidir: ¿se suman o se promedian? Guardamos las dos cosas, y enseguida se verá que no da igual.


# %%
def log_odds(p):
    """Logaritmo de p / (1 − p), en nats."""
    return np.log(p) - np.log1p(-p)


def occlusion(model, text):
    """Cuánto baja la clase elegida al quitar cada palabra, en nats: positivo si la palabra la apoyaba."""
    words = text.split()
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    _, probabilities = model.predict([text, *without])
    scores = log_odds(probabilities[:, probabilities[0].argmax()])
    return scores[0] - scores[1:]


def attention_to_words(tokenizer, text, maps):
    """Peso de [CLS] a cada palabra, suma y media de sus trozos; maps (L, h, T, T) -> dos de (L, palabras)."""
    pieces = np.array([len(tokenizer.tokenize(word)) for word in text.split()])
    from_cls = maps[:, :, 0].mean(axis=1)  # (L, T), media de las cabezas
    assert from_cls.shape[-1] == 2 + pieces.sum()  # los trozos y los dos tokens especiales
    starts = np.cumsum(pieces) - pieces
    total = np.add.reduceat(from_cls[:, 1:-1], starts, axis=-1)
    both = {"suma": total, "media": total / pieces}
    return both


effects = occlusion(bert, text)
word_weights = attention_to_words(bert.tokenizer, text, bert.get_attention_maps([text])[0])["media"]
words = text.split()
print(f"probabilidad de la clase elegida: {bert.predict([text])[1][0].max():.3f}")
print("palabra        efecto al quitarla   peso por trozo, última capa")
for word, effect, weight in zip(words, effects, word_weights[-1]):
    print(f"{word:14s} {effect:13.2f} nats {weight:29.3f}")
print("la más atendida desde [CLS], capa a capa:", *(words[i] for i in word_weights.argmax(axis=-1)))

# %% [markdown]
# **Explica.** Mira primero el **tamaño** de los efectos. Si son todos pequeños, ninguna palabra decide por sí sola:
# esta frase dice lo mismo dos veces, y al quitar *fantastic* queda *amazing*. Discutir qué palabra «explica» la
# respuesta no tendría sentido, y sin embargo el mapa señala una.
#
# Una frase no prueba nada, así que lo repetimos con las reseñas de validación. En cada una se calcula la
# **correlación de Spearman** entre el efecto, sin signo, y el peso: 1 si los dos ordenan igual las palabras, 0 si
# no tienen relación.
#
# Toda medida necesita un **control**: se hace lo mismo con un BERT de la misma forma y **pesos al azar**. No ha
# aprendido nada, así que su atención no puede explicar nada.
#
# > **Predice.** ¿Será alta la correlación del modelo ajustado? ¿Y la del control?


# %%
def spearman(first, second):
    """Correlación entre los órdenes de dos listas sin empates."""
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def compare_with_occlusion(model, reviews):
    """Efectos y pesos de cada reseña, y la correlación de los dos: {"suma" o "media": (reseñas, L)}."""
    effects = [occlusion(model, review) for review in reviews]
    maps = model.get_attention_maps(reviews)
    weights = [attention_to_words(model.tokenizer, *pair) for pair in zip(reviews, maps)]
    correlations = {
        how: np.array([[spearman(np.abs(e), layer) for layer in w[how]] for e, w in zip(effects, weights)])
        for how in ("suma", "media")
    }
    return effects, weights, correlations


all_effects, all_weights, tuned_correlations = compare_with_occlusion(bert, validation.texts)

# %%
blank = BERTSentimentClassifier(seed=best_seed)
torch.manual_seed(0)
for module in blank.model.modules():
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()  # pesos al azar
*_, blank_correlations = compare_with_occlusion(blank, validation.texts[::2])  # la mitad basta
del blank


def mean_and_margin(correlations):
    """Media de las reseñas y mitad de su intervalo al 95 %, por capa."""
    return correlations.mean(axis=0), 1.96 * correlations.std(axis=0, ddof=1) / math.sqrt(len(correlations))


print("correlación en la última capa      sumando trozos    promediando trozos")
for label, correlations in (("modelo ajustado", tuned_correlations), ("pesos al azar", blank_correlations)):
    cells = [mean_and_margin(correlations[how]) for how in ("suma", "media")]
    print(f"{label:30s}", *(f"{mean[-1]:+12.2f} ± {margin[-1]:.2f}" for mean, margin in cells))

# %% [markdown]
# **Explica.** Mira la fila del control. Si un modelo que no sabe nada da una correlación clara, lo que se está
# midiendo no es una explicación, sino otra cosa que las dos medidas comparten. ¿Cuál? El **número de trozos**: una
# palabra de varios trozos, al sumarlos, recibe más peso; y al quitarla se quita más texto. Promediar los trozos
# elimina esa coincidencia. Sin control, la primera columna parecería un hallazgo.
#
# A partir de aquí, se promedian.

# %%
strongest = int(np.argmax([np.abs(effects).max() for effects in all_effects]))
strong_words = validation.texts[strongest].split()
strong_effects, strong_weights = all_effects[strongest], all_weights[strongest]["media"][-1]
mean_correlation, margin = mean_and_margin(tuned_correlations["media"])
blank_mean, blank_margin = mean_and_margin(blank_correlations["media"])

fig, axes = plt.subplots(1, 3, figsize=(15, 5), layout="constrained", width_ratios=(2, 2, 3))
axes[0].barh(range(len(strong_words)), strong_effects, color=BLUE)
axes[0].set(title="Efecto de quitar la palabra", xlabel="Efecto (nats; + apoya la decisión)")
axes[1].barh(range(len(strong_words)), strong_weights, color=ORANGE, hatch="//")
axes[1].set(title="Peso desde [CLS]", xlabel="Peso por trozo, última capa (fracción)")
axes[0].set_yticks(range(len(strong_words)), strong_words)
axes[1].set_yticks(range(len(strong_words)), [])
for ax in axes[:2]:
    ax.invert_yaxis()
layers = np.arange(L)
axes[2].errorbar(layers, mean_correlation, margin, fmt="o-", color=BLUE, capsize=4, label="modelo ajustado")
axes[2].errorbar(
    layers + 0.15, blank_mean, blank_margin, fmt="s--", color=PINK, capsize=4, label="pesos al azar"
)
axes[2].legend(frameon=False, loc="upper left")
axes[2].axhline(0, color="black", linestyle=":", linewidth=1)
axes[2].set(xlabel="Capa", ylabel="Correlación de Spearman (sin unidades)", ylim=(-1, 1), xticks=range(L))
axes[2].set_title("Media de las reseñas e intervalo al 95 %")
top = int(mean_correlation.argmax())
most_important, most_attended = (
    strong_words[np.abs(strong_effects).argmax()],
    strong_words[strong_weights.argmax()],
)
show_figure(
    fig,
    caption=(
        "**Figura 5.6.** Izquierda y centro: la reseña de validación en que más cambia la decisión al quitar una "
        f"palabra. La que más importa es «{most_important}»; la más atendida, «{most_attended}». Derecha: correlación "
        f"entre importancia y atención, por capa; la mayor es {mean_correlation[top]:.2f} (capa {top}), y en la última "
        f"capa, {mean_correlation[-1]:.2f}; la del control no pasa de {blank_mean.max():.2f}."
    ),
    alt=(
        f"Barras horizontales para las {len(strong_words)} palabras de una reseña: el efecto de quitarlas, de "
        f"{strong_effects.min():.2f} a {strong_effects.max():.2f} nats, y el peso de atención, hasta "
        f"{strong_weights.max():.2f}. A la derecha, la correlación media por capa con su intervalo: va de "
        f"{mean_correlation.min():.2f} a {mean_correlation.max():.2f} en el modelo ajustado y de {blank_mean.min():.2f} a "
        f"{blank_mean.max():.2f} en el de pesos al azar. Una línea de puntos marca el 0."
    ),
)

# %%
same_word = [
    np.abs(effects).argmax() == weights["media"][-1].argmax()
    for effects, weights in zip(all_effects, all_weights)
]
by_chance = np.mean([1 / len(effects) for effects in all_effects])
display(
    Markdown(
        f"En la última capa, la palabra más atendida es la que más importa en el **{np.mean(same_word):.0%}** de las "
        f"reseñas; al azar lo sería en el {by_chance:.0%}. La correlación media de esa capa es {mean_correlation[-1]:+.2f} "
        f"(± {margin[-1]:.2f}), y entre capas va de {mean_correlation.min():+.2f} a {mean_correlation.max():+.2f}."
    )
)

# %% [markdown]
# **Explica.** Lee tus cifras con dos preguntas. ¿Hay **alguna** relación, es decir, queda el control fuera del
# intervalo? ¿Es tan estrecha como para que el mapa **sustituya** a la intervención, es decir, está cerca de 1?
# Las dos respuestas pueden ser distintas: un mapa puede dar pistas y no ser una explicación.
#
# Tampoco quitar palabras es la verdad última: la frase que queda puede ser rara, y dos palabras que dicen lo
# mismo se cubren la una a la otra. Pero es una pregunta bien definida al modelo, con una respuesta que se puede
# comprobar. El mapa, por sí solo, no lo es.
#
# ## Resumen
#
# - BERT es la pila codificadora de la parte 4 con GELU, posiciones aprendidas y `[CLS]`: con sus pesos copiados,
#   los bloques del curso dan los mismos estados ocultos.
# - `attention_mask` de Hugging Face dice qué se conserva; la máscara del curso, qué se oculta.
# - Ocho frases y tres de prueba no prueban nada: no distinguen un ajuste bueno de uno que depende del sorteo.
# - Para afirmar algo hacen falta referencias simples, validación para elegir, prueba para medir una sola vez,
#   varias semillas e intervalos.
# - Un mapa de atención dice de dónde se leyó. Si eso cambió la respuesta, lo dice una intervención.
#
# Sigue en `parte6_gpt2`.
