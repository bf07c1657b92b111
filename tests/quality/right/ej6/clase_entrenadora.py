# Una clase con fit y score, parada temprana y anotaciones de tipos
# %% ej6_fine_tuning
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Corpus:
    """Textos con sus etiquetas."""

    texts: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def add(self, label: int, *texts: str) -> None:
        self.texts.extend(texts)
        self.labels.extend([label] * len(texts))


class Trainer:
    """Entrena un clasificador hasta que la pérdida baja de un umbral."""

    def __init__(self, classifier: BERTSentimentClassifier, lr: float = 8e-5) -> None:
        self.classifier = classifier
        self.optimizer = torch.optim.Adam(classifier.model.parameters(), lr=lr)
        self.history: list[float] = []

    def fit(
        self, corpus: Corpus, max_epochs: int = 8, batch_size: int = 10, stop_at: float = 0.4
    ) -> Trainer:
        rng = np.random.default_rng(0)
        for _ in range(max_epochs):
            order = rng.permutation(len(corpus.texts))
            losses = []
            for begin in range(0, len(order), batch_size):
                chosen = order[begin : begin + batch_size]
                losses.append(
                    self.classifier.train_step(
                        [corpus.texts[i] for i in chosen], [corpus.labels[i] for i in chosen], self.optimizer
                    )
                )
            self.history.append(float(np.mean(losses)))
            if self.history[-1] < stop_at:
                break
        return self

    def score(self, corpus: Corpus) -> float:
        predicted, _ = self.classifier.predict(corpus.texts)
        return float((predicted == np.asarray(corpus.labels)).mean())


# ¿Es una pregunta de un paciente (1) o de un turista (0)?
train, test = Corpus(), Corpus()
train.add(
    1,
    "How many pills should I take each day?",
    "My throat hurts when I swallow",
    "Is this fever dangerous for a baby?",
    "The doctor told me to rest for a week",
    "I have had a headache since Monday",
    "Does the vaccine have side effects?",
    "My knee is swollen after the fall",
    "Can I drink alcohol with these antibiotics?",
    "The nurse took my blood pressure",
    "I cough a lot at night",
)
train.add(
    0,
    "Where can I buy a ticket for the museum?",
    "Is breakfast included in the room?",
    "Which bus goes to the old town?",
    "We would like a table with a view",
    "What time does the castle open?",
    "Could you take a picture of us?",
    "The guide speaks three languages",
    "How far is the beach from the hotel?",
    "We lost our luggage at the airport",
    "Is there a map of the city?",
)
test.add(
    1,
    "I feel dizzy when I stand up",
    "When should I remove the bandage?",
    "My son is allergic to penicillin",
    "The surgery went well",
    "Does this cream help with the rash?",
)
test.add(
    0,
    "How much is a guided tour of the cathedral?",
    "Can we check in before noon?",
    "Is the island worth visiting in winter?",
    "Where do the boats leave from?",
    "We want to rent two bikes for the day",
)

trainer = Trainer(BERTSentimentClassifier(seed=5)).fit(train)
custom_texts, custom_labels = train.texts, train.labels
test_texts, test_labels = test.texts, test.labels
custom_classifier, loss_history = trainer.classifier, trainer.history
test_accuracy = trainer.score(test)
