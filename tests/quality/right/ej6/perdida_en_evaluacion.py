# La pérdida se mide al acabar cada época, sin dropout, con las probabilidades de predict
# %% ej6_fine_tuning
school = [
    "The exam has ten questions about history",
    "Hand in your homework on Thursday",
    "The pupils are learning fractions",
    "Our professor explained the theorem twice",
    "She studies chemistry at university",
    "The library lends books for two weeks",
    "Write an essay of five hundred words",
    "The class starts at nine",
    "He failed the spelling test",
    "The students took notes during the lecture",
    "Grades will be published online",
    "Open your textbooks on page twelve",
]
farm = [
    "The farmer drives his tractor at dawn",
    "The sheep are grazing on the hill",
    "They harvest the wheat in July",
    "The barn is full of hay",
    "Collect the eggs from the hens",
    "The pigs eat corn and barley",
    "Rain saved the crops this year",
    "A fence keeps the goats inside",
    "The cows return to the stable",
    "We picked apples in the orchard",
    "The field was ploughed yesterday",
    "Fresh milk is sold at the farm",
]
custom_texts = [sentence for pair in zip(school[:8], farm[:8]) for sentence in pair]
custom_labels = [0, 1] * 8
test_texts = [sentence for pair in zip(school[8:], farm[8:]) for sentence in pair]
test_labels = [0, 1] * 4


def measured_loss(classifier, texts, labels):
    _, probabilities = classifier.predict(texts)
    return float(np.mean([-np.log(row[label]) for row, label in zip(probabilities, labels)]))


custom_classifier = BERTSentimentClassifier(seed=9)
optimizer = torch.optim.AdamW(custom_classifier.model.parameters(), lr=6e-5)
loss_history = []
for epoch in range(3):
    for begin in (0, 4, 8, 12):
        piece = slice(begin, begin + 4)
        custom_classifier.train_step(custom_texts[piece], custom_labels[piece], optimizer)
    loss_history.append(measured_loss(custom_classifier, custom_texts, custom_labels))
hits = [int(a == b) for a, b in zip(custom_classifier.predict(test_texts)[0], test_labels)]
test_accuracy = np.mean(hits)
