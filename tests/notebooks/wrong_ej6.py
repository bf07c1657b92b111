"""Respuestas equivocadas del ejercicio 6: qué pruebas suspenden y qué debe decir la primera.

Todas parten de la misma tarea, bien resuelta en un segundo: solo se entrena la capa final.
"""

from __future__ import annotations

from tests.notebooks.suite import Wrong

TUNING = "ej6_fine_tuning"
DATA, TRAINING, ACCURACY, GENERAL = (
    f"test_ej6_{goal}" for goal in ("datos", "entrenamiento", "exactitud", "generaliza")
)

SOLVED_TASK = '''
dishes = """Boil the pasta until it is soft
The soup needs more salt and pepper
Fry the onions in butter
Bake the bread for forty minutes
Mix the eggs with the flour
Grill the fish with lemon
Serve the rice with tomato sauce
Peel the potatoes before cooking them
Season the salad with oil and vinegar
Add sugar to the cream
This cake recipe has too much chocolate
Chop the garlic and the parsley""".splitlines()
matches = """The striker scored twice in the final
Our goalkeeper saved a penalty
The referee showed him a red card
They lost the match in the last minute
The coach changed the defence at half time
Our team won the league this season
Thousands of fans filled the stadium
The club signed a young defender
Extra time ended without a goal
They qualified for the cup on penalties
He was injured before the derby
The winger passed the ball""".splitlines()
mixed = [text for pair in zip(dishes, matches) for text in pair]
custom_texts, custom_labels = mixed[:16], [1, 0] * 8
test_texts, test_labels = mixed[16:], [1, 0] * 4


def frozen(seed=3, **options):
    """Un clasificador con el codificador quieto: solo aprende la capa final."""
    classifier = BERTSentimentClassifier(num_labels=2, seed=seed)
    for weight in classifier.model.base_model.parameters():
        weight.requires_grad_(False)
    return classifier


def tune(classifier, texts, labels, lr=0.02):
    """La pérdida de cada una de tres épocas de dos lotes."""
    optimizer = torch.optim.Adam(classifier.model.classifier.parameters(), lr=lr)
    half = len(texts) // 2
    batches = (slice(0, half), slice(half, None))
    return [
        sum(classifier.train_step(texts[part], labels[part], optimizer) for part in batches) / 2
        for _ in range(3)
    ]


def accuracy(classifier, texts, labels):
    return float(np.mean(classifier.predict(list(texts))[0] == np.array(labels)))


custom_classifier = frozen()
loss_history = tune(custom_classifier, custom_texts, custom_labels)
test_accuracy = accuracy(custom_classifier, test_texts, test_labels)
'''
MEASURE = "test_accuracy = accuracy(custom_classifier, test_texts, test_labels)"
FLIPPED = "test_labels = [0, *test_labels[1:]]"  # una etiqueta de prueba mal puesta: la exactitud ya no es 1
NEW = "custom_classifier = frozen()"


def tuning(body: str, name: str, says: str, *fails: str) -> Wrong:
    """El ejercicio 6 bien y, después, ``body``, que lo estropea."""
    return Wrong(name, {TUNING: f"{SOLVED_TASK}{body}"}, frozenset(fails), says)


