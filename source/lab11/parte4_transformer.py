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
# # Parte 4. El Transformer completo en PyTorch
#
# **Qué sabrás hacer al terminar**
#
# - Montar un bloque codificador y uno decodificador, y contar sus parámetros a mano.
# - Comprobar que un bloque propio es el estándar: mismos pesos, mismas salidas.
# - Preparar las máscaras de un lote: la causal y la de relleno.
# - Entrenar un Transformer pequeño y averiguar, con medidas, qué pierde sin posiciones.
#
# | | |
# |---|---|
# | Tiempo | unos 90 minutos (los dos entrenamientos, menos de uno) |
# | Hace falta | las partes 1 a 3; PyTorch: tensores, `nn.Module`, un bucle de entrenamiento |
# | Se entrega | nada: esta parte no puntúa |
#
# Como siempre: **predice** antes de ejecutar, **ejecuta** y **explica**.
#
# **Símbolos nuevos**
#
# | símbolo | significado |
# |---|---|
# | $B$ | tamaño del lote (*batch*) |
# | $S$ | longitud de la secuencia de origen; $T$, la de destino |
# | $h$ | número de cabezas |
# | $d_{ff}$ | dimensión oculta de la red por posición |
# | $V$ | tamaño del vocabulario |

# %%
import math
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from codigo.figures import ATTENTION_CMAP, show_figure
from codigo.model import AttentionMaps
from codigo.transformers import (
    PositionwiseFeedForward,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
    TransformerModel,
)

torch.set_printoptions(precision=3, sci_mode=False)
torch.set_num_threads(1)  # redes tan pequeñas no ganan con varios hilos, y con el equipo ocupado pierden


# %%
def count_parameters(module):
    """Cuántos números se aprenden en un módulo."""
    return sum(parameter.numel() for parameter in module.parameters())


# %% [markdown]
# ## 4.1 De NumPy a PyTorch
#
# Hasta aquí la atención era NumPy: se calculaba, pero no aprendía. PyTorch pone las derivadas, y
# `codigo` reúne las mismas fórmulas en módulos. Un bloque de Transformer tiene cuatro piezas:
#
# | pieza | qué hace | mezcla posiciones |
# |---|---|---|
# | atención de $h$ cabezas | lleva información de unas posiciones a otras | sí |
# | red por posición (*feed-forward*) | transforma el vector de cada posición | no |
# | suma residual | $x + f(x)$: cada subcapa corrige su entrada, no la sustituye | no |
# | normalización de capa | devuelve cada vector a una escala fija | no |
#
# La suma residual da a los gradientes un camino directo hasta las primeras capas.
#
# ### La normalización de capa, a mano
#
# `LayerNorm` trata cada vector por separado: le resta su media, lo divide entre su desviación y aplica
# una escala $\gamma$ y un desplazamiento $\beta$ que se aprenden y empiezan en 1 y 0:
#
# $$\text{LayerNorm}(x) = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta,
# \qquad \sigma^2 = \frac{1}{d}\sum_{i=1}^{d} (x_i - \mu)^2$$
#
# Hay dos detalles fáciles de cambiar sin darse cuenta: $\sigma^2$ divide entre $d$, no entre $d-1$
# (varianza **sesgada**), y $\epsilon$ va **dentro** de la raíz.


# %%
def layer_norm(x, eps=1e-5, unbiased=False, eps_inside=True):
    """Normaliza el último eje, con γ = 1 y β = 0."""
    centered = x - x.mean(dim=-1, keepdim=True)
    variance = x.var(dim=-1, keepdim=True, unbiased=unbiased)
    return centered / ((variance + eps).sqrt() if eps_inside else variance.sqrt() + eps)


torch.manual_seed(0)
x_norm = torch.randn(2, 5, 8) * 3 + 1  # (B, T, d_model)
y_norm = layer_norm(x_norm)
assert torch.allclose(y_norm, nn.LayerNorm(8)(x_norm), atol=1e-6)
print("igual que nn.LayerNorm")
mean, variance = y_norm[0, 0].mean().abs(), y_norm[0, 0].var(unbiased=False)
print(f"primer vector: media {mean:.3f}, varianza {variance:.3f}")

# %% [markdown]
# > **Predice.** ¿Cuál de los dos detalles se nota más en un vector cualquiera? ¿Y en uno casi constante,
# > con desviación de una milésima?

# %%
print("mayor diferencia con nn.LayerNorm       x      x/3000")
for label, options in {
    "varianza sin sesgo (d−1)": {"unbiased": True},
    "eps fuera de la raíz": {"eps_inside": False},
}.items():
    gaps = [
        (layer_norm(scaled, **options) - nn.LayerNorm(8)(scaled)).abs().max().item()
        for scaled in (x_norm, x_norm / 3000)
    ]
    print(f"{label:30s} {gaps[0]:12.5f} {gaps[1]:11.5f}")

