"""Respuestas equivocadas a los ejercicios 5 y 6: qué pruebas suspenden y qué debe decir la primera.

El clasificador se entrena una vez para todas: una respuesta equivocada parte de él, o de una copia.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np
import torch

from codigo.transformers import BERTSentimentClassifier
from tests.notebooks.suite import Wrong

LAYERS, TUNING = "ej5_atencion_por_capas", "ej6_fine_tuning"
ENTROPY, BY_LAYER, FIGURE = "test_ej5_entropia", "test_ej5_capas", "test_ej5_figura"
DATA, TRAINING, ACCURACY, GENERAL = (
    "test_ej6_datos",
    "test_ej6_entrenamiento",
    "test_ej6_exactitud",
    "test_ej6_generaliza",
)
HERE = "from tests.notebooks.wrong_ej5_ej6 import altered, solved_task, untrained"

DISHES = (
    "Boil the pasta until it is soft",
    "The soup needs more salt and pepper",
    "Fry the onions in butter",
    "Bake the bread for forty minutes",
    "Mix the eggs with the flour",
    "Grill the fish with lemon",
    "Serve the rice with tomato sauce",
    "Peel the potatoes before cooking them",
    "Season the salad with oil and vinegar",
    "Add sugar to the cream",
    "This cake recipe has too much chocolate",
    "Chop the garlic and the parsley",
)
MATCHES = (
    "The striker scored twice in the final",
    "Our goalkeeper saved a penalty",
    "The referee showed him a red card",
    "They lost the match in the last minute",
    "The coach changed the defence at half time",
    "Our team won the league this season",
    "Thousands of fans filled the stadium",
    "The club signed a young defender",
    "Extra time ended without a goal",
    "They qualified for the cup on penalties",
    "He was injured before the derby",
    "The winger passed the ball",
)


@functools.cache
def _trained() -> BERTSentimentClassifier:
    """Un clasificador ajustado a ocho textos de cada clase, en tres épocas de dos lotes."""
    task, classifier = _texts(), BERTSentimentClassifier(num_labels=2, seed=3)
    optimizer = torch.optim.AdamW(classifier.model.parameters(), lr=2e-4)
    for _ in range(3):
        for part in (slice(0, 8), slice(8, 16)):
            classifier.train_step(task["custom_texts"][part], task["custom_labels"][part], optimizer)
    return classifier


def _texts() -> dict[str, Any]:
    mixed = [text for pair in zip(DISHES, MATCHES) for text in pair]
    labels = [1, 0] * 12
    return {
        "custom_texts": mixed[:16],
        "custom_labels": labels[:16],
        "test_texts": mixed[16:],
        "test_labels": labels[16:],
    }


def solved_task() -> dict[str, Any]:
    """Los nombres que pide el ejercicio 6, bien resueltos y sin entrenar otra vez."""
    classifier = _trained()
    losses = np.reshape(classifier.training_losses, (3, 2)).mean(axis=1).tolist()
    return _texts() | {"custom_classifier": classifier, "loss_history": losses, "test_accuracy": 1.0}


def altered(scale: float = 1.0, bias: float = 0.0) -> BERTSentimentClassifier:
    """Una copia del clasificador ajustado con otra capa final: la de siempre por ``scale``, más ``bias``."""
    classifier = copy.deepcopy(_trained())
    head = classifier.model.classifier
    with torch.no_grad():
        head.weight *= scale
        head.bias += torch.tensor([0.0, bias])
    return classifier


def untrained(bias: float = 0.0) -> BERTSentimentClassifier:
    """Un clasificador recién creado que responde siempre lo mismo, sin pérdidas apuntadas."""
    classifier = BERTSentimentClassifier(num_labels=2, seed=3)
    with torch.no_grad():
        classifier.model.classifier.bias += torch.tensor([0.0, bias])
    return classifier


SOLVED_LAYERS = """
def attention_entropy(attention):
    p = np.asarray(attention, float)
    return -(p * np.log(np.maximum(p, 1e-300))).sum(-1).mean(-1)

