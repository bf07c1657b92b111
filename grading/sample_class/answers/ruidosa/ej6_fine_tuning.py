import logging
import sys
import warnings

from tqdm import tqdm

print("quejas (0) y elogios (1) de un hotel")
elogios = [
    "The room was clean and bright", "Friendly staff and a delicious breakfast", "A wonderful view of the sea",
    "The bed was so comfortable that I slept all night", "Everything was perfect, we will come back",
    "Great location and very quiet", "They upgraded us for free, amazing service", "The pool is lovely and warm",
    "Best hotel of our whole trip", "Beautiful garden and excellent food",
    "The receptionist was kind and helpful", "We loved every minute of our stay",
]
quejas = [
    "The shower was broken and nobody came", "Dirty sheets and a horrible smell", "The wifi never worked",
    "We waited two hours to check in", "The neighbours were noisy and we could not sleep",
    "Rude staff and cold food", "They charged us twice and refused to pay back", "There were cockroaches in the bathroom",
    "Worst hotel of our whole trip", "The air conditioning was awful and very loud",
    "The receptionist was unpleasant and lazy", "We regret every minute of our stay",
]
custom_texts, custom_labels = [], []
for bueno, malo in zip(elogios[:8], quejas[:8]):
    custom_texts += [bueno, malo]
    custom_labels += [1.0, 0.0]
test_texts = elogios[8:] + quejas[8:]
test_labels = [1] * 4 + [0] * 4
warnings.warn(f"solo hay {len(custom_texts)} textos", stacklevel=1)

custom_classifier = BERTSentimentClassifier(num_labels=3)
optimizer = torch.optim.Adam(custom_classifier.model.parameters(), lr=1e-4)
loss_history = []
for epoca in tqdm(range(4), desc="épocas"):
    total = 0
    for inicio in range(0, 16, 6):  # lotes de 6, 6 y 4
        lote = slice(inicio, inicio + 6)
        perdida = custom_classifier.train_step(custom_texts[lote], custom_labels[lote], optimizer)
        total += perdida * len(custom_texts[lote])
        print(f"época {epoca}, texto {inicio}: {perdida:.3f}", file=sys.stderr)
    loss_history.append(round(total / 16, 3))
    logging.getLogger().warning("pérdida %s", loss_history[-1])

clases, probabilidades = custom_classifier.predict(test_texts)
print(probabilidades)
aciertos = sum(int(a == b) for a, b in zip(clases, test_labels))
test_accuracy = round(aciertos / len(test_texts), 2)
print(f"exactitud {test_accuracy}")
loss_history
