"""La atención de NumPy contra PyTorch, sus propiedades y los errores que la comparación descubre."""

import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import nn

from codigo import attention
from codigo.attention import (
    MultiHeadAttentionNumPy,
    SelfAttentionNumPy,
    scaled_dot_product_attention,
    softmax,
)
from codigo.masks import create_causal_mask

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
DTYPES = pytest.mark.parametrize("dtype", TOLERANCE, ids=lambda dtype: dtype.__name__)
MASKED = pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])


def unequal_sizes(axes, count=24, high=13):
    """``count`` tuplas distintas de ``axes`` tamaños, todos diferentes dentro de cada una."""
    draw = random.Random(axes).sample
    found = set()
    while len(found) < count:
        found.add(tuple(draw(range(1, high), axes)))
    return sorted(found)


def head_sizes():
    """(N, h, T, d_k) con d_model = h·d_k distinto también de los demás tamaños."""
    candidates = unequal_sizes(4, count=200, high=8)
    return [s for s in candidates if s[1] > 1 and len({*s, s[1] * s[3]}) == 5][::3]


def random_mask(rng, shape):
    """Máscara booleana con una clave visible, al azar, en cada fila."""
    mask = rng.random(shape) < 0.5
    visible = rng.integers(shape[-1], size=(*shape[:-1], 1))
    np.put_along_axis(mask, visible, False, axis=-1)
    return mask


def assert_parity(obtained, expected, dtype):
    """La comparación de todas las pruebas de paridad: forma, precisión y valores."""
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert obtained.shape == expected.shape
    assert obtained.dtype == dtype
    np.testing.assert_allclose(obtained, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def torch_sdpa(Q, K, V, mask):
    """La atención de PyTorch, cuyo convenio de máscara es el contrario."""
    keep = None if mask is None else torch.from_numpy(~mask)
    return F.scaled_dot_product_attention(*map(torch.from_numpy, (Q, K, V)), attn_mask=keep)


def torch_mha(mha, dtype):
    """``nn.MultiheadAttention`` sin sesgos y con los pesos de ``mha``."""
    module = nn.MultiheadAttention(mha.d_model, mha.num_heads, bias=False, batch_first=True)
    module = module.to(torch.from_numpy(np.empty(0, dtype)).dtype)
    stacked = np.concatenate([mha.W_q.T, mha.W_k.T, mha.W_v.T])
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.from_numpy(stacked))
        module.out_proj.weight.copy_(torch.from_numpy(mha.W_o).T)
    return module


def run_torch_mha(mha, X, mask):
    module = torch_mha(mha, X.dtype)
    x = torch.from_numpy(X)
    torch_mask = None if mask is None else torch.from_numpy(mask)
    return module(x, x, x, attn_mask=torch_mask, average_attn_weights=False)


# --- Paridad -----------------------------------------------------------------------------------


def test_at_least_twenty_shapes():
    assert len(head_sizes()) >= 20
    assert all(len(set(sizes)) == 5 for sizes in unequal_sizes(5))


@DTYPES
@MASKED
@pytest.mark.parametrize("sizes", unequal_sizes(5), ids=str)
def test_scaled_dot_product_matches_torch(sizes, masked, dtype):
    N, T_q, T_k, d_k, d_v = sizes
    rng = np.random.default_rng(sizes)
    shapes = ((N, T_q, d_k), (N, T_k, d_k), (N, T_k, d_v))
    Q, K, V = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    mask = random_mask(rng, (T_q, T_k)) if masked else None
    output, weights = scaled_dot_product_attention(Q, K, V, mask)
    assert_parity(output, torch_sdpa(Q, K, V, mask), dtype)
    identity = np.broadcast_to(np.eye(T_k, dtype=dtype), (N, T_k, T_k)).copy()
    assert_parity(weights, torch_sdpa(Q, K, identity, mask), dtype)


