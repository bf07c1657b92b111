"""Lo que el contrato fija de cada cuaderno: celdas, puntos y nombres que deben quedar definidos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Un cuaderno y sus celdas con nota."""

    notebook: str
    solutions: tuple[str, ...] = ()
    test_prefix: str | tuple[str, ...] = "test_"
    auto_points: float = 0
    manual: tuple[tuple[str, float], ...] = ()
    check: str = ""  # código que se ejecuta al final del cuaderno resuelto


PARTS = (
    Part(
        "parte1_self_attention",
        ("ej1_mascara_causal", "ej1_atencion_causal"),
        "test_ej1_",
        16,
        check=(
            "assert build_causal_mask(3).dtype == bool and causal_mask.shape == (7, 7)\n"
            "assert X.shape == (7, 16) and seq_len == 7 and attn_weights.shape == (7, 7)\n"
            "outputs = causal_attention(X[:, :3], X[:, 3:6], X[:, 6:10])\n"
            "assert [part.shape for part in outputs] == [(7, 4), (7, 7)]\n"
            "assert output_masked.shape == (7, 16) and attn_masked.shape == (7, 7)"
        ),
    ),
    Part(
        "parte2_multi_head",
        ("ej2_comparar_cabezas",),
        "test_ej2_",
        14,
        (("ej2_reflexion", 5),),
        check=(
            "assert head_configs == [1, 4, 8, 16] and X.shape == (6, 64)\n"
            "assert {h: a.shape for h, a in average_attention.items()} == {h: (6, 6) for h in head_configs}\n"
            "assert all(0 < mean_entropy[h] <= np.log(6) for h in head_configs)"
        ),
    ),
    Part(
        "parte3_positional_encoding",
        ("ej3_similitud_coseno",),
        "test_ej3_",
        14,
        check=(
            "assert pe.encoding.shape == (100, 128) and encodings.shape == (50, 128)\n"
            "assert similarity_matrix.shape == (50, 50)\n"
            "assert isinstance(cosine_similarity(np.ones(3), np.ones(3)), float)"
        ),
    ),
    Part("parte4_transformer"),
    Part("parte5_bert"),
    Part(
        "parte6_gpt2",
        ("ej4_muestreo", "ej4_configuraciones"),
        "test_ej4_",
        16,
        check=(
            "assert sampling_distribution(np.arange(7.0), 0.5, 3, 0.9).shape == (7,)\n"
            "assert set(generated) == set(config_entropy) == {config['name'] for config in configs}\n"
            "assert all(isinstance(text, str) and text.startswith(prompt) for text in generated.values())\n"
            "keys = ('temperature', 'top_k', 'top_p')\n"
            "assert all(len({config[key] for config in configs}) > 1 for key in keys)\n"
            "assert isinstance(SEED, int) and isinstance(MAX_LENGTH, int)"
        ),
    ),
    Part("parte7_rnn_vs_transformer"),
    Part(
        "parte8_ejercicios_finales",
        ("ej5_atencion_por_capas", "ej6_fine_tuning"),
        ("test_ej5_", "test_ej6_"),
        30,
        (("ej5_reflexion", 5),),
        check=(
            "assert attention_entropy(np.full((5, 3, 3), 1 / 3)).shape == (5,)\n"
            "assert set(layer_entropy) == {0, 6, 11} and fig.axes\n"
            "assert len(custom_texts) == len(custom_labels) >= 16\n"
            "assert len(test_texts) == len(test_labels) >= 8\n"
            "assert 0.7 <= test_accuracy <= 1 and all(isinstance(loss, float) for loss in loss_history)\n"
            "predictions, _ = custom_classifier.predict(test_texts)\n"
            "assert np.isclose(np.mean(predictions == np.array(test_labels)), test_accuracy)"
        ),
    ),
)