# %% [markdown]
# **Explica.** La varianza sin sesgo encoge todas las salidas por $\sqrt{7/8} \approx 0.935$: un 6.5 %
# con $d = 8$, y cada vez menos al crecer $d$. El sitio de $\epsilon$ no se nota en un vector normal,
# pero en uno casi constante lo cambia todo, porque allí $\epsilon = 10^{-5}$ es mayor que la varianza.
# Ninguno de los dos errores cambia la forma del resultado: solo los delata comparar con la referencia.

# %% [markdown]
# ## 4.2 La red por posición
#
# $$\text{FFN}(x) = \max(0,\; x W_1 + b_1)\, W_2 + b_2$$
#
# Son dos capas lineales con una ReLU en medio: $d_{model} \to d_{ff} \to d_{model}$. Los mismos pesos
# sirven para todas las posiciones.
#
# > **Predice.** Si cambias el vector de la posición 2, ¿qué filas de la salida cambian?

# %%
torch.manual_seed(1)
feed_forward = PositionwiseFeedForward(d_model=6, d_ff=20, dropout=0.0)
x_ffn = torch.randn(3, 5, 6)  # (B, T, d_model)
y_ffn = feed_forward(x_ffn)

one_by_one = torch.stack([feed_forward(x_ffn[:, t]) for t in range(5)], dim=1)  # posición a posición
assert torch.allclose(y_ffn, one_by_one, atol=1e-6)

x_edited = x_ffn.clone()
x_edited[:, 2] += 1.0
changed = (feed_forward(x_edited) - y_ffn).abs().amax(dim=(0, 2)) > 1e-6
print("¿cambia cada posición?", changed.tolist())

# %% [markdown]
# **Explica.** Solo la 2. Dar la secuencia entera o dar las posiciones de una en una es lo mismo: toda la
# comunicación entre posiciones pasa por la atención.

# %% [markdown]
# ## 4.3 El bloque codificador
#
# ```text
# x ──► atención ──► (+x) ──► LayerNorm ──► red por posición ──► (+) ──► LayerNorm ──► salida
# ```
#
# El segundo `(+)` suma lo que salió de la primera normalización. Con los tamaños del artículo
# ([Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)):

# %%
d_model, num_heads, d_ff, dropout = 512, 8, 2048, 0.1
torch.manual_seed(2)
encoder_block = TransformerEncoderBlock(d_model, num_heads, d_ff, dropout)
print(encoder_block)

# %% [markdown]
# ### Ejemplo resuelto: contar los parámetros
#
# Una capa lineal de $a$ a $b$ tiene $a \cdot b$ pesos y $b$ sesgos. Con $d = 512$:
#
# | pieza | cuenta | parámetros |
# |---|---|---|
# | atención: $W_Q$, $W_K$, $W_V$, $W_O$ | $4\,(d^2 + d)$ | 1,050,624 |
# | red por posición | $2\,d\,d_{ff} + d_{ff} + d$ | 2,099,712 |
# | dos `LayerNorm` ($\gamma$ y $\beta$) | $2 \cdot 2d$ | 2,048 |
# | **total** | | **3,152,384** |
#
# Arriba, $W_Q$, $W_K$ y $W_V$ aparecen juntas en `in_proj`, de 512 a 1536. El número de cabezas no entra
# en la cuenta: solo reparte las mismas columnas.

# %%
attention_params = 4 * (d_model**2 + d_model)
feed_forward_params = 2 * d_model * d_ff + d_ff + d_model
norm_params = 2 * d_model

by_hand = attention_params + feed_forward_params + 2 * norm_params
assert by_hand == count_parameters(encoder_block)
print(f"a mano: {by_hand:,}; en la red por posición está el {feed_forward_params / by_hand:.0%}")

# %% [markdown]
# > **Predice.** Entra un tensor (2, 10, 512). ¿Qué forma sale? ¿Y si la frase tuviera 37 tokens?

# %%
torch.manual_seed(3)
x = torch.randn(2, 10, d_model)  # (B, T, d_model)
output = encoder_block(x)
print("entrada:", tuple(x.shape), " salida:", tuple(output.shape))
print("con 37 tokens:", tuple(encoder_block(torch.randn(2, 37, d_model)).shape))

# %% [markdown]
# **Explica.** La forma se conserva, así que los bloques se pueden apilar. Y ningún peso depende de $T$: el
# mismo bloque sirve para cualquier longitud.
#
# ### ¿Es el bloque estándar?
#
# La prueba más exigente de una implementación es la **paridad**: copiar los pesos a otra de confianza y
# exigir las mismas salidas. Aquí la otra es `nn.TransformerEncoderLayer`. Las dos van en modo `eval()`,
# que apaga el *dropout*; si no, cada una sortearía sus ceros.

# %%
encoder_block.eval()
standard = nn.TransformerEncoderLayer(d_model, num_heads, d_ff, dropout, batch_first=True).eval()

pairs = [
    (standard.self_attn.out_proj, encoder_block.self_attention.out_proj),
    (standard.linear1, encoder_block.feed_forward.linear1),
    (standard.linear2, encoder_block.feed_forward.linear2),
    (standard.norm1, encoder_block.attention_residual.norm),
    (standard.norm2, encoder_block.feed_forward_residual.norm),
]
for theirs, ours in pairs:
    theirs.load_state_dict(ours.state_dict())
