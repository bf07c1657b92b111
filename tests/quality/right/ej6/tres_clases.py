# Tres clases (deporte, cocina e informática) y clases de tamaño distinto
# %% ej6_fine_tuning
topics = {
    0: [
        "The striker scored a late goal",
        "She won the tennis final in two sets",
        "The team lost the match at home",
        "He broke the record of the marathon",
        "The referee stopped the game",
        "Our coach chose a new goalkeeper",
        "The swimmer trains five hours a day",
        "Fans filled the stadium",
    ],
    1: [
        "Boil the potatoes with a pinch of salt",
        "Add garlic and olive oil to the pan",
        "Bake the cake for half an hour",
        "Chop the onion very finely",
        "The soup tastes better with pepper",
        "Whisk the eggs with the sugar",
        "Serve the rice with vegetables",
    ],
    2: [
        "The program crashed after the update",
        "Restart the server and check the logs",
        "My laptop runs out of memory",
        "The bug is in the sorting function",
        "Type your password to unlock the screen",
        "The file was saved on the wrong disk",
        "This website uses too many cookies",
        "Install the driver of the printer",
    ],
}
custom_texts, custom_labels = [], []
for label, sentences in topics.items():
    custom_texts += sentences
    custom_labels += [label] * len(sentences)

test_texts = (
    "The goalkeeper saved a penalty",
    "They reached the semifinal of the cup",
    "The runner twisted her ankle in the race",
    "Grill the fish with lemon",
    "The dough needs more flour",
    "Season the salad with vinegar",
    "The keyboard stopped working",
    "Download the new version of the app",
    "The code does not compile",
)
test_labels = (0, 0, 0, 1, 1, 1, 2, 2, 2)

custom_classifier = BERTSentimentClassifier(num_labels=3, seed=2)
opt = torch.optim.AdamW(custom_classifier.model.parameters(), lr=1.2e-4, weight_decay=0.01)
generator_ = np.random.RandomState(2)
loss_history = []
for epoch in range(5):
    idx = generator_.permutation(len(custom_texts))
    halves = idx[::2], idx[1::2]
    loss_history.append(
        np.mean(
            [
                custom_classifier.train_step(
                    [custom_texts[i] for i in half], [custom_labels[i] for i in half], opt
                )
                for half in halves
            ]
        )
    )
test_accuracy = np.mean(custom_classifier.predict(test_texts)[0] == test_labels)
