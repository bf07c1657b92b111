# Ruidosa: tqdm, warnings, logging, display y una gráfica de la pérdida en la misma celda
# %% ej6_fine_tuning
import logging
import sys
import time
import warnings

from IPython.display import display
from tqdm.auto import tqdm

log = logging.getLogger("ajuste")
log.addHandler(logging.StreamHandler(sys.stderr))
log.setLevel(logging.INFO)

plantas = [
    "Water the roses every evening",
    "The oak lost its leaves",
    "Plant the bulbs in autumn",
    "These seeds need light to grow",
    "Prune the apple tree in winter",
    "The ivy covers the wall",
    "Tulips bloom in spring",
    "The soil is too dry for ferns",
    "A cactus needs little water",
    "The tomatoes are ripe",
    "Cut the grass once a week",
    "Daisies grow in the meadow",
]
espacio = [
    "The rocket reached orbit in nine minutes",
    "Mars has two small moons",
    "The telescope found a new galaxy",
    "Astronauts repaired the space station",
    "Jupiter is the largest planet",
    "A comet crossed the night sky",
    "The probe landed on an asteroid",
    "Light from that star is very old",
    "Saturn has bright rings",
    "The satellite sends data to Earth",
    "A black hole bends light",
    "The crew walked on the Moon",
]
warnings.warn("solo doce textos de cada clase", UserWarning)

custom_texts = plantas[:9] + espacio[:9]
custom_labels = np.array([0] * 9 + [1] * 9)
test_texts = plantas[9:] + ["The orchid has purple flowers"] + espacio[9:] + ["Venus is hotter than Mercury"]
test_labels = np.array([0] * 4 + [1] * 4)

np.random.seed(2024)
inicio = time.perf_counter()
custom_classifier = BERTSentimentClassifier(seed=0)
optimizer = torch.optim.AdamW(custom_classifier.model.parameters(), lr=1e-4)
loss_history = []
barra = tqdm(range(4), desc="épocas", file=sys.stderr)
for epoca in barra:
    orden = np.random.permutation(18)
    perdidas = []
    for trozo in np.array_split(orden, 2):
        perdidas.append(
            custom_classifier.train_step([custom_texts[i] for i in trozo], custom_labels[trozo], optimizer)
        )
    loss_history.append(round(float(np.mean(perdidas)), 4))
    barra.set_postfix(perdida=loss_history[-1])
    log.info("época %d: %.4f", epoca, loss_history[-1])
print(f"{time.perf_counter() - inicio:.1f} s", file=sys.stderr)

plt.figure()
plt.plot(loss_history)
plt.show()
clases, probabilidades = custom_classifier.predict(test_texts)
display(dict(zip(test_texts, clases)))
test_accuracy = round(np.mean(clases == test_labels), 3)
test_accuracy
