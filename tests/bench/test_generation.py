"""Generar con los dos: los mismos tokens, y el trabajo que cuesta."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import generation
from bench.bounds import Roof, attention_flops
from bench.generation import (
    CACHED,
    SAVED,
    START,
    TINY,
    Shape,
    compare,
    generation_work,
    random_marian,
    same_tokens,
    their_generation,
)
from bench.timing import QUICK, DifferentResultsError
from codigo.from_huggingface import transformer_from_marian

ROOF = Roof(1e9, 1e9)


@pytest.fixture(scope="module")
def pair():
    theirs = random_marian(TINY)
    return transformer_from_marian(theirs), theirs


@pytest.fixture
def src():
    torch.manual_seed(3)
    return torch.randint(START + 1, TINY.V, (2, 7))


def test_the_three_ways_are_compared(pair, src):
    found = list(compare(*pair, src, 6, TINY, 1, ROOF, QUICK))
    assert [one.case for one in found] == [CACHED, SAVED]
    assert found[0].our_seconds == found[1].our_seconds  # lo del curso se mide una vez, en los mismos turnos
    assert found[0].theirs != found[1].theirs
    assert {one.check for one in found} == {"mismos tokens"}
    assert found[0].sizes == {"B": 2, "S": 7, "T": 6, "d_model": TINY.d_model}


def test_the_rival_writes_all_that_is_asked(pair, src):
    tokens = their_generation(pair[1], src, 9)()
    assert tokens.shape == (2, 9)
    assert torch.equal(tokens, pair[0].greedy_decode(src, START, 9))


def test_the_tokens_depend_on_the_source(pair, src):
    generate = their_generation(pair[1], src, 20)()
    assert len(generate.unique()) >= 5
    other = src.clone()
    other[:, 2:] = START + 1  # otro origen, no el mismo en otro orden
    assert not torch.equal(generate, their_generation(pair[1], other, 20)())


def test_other_weights_stop_it(pair, src):
    ours = transformer_from_marian(pair[1])
    with torch.no_grad():
        ours.output_projection.bias[5] += 1e3
    with pytest.raises(DifferentResultsError, match="difieren"):
        list(compare(ours, pair[1], src, 6, TINY, 1, ROOF, QUICK))


def test_always_the_same_token_proves_nothing():
    same = torch.full((2, 5), 4)
    with pytest.raises(DifferentResultsError, match="no dice nada"):
        same_tokens({"a": same, "b": same})
    assert same_tokens({"a": torch.arange(5), "b": torch.arange(5)}) == "mismos tokens"


def test_the_work_is_what_pytorch_counts(pair, src):
    shape, length = Shape(12, 3, 22, 2, 19), 4
    ours = transformer_from_marian(random_marian(shape))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        ours.greedy_decode(src % shape.V, START, length)
    counted = counter.get_total_flops()
    work = generation_work(ours, shape, src % shape.V, length)
    # El contador no ve los núcleos fusionados: la atención del codificador, la propia y la cruzada.
    fused = attention_flops([7] * 2, [7] * 2, 12)
    fused += sum(2 * attention_flops([1, 1], [t, 7], 12) for t in range(1, length + 1))
    assert work.flops == counted + shape.layers * fused
    weights = sum(p.numel() for p in ours.decoder_blocks.parameters()) + shape.V * (shape.d_model + 1)
    once = sum(p.numel() for p in ours.encoder_blocks.parameters())
    assert work.moved_bytes == 4 * (once + length * weights)


def test_the_measurement_covers_batches_and_lengths(monkeypatch):
    monkeypatch.setattr(generation, "measure_roof", lambda *_: (ROOF, ()))
    outcome = generation.measure(1, torch.device("cpu"), quick=True)
    assert [(one.sizes["T"], one.case) for one in outcome.comparisons] == [
        (T, case) for T in (10, 20) for case in (CACHED, SAVED)
    ]