@DTYPES
@MASKED
@pytest.mark.parametrize("sizes", unequal_sizes(5), ids=str)
def test_self_attention_matches_torch(sizes, masked, dtype):
    N, T, d_model, d_k, d_v = sizes
    rng = np.random.default_rng(sizes)
    model = SelfAttentionNumPy(d_model, d_k, d_v, seed=7)
    X = rng.normal(size=(N, T, d_model)).astype(dtype)
    mask = random_mask(rng, (N, T, T)) if masked else None
    Q, K, V = (X @ W.astype(dtype) for W in (model.W_q, model.W_k, model.W_v))
    output, weights = model(X, mask, return_attention=True)
    assert_parity(output, torch_sdpa(Q, K, V, mask), dtype)
    assert weights.shape == (N, T, T)
    assert_parity(weights @ V, torch_sdpa(Q, K, V, mask), dtype)


@DTYPES
@MASKED
@pytest.mark.parametrize("sizes", head_sizes(), ids=str)
def test_multi_head_matches_torch(sizes, masked, dtype):
    N, h, T, d_k = sizes
    rng = np.random.default_rng(sizes)
    mha = MultiHeadAttentionNumPy(h * d_k, h, seed=7)
    X = rng.normal(size=(N, T, h * d_k)).astype(dtype)
    mask = random_mask(rng, (T, T)) if masked else None
    expected, expected_weights = run_torch_mha(mha, X, mask)
    output, heads = mha(X, mask, return_attention=True)
    assert_parity(output, expected, dtype)
    assert len(heads) == h
    assert_parity(np.stack(heads, axis=1), expected_weights, dtype)


# --- Mutaciones: la comparación de arriba rechaza los errores clásicos ----------------------------


def attend(scale=None, axis=-1, invert=False, after=False, use_mask=True, swap_qk=False):
    """Variante de ``_attend``; sin argumentos es la correcta."""

    def mutant(Q, K, V, mask):
        scores = (K @ Q.swapaxes(-1, -2) if swap_qk else Q @ K.swapaxes(-1, -2)).copy()
        scores /= math.sqrt(Q.shape[-1]) if scale is None else scale(Q)
        if mask is None or not use_mask:
            hidden = np.zeros(scores.shape, dtype=bool)
        else:
            hidden = np.broadcast_to(mask.swapaxes(-1, -2) if invert else mask, scores.shape)
        if not after:
            scores[hidden] = -np.inf
        weights = softmax(scores, axis=axis)
        weights = np.where(hidden, 0, weights) if after else weights
        return weights @ V, weights

    return mutant


MUTANTS = {
    "without_sqrt_d_k": attend(scale=lambda Q: 1.0),
    "divides_by_d_k": attend(scale=lambda Q: Q.shape[-1]),
    "sqrt_of_d_model": attend(scale=lambda Q: math.sqrt(Q.shape[-1] * Q.shape[-3])),
    "softmax_on_other_axis": attend(axis=-2),
    "softmax_over_heads": attend(axis=-3),
    "inverted_mask": attend(invert=True),
    "mask_after_softmax": attend(after=True),
    "ignored_mask": attend(use_mask=False),
    "keys_times_queries": attend(swap_qk=True),
}


def check_one_case():
    rng = np.random.default_rng(3)
    mha = MultiHeadAttentionNumPy(21, 3, seed=5)
    X = rng.normal(size=(2, 5, 21))
    mask = create_causal_mask(5)
    assert_parity(mha(X, mask), run_torch_mha(mha, X, mask)[0], np.float64)


def test_unmutated_variant_passes(monkeypatch):
    monkeypatch.setattr(attention, "_attend", attend())
    check_one_case()


@pytest.mark.parametrize("name", MUTANTS)
def test_parity_rejects_attention_mutants(monkeypatch, name):
    monkeypatch.setattr(attention, "_attend", MUTANTS[name])
    with np.errstate(all="ignore"), pytest.raises(AssertionError):
        check_one_case()


def split_without_swap(self, projected):
    return projected.reshape(*projected.shape[:-2], self.num_heads, -1, self.d_k)


