"""La figura que compara capas."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from codigo.layer_patterns import compare_attention_patterns
from codigo.sentiment import BERTSentimentClassifier

TEXT = "the film was not bad"


def test_one_column_per_layer(tiny_bert: Path) -> None:
    bert = BERTSentimentClassifier(str(tiny_bert))
    fig = compare_attention_patterns(TEXT, [0, 2], classifier=bert)
    shown = [ax.images[0].get_array() for ax in fig.axes[:4]]
    for column, layer in enumerate((0, 2)):
        heads = bert.get_attention_weights(TEXT, layer)
        np.testing.assert_allclose(shown[column], heads.mean(axis=0))
        assert any(np.array_equal(shown[column + 2], head) for head in heads)
        assert f"Capa {layer}" in fig.axes[column].get_title()
    labels = [label.get_text() for label in fig.axes[2].get_xticklabels()]
    assert labels == ["[CLS]", *TEXT.split(), "[SEP]"]
    plt.close(fig)


def test_bad_layers(tiny_bert: Path) -> None:
    bert = BERTSentimentClassifier(str(tiny_bert))
    with pytest.raises(ValueError, match="La capa 3 no existe"):
        compare_attention_patterns(TEXT, [0, 3], classifier=bert)
    with pytest.raises(ValueError, match="al menos una capa"):
        compare_attention_patterns(TEXT, [], classifier=bert)
    assert plt.get_fignums() == []


@pytest.mark.slow
def test_the_default_model_has_the_layers_of_the_specification() -> None:
    fig = compare_attention_patterns("The quick brown fox jumps over the lazy dog")
    assert [ax.get_title().split(":")[0] for ax in fig.axes[:3]] == ["Capa 0", "Capa 6", "Capa 11"]
    plt.close(fig)
