"""El clasificador frente al bucle corriente, con un BERT diminuto."""

import numpy as np
import pytest
import torch

from bench import bert
from bench.bounds import Roof, attention_flops, matmul_flops
from bench.timing import QUICK, DifferentResultsError
from codigo.sentiment import BERTSentimentClassifier
from tests.codigo.tiny_models import save_tiny_bert

TEXTS = ["the film was good", "bad", "not very long", "the plot was short", "music"]
LABELS = [1, 0, 1, 0, 1]
ROOF = Roof(1e9, 1e9)


@pytest.fixture
def classifier(tmp_path, capsys):
    folder = save_tiny_bert(tmp_path, hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.3)
    return BERTSentimentClassifier(str(folder), seed=0)


def test_predicting_gives_the_same(classifier):
    found = bert.compare_prediction("caso", classifier, TEXTS, 1, ROOF, QUICK)
    assert "misma salida" in found.check and found.sizes["textos"] == 5


def test_another_prediction_stops_it(classifier, monkeypatch):
    plain = bert.plain_prediction
    monkeypatch.setattr(bert, "plain_prediction", lambda *args: 1.001 * plain(*args))
    with pytest.raises(DifferentResultsError):
        bert.compare_prediction("caso", classifier, TEXTS, 1, ROOF, QUICK)


def test_three_steps_give_the_same_losses_and_dropout_comes_back(classifier):
    found = bert.compare_training("caso", classifier, TEXTS, LABELS, 1, ROOF, QUICK)
    assert "misma salida" in found.check
    rates = {layer.p for layer in classifier.model.modules() if isinstance(layer, torch.nn.Dropout)}
    assert rates == {0.3}


def test_a_step_with_other_labels_stops_it(classifier, monkeypatch):
    plain = bert.plain_step
    monkeypatch.setattr(bert, "plain_step", lambda m, t, texts, labels, o: plain(m, t, texts, [0] * 5, o))
    with pytest.raises(DifferentResultsError):
        bert.compare_training("caso", classifier, TEXTS, LABELS, 1, ROOF, QUICK)


def test_the_work_counts_tokens_and_no_padding(classifier):
    lengths = [6, 3, 5, 6, 3]  # con [CLS] y [SEP]
    per_token = 4 * matmul_flops(1, 16, 16) + 2 * matmul_flops(1, 16, 24)
    expected = 3 * (sum(lengths) * per_token + attention_flops(lengths, lengths, 16))
    assert bert.encoder_work(classifier, TEXTS).flops == expected


def test_uneven_texts_are_longer_and_out_of_order():
    texts = [f"w{k}" for k in range(20)]
    found = bert.uneven(texts)
    lengths = [len(text.split()) for text in found]
    assert len(found) == 20 and max(lengths) == 4 and min(lengths) == 1
    assert lengths != sorted(lengths)
    assert bert.uneven(texts) == found
    assert np.all([word in texts for text in found for word in text.split()])
