"""Los límites: la cuenta de operaciones, contra la de PyTorch, y el techo."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from bench.attention import multi_head, single
from bench.blocks import MODEL_SIZES, TINY
from bench.bounds import Roof, Work, attention_flops, matmul_flops, measure_roof
from bench.matches import MATCHES, Size

CPU = torch.device("cpu")
UNEQUAL = Size(B=3, T=5, d_model=14, h=2, d_ff=11, layers=2, V=17)


def counted(action):
    with FlopCounterMode(display=False) as counter:
        action()
    return counter.get_total_flops()


def causal_saving(size, layers):
    """Lo que PyTorch calcula aunque la máscara causal lo tape: la mitad de la atención propia."""
    lengths = [size.T] * size.B
    return layers * attention_flops(lengths, lengths, size.d_model) / 2


@pytest.mark.parametrize("name", MATCHES)
def test_the_operations_are_those_that_pytorch_counts(name):
    match = MATCHES[name](UNEQUAL, CPU, torch.float32)
    # Con pesos, porque el camino explícito es de productos corrientes y se cuentan todos.
    found = counted(lambda: match.our_call(match.our_module.eval(), False, True))
    layers = {"encoder": 0, "decoder": 1, "model": UNEQUAL.layers}[name]
    assert match.flops(False) == found - causal_saving(UNEQUAL, layers)


@pytest.mark.parametrize("name", MATCHES)
def test_padding_needs_less(name):
    size = MODEL_SIZES[TINY] if name == "model" else TINY
    match = MATCHES[name](size, CPU, torch.float32)
    assert match.lengths[0] == size.T and (match.lengths < size.T).any()
    assert 0 < match.flops(True) < match.flops(False)


def test_going_back_costs_twice_as_much_again():
    match = MATCHES["encoder"](TINY, CPU, torch.float32)
    forward, both = match.work(False, backward=False), match.work(False, backward=True)
    assert (both.flops, both.moved_bytes) == (3 * forward.flops, 3 * forward.moved_bytes)
    assert forward.moved_bytes == 4 * sum(p.numel() for p in match.our_module.parameters())


@pytest.mark.parametrize("make", [single, multi_head])
def test_the_work_of_the_numpy_attention(make):
    x = torch.randn(3, 5, 16).numpy()
    *_, work, _ = make(x)
    attention = attention_flops([5] * 3, [5] * 3, 16)
    projections = 0 if make is single else 4 * matmul_flops(15, 16, 16)
    assert work.flops == attention + projections


def test_uneven_sequences_are_added():
    assert attention_flops([2, 3], [5, 7], 4) == attention_flops([2], [5], 4) + attention_flops([3], [7], 4)


@given(st.floats(1, 1e12), st.floats(1, 1e12), st.floats(0, 1e12), st.floats(1, 1e12))
def test_nothing_is_faster_than_either_roof(speed, bandwidth, flops, moved):
    bound = Roof(speed, bandwidth).bound(Work(flops, moved))
    assert bound.seconds == max(flops / speed, moved / bandwidth)
    assert (bound.name == "mover memoria") == (moved / bandwidth > flops / speed)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_roof_is_measured(dtype):
    roof, peaks = measure_roof(dtype, 1, CPU, quick=True)
    assert [peak.unit for peak in peaks] == ["GFLOP/s", "GB/s"]
    assert peaks[0].value == roof.flops_per_second / 1e9 > 0
    assert peaks[1].value == roof.bytes_per_second / 1e9 > 0
