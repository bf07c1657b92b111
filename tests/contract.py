"""Lo que el contrato fija de cada cuaderno: celdas, puntos y nombres que deben quedar definidos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """Un cuaderno y sus celdas con nota."""

    notebook: str
    solutions: tuple[str, ...] = ()
    test_prefix: str = "test_"
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
)
