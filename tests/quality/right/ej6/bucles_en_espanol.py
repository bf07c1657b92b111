# Principiante: animales o vehículos, lote completo con train_step, prints y aciertos contados a mano
# %% ej6_fine_tuning
custom_texts = []
custom_labels = []
animales = [
    "The cat sleeps on the sofa",
    "A dog is barking at the postman",
    "The horse eats grass in the field",
    "Two birds are building a nest",
    "The cow gives milk every morning",
    "My rabbit loves carrots",
    "The lion hunts at night",
    "A snake is hiding under the rock",
    "The monkey climbs the tree",
]
vehiculos = [
    "The car needs new tires",
    "This bus stops at the station",
    "The train was ten minutes late",
    "He parked his motorbike in the garage",
    "The truck is out of fuel",
    "A taxi drove us to the airport",
    "The engine of the van is broken",
    "Her bicycle has a flat wheel",
    "The driver fastened his seat belt",
]
for t in animales:
    custom_texts.append(t)
    custom_labels.append(0)
for t in vehiculos:
    custom_texts.append(t)
    custom_labels.append(1)
print("textos de entrenamiento:", len(custom_texts))

test_texts = [
    "The puppy is playing with a ball",
    "A wild bear lives in this forest",
    "The hen laid three eggs",
    "Feed the fish twice a day",
    "The tram runs through the city centre",
    "We changed the oil of the car",
    "The lorry crashed on the motorway",
    "My scooter does not start",
]
test_labels = [0, 0, 0, 0, 1, 1, 1, 1]

custom_classifier = BERTSentimentClassifier("bert-base-uncased", 2, seed=1)
optimizador = torch.optim.AdamW(custom_classifier.model.parameters(), lr=1e-4)
loss_history = []
for epoca in range(6):
    perdida = custom_classifier.train_step(custom_texts, custom_labels, optimizador)
    loss_history.append(perdida)
    print("época", epoca + 1, "pérdida", perdida)

predicciones, probabilidades = custom_classifier.predict(test_texts)
aciertos = 0
for i in range(len(test_texts)):
    if predicciones[i] == test_labels[i]:
        aciertos = aciertos + 1
        print("bien: ", test_texts[i])
    else:
        print("mal:  ", test_texts[i])
test_accuracy = aciertos / len(test_texts)
print("exactitud:", test_accuracy)
