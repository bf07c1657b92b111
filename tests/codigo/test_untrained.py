"""Con qué se compara un clasificador entrenado: siempre lo mismo, y sin que nada lo cambie."""

from __future__ import annotations

import math

import pytest
import torch

from codigo.sentiment import BERTSentimentClassifier
from codigo.untrained import empty_copy, pretrained_names, pretrained_shift, untrained_classifier
from tests.codigo.tiny_models import save_tiny_bert


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_bert(tmp_path_factory.mktemp("bert")))


def test_a_new_classifier_has_not_moved_whatever_its_head(folder: str) -> None:
    assert pretrained_shift(BERTSentimentClassifier(folder, 2, seed=5)) == 0


@pytest.mark.parametrize("num_labels", [2, 3])
def test_one_step_moves_it(folder: str, num_labels: int) -> None:
    trained = BERTSentimentClassifier(folder, num_labels, seed=5)
    trained.train_step(["the film", "bad plot"], [0, 1], torch.optim.SGD(trained.model.parameters(), lr=0.1))
    assert 1e-5 < pretrained_shift(trained) < math.inf


def test_a_head_alone_does_not_count(folder: str) -> None:
    trained = BERTSentimentClassifier(folder, 2, seed=5)
    with torch.no_grad():
        trained.model.classifier.weight.add_(1.0)
    assert pretrained_shift(trained) == 0


def test_another_model_inside_is_infinitely_far(folder: str) -> None:
    other = BERTSentimentClassifier(folder, 2, seed=5)
    del other.model.bert.encoder.layer[-1]
    assert pretrained_shift(other) == math.inf
    bigger = BERTSentimentClassifier(folder, 2, seed=5)
    bigger.model.resize_token_embeddings(bigger.model.config.vocab_size + 1)
    assert pretrained_shift(bigger) == math.inf


def test_it_is_made_once(folder: str) -> None:
    assert untrained_classifier(folder, 2) is untrained_classifier(folder, 2)
    assert untrained_classifier(folder, 2) is not untrained_classifier(folder, 3)


def test_other_weights_in_a_copy_leave_the_original_alone(folder: str) -> None:
    original = untrained_classifier(folder, 2)
    copied = empty_copy(original)
    before = {name: value.clone() for name, value in original.model.state_dict().items()}
    copied.model.load_state_dict({name: value + 1 for name, value in before.items()}, assign=True)
    copied.training_losses.append(1.0)
    copied.train_step(["the film"], [1], torch.optim.SGD(copied.model.parameters(), lr=0.1))
    after = original.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert not original.training_losses and copied.tokenizer is original.tokenizer


def test_what_comes_with_the_model_is_told_from_what_is_new(folder: str) -> None:
    names = pretrained_names(folder, 2)
    every = set(untrained_classifier(folder, 2).model.state_dict())
    assert every - names == {"classifier.weight"}  # el sesgo empieza siempre en 0
