# Un generador de mini-lotes barajados con random; SGD con impulso; una pérdida por época, la del último lote
# %% ej6_fine_tuning
import random

positive = """I loved every minute of this film
A brilliant performance by the whole cast
The best movie I have seen this year
Funny, moving and beautifully shot
A wonderful story for all ages
I laughed until I cried
The soundtrack is gorgeous
What a great ending
An unforgettable masterpiece
I would happily watch it again
A charming and clever comedy
Simply fantastic from start to finish""".splitlines()
negative = """I fell asleep after ten minutes
The plot makes no sense at all
A complete waste of time and money
The acting is terrible
Boring, predictable and far too long
The worst sequel ever made
I walked out of the cinema
The dialogue is painfully bad
An ugly and stupid mess
I want my money back
A dull and lifeless drama
Simply awful from start to finish""".splitlines()

custom_texts = positive[:8] + negative[:8]
custom_labels = [1] * 8 + [0] * 8
test_texts = positive[8:] + negative[8:]
test_labels = [1] * 4 + [0] * 4


def batches(texts, labels, size, rng):
    places = list(range(len(texts)))
    rng.shuffle(places)
    for start in range(0, len(places), size):
        chosen = places[start : start + size]
        yield [texts[i] for i in chosen], [labels[i] for i in chosen]


rng = random.Random(3)
custom_classifier = BERTSentimentClassifier(seed=3)
optimizer = torch.optim.SGD(custom_classifier.model.parameters(), lr=5e-3, momentum=0.9)
loss_history = []
for _ in range(5):
    for texts_, labels_ in batches(custom_texts, custom_labels, 8, rng):
        last = custom_classifier.train_step(texts_, labels_, optimizer)
    loss_history.append(last)

guessed = custom_classifier.predict(test_texts)[0].tolist()
test_accuracy = sum(g == t for g, t in zip(guessed, test_labels)) / len(test_labels)
