# Mi tarea: ¿habla de cocina (True) o de fútbol (False)?
cocina = """Add two spoons of sugar to the dough
Boil the pasta until it is soft
The soup needs more salt and pepper
Chop the onions and fry them in butter
Bake the bread for forty minutes
Mix the eggs with the flour
This cake recipe has too much chocolate
Grill the fish with lemon and garlic
Serve the rice with fresh tomato sauce
Whisk the cream until it is thick
Peel the potatoes before cooking them
Season the salad with oil and vinegar""".split("\n")
futbol = """The striker scored twice in the final
Our goalkeeper saved a penalty
The referee showed him a red card
They lost the match in the last minute
The coach changed the defence at half time
Our team won the league this season
The midfielder passed the ball to the winger
Thousands of fans filled the stadium
He was injured during training before the derby
The club signed a young defender
Extra time ended without a goal
They qualified for the cup on penalties""".split("\n")

custom_texts = (*cocina[:8], *futbol[:8])
custom_labels = np.arange(16) < 8
test_texts = np.array(cocina[8:] + futbol[8:])
test_labels = tuple([True] * 4 + [False] * 4)

custom_classifier = BERTSentimentClassifier("bert-base-uncased", 2)
red, trocear = custom_classifier.model, custom_classifier.tokenizer

# El codificador se queda como está: solo se entrena la capa final, con su propio bucle.
for parametro in red.base_model.parameters():
    parametro.requires_grad_(False)
with torch.no_grad():
    vectores = red.base_model(**trocear(list(custom_texts), padding=True, return_tensors="pt")).pooler_output
objetivos = torch.as_tensor(custom_labels).long()

optimizador = torch.optim.SGD(red.classifier.parameters(), lr=0.5, momentum=0.9)
perdidas = []
for epoca in range(40):
    optimizador.zero_grad()
    perdida = torch.nn.CrossEntropyLoss()(red.classifier(vectores), objetivos)
    perdida.backward()
    optimizador.step()
    perdidas.append(perdida.detach())

loss_history = torch.stack(perdidas)
test_accuracy = torch.as_tensor(custom_classifier.predict(list(test_texts))[0] == np.array(test_labels)).float().mean()
