"""La tabla de los argumentos que el contrato rechaza: el error dice qué se dio y qué se admite."""

import re

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from codigo.attention import (
    MultiHeadAttentionNumPy,
    SelfAttentionNumPy,
    scaled_dot_product_attention,
    softmax,
)
from codigo.blocks import PositionwiseFeedForward, TransformerDecoderBlock, TransformerEncoderBlock
from codigo.figures import (
    visualize_attention_weights,
    visualize_multi_head_attention,
    visualize_positional_encoding,
)
from codigo.masks import create_causal_mask
from codigo.model import TransformerModel
from codigo.positional import PositionalEncodingSinusoidal
from codigo.torch_attention import MultiHeadAttention

HIDDEN_ROW = np.array([[False, True, True], [True, True, True], [False, False, False]])
ADDITIVE = np.where(create_causal_mask(3), -np.inf, 0.0)
X = np.ones((3, 6))
x = torch.ones(2, 3, 6)
ids = torch.zeros(2, 3, dtype=torch.long)
POSITIVE = "debe ser un entero mayor que 0"
BOOLEAN = "debe ser booleana (True = posición oculta)"
HIDDEN = "deja al menos una posición visible (False) en cada fila"
RANGE = "debe estar entre 0 (incluido) y 1 (sin incluir)"


def model(**changes):
    options = {"vocab_size": 10, "d_model": 6, "num_heads": 3, "num_layers": 1, "d_ff": 8, "dropout": 0.1}
    return TransformerModel(**{**options, "max_len": 5, **changes})


def single(**options):
    return SelfAttentionNumPy(6, 4, 5, seed=0)(options.pop("X", X), **options)


def multi(**options):
    return MultiHeadAttentionNumPy(6, 3, seed=0)(options.pop("X", X), **options)


def encoder(mask=None, x=x):
    return TransformerEncoderBlock(6, 3, 8)(x, mask)


def decoder(x=x, memory=torch.ones(2, 4, 6), **options):  # noqa: B008
    return TransformerDecoderBlock(6, 3, 8)(x, memory, **options)


def bools(*shape):
    return torch.zeros(shape, dtype=torch.bool)