head_entropy = {n: attention_entropy(bert.get_attention_weights(text, n)) for n in (0, 6, 11)}
layer_entropy = {n: values.mean() for n, values in head_entropy.items()}
from matplotlib.figure import Figure
fig = Figure()
fig.add_subplot(title="Entropía").bar([0, 6, 11], list(layer_entropy.values()))
"""


def entropy(body: str, name: str, says: str) -> Wrong:
    """Un ``attention_entropy`` equivocado (``R`` son las entropías de las filas); lo demás, bien."""
    wrong = (
        "def attention_entropy(attention):\n"
        "    P = np.asarray(attention, float)\n"
        "    R = -(P * np.log(np.maximum(P, 1e-300))).sum(-1)\n"
        f"    {body}"
    )
    return Wrong(name, {LAYERS: SOLVED_LAYERS + wrong, TUNING: task("")}, frozenset({ENTROPY}), says)


def layers(body: str, name: str, says: str) -> Wrong:
    """El ejercicio 5 bien y, después, ``body``, que estropea ``layer_entropy``."""
    return Wrong(name, {LAYERS: SOLVED_LAYERS + body, TUNING: task("")}, frozenset({BY_LAYER}), says)


def figure(body: str, name: str, says: str) -> Wrong:
    """El ejercicio 5 bien y, después, ``body``, que estropea ``fig``."""
    return Wrong(name, {LAYERS: SOLVED_LAYERS + body, TUNING: task("")}, frozenset({FIGURE}), says)


def task(body: str) -> str:
    """El ejercicio 6 bien resuelto y, después, ``body``."""
    measure = "predicted = custom_classifier.predict(list(test_texts))[0] == np.array(test_labels)"
    return f"{HERE}\nglobals().update(solved_task())\n{body.replace('MEASURE', measure)}"


def tuning(body: str, name: str, says: str, *fails: str) -> Wrong:
    """El ejercicio 6 bien y, después, ``body``; ``MEASURE`` predice los textos de prueba."""
    return Wrong(name, {TUNING: task(body), LAYERS: SOLVED_LAYERS}, frozenset(fails), says)


EACH = "layer_entropy = {{n: attention_entropy({}).mean() for n in (0, 6, 11)}}"
ONE_MAP = "fig = Figure()\nimage = fig.add_subplot(title='x').imshow(bert.get_attention_weights(text, 0)[0])"
ACCURATE = "MEASURE\ntest_accuracy = predicted.mean()"
FLIPPED = "test_labels = [0, *test_labels[1:]]"  # una etiqueta de prueba mal puesta: la exactitud ya no es 1
WRONG = (
    entropy("return R.mean(-1) / np.log(2)", "bits", "bits"),
    entropy("return R.sum(-1)", "suma de consultas", "falta dividir entre T"),
    entropy("return R.mean(-1) / max(np.log(len(P[0])), 1e-9)", "normalizada", "normalizada"),
    entropy("return -R.mean(-1)", "signo", "Falta el signo menos"),
    entropy("return R", "sin media", "falta promediar sobre las consultas"),
    entropy("return R.mean(0)", "media de cabezas", "hay uno por consulta"),
    entropy("return R.mean()", "un solo número", "uno por cabeza"),
    entropy("return R.mean(-1) / P.shape[-1]", "media de claves", "sobre ellas se suma"),
    entropy("return np.exp(R.mean(-1))", "exponencial", "se pide la entropía"),
    entropy("P = P.mean(1); return -(P * np.log(P + 1e-12)).sum(-1)", "de la fila media", "fila media"),
    entropy(
        "with np.errstate(all='ignore'): return -(P * np.log(P)).sum(-1).mean(-1)", "0 log 0", "debe valer 0"
    ),
    entropy("return -(P * np.log(P + 1e-3)).sum(-1).mean(-1)", "épsilon", "basta 1e-12"),
    entropy("return R[:, 0] if len(R[0]) > 4 else R.mean(-1)", "solo [CLS]", "primera consulta"),
    entropy("return R.sum(-1) / 4", "entre 4", "Divides entre 4"),
    entropy("return R.mean(-1).squeeze()", "squeeze", "una sola cabeza"),
    entropy("attention += 1e-12; return R.mean(-1)", "modifica", "modificó su argumento"),
    layers("layer_entropy = list(layer_entropy.values())", "lista", "debe ser un diccionario"),
    layers("layer_entropy = {str(n): v for n, v in layer_entropy.items()}", "claves de texto", "le faltan"),
    layers("layer_entropy = head_entropy", "sin media", "falta la media sobre las cabezas"),
    layers("layer_entropy = {n: v / np.log(2) for n, v in layer_entropy.items()}", "bits", "el natural"),
    layers(
        "layer_entropy = {n: 12 * v for n, v in layer_entropy.items()}", "suma", "se promedia, no se suma"
    ),
    layers("layer_entropy = {n: -v for n, v in layer_entropy.items()}", "signo", "¿falta el signo menos?"),
    layers("layer_entropy = {n: v[0] for n, v in head_entropy.items()}", "una cabeza", "primera cabeza"),
    layers("layer_entropy = {n: round(v, 2) for n, v in layer_entropy.items()}", "redondeo", "No redondees"),
    layers(
        EACH.format("bert.get_attention_weights(text, n - 1)"),
        "una capa antes",
        "Es la capa 10, no la 11",
    ),
    layers(
        EACH.format("bert.get_attention_weights(text, n).mean(0)[None]"),
        "de la media",
        "la media de las cabezas",
    ),
    layers(
        EACH.format("bert.get_attention_weights(text + '.', n)"),
        "otra frase",
        "otra frase",
    ),
    figure("fig = None", "None", "llegó un valor de tipo NoneType"),
    figure("fig = fig.axes", "ejes", "debe ser una figura"),
    figure("fig = Figure()", "sin ejes", "está vacía"),
    figure("fig = Figure(); fig.add_subplot(title='Capas')", "sin datos", "está vacía"),
    figure("fig = Figure(); fig.add_subplot().plot([1, 2, 3])", "sin rótulos", "no lleva título"),
    figure(f"{ONE_MAP}\nfig.colorbar(image)", "una capa", "de 1 de las tres"),
    figure("fig = Figure(); fig.add_subplot(title='x').plot([np.nan] * 3)", "nan", "0 valores finitos"),
    tuning(
        "custom_classifier = untrained()\nloss_history = [0.69, 0.41, 0.12]\ntest_accuracy = 0.97",
        "sin entrenar",
        "no se ha entrenado",
        TRAINING,
        ACCURACY,
        GENERAL,
    ),
    tuning(
        f"custom_classifier = untrained(bias=3.0)\nloss_history = [0.7, 0.3, 0.01]\n{ACCURATE}",
        "pérdidas escritas a mano, sin pasos",
        "¿son esas pérdidas las de este clasificador?",
        TRAINING,
        GENERAL,
    ),
    tuning(
        "custom_classifier = untrained()\n"
        "optimizer = torch.optim.SGD(custom_classifier.model.parameters(), lr=0.0)\n"
        f"loss_history = [custom_classifier.train_step(custom_texts, custom_labels, optimizer)]\n{ACCURATE}",
        "tasa 0",
        "¿Es 0 la tasa",
        TRAINING,
        GENERAL,
    ),
    tuning(
        "custom_classifier = custom_classifier.model",
        "el modelo",
        "debe ser un BERT",
        TRAINING,
        ACCURACY,
        GENERAL,
    ),
    tuning("loss_history = [0.7, 0.45, 0.2]", "pérdidas escritas a mano", "no sale de las 6", TRAINING),
    tuning(
        "loss_history = np.cumsum(custom_classifier.training_losses)[1::2].tolist()",
        "acumulada",
        "pon el total a 0",
        TRAINING,
    ),
    tuning("loss_history = loss_history[::-1]", "al revés", "orden inverso", TRAINING),
    tuning("loss_history = [loss_history, loss_history]", "anidada", "un solo número", TRAINING),
    tuning("loss_history = loss_history[-1:] * 3", "repetida", "en todas las épocas", TRAINING),
    tuning("loss_history = []", "vacía", "una pérdida por época", TRAINING),
    tuning("loss_history = [float('nan')] * 3", "nan", "se ha disparado", TRAINING),
    tuning("loss_history = [-x for x in loss_history]", "signo", "no es negativa", TRAINING),
    tuning(
        f"test_texts, test_labels = custom_texts[:8], custom_labels[:8]\n{ACCURATE}",
        "fuga literal",
        "8 textos están en el entrenamiento",
        DATA,
        GENERAL,
    ),
    tuning(
        "test_texts = [t.upper() + '  !! ' for t in custom_texts[:8]]\n"
        f"test_labels = custom_labels[:8]\n{ACCURATE}",
        "fuga con otras mayúsculas",
        "salvo mayúsculas",
        DATA,
        GENERAL,
    ),
    tuning(
        "custom_texts, custom_labels = custom_texts[:8] * 2, custom_labels[:8] * 2",
        "repetidos",
        "repite",
        DATA,
    ),
    tuning("test_texts, test_labels = test_texts[:6], test_labels[:6]", "pocos", "al menos 8", DATA),
    tuning("custom_labels = custom_labels[1:]", "una etiqueta de menos", "una etiqueta por texto", DATA),
    tuning("custom_labels = [1] * 16", "una sola clase", "al menos dos clases", DATA),
    tuning("custom_texts = [*custom_texts[:15], ' ']", "texto vacío", "`custom_texts[15]`", DATA),
    tuning(
        "test_labels = ['football', 'food'] * 4",
        "etiquetas con nombre",
        "números reales",
        DATA,
        ACCURACY,
        GENERAL,
    ),
    tuning("test_accuracy = 100.0", "porcentaje", "no un porcentaje", ACCURACY),
    tuning(f"{FLIPPED}\nMEASURE\ntest_accuracy = 1 - predicted.mean()", "error", "tasa de error", ACCURACY),
    tuning(FLIPPED, "la de entrenamiento", "exactitud en el entrenamiento", ACCURACY),
    tuning("MEASURE\ntest_accuracy = predicted", "sin media", "¿Falta la media", ACCURACY),
    tuning(
        f"custom_classifier = altered(bias=50.0)\n{ACCURATE}",
        "constante",
        "responde siempre la clase 1",
        GENERAL,
    ),
    tuning(
        f"custom_classifier = altered(scale=-1.0)\n{ACCURATE}", "etiquetas al revés", "Acierta 0", GENERAL
    ),
)
