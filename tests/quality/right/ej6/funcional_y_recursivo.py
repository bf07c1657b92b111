# Sin bucles for: las épocas son una función recursiva y los lotes, un reduce
# %% ej6_fine_tuning
from functools import partial, reduce
from statistics import mean

jobs = {
    True: (
        "The chef closed the restaurant early",
        "A baker starts work before sunrise",
        "The plumber fixed the kitchen sink",
        "Her boss approved the holiday",
        "The pilot announced some turbulence",
        "They hired a new secretary",
        "The carpenter built a wooden shelf",
        "He asked for a higher salary",
        "The dentist has no appointments left",
        "Workers went on strike on Monday",
        "The manager called a meeting",
        "An electrician repaired the lights",
    ),
    False: (
        "They went camping in the mountains",
        "We spent the weekend at the seaside",
        "She enjoys painting landscapes",
        "The children built a sandcastle",
        "He collects stamps and old coins",
        "Let us play cards after dinner",
        "They danced until midnight",
        "I read novels in the park",
        "The kids are flying a kite",
        "We watched a comedy at the cinema",
        "Her hobby is knitting scarves",
        "They had a picnic by the river",
    ),
}
take = lambda start, stop: [text for texts in jobs.values() for text in texts[start:stop]]
kinds = lambda count: [int(kind) for kind in jobs for _ in range(count)]
custom_texts, custom_labels, test_texts, test_labels = take(0, 8), kinds(8), take(8, 12), kinds(4)
custom_classifier = BERTSentimentClassifier(seed=30)
step = partial(
    custom_classifier.train_step, optimizer=torch.optim.AdamW(custom_classifier.model.parameters(), lr=1e-4)
)


def run_batch(losses, indices):
    return [*losses, step([custom_texts[i] for i in indices], [custom_labels[i] for i in indices])]


def epochs(left, history=()):
    if left == 0:
        return list(history)
    order = np.random.default_rng(left).permutation(16)
    return epochs(left - 1, (*history, mean(reduce(run_batch, order.reshape(2, 8), []))))


loss_history = epochs(5)
accuracy = lambda truth, answer: mean(map(float, map(int.__eq__, truth, answer)))
test_accuracy = accuracy(test_labels, custom_classifier.predict(test_texts)[0].tolist())