with torch.no_grad():  # las proyecciones de Q, K y V son parámetros sueltos en PyTorch
    standard.self_attn.in_proj_weight.copy_(encoder_block.self_attention.in_proj.weight)
    standard.self_attn.in_proj_bias.copy_(encoder_block.self_attention.in_proj.bias)

# %%
causal = TransformerModel.generate_square_subsequent_mask(10)
with torch.no_grad():
    for label, mask in (("sin máscara", None), ("con máscara causal", causal)):
        gap = (encoder_block(x, mask) - standard(x, src_mask=mask)).abs().max().item()
        assert gap < 1e-5
        print(f"{label}: mayor diferencia por debajo de 1e-5")

# %% [markdown]
# **Explica.** Las diferencias son de redondeo. La segunda línea dice además que el convenio de la máscara
# es el mismo: `True` = oculta.
#
# **¿Normalizar después o antes?** El artículo normaliza **después** de cada suma (*post-norm*), y así lo
# hacen este bloque y BERT. GPT-2 y casi todos los modelos posteriores normalizan **antes** de cada subcapa
# (*pre-norm*; aquí, `norm_first=True`). Entonces la suma residual atraviesa toda la pila sin que nada la
# reescale. [Xiong et al. (2020)](https://arxiv.org/abs/2002.04745) lo explican: en *post-norm*, al
# empezar, los gradientes cerca de la salida son grandes, y por eso los modelos profundos piden subir la
# tasa de aprendizaje poco a poco (*warm-up*). En *pre-norm* se puede prescindir de él.

# %% [markdown]
# ## 4.4 El bloque decodificador
#
# El decodificador escribe la secuencia de destino. Tiene tres subcapas, cada una con su suma y su norma:
#
# 1. **autoatención causal**: mira lo que lleva escrito, nunca el futuro;
# 2. **atención cruzada**: las consultas son suyas; las claves y los valores salen de la **memoria**, que
#    es la salida del codificador;
# 3. **red por posición**, como la del codificador.

# %%
torch.manual_seed(4)
decoder_block = TransformerDecoderBlock(d_model, num_heads, d_ff, dropout).eval()
S, T = 15, 12
memory = torch.randn(2, S, d_model)  # (B, S, d_model)
target = torch.randn(2, T, d_model)  # (B, T, d_model)
causal = TransformerModel.generate_square_subsequent_mask(T)

with torch.no_grad():
    decoded, own, cross = decoder_block(target, memory, tgt_mask=causal, return_attention=True)
print("salida:", tuple(decoded.shape))
print("autoatención (B, h, T, T):    ", tuple(own.shape))
print("atención cruzada (B, h, T, S):", tuple(cross.shape))

# %% [markdown]
# La memoria mide 15 y el destino 12: no tienen por qué coincidir, porque la atención cruzada admite
# matrices rectangulares. Ahora, la propiedad que hace útil la máscara causal: **editar el futuro no cambia
# el pasado**.
#
# > **Predice.** Se cambian los vectores de destino de la posición 7 en adelante. ¿Qué salidas cambian con
# > máscara? ¿Y sin ella?

# %%
edited = target.clone()
edited[:, 7:] += 1.0
with torch.no_grad():
    for label, mask in (("con máscara causal", causal), ("sin máscara", None)):
        before = decoder_block(target, memory, tgt_mask=mask)
        after = decoder_block(edited, memory, tgt_mask=mask)
        past_intact = torch.allclose(before[:, :7], after[:, :7], atol=1e-5)
        assert past_intact == (mask is not None)
        print(f"{label}: ¿intactas las posiciones 0 a 6? {past_intact}")

# %% [markdown]
# **Explica.** Con máscara, las posiciones 0 a 6 quedan intactas. Sin ella cambian, lo que demuestra de paso
# que la comprobación puede fallar. Fíjate en que la máscara causal va **solo** en la autoatención: la
# memoria, que es la frase de origen, se ve entera.
#
# ### Ejemplo con huecos: los parámetros del decodificador
#
# Usa `attention_params`, `feed_forward_params` y `norm_params` del codificador. Sustituye los tres `...` por
# cuántas piezas de cada clase tiene un bloque decodificador.

# %%
num_attentions = ...  # hueco 1: cuántas atenciones
num_feed_forwards = ...  # hueco 2: cuántas redes por posición
num_norms = ...  # hueco 3: cuántas LayerNorm

if ... in (num_attentions, num_feed_forwards, num_norms):
    print("Quedan huecos por completar.")
else:
    total = (
        num_attentions * attention_params + num_feed_forwards * feed_forward_params + num_norms * norm_params
    )
    expected = count_parameters(decoder_block)
    assert total == expected, f"Con esas piezas salen {total:,} y el bloque tiene {expected:,}."
    print(f"Correcto: {total:,} parámetros.")

