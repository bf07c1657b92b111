"""Todas las versiones de la lectura dan los mismos números que la referencia."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codigo.attention import MultiHeadAttentionNumPy
from codigo.transformers import TransformerModel
from grading.course import PROJECT_ROOT
from tests.lecturas.versions import functions_of

READING = functions_of(PROJECT_ROOT / "lecturas" / "de_ingenua_a_rapida.ipynb")
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True, database=None)
PLAIN = ("v0", "v1", "v2", "v3")  # reciben la capa; las demás, también los pesos juntos
FUSED = ("v4", "v5", "v6")
BLOCKS = ("v5", "v6")
SIZES = [(1, 5, 2, 3), (2, 1, 3, 4), (3, 7, 1, 5), (2, 9, 5, 3), (4, 6, 3, 2)]  # (B, T, h, d_k)


def run(version: str, X: np.ndarray, layer: MultiHeadAttentionNumPy, **options: int) -> np.ndarray:
    attend: Callable[..., np.ndarray] = getattr(READING, f"attention_{version}")
    return attend(X, layer, *((READING.fuse_projections(layer),) if version in FUSED else ()), **options)


def example(B: int, T: int, h: int, d_k: int, seed: int = 0) -> tuple[np.ndarray, MultiHeadAttentionNumPy]:
    X = np.random.default_rng(seed).normal(size=(B, T, h * d_k))
    return X, MultiHeadAttentionNumPy(h * d_k, h, seed=seed + 1)


@pytest.mark.parametrize("version", PLAIN + FUSED)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_same_numbers_as_the_reference(version: str, sizes: tuple[int, int, int, int]) -> None:
    X, layer = example(*sizes)
    before = X.copy()
    np.testing.assert_allclose(run(version, X, layer), layer(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("version", BLOCKS)
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 40), st.integers(1, 4), st.integers(1, 6)),
    block=st.integers(1, 45),
    seed=st.integers(0, 999),
)
@PROPERTY
def test_any_block_size_gives_the_same(
    version: str, sizes: tuple[int, int, int, int], block: int, seed: int
) -> None:
    X, layer = example(*sizes, seed=seed)
    np.testing.assert_allclose(run(version, X, layer, block=block), layer(X), rtol=1e-10, atol=1e-12)


def extreme(T: int = 7) -> tuple[np.ndarray, MultiHeadAttentionNumPy]:
    """Puntuaciones de hasta ±10⁴, con la clave mayor en un sitio distinto para cada consulta."""
    X, layer = example(2, T, 3, 5, seed=4)
    Q, K = (layer._split_heads(X @ W) for W in (layer.W_q, layer.W_k))
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(layer.d_k)
    layer.W_q *= 1e4 / np.abs(scores).max()
    return X, layer


@pytest.mark.parametrize("version", PLAIN + FUSED)
def test_extreme_scores(version: str) -> None:
    X, layer = extreme()
    expected, heads = layer(X, return_attention=True)
    assert np.isfinite(expected).all() and max(weights.max() for weights in heads) > 0.999
    options = {"block": 2} if version in BLOCKS else {}
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        obtained = run(version, X, layer, **options)
    np.testing.assert_allclose(obtained, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_the_running_maximum_may_come_first_or_last(order: str) -> None:
    """El máximo en el último bloque obliga a corregir todo lo acumulado; en el primero, nada."""
    keys = np.linspace(-1e4, 1e4, 11)[:, None] * (1 if order == "ascending" else -1)  # (T, d_k)
    values = np.arange(22.0).reshape(11, 2)
    Q, K, V = (part[None, None] for part in (np.ones((1, 1)), keys, values))
    obtained = READING.attend_by_blocks(Q, K, V, block=3)[0, 0, 0]
    np.testing.assert_array_equal(obtained, values[keys.argmax()])


@pytest.mark.parametrize("version", FUSED)
def test_float32_stays_float32(version: str) -> None:
    X, layer = example(2, 9, 5, 3)
    expected = layer(X)
    for name in ("W_q", "W_k", "W_v", "W_o"):
        setattr(layer, name, getattr(layer, name).astype(np.float32))
    obtained = run(version, X.astype(np.float32), layer)
    assert obtained.dtype == np.float32
    np.testing.assert_allclose(obtained, expected, rtol=1e-4, atol=1e-5)


def peak(version: str, T: int) -> int:
    X, layer = example(1, T, 3, 2)
    tracemalloc.start()
    run(version, X, layer, **({"block": 16} if version in BLOCKS else {}))
    _, top = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return top


@pytest.mark.parametrize("version", BLOCKS)
def test_blocks_never_hold_the_whole_matrix(version: str) -> None:
    """Bytes, no tiempos: al doblar T, lo que se reserva se dobla, y no se cuadruplica."""
    matrix = 3 * 512**2 * 8  # h·T² números de 8 bytes
    assert peak("v4", 512) > matrix > 2 * peak(version, 512)
    assert peak(version, 512) < 2.5 * peak(version, 256)


def model_of(h: int, layers: int, source: int, seed: int) -> tuple[TransformerModel, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TransformerModel(31, d_model=6 * h, num_heads=h, num_layers=layers, d_ff=17, dropout=0.3)
        return model.eval(), torch.randint(31, (3, source))


@pytest.mark.parametrize("sizes", [(1, 1, 5, 4), (2, 3, 9, 7), (4, 2, 1, 8), (3, 2, 8, 1)], ids=str)
@pytest.mark.parametrize("version", ["g0", "g1", "g2"])
def test_same_tokens_and_logits(version: str, sizes: tuple[int, int, int, int]) -> None:
    h, layers, source, count = sizes
    model, src = model_of(h, layers, source, seed=h)
    tokens, logits = getattr(READING, f"generate_{version}")(model, src, 2, count)
    assert torch.equal(tokens, model.greedy_decode(src, 2, count))
    tgt = torch.cat([torch.full((3, 1), 2), tokens[:, :-1]], dim=1)  # (B, N): lo que vio cada paso
    with torch.no_grad():
        expected = model(src, tgt, tgt_mask=model.generate_square_subsequent_mask(count))
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)


def test_the_cache_is_of_one_generation() -> None:
    """Una segunda generación, con otro origen, no ve nada de la primera."""
    model, src = model_of(2, 2, 6, seed=0)
    other = (src + 5) % 31
    alone = READING.generate_g2(model, other, 2, 5)
    READING.generate_g2(model, src, 2, 5)
    again = READING.generate_g2(model, other, 2, 5)
    assert torch.equal(alone[1], again[1])
    assert not torch.allclose(alone[1], READING.generate_g2(model, src, 2, 5)[1])