def split_interleaved(self, projected):
    split = projected.reshape(*projected.shape[:-1], self.d_k, self.num_heads)
    return np.moveaxis(split, -1, -3)


def merge_without_swap(self, heads):
    return heads.reshape(*heads.shape[:-3], heads.shape[-2], self.d_model)


@pytest.mark.parametrize(
    ("method", "mutant"),
    [
        ("_split_heads", split_without_swap),
        ("_split_heads", split_interleaved),
        ("_merge_heads", merge_without_swap),
    ],
    ids=["split_without_swap", "interleaved_split", "merge_without_swap"],
)
def test_parity_rejects_head_mutants(monkeypatch, method, mutant):
    monkeypatch.setattr(MultiHeadAttentionNumPy, method, mutant)
    with pytest.raises(AssertionError):
        check_one_case()


# --- Formas y tipos ------------------------------------------------------------------------------

MODELS = pytest.mark.parametrize(
    "model",
    [SelfAttentionNumPy(12, 5, 7, seed=1), MultiHeadAttentionNumPy(12, 3, seed=1)],
    ids=["single_head", "multi_head"],
)


def stacked_weights(model, X, mask=None):
    """Salida y pesos; los de varias cabezas, como un solo arreglo (h, …, T, T)."""
    output, weights = model(X, mask, return_attention=True)
    return output, np.stack(weights) if isinstance(weights, list) else weights


@MODELS
@MASKED
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)], ids=str)
def test_batch_matches_each_sequence(model, masked, batch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(*batch, 4, 12))
    mask = create_causal_mask(4) if masked else None
    output, weights = stacked_weights(model, X, mask)
    for index in np.ndindex(*batch):
        one_output, one_weights = stacked_weights(model, X[index], mask)
        np.testing.assert_allclose(output[index], one_output, atol=1e-12)
        per_head = weights[(slice(None), *index)] if weights.ndim == len(batch) + 3 else weights[index]
        np.testing.assert_allclose(per_head, one_weights, atol=1e-12)


@MODELS
def test_mask_per_sequence(model):
    rng = np.random.default_rng(0)
    X, mask = rng.normal(size=(2, 3, 4, 12)), random_mask(rng, (2, 3, 4, 4))
    output = model(X, mask)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(output[index], model(X[index], mask[index]), atol=1e-12)


@MODELS
def test_without_return_attention_only_output(model):
    X = np.random.default_rng(0).normal(size=(4, 12))
    np.testing.assert_array_equal(model(X), model(X, return_attention=True)[0])


@MODELS
@pytest.mark.parametrize(
    ("given_dtype", "expected"),
    [
        (np.float16, np.float16),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int64, np.float64),
        (np.uint8, np.float64),
        (np.bool_, np.float64),
    ],
)
def test_output_dtype(model, given_dtype, expected):
    X = np.arange(48).reshape(4, 12).astype(given_dtype)
    output, weights = stacked_weights(model, X / 48 if X.dtype.kind == "f" else X)
    assert (output.dtype, weights.dtype) == (expected, expected)


@MODELS
def test_accepts_lists(model):
    X = np.random.default_rng(0).integers(-3, 4, size=(4, 12))
    np.testing.assert_array_equal(model(X.tolist()), model(X))


@pytest.mark.parametrize("given_dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "build", [SelfAttentionNumPy, lambda d, **options: MultiHeadAttentionNumPy(d, 2, **options)]
)
def test_weights_dtype(build, given_dtype):
    rounded, exact = build(6, seed=4, dtype=given_dtype), build(6, seed=4)
    for name in [name for name in vars(exact) if name.startswith("W_")]:
        assert getattr(rounded, name).dtype == given_dtype
        np.testing.assert_array_equal(getattr(rounded, name), getattr(exact, name).astype(given_dtype))
    X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_allclose(rounded(X), exact(X), rtol=1e-6)
    assert rounded(X.astype(np.float64)).dtype == np.float64


