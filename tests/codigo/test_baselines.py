"""Los modelos de referencia: la mayoría y la bolsa de palabras."""

from __future__ import annotations

import numpy as np
import pytest

from codigo.baselines import BagOfWordsClassifier, majority_baseline, split_words
from codigo.reviews import load_reviews

TEXTS = ["A good film.", "Good, so good!", "A bad film.", "So bad.", "Not good."]
LABELS = [1, 1, 0, 0, 0]


def accuracy(bag: BagOfWordsClassifier, split: str) -> float:
    reviews = load_reviews(split)
    return float((bag.predict(reviews.texts)[0] == reviews.labels).mean())


@pytest.mark.parametrize(("labels", "expected"), [([1, 0, 1], 1), ([2, 0, 2], 2), ([1, 0], 0), ([0], 0)])
def test_majority(labels: list[int], expected: int) -> None:
    assert majority_baseline(labels, 3).tolist() == [expected] * 3


def test_majority_needs_labels() -> None:
    with pytest.raises(ValueError, match="labels está vacía"):
        majority_baseline([], 3)


def test_words_keep_contractions() -> None:
    assert split_words("It ISN'T 'that' good-looking: ñu_9.") == [
        "it",
        "isn't",
        "that",
        "good",
        "looking",
        "ñu",
        "9",
    ]


@pytest.mark.parametrize("l2", [0.01, 1.0, 30.0])
def test_the_minimum_is_reached(l2: float) -> None:
    """En el mínimo el gradiente es cero: Xᵀ(p − y) + l2·w para los pesos, y Σ(p − y) para el sesgo."""
    bag = BagOfWordsClassifier(l2).fit(TEXTS, LABELS)
    present = np.array([[float(word in split_words(text)) for word in bag.vocabulary] for text in TEXTS])
    residual = 1 / (1 + np.exp(-(present @ bag.weights + bag.bias))) - LABELS
    assert np.abs(present.T @ residual + l2 * bag.weights).max() < 1e-5
    assert abs(residual.sum()) < 1e-5


def test_one_word_has_the_solution_found_by_hand() -> None:
    """Con una palabra propia por clase, los pesos son w y −w, el sesgo es 0 y l2 · w = 1 / (1 + e^w)."""
    bag = BagOfWordsClassifier(0.5).fit(["up", "down"], [1, 0])
    weight = bag.weights[bag.vocabulary.index("up")]
    assert bag.bias == pytest.approx(0, abs=1e-6)
    assert bag.weights[bag.vocabulary.index("down")] == pytest.approx(-weight)
    assert 0.5 * weight == pytest.approx(1 / (1 + np.exp(weight)), abs=1e-6)


def test_order_repetition_and_new_words_do_not_count() -> None:
    bag = BagOfWordsClassifier().fit(TEXTS, LABELS)
    _, (one, other, repeated, unknown) = bag.predict(
        ["Not good, film bad", "bad film good not", "Good good not film bad bad", "bad film good not zebra"]
    )
    assert np.array_equal(one, other) and np.array_equal(one, repeated) and np.array_equal(one, unknown)
    empty = bag.predict(["zebra"])[1][0, 1]
    assert empty == pytest.approx(1 / (1 + np.exp(-bag.bias)))


def test_probabilities_and_classes_agree() -> None:
    predictions, probabilities = BagOfWordsClassifier().fit(TEXTS, LABELS).predict(TEXTS)
    assert predictions.shape == (5,) and probabilities.shape == (5, 2)
    assert np.allclose(probabilities.sum(axis=-1), 1)
    assert np.array_equal(predictions, probabilities.argmax(axis=-1))


def test_more_penalty_gives_smaller_weights() -> None:
    norms = [np.linalg.norm(BagOfWordsClassifier(l2).fit(TEXTS, LABELS).weights) for l2 in (0.1, 1.0, 10.0)]
    assert norms[0] > norms[1] > norms[2] > 0


def test_strongest_words() -> None:
    bag = BagOfWordsClassifier().fit(["superb food", "superb room", "awful food", "awful room"], [1, 1, 0, 0])
    assert bag.strongest_words(1) == (["awful"], ["superb"])


def test_fitting_twice_gives_the_same_weights() -> None:
    train = load_reviews("train")
    first, second = (BagOfWordsClassifier().fit(train.texts, train.labels) for _ in range(2))
    assert np.array_equal(first.weights, second.weights) and first.bias == second.bias


def test_it_learns_the_reviews() -> None:
    train = load_reviews("train")
    bag = BagOfWordsClassifier().fit(train.texts, train.labels)
    assert accuracy(bag, "train") > 0.95
    assert 0.5 < accuracy(bag, "validation") < 0.95


@pytest.mark.parametrize("l2", [0, -1, float("nan")])
def test_penalty_must_be_positive(l2: float) -> None:
    with pytest.raises(ValueError, match="l2 debe ser mayor que 0; se dio"):
        BagOfWordsClassifier(l2)


def test_wrong_data_is_refused() -> None:
    with pytest.raises(ValueError, match="5 textos y 2 etiquetas"):
        BagOfWordsClassifier().fit(TEXTS, [0, 1])
    for labels in ([1] * 5, [0, 1, 2, 1, 0], [True, -1, 1, 1, 0]):
        with pytest.raises(ValueError, match="deben ser 0 y 1, con alguna de cada"):
            BagOfWordsClassifier().fit(TEXTS, labels)
    with pytest.raises(ValueError, match="sin entrenar: llama antes a fit"):
        BagOfWordsClassifier().predict(TEXTS)
    with pytest.raises(ValueError, match="se dio un solo texto"):
        BagOfWordsClassifier().fit(TEXTS, LABELS).predict("A good film.")