# (qué se prueba, llamada, lo que se dio, lo que se admite)
CONSTRUCTORS = [
    ("mha_heads", lambda: MultiHeadAttentionNumPy(10, 3), "num_heads=3 con d_model=10", "1, 2, 5, 10"),
    ("mha_more_heads_than_d_model", lambda: MultiHeadAttentionNumPy(4, 8), "num_heads=8", "1, 2, 4"),
    ("mha_zero_heads", lambda: MultiHeadAttentionNumPy(6, 0), "se dio 0", f"num_heads {POSITIVE}"),
    ("mha_negative_heads", lambda: MultiHeadAttentionNumPy(6, -2), "se dio -2", f"num_heads {POSITIVE}"),
    (
        "mha_non_integer_heads",
        lambda: MultiHeadAttentionNumPy(6, 2.0),
        "se dio 2.0",
        f"num_heads {POSITIVE}",
    ),
    ("mha_d_model", lambda: MultiHeadAttentionNumPy(0, 1), "se dio 0", f"d_model {POSITIVE}"),
    ("single_d_model", lambda: SelfAttentionNumPy(0), "se dio 0", f"d_model {POSITIVE}"),
    ("single_d_model_text", lambda: SelfAttentionNumPy("6"), "se dio '6'", f"d_model {POSITIVE}"),
    ("single_d_model_bool", lambda: SelfAttentionNumPy(True), "se dio True", f"d_model {POSITIVE}"),
    ("single_d_k", lambda: SelfAttentionNumPy(6, d_k=-1), "se dio -1", f"d_k {POSITIVE}"),
    ("single_d_k_zero", lambda: SelfAttentionNumPy(6, d_k=0), "se dio 0", f"d_k {POSITIVE}"),
    ("single_d_v", lambda: SelfAttentionNumPy(6, d_v=1.5), "se dio 1.5", f"d_v {POSITIVE}"),
    ("mask_length", lambda: create_causal_mask(0), "se dio 0", f"seq_len {POSITIVE}"),
    ("pe_odd", lambda: PositionalEncodingSinusoidal(7), "se dio 7", "d_model debe ser par"),
    ("pe_d_model", lambda: PositionalEncodingSinusoidal(0), "se dio 0", f"d_model {POSITIVE}"),
    ("pe_max_len", lambda: PositionalEncodingSinusoidal(6, 0), "se dio 0", f"max_len {POSITIVE}"),
    ("torch_heads", lambda: MultiHeadAttention(10, 4), "num_heads=4 con d_model=10", "1, 2, 5, 10"),
    ("torch_dropout", lambda: MultiHeadAttention(6, 3, 1.0), "se dio 1.0", f"dropout {RANGE}"),
    ("torch_dropout_text", lambda: MultiHeadAttention(6, 3, "0.1"), "se dio '0.1'", f"dropout {RANGE}"),
    ("ffn_dropout_text", lambda: PositionwiseFeedForward(6, 8, "0.1"), "se dio '0.1'", f"dropout {RANGE}"),
    ("model_dropout_text", lambda: model(dropout="0.1"), "se dio '0.1'", f"dropout {RANGE}"),
    ("encoder_heads", lambda: TransformerEncoderBlock(10, 4, 8), "num_heads=4", "1, 2, 5, 10"),
    ("encoder_d_ff", lambda: TransformerEncoderBlock(6, 3, 0), "se dio 0", f"d_ff {POSITIVE}"),
    ("encoder_dropout", lambda: TransformerEncoderBlock(6, 3, 8, 1.5), "se dio 1.5", f"dropout {RANGE}"),
    ("decoder_heads", lambda: TransformerDecoderBlock(10, 4, 8), "num_heads=4", "1, 2, 5, 10"),
    ("decoder_dropout", lambda: TransformerDecoderBlock(6, 3, 8, -0.1), "se dio -0.1", RANGE),
    ("ffn_d_model", lambda: PositionwiseFeedForward(0, 8), "se dio 0", f"d_model {POSITIVE}"),
    ("ffn_d_ff", lambda: PositionwiseFeedForward(6, -8), "se dio -8", f"d_ff {POSITIVE}"),
    ("ffn_dropout", lambda: PositionwiseFeedForward(6, 8, float("nan")), "se dio nan", RANGE),
    ("model_vocabulary", lambda: model(vocab_size=0), "se dio 0", f"vocab_size {POSITIVE}"),
    ("model_heads", lambda: model(num_heads=4), "num_heads=4 con d_model=6", "1, 2, 3, 6"),
    ("model_layers", lambda: model(num_layers=0), "se dio 0", f"num_layers {POSITIVE}"),
    ("model_d_ff", lambda: model(d_ff=0), "se dio 0", f"d_ff {POSITIVE}"),
    ("model_odd_d_model", lambda: model(d_model=9), "se dio 9", "d_model debe ser par"),
    ("model_dropout", lambda: model(dropout=1), "se dio 1", f"dropout {RANGE}"),
    ("model_max_len", lambda: model(max_len=-3), "se dio -3", f"max_len {POSITIVE}"),
    ("model_causal_mask", lambda: TransformerModel.generate_square_subsequent_mask(0), "se dio 0", POSITIVE),
]
NUMPY_INPUTS = [
    ("single_last_dimension", lambda: single(X=np.ones((3, 5))), "(3, 5)", "d_model=6"),
    ("single_empty", lambda: single(X=np.ones((0, 6))), "(0, 6)", "T ≥ 1"),
    ("single_without_axes", lambda: single(X=np.ones(6)), "(6,)", "(…, T, d_model)"),
    ("single_text", lambda: single(X=[["a"] * 6]), "<U1", "debe contener números reales"),
    ("single_complex", lambda: single(X=X * 1j), "complex128", "debe contener números reales"),
    ("single_none", lambda: single(X=None), "object", "debe contener números reales"),
    ("single_mask_other_shape", lambda: single(mask=create_causal_mask(4)), "(4, 4)", "forma (3, 3)"),
    ("single_mask_hidden_row", lambda: single(mask=HIDDEN_ROW), "la consulta 1:", HIDDEN),
    ("single_additive_mask", lambda: single(mask=ADDITIVE), "float64", BOOLEAN),
    ("multi_last_dimension", lambda: multi(X=np.ones((2, 3, 7))), "(2, 3, 7)", "d_model=6"),
    ("multi_empty", lambda: multi(X=np.ones((2, 0, 6))), "(2, 0, 6)", "T ≥ 1"),
    ("multi_mask_other_shape", lambda: multi(mask=np.zeros((3, 2), bool)), "(3, 2)", "forma (3, 3)"),
    ("multi_mask_per_head", lambda: multi(mask=np.zeros((3, 3, 3), bool)), "(3, 3, 3)", "forma (3, 3)"),
    ("multi_mask_hidden_row", lambda: multi(mask=HIDDEN_ROW), "la consulta 1:", HIDDEN),
    ("multi_additive_mask", lambda: multi(mask=ADDITIVE), "float64", BOOLEAN),
    (
        "qkv_unequal_d_k",
        lambda: scaled_dot_product_attention(np.ones((3, 4)), np.ones((5, 6)), np.ones((5, 2))),
        "(3, 4), (5, 6) y (5, 2)",
        "(…, T_q, d_k), (…, T_k, d_k) y (…, T_k, d_v)",
    ),
    (
        "qkv_batch",
        lambda: scaled_dot_product_attention(np.ones((2, 3, 4)), np.ones((3, 5, 4)), np.ones((3, 5, 4))),
        "(2, 3, 4), (3, 5, 4) y (3, 5, 4)",
        "(…, T_q, d_k), (…, T_k, d_k) y (…, T_k, d_v)",
    ),
    (
        "qkv_values_batch",
        lambda: scaled_dot_product_attention(np.ones((2, 3, 4)), np.ones((2, 5, 4)), np.ones((3, 5, 4))),
        "(2, 3, 4), (2, 5, 4) y (3, 5, 4)",
        "lote",
    ),
    (
        "qkv_keys_and_values",
        lambda: scaled_dot_product_attention(np.ones((3, 4)), np.ones((5, 4)), np.ones((6, 2))),
        "(3, 4), (5, 4) y (6, 2)",
        "(…, T_k, d_v)",
    ),
    (
        "qkv_without_keys",
        lambda: scaled_dot_product_attention(np.ones((3, 4)), np.ones((0, 4)), np.ones((0, 2))),
        "(0, 4) y (0, 2)",
        "(…, T_k, d_k)",
    ),
    (
        "qkv_single_axis",
        lambda: scaled_dot_product_attention(np.ones(4), np.ones((5, 4)), np.ones((5, 2))),
        "(4,), (5, 4) y (5, 2)",
        "(…, T_q, d_k)",
    ),
    (
        "qkv_mask",
        lambda: scaled_dot_product_attention(X, np.ones((5, 6)), np.ones((5, 2)), np.zeros((5, 3), bool)),
        "(5, 3)",
        "forma (3, 5)",
    ),
    ("softmax_text", lambda: softmax(["a"]), "<U1", "scores debe contener números reales"),
    ("pe_beyond_max_len", lambda: PositionalEncodingSinusoidal(6, 2)(X), "seq_len=3", "se admite de 1 a 2"),
    ("pe_get", lambda: PositionalEncodingSinusoidal(6, 2).get_encoding(9), "seq_len=9", "se admite de 1 a 2"),
    ("pe_last_dimension", lambda: PositionalEncodingSinusoidal(4)(X), "(3, 6)", "d_model=4"),
]
TORCH_INPUTS = [
    ("block_last_dimension", lambda: encoder(x=torch.ones(2, 3, 5)), "(2, 3, 5)", "(B, T, 6)"),
    ("block_empty", lambda: encoder(x=torch.ones(2, 0, 6)), "(2, 0, 6)", "T ≥ 1"),
    ("block_without_batch", lambda: encoder(x=torch.ones(3, 6)), "(3, 6)", "(B, T, 6)"),
    ("block_mask_other_shape", lambda: encoder(bools(4, 4)), "(4, 4)", "(3, 3), (2, 3, 3) o (2, 1, 3)"),
    ("block_mask_hidden_row", lambda: encoder(torch.from_numpy(HIDDEN_ROW)), "alguna consulta", HIDDEN),
    ("block_additive_mask", lambda: encoder(torch.from_numpy(ADDITIVE)), "torch.float64", BOOLEAN),
    ("block_integer_mask", lambda: encoder(bools(3, 3).int()), "torch.int32", BOOLEAN),
    ("memory_last_dimension", lambda: decoder(memory=torch.ones(2, 4, 5)), "memory", "(B, T, 6)"),
    ("memory_empty", lambda: decoder(memory=torch.ones(2, 0, 6)), "(2, 0, 6)", "T ≥ 1"),
    (
        "memory_other_batch",
        lambda: MultiHeadAttention(4, 2)(torch.zeros(2, 3, 4), torch.zeros(3, 3, 4)),
        "(2, 3, 4) y (3, 3, 4)",
        "mismo lote",
    ),
    ("decoder_other_batch", lambda: decoder(memory=torch.ones(3, 4, 6)), "(3, 4, 6)", "mismo lote"),
    ("block_numpy_mask", lambda: encoder(np.zeros((3, 3), bool)), "ndarray", "un tensor de PyTorch"),
    ("decoder_list_mask", lambda: decoder(tgt_mask=[[False]]), "list", "un tensor de PyTorch"),
    ("cross_mask", lambda: decoder(memory_mask=bools(3, 3)), "(3, 3)", "(3, 4), (2, 3, 4) o (2, 1, 4)"),
    ("target_mask", lambda: decoder(tgt_mask=bools(3, 4)), "(3, 4)", "(3, 3), (2, 3, 3) o (2, 1, 3)"),
    ("ids_too_large", lambda: model()(ids + 10, ids), "src tiene índices de 10 a 10", "de 0 a 9"),
    ("ids_negative", lambda: model()(ids, ids - 1), "tgt tiene índices de -1 a -1", "de 0 a 9"),
    ("ids_float", lambda: model()(ids.float(), ids), "torch.float32", "índices enteros (int64 o int32)"),
    ("ids_bool", lambda: model()(ids.bool(), ids), "torch.bool", "índices enteros (int64 o int32)"),
    ("ids_int8", lambda: model()(ids, ids.to(torch.int8)), "torch.int8", "índices enteros (int64 o int32)"),
    ("ids_other_batch", lambda: model()(ids, ids[:1]), "(1, 3", "mismo lote"),
    ("ids_without_batch", lambda: model()(ids[0], ids), "(3,)", "forma (B, T)"),
    ("ids_empty", lambda: model()(ids, ids[:, :0]), "(2, 0)", "T ≥ 1"),
    ("ids_too_long", lambda: model()(ids.repeat(1, 2), ids), "src tiene longitud 6", "max_len=5"),
    ("model_src_mask", lambda: model()(ids, ids, bools(2, 3)), "(2, 3)", "(3, 3), (2, 3, 3) o (2, 1, 3)"),
    ("model_tgt_mask", lambda: model()(ids, ids, tgt_mask=bools(4, 4)), "(4, 4)", "(3, 3)"),
    ("model_tgt_additive", lambda: model()(ids, ids, None, torch.from_numpy(ADDITIVE)), "float64", BOOLEAN),
    ("model_hidden_row", lambda: model()(ids, ids, ~bools(2, 1, 3)), "oculta todas las claves", HIDDEN),
    ("decode_zero", lambda: model().greedy_decode(ids, 0, 0), "se dio 0", f"num_tokens {POSITIVE}"),
    (
        "decode_start",
        lambda: model().greedy_decode(ids, 10, 1),
        "se dio 10",
        "debe ser un entero de 0 a 9",
    ),
    ("decode_negative_start", lambda: model().greedy_decode(ids, -1, 1), "se dio -1", "de 0 a 9"),
    ("decode_float_start", lambda: model().greedy_decode(ids, 1.0, 1), "se dio 1.0", "de 0 a 9"),
    ("decode_text_start", lambda: model().greedy_decode(ids, "a", 1), "se dio 'a'", "de 0 a 9"),
    ("decode_tensor_start", lambda: model().greedy_decode(ids, ids[:, 0], 1), "tensor([", "de 0 a 9"),
    ("decode_too_long", lambda: model().greedy_decode(ids, 0, 9), "longitud 6", "max_len=5"),
]
ONE = np.ones((1, 1))
FIGURES = [
    (
        "heatmap_extra_tokens",
        lambda: visualize_attention_weights(ONE, ["a", "b"]),
        "(1, 1) con 2 etiquetas",
        "(T, T)",
    ),
    ("heatmap_not_square", lambda: visualize_attention_weights(np.ones((1, 2)), ["a"]), "(1, 2)", "(T, T)"),
    (
        "heatmap_text",
        lambda: visualize_attention_weights([["a"]], ["a"]),
        "<U1",
        "debe contener números reales",
    ),
    ("heads_empty", lambda: visualize_multi_head_attention([], ["a"]), "vacía", "al menos una matriz"),
    ("heads_tokens", lambda: visualize_multi_head_attention([ONE], []), "con 0 etiquetas", "(T, T)"),
    ("heads_zero", lambda: visualize_multi_head_attention([ONE], ["a"], 0), "se dio 0", POSITIVE),
    ("pe_figure_odd", lambda: visualize_positional_encoding(5), "se dio 5", "d_model debe ser par"),
    ("pe_figure_max_len", lambda: visualize_positional_encoding(4, 0), "se dio 0", f"max_len {POSITIVE}"),
]
TABLE = CONSTRUCTORS + NUMPY_INPUTS + TORCH_INPUTS + FIGURES


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize(("call", "given", "allowed"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_invalid_argument(call, given, allowed):
    with pytest.raises(ValueError, match=re.escape(given)) as error:
        call()
    message = str(error.value)
    assert allowed in message
    assert re.search(r"\b(deben?|(se )?admiten?|da al menos|deja al menos)\b", message), (
        "el mensaje no dice qué hacer"
    )


# Lo que NumPy no puede leer, o lee sin dar números reales, y por dónde puede entrar.
UNREADABLE = {
    "ragged": [[1.0] * 3, [1.0] * 2, [1.0] * 3],
    "complex": np.ones((3, 3), dtype=complex),
    "object": [[object()] * 3] * 3,
    "gradient": torch.ones(3, 3, requires_grad=True),
    "list_of_gradients": [torch.ones(3, requires_grad=True)] * 3,
}
SQUARE = np.ones((3, 3))
READERS = {
    "single": lambda value: SelfAttentionNumPy(3)(value),
    "multi": lambda value: MultiHeadAttentionNumPy(3, 1)(value),
    "queries": lambda value: scaled_dot_product_attention(value, SQUARE, SQUARE),
    "values": lambda value: scaled_dot_product_attention(SQUARE, SQUARE, value),
    "single_mask": lambda value: SelfAttentionNumPy(3)(SQUARE, value),
    "multi_mask": lambda value: MultiHeadAttentionNumPy(3, 1)(SQUARE, value),
    "qkv_mask": lambda value: scaled_dot_product_attention(SQUARE, SQUARE, SQUARE, value),
    "softmax": softmax,
    "positional": lambda value: PositionalEncodingSinusoidal(4)(value),
    "heatmap": lambda value: visualize_attention_weights(value, ["a", "b", "c"]),
}
ENGLISH = re.compile(r"\b(the|must|can't|sequence|setting|inhomogeneous|requires)\b", re.IGNORECASE)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", UNREADABLE)
def test_unreadable_values(reader, kind):
    with pytest.raises(ValueError, match=r"\bdebe (ser|contener)\b") as error:
        READERS[reader](UNREADABLE[kind])
    assert not ENGLISH.search(str(error.value)), "el mensaje es el de NumPy o el de PyTorch"


def test_baseline_arguments_are_valid():
    """Cada fila de la tabla cambia una sola cosa de estas llamadas."""
    assert single().shape == (3, 5)
    assert multi(mask=create_causal_mask(3)).shape == (3, 6)
    assert encoder(bools(3, 3)).shape == (2, 3, 6)
    assert decoder(tgt_mask=bools(3, 3), memory_mask=bools(3, 4)).shape == (2, 3, 6)
    assert model()(ids, ids).shape == (2, 3, 10)
    assert model().greedy_decode(ids, 0, 1).shape == (2, 1)


def test_one_index_out_of_range():
    src = ids.clone()
    src[1, 2] = 10
    with pytest.raises(ValueError, match="src tiene índices de 0 a 10; se admiten de 0 a 9"):
        model()(src, ids)


@pytest.mark.parametrize("dropout", [0, 0.0, 0.5, 0.999])
def test_accepted_dropout(dropout):
    assert MultiHeadAttention(6, 3, dropout).dropout == dropout