def test_default_dimensions():
    model = SelfAttentionNumPy(6)
    assert (model.d_k, model.d_v) == (6, 6)
    model = SelfAttentionNumPy(6, d_k=4)
    assert (model.d_v, model.W_k.shape, model.W_v.shape) == (4, (6, 4), (6, 4))


@pytest.mark.parametrize("build", [SelfAttentionNumPy, lambda d, seed: MultiHeadAttentionNumPy(d, 2, seed)])
def test_seed_fixes_weights(build):
    one, same, other, free = (build(6, seed=seed) for seed in (4, 4, 5, None))
    weights = [name for name in vars(one) if name.startswith("W_")]
    assert len(weights) >= 3
    for name in weights:
        assert np.array_equal(getattr(one, name), getattr(same, name))
        assert not np.allclose(getattr(one, name), getattr(other, name))
        assert not np.allclose(getattr(free, name), getattr(build(6, seed=None), name))


def test_projections_differ():
    mha = MultiHeadAttentionNumPy(6, 2, seed=0)
    matrices = [mha.W_q, mha.W_k, mha.W_v, mha.W_o]
    assert len({matrix.tobytes() for matrix in matrices}) == 4


@MODELS
@MASKED
def test_arguments_not_modified(model, masked):
    X = np.random.default_rng(0).normal(size=(2, 4, 12))
    mask = create_causal_mask(4) if masked else None
    before = X.copy()
    X.flags.writeable = False
    if mask is not None:
        mask.flags.writeable = False
    model(X, mask, return_attention=True)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scaled_dot_product_does_not_modify_arguments(dtype):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in ((4, 3), (4, 3), (4, 5))]
    arrays.append(create_causal_mask(4))
    before = [array.copy() for array in arrays]
    scaled_dot_product_attention(*arrays)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


# --- softmax ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_minus_infinity_is_exact_zero(dtype):
    weights = softmax(np.array([[0.0, -np.inf, 0.0], [-np.inf, -np.inf, 3.0]], dtype=dtype))
    np.testing.assert_array_equal(weights, np.array([[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]], dtype=dtype))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_matches_torch_on_each_axis(axis):
    scores = np.random.default_rng(0).normal(size=(2, 3, 4)) * 5
    expected = torch.from_numpy(scores).softmax(dim=axis)
    assert_parity(softmax(scores, axis=axis), expected, np.float64)


@pytest.mark.parametrize("axis", [0, -1])
def test_softmax_in_place(axis):
    scores = np.random.default_rng(0).normal(size=(3, 4))
    expected, given_ = softmax(scores, axis), scores.copy()
    assert softmax(given_, axis, out=given_) is given_
    np.testing.assert_array_equal(given_, expected)


@PROPERTY
@given(
    scores=hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3), elements=st.floats(-1e6, 1e6)),
    shift=st.integers(-1000, 1000),
)
def test_softmax_sums_to_one_and_is_shift_invariant(scores, shift):
    weights = softmax(scores)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-12)
    assert (weights >= 0).all()
    np.testing.assert_allclose(softmax(scores + shift), weights, atol=1e-8)


# --- Propiedades -----------------------------------------------------------------------------------


@st.composite
def cases(draw, min_len=1):
    """(modelo, X): una o varias cabezas y una secuencia de valores cualesquiera."""
    T, h, d_k = draw(st.integers(min_len, 6)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    d_model, seed = h * d_k, draw(st.integers(0, 10_000))
    if draw(st.booleans()):
        model = MultiHeadAttentionNumPy(d_model, h, seed=seed)
    else:
        model = SelfAttentionNumPy(d_model, d_k, draw(st.integers(1, 5)), seed=seed)
    return model, draw(hnp.arrays(np.float64, (T, d_model), elements=st.floats(-10, 10)))


@PROPERTY
@given(case=cases(), causal=st.booleans())
def test_rows_sum_to_one(case, causal):
    model, X = case
    _, weights = stacked_weights(model, X, create_causal_mask(len(X)) if causal else None)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-12)
    assert (weights >= 0).all()


