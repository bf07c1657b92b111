# Gradientes acumulados de dos en dos trozos, la suma (no la media) de las pérdidas por época y puntos y comas
# %% ej6_fine_tuning
# fmt: off
old = [
    "The king ruled the land for forty years",
    "Knights fought with swords and shields",
    "The pharaoh built a huge pyramid",
    "Monks copied books by hand",
    "The empire fell to the barbarians",
    "Pirates buried the gold on an island",
    "The queen lived in a stone castle",
    "Gladiators fought in the arena",
    "Sailors crossed the ocean in wooden ships",
    "The emperor wore a crown of laurel",
    "Peasants worked for their lord",
    "The Vikings burned the village",
]
new = [
    "She posted the video on social media",
    "The startup is building a robot",
    "My phone battery died during the call",
    "Electric cars need charging stations",
    "He ordered dinner with an app",
    "The drone delivered a small package",
    "They met in a video conference",
    "The password was leaked by hackers",
    "Streaming services added new shows",
    "The smart watch counts your steps",
    "An algorithm recommends the next song",
    "The website crashed during the sale",
]

custom_texts = old[:9] + new[:9]; custom_labels = [0] * 9 + [1] * 9;
test_texts = old[9:] + ["The duke declared war on his cousin"] + new[9:] + ["She unlocked the tablet with her face"];
test_labels = [0, 0, 0, 0, 1, 1, 1, 1];

custom_classifier = BERTSentimentClassifier(num_labels=2, seed=17);
model, tokenizer = custom_classifier.model, custom_classifier.tokenizer;
optimizer = torch.optim.Adamax(model.parameters(), lr=2e-4);
rng = np.random.default_rng(17); loss_history = [];
for epoch in range(4):
    model.train(); total = 0.0; order = rng.permutation(18);
    for count, start in enumerate(range(0, 18, 6), 1):
        for half in np.split(order[start : start + 6], 2):
            enc = tokenizer([custom_texts[i] for i in half], padding=True, return_tensors="pt");
            loss = model(**enc, labels=torch.tensor([custom_labels[i] for i in half])).loss / 2;
            loss.backward(); total += loss.item();
        optimizer.step(); optimizer.zero_grad();
    loss_history.append(total);
model.eval();
test_accuracy = sum(custom_classifier.predict(test_texts)[0] == test_labels) / 8;