# %% [markdown]
# <details>
# <summary>Ver la cuenta</summary>
#
# Dos atenciones (la propia y la cruzada), una red por posición y tres `LayerNorm`, una por subcapa:
#
# 2 · 1,050,624 + 2,099,712 + 3 · 1,024 = **4,204,032**.
#
# Respecto al codificador sobran una atención y una norma: 1,051,648 parámetros más.
# </details>

# %% [markdown]
# ## 4.5 El modelo completo
#
# ```text
# src (B, S) ─► embedding · √d + posición ─► 6 codificadores ─► norma ─► memoria (B, S, d)
#                                                                          │
# tgt (B, T) ─► embedding · √d + posición ─► 6 decodificadores ◄───────────┘
#                                                │
#                                                └─► norma ─► capa lineal ─► logits (B, T, V)
# ```

# %%
vocab_size, num_layers = 10000, 6
torch.manual_seed(5)
transformer = TransformerModel(vocab_size, d_model, num_heads, num_layers, d_ff, dropout)
total_params = count_parameters(transformer)
print(f"parámetros: {total_params:,}")
print(f"tamaño en float32, a 4 bytes por número: {4 * total_params / 1024**2:.2f} MB")

# %%
breakdown = {
    "dos tablas de embeddings": 2 * vocab_size * d_model,
    "6 bloques codificadores": num_layers * count_parameters(encoder_block),
    "6 bloques decodificadores": num_layers * count_parameters(decoder_block),
    "dos normas finales": 2 * norm_params,
    "capa de salida": d_model * vocab_size + vocab_size,
}
assert sum(breakdown.values()) == total_params
for piece, count in breakdown.items():
    print(f"{piece:26s} {count:12,} {count / total_params:7.1%}")

# %% [markdown]
# **Explica.** Cuatro de cada diez parámetros están en los decodificadores. Las tablas de embeddings y la
# capa de salida suman algo más de un cuarto. El artículo lo reduce compartiendo una sola matriz entre las
# tres (sección 3.4); aquí van separadas. La codificación posicional no cuenta: es fija, no se aprende.
#
# > **Predice.** Lote de 2, origen de 15 tokens, destino de 12. ¿Qué forma tienen los logits?

# %%
torch.manual_seed(6)
src = torch.randint(0, vocab_size, (2, 15))  # (B, S)
tgt = torch.randint(0, vocab_size, (2, 12))  # (B, T)
tgt_mask = transformer.generate_square_subsequent_mask(12)

logits = transformer(src, tgt, tgt_mask=tgt_mask)
print("origen:", tuple(src.shape), " destino:", tuple(tgt.shape), " logits:", tuple(logits.shape))

# %% [markdown]
# **Explica.** (2, 12, 10000): en cada una de las 12 posiciones de destino hay una puntuación por palabra
# del vocabulario, que un softmax convierte en la distribución del token **siguiente**. La longitud del
# origen ha desaparecido: quedó dentro de la memoria.
#
# ### El convenio de las máscaras, otra vez
#
# Aquí `True` = **oculta**, como en `nn.Transformer`. En `F.scaled_dot_product_attention`, que es la función
# que `codigo` llama por dentro, `True` = **participa**. Hay que negar la máscara al pasar de un lado a otro:

# %%
torch.manual_seed(7)
query, key, value = torch.randn(3, 1, 4, 8)  # tres tensores (1, T, d_k)
hidden_keys = TransformerModel.generate_square_subsequent_mask(4)

scores = (query @ key.transpose(-2, -1) / math.sqrt(8)).masked_fill(hidden_keys, float("-inf"))
explicit = scores.softmax(dim=-1) @ value
negated = F.scaled_dot_product_attention(query, key, value, attn_mask=~hidden_keys)
as_is = F.scaled_dot_product_attention(query, key, value, attn_mask=hidden_keys)
print("con la máscara negada coincide:", torch.allclose(explicit, negated, atol=1e-6))
print("sin negarla coincide:          ", torch.allclose(explicit, as_is, atol=1e-6))

# %% [markdown]
# ### Ejemplo con huecos: las máscaras de un lote con relleno
#
# Las frases de un lote miden distinto y las cortas se completan con un token de **relleno** (aquí, el 0).
# Ese relleno no debe influir en nada: hay que ocultarlo en el codificador (`src_mask`) y en la atención
# cruzada (`memory_mask`). La máscara tiene forma $(B, 1, S)$: el eje de tamaño 1 se difunde a todas las
# consultas. Sustituye los dos `...`.

# %%
torch.manual_seed(8)
padded_model = TransformerModel(10, 16, 2, 1, 32, 0.0).eval()
padded_src = torch.tensor([[5, 3, 8, 2, 0, 0], [7, 1, 4, 9, 6, 2]])  # (B, S); 0 es relleno
padded_tgt = torch.tensor([[1, 4, 6], [3, 3, 7]])  # (B, T)

padding = ...  # hueco 1: booleana (B, S), True donde hay relleno
padding_mask = ...  # hueco 2: la misma, con forma (B, 1, S)

if padding is ... or padding_mask is ...:
    print("Quedan huecos por completar.")