@PROPERTY
@given(case=cases())
def test_causal_mask_gives_no_weight_to_future(case):
    model, X = case
    mask = create_causal_mask(len(X))
    _, weights = stacked_weights(model, X, mask)
    assert (weights[..., mask] == 0.0).all()


@PROPERTY
@given(case=cases(min_len=2), data=st.data())
def test_past_does_not_depend_on_future(case, data):
    model, X = case
    mask, cut = create_causal_mask(len(X)), data.draw(st.integers(1, len(X) - 1))
    edited = X.copy()
    edited[cut:] = data.draw(hnp.arrays(np.float64, edited[cut:].shape, elements=st.floats(-1e3, 1e3)))
    np.testing.assert_allclose(model(edited, mask)[:cut], model(X, mask)[:cut], rtol=1e-9, atol=1e-9)


@PROPERTY
@given(case=cases(), data=st.data())
def test_permutation_equivariance(case, data):
    model, X = case
    order = np.array(data.draw(st.permutations(range(len(X)))))
    output, weights = stacked_weights(model, X)
    moved_output, moved_weights = stacked_weights(model, X[order])
    np.testing.assert_allclose(moved_output, output[order], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(moved_weights, weights[..., order, :][..., order], rtol=1e-7, atol=1e-7)


@MODELS
@PROPERTY
@given(T=st.integers(2, 6), seed=st.integers(0, 1000), data=st.data())
def test_causal_mask_breaks_permutation_equivariance(model, T, seed, data):
    X = np.random.default_rng(seed).normal(size=(T, 12))
    order = np.array(data.draw(st.permutations(range(T))))
    assume((order != np.arange(T)).any())
    mask = create_causal_mask(T)
    output, weights = stacked_weights(model, X, mask)
    moved_output, moved_weights = stacked_weights(model, X[order], mask)
    assert not np.allclose(moved_output, output[order], atol=1e-6)
    assert not np.allclose(moved_weights, weights[..., order, :][..., order], atol=1e-6)


def mean_of_values(model, X, causal):
    """La media de los valores, entera o de cada prefijo, y proyectada si hay W_o."""
    V = X @ model.W_v
    counts = np.arange(1, len(X) + 1)[:, None]
    mean = V.cumsum(axis=0) / counts if causal else np.broadcast_to(V.mean(axis=0), V.shape)
    return mean @ getattr(model, "W_o", np.eye(V.shape[1]))


@PROPERTY
@given(case=cases(), causal=st.booleans())
def test_zero_queries_give_mean_of_values(case, causal):
    model, X = case
    model.W_q = np.zeros_like(model.W_q)
    output = model(X, create_causal_mask(len(X)) if causal else None)
    np.testing.assert_allclose(output, mean_of_values(model, X, causal), rtol=1e-9, atol=1e-9)


@MODELS
@MASKED
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e2, 1e4])
def test_large_scores_do_not_overflow(model, masked, dtype, scale):
    X = (np.random.default_rng(0).normal(size=(4, 12)) * scale).astype(dtype)
    assert np.abs(X @ model.W_q.astype(dtype)).max() > scale / 2
    mask = create_causal_mask(4) if masked else np.zeros((4, 4), dtype=bool)
    output, weights = stacked_weights(model, X, mask if masked else None)
    assert np.isfinite(output).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)
    assert (weights[..., mask] == 0.0).all()


def test_matching_key_takes_its_value():
    keys = np.eye(3) * 100
    output, weights = scaled_dot_product_attention(keys[[1]], keys, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_allclose(weights, [[0.0, 1.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(output, [[3.0, 4.0]], atol=1e-12)


def test_equal_keys_share_weight():
    output, weights = scaled_dot_product_attention([[1.0, 5.0]], [[2.0, 1.0]] * 2, [[1.0], [5.0]])
    np.testing.assert_array_equal(weights, [[0.5, 0.5]])
    np.testing.assert_array_equal(output, [[3.0]])
