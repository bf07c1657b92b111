"""El clasificador: paridad con el bucle de Hugging Face, semillas, lotes, atención y errores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from codigo import sentiment
from codigo.sentiment import BERTSentimentClassifier
from tests.codigo.tiny_models import save_tiny_bert

TEXTS = [
    "the film was very good",
    "bad plot",
    "not long",
    "music was not bad the film was good",
    "short",
    "the plot",
    "very bad",
]
LABELS = [1, 0, 1, 1, 0, 1, 0]


def classifier(folder: Path, seed: int | None = 3, num_labels: int = 2) -> BERTSentimentClassifier:
    return BERTSentimentClassifier(str(folder), num_labels, seed=seed)


def adam(bert: BERTSentimentClassifier) -> torch.optim.Optimizer:
    return torch.optim.AdamW(bert.model.parameters(), lr=1e-2)


def test_a_step_is_the_plain_hugging_face_step(tiny_bert: Path) -> None:
    ours, plain = classifier(tiny_bert), classifier(tiny_bert)
    loss = ours.train_step(TEXTS, LABELS, adam(ours))
    optimizer = adam(plain)
    batch = plain.tokenizer(TEXTS, padding=True, return_tensors="pt")
    expected = plain.model(**batch, labels=torch.tensor(LABELS)).loss
    expected.backward()
    optimizer.step()
    assert loss == pytest.approx(expected.item(), abs=1e-6)
    for mine, theirs in zip(ours.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


def test_the_size_of_the_chunks_changes_nothing(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = classifier(tiny_bert), classifier(tiny_bert)
    sgd = [torch.optim.SGD(bert.model.parameters(), lr=0.1) for bert in (whole, pieces)]
    first = whole.train_step(TEXTS, LABELS, sgd[0])
    monkeypatch.setattr(sentiment, "MICRO_BATCH", 3)
    assert pieces.train_step(TEXTS, LABELS, sgd[1]) == pytest.approx(first, abs=1e-6)
    np.testing.assert_allclose(whole.predict(TEXTS)[1], pieces.predict(TEXTS)[1], atol=1e-6)


def test_losses_are_recorded_and_fall(tiny_bert: Path) -> None:
    bert = classifier(tiny_bert)
    optimizer = adam(bert)
    losses = [bert.train_step(TEXTS, LABELS, optimizer) for _ in range(15)]
    assert bert.training_losses == losses and losses[-1] < losses[0] / 2
    assert bert.predict(TEXTS)[0].tolist() == LABELS


def test_a_seed_repeats_everything_and_leaves_the_global_state(tmp_path: Path) -> None:
    folder = save_tiny_bert(tmp_path, hidden_dropout_prob=0.3)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    runs = [classifier(folder, seed=11), classifier(folder, seed=11), classifier(folder, seed=12)]
    for bert in runs:
        optimizer = adam(bert)
        for _ in range(3):
            bert.train_step(TEXTS, LABELS, optimizer)
    assert torch.equal(torch.rand(3), expected)
    assert runs[0].training_losses == runs[1].training_losses != runs[2].training_losses
    assert len(set(runs[0].training_losses)) == 3


def test_without_a_seed_the_global_state_decides(tiny_bert: Path) -> None:
    heads = []
    for seed in (4, 4, 5):
        torch.manual_seed(seed)
        heads.append(classifier(tiny_bert, seed=None, num_labels=3).model.classifier.weight)
    assert torch.equal(heads[0], heads[1]) and not torch.equal(heads[0], heads[2])


def test_predictions_keep_the_order(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "MICRO_BATCH", 2)
    bert = classifier(tiny_bert, num_labels=3)
    predictions, probabilities = bert.predict(TEXTS)
    assert predictions.shape == (7,) and probabilities.shape == (7, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    for text, prediction, row in zip(TEXTS, predictions, probabilities, strict=True):
        alone = bert.predict([text])
        assert alone[0][0] == prediction
        np.testing.assert_allclose(alone[1][0], row, atol=1e-6)


def test_chunks_hold_texts_of_like_length_in_tokens(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "MICRO_BATCH", 2)
    bert, shapes = classifier(tiny_bert), []
    bert.model.register_forward_pre_hook(
        lambda _, __, options: shapes.append(tuple(options["input_ids"].shape)), with_kwargs=True
    )
    # «unknownword» es un token; «the bad», más corto en letras, son dos.
    bert.predict(["the bad", "unknownword", "very very bad film", "x", "the plot was", "good"])
    assert shapes == [(2, 3), (2, 4), (2, 6)]


def test_texts_are_tokenised_once(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "MICRO_BATCH", 2)
    bert, calls = classifier(tiny_bert), []
    tokenize = bert._tokenize
    monkeypatch.setattr(bert, "_tokenize", lambda texts: calls.append(len(texts)) or tokenize(texts))
    bert.predict(TEXTS)
    bert.get_attention_maps(TEXTS)
    bert.train_step(TEXTS, LABELS, adam(bert))
    assert calls == [7, 7, 7]


def test_inference_uses_no_dropout_and_restores_the_mode(tmp_path: Path) -> None:
    bert = classifier(save_tiny_bert(tmp_path, hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5))
    for training in (True, False):
        bert.model.train(training)
        first, second = bert.predict(TEXTS)[1], bert.predict(TEXTS)[1]
        np.testing.assert_array_equal(first, second)
        rows = bert.get_attention_weights(TEXTS[0]).sum(axis=-1)
        np.testing.assert_allclose(rows, 1, atol=1e-5)
        bert.train_step(TEXTS, LABELS, adam(bert))
        assert bert.model.training is training


def test_attention_of_each_layer(tiny_bert: Path) -> None:
    bert = classifier(tiny_bert)
    batch = bert.tokenizer(TEXTS[0], return_tensors="pt")
    expected = bert.model(**batch, output_attentions=True).attentions
    for layer in (-3, -1, 0, 2):
        weights = bert.get_attention_weights(TEXTS[0], layer)
        assert weights.shape == (2, 7, 7)
        np.testing.assert_allclose(weights, expected[layer][0].detach(), atol=1e-6)
    assert bert.get_tokens(TEXTS[0]) == ["[CLS]", *TEXTS[0].split(), "[SEP]"]


def test_padding_is_left_out_of_both_axes(tiny_bert: Path) -> None:
    bert = classifier(tiny_bert)
    for text, maps in zip(TEXTS, bert.get_attention_maps(TEXTS), strict=True):
        T = len(bert.get_tokens(text))
        assert maps.shape == (3, 2, T, T)
        np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(maps[1], bert.get_attention_weights(text, 1), atol=1e-6)


def test_truncation_is_said_aloud(tiny_bert: Path) -> None:
    bert, long = classifier(tiny_bert), "very " * 20 + "bad"
    with pytest.warns(UserWarning, match="recortan"):
        predictions, _ = bert.predict([*TEXTS, long])
    assert len(predictions) == 8
    with pytest.warns(UserWarning, match="12 tokens"):
        assert len(bert.get_tokens(long)) == 12


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:-1], "7 textos y 6 etiquetas"),
        ([2, *LABELS[1:]], "de 0 a 1; se dio 2"),
        ([0.5, *LABELS[1:]], "se dio 0.5"),
        (["bien", *LABELS[1:]], "se dio 'bien'"),
    ],
)
def test_bad_labels(tiny_bert: Path, labels: list, message: str) -> None:
    bert = classifier(tiny_bert)
    with pytest.raises(ValueError, match=message):
        bert.train_step(TEXTS, labels, adam(bert))


@pytest.mark.parametrize("labels", [np.array(LABELS), tuple(LABELS), [bool(label) for label in LABELS]])
def test_labels_of_other_types(tiny_bert: Path, labels: object) -> None:
    bert, same = classifier(tiny_bert), classifier(tiny_bert)
    assert bert.train_step(TEXTS, labels, adam(bert)) == same.train_step(TEXTS, LABELS, adam(same))


@pytest.mark.parametrize(
    ("texts", "message"),
    [("good film", "una lista"), ([], "vacía"), (["good", "  "], "número 1"), ([3], "se dio 3")],
)
def test_bad_texts(tiny_bert: Path, texts: object, message: str) -> None:
    bert = classifier(tiny_bert)
    for call in (bert.predict, bert.get_attention_maps, lambda x: bert.train_step(x, [1], adam(bert))):
        with pytest.raises(ValueError, match=message):
            call(texts)


@pytest.mark.parametrize("layer", [3, -4, 1.5, "última"])
def test_a_layer_that_does_not_exist(tiny_bert: Path, layer: object) -> None:
    with pytest.raises(ValueError, match="no existe: el modelo tiene 3, de 0 a 2"):
        classifier(tiny_bert).get_attention_weights("good", layer)


def test_an_optimizer_of_another_model(tiny_bert: Path) -> None:
    bert, other = classifier(tiny_bert), classifier(tiny_bert)
    with pytest.raises(ValueError, match="El optimizador no tiene ningún parámetro"):
        bert.train_step(TEXTS, LABELS, adam(other))


def test_the_number_of_labels_is_checked() -> None:
    with pytest.raises(ValueError, match="num_labels debe ser un entero mayor que 0"):
        BERTSentimentClassifier(num_labels=0)


def test_a_trained_head_is_loaded_whole(tiny_bert: Path, tmp_path: Path) -> None:
    bert = classifier(tiny_bert)
    bert.train_step(TEXTS, LABELS, adam(bert))
    bert.model.save_pretrained(tmp_path)
    bert.tokenizer.save_pretrained(tmp_path)
    loaded = classifier(tmp_path, seed=None)
    np.testing.assert_array_equal(loaded.predict(TEXTS)[1], bert.predict(TEXTS)[1])
    with pytest.raises(ValueError, match="se guardó con 2 clases y se pidió num_labels=3"):
        classifier(tmp_path, num_labels=3)