else:
    masks = {
        "src_mask": padding_mask,
        "memory_mask": padding_mask,
        "tgt_mask": padded_model.generate_square_subsequent_mask(3),
    }
    other_padding = padded_src.clone()
    other_padding[0, 4:] = 9  # otro contenido en el relleno: no debe notarse
    with torch.no_grad():
        first = padded_model(padded_src, padded_tgt, **masks)
        second = padded_model(other_padding, padded_tgt, **masks)
        alone = padded_model(padded_src[:1, :4], padded_tgt[:1], tgt_mask=masks["tgt_mask"])
    assert torch.allclose(first, second, atol=1e-5), "El relleno influye: ¿True marca el relleno?"
    assert torch.allclose(first[:1], alone, atol=1e-5), "La frase corta da otra cosa que sin relleno."
    print("Correcto: la frase corta da lo mismo con relleno que sola.")

# %% [markdown]
# <details>
# <summary>Ver una forma de completar los huecos</summary>
#
# ```python
# padding = padded_src == 0
# padding_mask = padding[:, None]
# ```
#
# Si usas `padded_src != 0`, que sería lo correcto para Hugging Face, ocultas las palabras y dejas el
# relleno. En la segunda frase, que no tiene relleno, quedaría todo oculto, y `codigo` protesta con un
# `ValueError`.
# </details>

# %% [markdown]
# ## 4.6 Entrenarlo: dar la vuelta a 16 dígitos
#
# La tarea: entra una secuencia de 16 dígitos al azar y debe salir del revés. Es fácil de comprobar y
# obliga a usar la posición. Además no se puede memorizar: hay $10^{16}$ secuencias y el modelo verá
# 600 · 64 = 38,400.
#
# El modelo no recibe la respuesta que debe dar, sino la respuesta **desplazada** un lugar: el token de
# inicio (el 10) y los 15 primeros dígitos correctos. En cada posición predice el siguiente. A esto se le
# llama *teacher forcing*: al entrenar, el pasado siempre es el correcto, aunque el modelo se haya
# equivocado. Así, con la máscara causal, un solo paso entrena las 16 predicciones a la vez.

# %%
NUM_DIGITS, LENGTH, START = 10, 16, 10


def make_batch(size, generator):
    """Origen, destino desplazado y respuesta; los tres, de forma (size, LENGTH)."""
    source = torch.randint(0, NUM_DIGITS, (size, LENGTH), generator=generator)
    answer = source.flip(dims=[1])
    start = torch.full((size, 1), START)
    return source, torch.cat([start, answer[:, :-1]], dim=1), answer


example_src, example_tgt, example_answer = make_batch(1, torch.Generator().manual_seed(0))
print("origen:    ", *(f"{token:2d}" for token in example_src[0].tolist()))
print("destino:   ", *(f"{token:2d}" for token in example_tgt[0].tolist()))
print("respuesta: ", *(f"{token:2d}" for token in example_answer[0].tolist()))

# %% [markdown]
# El modelo es mínimo: una capa en cada pila, 4 cabezas, $d_{model} = 48$. Se crea dos veces, con la misma
# semilla: una con codificación posicional y otra sin ella. Todo lo demás es igual, hasta los lotes. La tasa
# de aprendizaje baja en línea recta hasta 0, para que el último paso no estropee lo aprendido.
#
# > **Predice.** Antes de entrenar, ¿cuánto valdrá más o menos la pérdida de quien reparte su apuesta por igual
# > entre los 10 dígitos? ¿Podrá el modelo sin posiciones acertar el **primer** dígito de la respuesta, que
# > es el último del origen? ¿Por qué? (Recuerda la equivariancia de la parte 3.)


# %%
def make_reverser(use_positional_encoding):
    """Transformer de una capa, sin dropout, con los mismos pesos iniciales en cada llamada."""
    torch.manual_seed(0)
    return TransformerModel(
        NUM_DIGITS + 1, 48, 4, 1, 192, 0.0, max_len=LENGTH, use_positional_encoding=use_positional_encoding
    )