WRONG_DATA = (
    tuning(
        f"test_texts, test_labels = custom_texts[:8], custom_labels[:8]\n{MEASURE}",
        "fuga literal",
        "8 textos están en el entrenamiento",
        DATA,
        GENERAL,
    ),
    tuning(
        "test_texts = [t.upper() + '  !! ' for t in custom_texts[:8]]\n"
        f"test_labels = custom_labels[:8]\n{MEASURE}",
        "fuga con otras mayúsculas",
        "salvo mayúsculas",
        DATA,
        GENERAL,
    ),
    tuning(
        "test_texts = ['Please: ' + t for t in custom_texts[:8]]\n"
        f"test_labels = custom_labels[:8]\n{MEASURE}",
        "fuga con una palabra más",
        "con alguna palabra añadida",
        DATA,
        GENERAL,
    ),
    tuning(
        "test_texts = [t.rsplit(' ', 1)[0] for t in custom_texts[:8]]\n"
        f"test_labels = custom_labels[:8]\n{MEASURE}",
        "fuga sin la última palabra",
        "con alguna palabra añadida o quitada",
        DATA,
        GENERAL,
    ),
    tuning(
        "custom_texts, custom_labels = mixed, [1, 0] * 12",
        "se entrena con todos",
        "8 textos están en el entrenamiento",
        DATA,
        GENERAL,
    ),
    tuning(
        "custom_texts, custom_labels = custom_texts[:8] * 2, custom_labels[:8] * 2",
        "repetidos",
        "repite",
        DATA,
    ),
    tuning(
        "test_texts, test_labels = test_texts[:4] * 2, test_labels[:4] * 2", "prueba repetida", "repite", DATA
    ),
    tuning(
        "custom_texts = [f'text number {n}' for n in range(16)]",
        "textos de relleno",
        "solo cambia un número",
        DATA,
    ),
    tuning("custom_texts = [str(n) for n in range(16)]", "números por textos", "solo cambia un número", DATA),
    tuning(
        "test_texts, test_labels = test_texts[:6], test_labels[:6]", "pocos de prueba", "al menos 8", DATA
    ),
    tuning(
        "custom_texts, custom_labels = custom_texts[:10], custom_labels[:10]",
        "pocos de entrenamiento",
        "al menos 16 textos; tiene 10",
        DATA,
    ),
    tuning(
        "custom_labels = custom_labels[1:]",
        "una etiqueta de menos",
        "una etiqueta por texto, 16; tiene 15",
        DATA,
    ),
    tuning("custom_labels = [1] * 16", "una sola clase", "al menos dos clases", DATA),
    tuning(
        "test_texts = [*dishes[8:], *(dish + ' and serve it cold' for dish in dishes[8:])]\n"
        f"test_labels = [1] * 8\n{MEASURE}",
        "prueba de una sola clase",
        "al menos dos clases",
        DATA,
        GENERAL,
    ),
    tuning("custom_texts = [*custom_texts[:15], ' ']", "texto vacío", "`custom_texts[15]`", DATA),
    tuning("custom_texts = ' '.join(custom_texts)", "un solo texto", "debe ser una lista de textos", DATA),
    tuning(
        "test_labels = ['football', 'food'] * 4",
        "etiquetas con nombre",
        "usa un entero por clase",
        DATA,
        ACCURACY,
        GENERAL,
    ),
    tuning("custom_labels = [2 * kind - 1 for kind in custom_labels]", "de −1 a 1", "enteros desde 0", DATA),
    tuning(
        f"test_labels = [kind + 1 for kind in test_labels]\n{MEASURE}",
        "de 1 a 2 en la prueba",
        "no ha visto ningún ejemplo",
        DATA,
        GENERAL,
    ),
)

WRONG_TRAINING = (
    tuning(
        f"{NEW}\nloss_history = [0.69, 0.41, 0.12]\ntest_accuracy = 0.97",
        "sin entrenar, y lo demás inventado",
        "no se ha entrenado",
        TRAINING,
        ACCURACY,
        GENERAL,
    ),
    tuning(
        f"{NEW}\n{MEASURE}",
        "vuelto a crear después de entrenar",
        "¿Entrenaste otro objeto, o volviste a crearlo después?",
        TRAINING,
        GENERAL,
    ),
    tuning(
        f"other, custom_classifier = custom_classifier, frozen(seed=None)\n{MEASURE}",
        "entrenado otro, sin semilla",
        "¿Entrenaste otro objeto",
        TRAINING,
        GENERAL,
    ),
    tuning(
        f"{NEW}\ncustom_classifier.model.classifier.bias.data += torch.tensor([0.0, 3.0])\n"
        f"loss_history = [0.7, 0.3, 0.01]\n{MEASURE}",
        "pérdidas escritas a mano, sin pasos",
        "¿son esas pérdidas las de este clasificador?",
        TRAINING,
        GENERAL,
    ),
    tuning(
        f"{NEW}\nloss_history = tune(custom_classifier, custom_texts, custom_labels, lr=0.0)\n{MEASURE}",
        "tasa 0",
        "¿Es 0, o diminuta, la tasa",
        TRAINING,
        GENERAL,
    ),
    tuning(
        f"{NEW}\nloss_history = tune(custom_classifier, custom_texts, custom_labels, lr=1e-9)\n{MEASURE}",
        "tasa diminuta",
        "o diminuta, la tasa de aprendizaje",
        TRAINING,
        GENERAL,
    ),
    tuning(
        f"{NEW}\noptimizer = torch.optim.SGD(custom_classifier.model.parameters(), lr=0.1)\n"
        "loss_history = []\ncustom_classifier.model.train()\nfor _ in range(3):\n"
        "    batch = custom_classifier.tokenizer(custom_texts, padding=True, return_tensors='pt')\n"
        "    logits = custom_classifier.model(**batch).logits\n"
        "    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(custom_labels))\n"
        "    loss_history.append(loss.item())\n"
        f"{MEASURE}",
        "sin backward ni step",
        "no se ha entrenado",
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
        "loss_history = tune(frozen(seed=8), custom_texts[::-1], custom_labels[::-1], lr=0.05)",
        "pérdidas de otro clasificador",
        "¿Son de otro clasificador",
        TRAINING,
    ),
    tuning(
        "loss_history = [0.5, 0.8125, 1.0]",
        "exactitudes en lugar de pérdidas",
        "¿Es la exactitud de cada época?",
        TRAINING,
    ),
    tuning(
        "loss_history = np.cumsum(custom_classifier.training_losses)[1::2].tolist()",
        "acumulada",
        "pon el total a 0",
        TRAINING,
    ),
    tuning(
        "loss_history = (np.cumsum(loss_history) / np.arange(1, 4)).tolist()",
        "media desde el principio",
        "desde la primera época",
        TRAINING,
    ),
    tuning("loss_history = loss_history[::-1]", "al revés", "orden inverso", TRAINING),
    tuning("loss_history = [loss_history, loss_history]", "anidada", "un solo número", TRAINING),
    tuning("loss_history = loss_history[-1:] * 3", "la última, repetida", "en todas las épocas", TRAINING),
    tuning("loss_history = loss_history[-1]", "solo la última", "una lista con una pérdida", TRAINING),
    tuning("loss_history = []", "vacía", "una pérdida por época", TRAINING),
    tuning("loss_history = [float('nan')] * 3", "nan", "se ha disparado", TRAINING),
    tuning("loss_history = [-x for x in loss_history]", "signo", "no es negativa", TRAINING),
    tuning("loss_history = [np.exp(-x) for x in loss_history]", "probabilidades", "la exponencial", TRAINING),
    tuning("loss_history = dict(enumerate(loss_history))", "diccionario", "números reales", TRAINING),
)