def train(model, steps=600, batch_size=64):
    """Entrena con Adam y devuelve la pérdida de cada paso."""
    batches = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)  # de 2e-3 a 0
    mask = model.generate_square_subsequent_mask(LENGTH)
    losses = []
    for step in range(1, steps + 1):
        source, shifted, answer = make_batch(batch_size, batches)
        logits = model(source, shifted, tgt_mask=mask)  # (B, T, V)
        loss = F.cross_entropy(logits.flatten(0, 1), answer.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step in (1, 200, 400, steps):
            print(f"  paso {step:3d}: pérdida {loss.item():.4f}")
    return losses


print(f"parámetros: {count_parameters(make_reverser(True)):,}")

# %%
started = time.perf_counter()
print("con posiciones")
with_positions = make_reverser(True)
losses_with = train(with_positions)
print("sin posiciones")
without_positions = make_reverser(False)
losses_without = train(without_positions)
print(f"los dos entrenamientos: {time.perf_counter() - started:.0f} s")

# %% [markdown]
# ### ¿Cuánto acierta solo?
#
# La pérdida se mide con la respuesta correcta delante. La prueba de verdad es generar: `greedy_decode` da
# al modelo el origen y el token de inicio, y cada dígito que escribe pasa a ser su propio pasado. Se
# evalúa con 1000 secuencias nuevas.

# %%
test_src, test_tgt, test_answer = make_batch(1000, torch.Generator().manual_seed(7))
generated_with = with_positions.greedy_decode(test_src, START, LENGTH)
generated_without = without_positions.greedy_decode(test_src, START, LENGTH)

accuracy_with = (generated_with == test_answer).float().mean().item()
accuracy_without = (generated_without == test_answer).float().mean().item()
print(f"dígitos acertados con posiciones: {accuracy_with:.1%}")
print(f"dígitos acertados sin posiciones: {accuracy_without:.1%}")
assert accuracy_with > 0.95 and accuracy_without < 0.3

# %%
for label, tokens in (
    ("respuesta", test_answer),
    ("con posiciones", generated_with),
    ("sin posiciones", generated_without),
):
    print(f"{label:15s}", *tokens[0].tolist())

# %% [markdown]
# ### Por qué falla sin posiciones
#
# **Explica** antes de leer. Sin posiciones, el codificador es equivariante: si se barajan los dígitos del
# origen, la memoria contiene los mismos vectores en otro orden. Y la atención cruzada suma sobre **toda**
# la memoria, así que ese orden no le llega. Para este modelo, dos orígenes con los mismos dígitos son el
# mismo. Se puede comprobar:

# %%
shuffled_src = test_src[:, torch.randperm(LENGTH, generator=torch.Generator().manual_seed(2))]
mask = TransformerModel.generate_square_subsequent_mask(LENGTH)
with torch.no_grad():
    for label, model in (("con posiciones", with_positions), ("sin posiciones", without_positions)):
        change = model(shuffled_src, test_tgt, tgt_mask=mask) - model(test_src, test_tgt, tgt_mask=mask)
        blind = change.abs().max().item() < 1e-3
        assert blind == (model is without_positions)
        print(f"{label}: ¿los mismos logits con el origen barajado? {blind}")

# %% [markdown]
# Solo puede saber **qué** dígitos hay, no dónde. ¿Y qué hace con eso? Dos comprobaciones más: si lo que
# escribe es una reordenación de los dígitos del origen, y cuánto acertaría quien los escribiera en
# un orden al azar. Si el dígito $a$ aparece $c_a$ veces, ese acierto es $\sum_a (c_a/16)^2$.

# %%
counts = F.one_hot(test_src, NUM_DIGITS).sum(dim=1).double()  # (B, 10): cuántos hay de cada dígito
same_digits = (generated_without.sort(dim=1).values == test_answer.sort(dim=1).values).all(dim=1)
random_order = (counts / LENGTH).square().sum(dim=1).mean().item()
best_without_order = (counts.max(dim=1).values / LENGTH).mean().item()

print(f"respuestas que usan justo los dígitos del origen: {same_digits.double().mean():.1%}")
print(f"acierto de quien los escribe en orden al azar:    {random_order:.1%}")
print(f"acierto del modelo sin posiciones:                {accuracy_without:.1%}")
print(f"lo máximo sin conocer el orden:                   {best_without_order:.1%}")
assert same_digits.double().mean() > 0.8 and abs(accuracy_without - random_order) < 0.03
assert accuracy_without < best_without_order

# %% [markdown]
# **Explica.** El modelo sin posiciones no es inútil: casi siempre escribe justo los dígitos que había, las
# veces que los había. Pero los escribe en un orden que no depende del origen, y acierta lo mismo que al
# azar. Ni el mejor modelo ciego al orden pasaría del 24 %: es lo que logra repetir siempre el dígito más
# frecuente.
#
# **Un matiz.** Que el codificador sea equivariante no significa que el modelo entero lo sea. Para escribir
# cada dígito las veces justas hay que llevar la cuenta de lo ya escrito, y eso lo da la autoatención
# **causal** del decodificador, que no es equivariante: la posición $i$ ve $i+1$ tokens y puede deducir
# algo de dónde está. Por eso hay modelos solo decodificador, como GPT, que aprenden sin codificación
# posicional ([Haviv et al., 2022](https://arxiv.org/abs/2203.16634)). Aquí no basta, porque el orden que
# hace falta es el del **origen**.
#
# ### Las curvas
#
# Quien apuesta por igual entre 10 dígitos paga $\ln 10 \approx 2.30$. Quien sabe qué dígitos quedan por
# escribir, pero no su orden, paga de media $\ln\!\big(16!/\prod_a c_a!\big)/16$: es el suelo del modelo
# sin posiciones.

# %%
guessing = math.log(NUM_DIGITS)
floor = ((math.lgamma(LENGTH + 1) - torch.lgamma(counts + 1).sum(dim=1)) / LENGTH).mean().item()
final_with = sum(losses_with[-50:]) / 50
final_without = sum(losses_without[-50:]) / 50
print(f"adivinar: {guessing:.2f}   suelo sin orden: {floor:.2f}")
print(f"media de los últimos 50 pasos: {final_with:.3f} con posiciones, {final_without:.3f} sin ellas")
assert final_with < 0.1 and floor < final_without < floor + 0.3

# %%
fig, ax = plt.subplots(figsize=(9.5, 4.8), layout="constrained")
ax.plot(losses_with, "-", color="#0072B2", label="con posiciones")
ax.plot(losses_without, "--", color="#D55E00", label="sin posiciones")
ax.axhline(guessing, color="black", linestyle=":", label="adivinar, ln 10 ≈ 2.30")
ax.axhline(floor, color="dimgray", linestyle="-.", label=f"suelo sin conocer el orden ≈ {floor:.2f}")
ax.set_yscale("log")
ax.set(xlabel="Paso de entrenamiento", ylabel="Pérdida (nats por dígito, escala logarítmica)")
ax.legend(loc="lower left", frameon=False)
show_figure(
    fig,
    caption=(
        "**Figura 4.1.** Pérdida al entrenar. Con posiciones baja de 0.1 y sigue; sin ellas se acerca al suelo "
        "de quien conoce los dígitos, pero no su orden, y ahí se queda."
    ),
    alt=(
        "Dos curvas en escala logarítmica. Las dos empiezan por encima de ln 10. La continua, con posiciones, cae "
        "por debajo de 0.1. La discontinua, sin posiciones, se aplana poco por encima de la línea de 1.48."
    ),
)

# %% [markdown]
# ## 4.7 Qué atiende el modelo entrenado
#
# En la parte 1 los mapas eran ruido. Este modelo está **entrenado** y sabemos lo que necesita: para
# escribir el dígito $i$ de la respuesta hay que leer el $15-i$ del origen. Si la atención cruzada hace ese
# trabajo, su mapa debe mostrar la **antidiagonal**.
#
# > **Predice.** ¿Qué fracción del peso esperas en la antidiagonal antes de entrenar? ¿Y después? ¿La
# > mostrarán las cuatro cabezas?


# %%
def cross_attention(model, source, shifted):
    """Pesos cruzados de la única capa, (B, h, T, S)."""
    maps = AttentionMaps()
    with torch.no_grad():
        model(source, shifted, tgt_mask=model.generate_square_subsequent_mask(LENGTH), attention=maps)
    return maps.cross[0]


def antidiagonal_weight(weights, reach=0):
    """Peso medio, por cabeza, a `reach` posiciones o menos de la antidiagonal."""
    place = torch.arange(LENGTH)
    near = (place[:, None] + place[None, :] - (LENGTH - 1)).abs() <= reach  # (T, S)
    return (weights * near).sum(dim=-1).mean(dim=(0, 2))  # (B, h, T) -> (h,)


trained_maps = cross_attention(with_positions, test_src, test_tgt)
untrained_maps = cross_attention(make_reverser(True), test_src, test_tgt)
blind_maps = cross_attention(without_positions, test_src, test_tgt)
print(f"uniforme, 1/16:                   {1 / LENGTH:.3f}")
print("sin entrenar, por cabeza: ", antidiagonal_weight(untrained_maps))
print("sin posiciones:           ", antidiagonal_weight(blind_maps))
print("entrenado:                ", antidiagonal_weight(trained_maps))
print("entrenado, con ±1 casilla:", antidiagonal_weight(trained_maps, reach=1))
assert antidiagonal_weight(trained_maps).min() > 2 * antidiagonal_weight(untrained_maps).max()
assert antidiagonal_weight(trained_maps).max() > 0.5 and antidiagonal_weight(trained_maps, 1).min() > 0.6

# %%
fig, axes = plt.subplots(2, 4, figsize=(15, 7.4), layout="constrained", sharex=True, sharey=True)
digits_in, digits_out = test_src[0].tolist(), test_answer[0].tolist()
for row, (label, maps) in enumerate((("sin entrenar", untrained_maps), ("entrenado", trained_maps))):
    for head in range(4):
        ax = axes[row, head]
        image = ax.imshow(maps[0, head], cmap=ATTENTION_CMAP, vmin=0, vmax=1)
        ax.set_title(f"cabeza {head + 1}, {label}")
for ax in axes[:, 0]:
    ax.set_yticks(range(LENGTH), digits_out)
    ax.set_ylabel("Dígito que se va a escribir")
for ax in axes[1]:
    ax.set_xticks(range(LENGTH), digits_in)
    ax.set_xlabel("Dígito del origen")
fig.colorbar(image, ax=axes, label="Peso de atención (cada fila suma 1)")
show_figure(
    fig,
    caption=(
        "**Figura 4.2.** Atención cruzada de las cuatro cabezas en una secuencia de prueba. Arriba, antes de "
        "entrenar: sin estructura. Abajo, entrenado: una banda alrededor de la antidiagonal en todas las "
        "cabezas, más fina en unas que en otras."
    ),
    alt=(
        "Ocho mapas de 16 por 16 en dos filas. Los cuatro de arriba son oscuros y casi uniformes. Los cuatro de "
        "abajo tienen una banda clara de la esquina inferior izquierda a la superior derecha y casi nada fuera de ella."
    ),
)

# %% [markdown]
# **Explica.** Antes de entrenar, la antidiagonal recibe lo que le toca por azar, 1/16. Después, las cuatro
# cabezas la encuentran, y la más nítida le da más de la mitad de su peso. Pero el mapa **no** es una
# antidiagonal perfecta: buena parte del resto cae en las dos casillas vecinas (última línea de la medida), y
# algunas cabezas quedan anchas o se desvían. Aun así, el modelo acierta. El modelo sin posiciones se queda
# cerca de 1/16.
#
# Un mapa muestra adónde va el peso, no qué hace el modelo con él. Si hay peso en las casillas vecinas, ¿influyen
# esos dígitos en la respuesta? Para saberlo hay que **intervenir**: cambiar un dígito del origen y mirar
# qué dígitos de la respuesta cambian.
#
# > **Predice.** Se cambia el dígito 4 del origen (contando desde 0) en las 1000 secuencias. ¿Qué posiciones de
# > la respuesta cambiarán?

# %%
changed_src = test_src.clone()
changed_src[:, 4] = (changed_src[:, 4] + 1) % NUM_DIGITS
response = with_positions.greedy_decode(changed_src, START, LENGTH)
change_rate = (response != generated_with).float().mean(dim=0)  # (T,)
for position, rate in enumerate(change_rate.tolist()):
    print(f"posición {position:2d}: cambia en el {rate:6.1%} de las secuencias")
assert change_rate[11] > 0.95 and change_rate[torch.arange(LENGTH) != 11].max() < 0.05

# %% [markdown]
# **Explica.** Cambia la posición 11, que es $15 - 4$, y prácticamente ninguna otra. El peso que reciben los
# vecinos no llega a cambiar lo que se escribe. La intervención dice lo que el mapa solo sugería.

# %% [markdown]
# ## 4.8 Qué falta para un modelo de verdad
#
# La arquitectura es esta; cambia lo que la rodea:
#
# | aquí | en un modelo real |
# |---|---|
# | 11 tokens puestos a mano | un **tokenizador** de subpalabras, con decenas de miles |
# | secuencias al azar, tantas como hagan falta | **datos**: reunirlos, limpiarlos y separar los de evaluación |
# | tasa de aprendizaje en línea recta hasta 0 | **programación** de la tasa: subida gradual y bajada |
# | una **caché KV** para un lote que empieza y acaba a la vez | la misma caché, repartida entre peticiones que llegan y acaban cuando quieren |
# | siempre el token más probable | muestreo con temperatura, top-k o top-p (parte 6) |
# | 68 mil parámetros y un procesador | millones o más, en aceleradores y con precisión reducida |
#
# Para seguir leyendo:
#
# - [De la versión ingenua a la rápida](lecturas/de_ingenua_a_rapida.ipynb), la lectura del curso, que no se
#   entrega: en su sección 2 la generación deja de repetir cuentas, paso a paso y con su ganancia medida.
# - [*The Annotated Transformer*](https://nlp.seas.harvard.edu/annotated-transformer/): el artículo de 2017,
#   línea a línea, con su código.
# - [nanoGPT](https://github.com/karpathy/nanoGPT): un GPT que se entrena de verdad, en dos archivos cortos.
#
# **Para pensar.**
#
# 1. ¿Por qué al entrenar se calculan las 16 posiciones a la vez y al generar hay que ir de una en una?
# 2. Si el decodificador no llevara máscara causal al entrenar, ¿qué pasaría con la pérdida? ¿Y al generar?
# 3. ¿Fallaría también sin posiciones si la tarea fuera **ordenar** los dígitos de menor a mayor?
#
# <details>
# <summary>Ver las respuestas</summary>
#
# 1. Al entrenar ya se conoce toda la respuesta, y la máscara causal deja a cada posición solo su pasado. Al
#    generar, la entrada de cada posición es la salida de la anterior, que aún no existe.
# 2. El dígito que hay que predecir en la posición $i$ está en la entrada $i+1$: bastaría con copiarlo, y la
#    pérdida bajaría sin aprender la tarea. Al generar, esa entrada no existe, y el modelo fallaría.
# 3. No por ese motivo. La respuesta depende solo de qué dígitos hay, no de su orden, y eso el modelo sin
#    posiciones sí lo ve.
# </details>
#
# ## Resumen
#
# - Un bloque es atención más red por posición, cada una con suma residual y normalización; la atención es
#   la única pieza que mezcla posiciones.
# - Los tres números del artículo salen a mano: 3,152,384 por codificador, 4,204,032 por decodificador y
#   59,510,544 en total.
# - La paridad con pesos copiados demuestra que un bloque es el estándar; mirar las formas, no.
# - *Teacher forcing* y máscara causal entrenan todas las posiciones en un solo paso; la evaluación honrada
#   es generando.
# - Sin posiciones, el codificador y la atención cruzada solo ven qué dígitos hay, no en qué orden.
#
# Sigue en `parte5_bert`.