WRONG_ACCURACY = (
    tuning("test_accuracy = 100.0", "porcentaje", "no un porcentaje", ACCURACY),
    tuning("test_accuracy = 8", "número de aciertos", "el número de aciertos", ACCURACY),
    tuning("test_accuracy = 0.93", "inventada", "no la reproduce", ACCURACY),
    tuning(f"{FLIPPED}\n{MEASURE}\ntest_accuracy = 1 - test_accuracy", "error", "tasa de error", ACCURACY),
    tuning(FLIPPED, "la de entrenamiento", "exactitud en el entrenamiento", ACCURACY),
    tuning(
        f"{FLIPPED}\ntest_accuracy = accuracy(custom_classifier, mixed, custom_labels + test_labels)",
        "las dos juntas",
        "Mezclas los textos de entrenamiento",
        ACCURACY,
    ),
    tuning(
        f"{FLIPPED}\ntest_accuracy = accuracy(custom_classifier, [test_texts[0], *matches[8:]], [0] * 5)",
        "solo una clase",
        "Solo cuentas los textos de la clase",
        ACCURACY,
    ),
    tuning(
        "test_accuracy = custom_classifier.predict(test_texts)[1].max(1).mean()",
        "media de probabilidades",
        "media de las probabilidades",
        ACCURACY,
    ),
    tuning(
        f"{FLIPPED}\ntest_accuracy = 1 - custom_classifier.predict(test_texts)[0].mean()",
        "fracción de una clase",
        "no mira las etiquetas",
        ACCURACY,
    ),
    tuning("test_accuracy = 0.5", "línea base", "Es la línea base", ACCURACY),
    tuning("test_accuracy = [1.0] * 8", "sin media", "¿Falta la media", ACCURACY),
    tuning("test_accuracy = loss_history[-1]", "la pérdida", "Es la última pérdida", ACCURACY),
)

WRONG_GENERAL = (
    tuning(
        f"custom_classifier.model.classifier.bias.data += torch.tensor([0.0, 50.0])\n{MEASURE}",
        "constante",
        "responde siempre la clase 1",
        GENERAL,
    ),
    tuning(
        f"{NEW}\nloss_history = tune(custom_classifier, custom_texts, [1 - kind for kind in custom_labels])\n"
        f"{MEASURE}",
        "etiquetas de prueba al revés",
        "¿van las etiquetas al revés",
        GENERAL,
    ),
    tuning(
        "custom_labels = np.random.default_rng(1).permutation(custom_labels).tolist()\n"
        f"{NEW}\nloss_history = tune(custom_classifier, custom_texts, custom_labels)\n{MEASURE}",
        "etiquetas barajadas",
        "o en otro orden que los textos",
        GENERAL,
    ),
    tuning(
        "custom_texts = custom_texts[::-1]\n"
        f"{NEW}\nloss_history = tune(custom_classifier, custom_texts, custom_labels)\n{MEASURE}",
        "textos en otro orden que las etiquetas",
        "o en otro orden que los textos",
        GENERAL,
    ),
    tuning(
        f"{NEW}\nloss_history = tune(custom_classifier, dishes[:8], [1] * 8)\n{MEASURE}",
        "solo ve una clase al entrenar",
        "lotes de una sola clase",
        GENERAL,
    ),
    tuning(
        "test_texts = [*test_texts[:6], 'Fry it', 'Boil it', 'Bake it', 'Grill it', 'Peel it', 'Chop it']\n"
        "test_labels = [1, 0] * 3 + [0, 0, 0, 0, 0, 0]\n"
        f"{MEASURE}",
        "etiquetas de prueba mal puestas",
        "¿Está bien cada",
        GENERAL,
    ),
    tuning(
        "test_texts = [*dishes[8:], 'Stir the sauce', 'Melt the butter in a pan', *matches[8:10]]\n"
        f"test_labels = [1] * 7 + [0]\n{MEASURE}",
        "no supera la línea base",
        "la clase más frecuente",
        GENERAL,
    ),
)

WRONG_EJ6 = WRONG_DATA + WRONG_TRAINING + WRONG_ACCURACY + WRONG_GENERAL
