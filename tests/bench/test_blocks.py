"""Los duelos con PyTorch: mismos pesos, misma salida, y qué pasa si no."""

import pytest
import torch
from torch import nn

from bench import blocks
from bench.attention import torch_twin
from bench.blocks import MODEL_SIZES, TINY, compare, matches, same_output
from bench.bounds import Roof
from bench.matches import MATCHES
from bench.results import Outcome
from bench.timing import DifferentResultsError
from bench.twins import ask_for_weights
from codigo.attention import MultiHeadAttentionNumPy

CPU = torch.device("cpu")
ROOF = Roof(1e9, 1e9)
pytestmark = pytest.mark.filterwarnings("ignore:.*nested tensors.*:UserWarning")
EACH = pytest.mark.parametrize("name", MATCHES)


def tiny(name):
    torch.manual_seed(1)
    return MATCHES[name](MODEL_SIZES[TINY] if name == "model" else TINY, CPU, torch.float32)


@EACH
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("weights", [False, True])
def test_the_twins_agree(name, masked, weights):
    match = tiny(name)
    theirs = match.their_module_with_weights if weights else match.their_module
    assert "misma salida" in same_output(match, theirs, masked, weights, 1e-5)


@EACH
def test_a_twin_with_another_weight_stops_the_measurement(name):
    match = tiny(name)
    with torch.no_grad():
        next(match.their_module.parameters()).add_(0.5)
    with pytest.raises(DifferentResultsError):
        list(compare(match, "float32", 1, CPU, ROOF, quick=True))


def test_a_twin_that_forgets_the_padding_stops_it():
    match = tiny("encoder")
    forgetful = nn.Module()
    forgetful.forward = lambda x, src_key_padding_mask: match.their_module(x)
    with pytest.raises(DifferentResultsError):
        same_output(match, forgetful, True, False, 1e-4)


@EACH
def test_every_combination_is_compared(name):
    found = list(compare(tiny(name), "float32", 2, CPU, ROOF, quick=True))
    kinds = {(one.conditions["modo"], one.conditions["máscara"], one.conditions["pesos"]) for one in found}
    assert len(found) == len(kinds) == 8
    assert {one.threads for one in found} == {2}
    by_mode = {
        one.conditions["modo"]: one.bound.seconds for one in found if "sin" in one.conditions["máscara"]
    }
    assert by_mode["entrenamiento"] == pytest.approx(3 * by_mode["evaluación"])


def test_training_really_goes_back():
    match = tiny("encoder")
    ours, theirs = blocks._actions(match, match.their_module, True, False, False)
    for action, module in ((ours, match.our_module), (theirs, match.their_module)):
        gradients = action()
        assert module.training and len(gradients) == len(list(module.parameters()))
        assert all(gradient.abs().sum() > 0 for gradient in gradients)


def test_evaluating_keeps_no_gradient():
    match = tiny("encoder")
    seen = []
    match.our_module.register_forward_hook(lambda module, args, output: seen.append(output.requires_grad))
    ours, _ = blocks._actions(match, match.their_module, False, False, False)
    ours()
    assert seen == [False] and not match.our_module.training


def test_the_weights_asked_for_are_really_computed():
    match, seen = tiny("encoder"), []
    attention = match.their_module_with_weights.self_attn
    attention.register_forward_hook(lambda module, args, output: seen.append(output[1]))
    match.their_call(match.their_module_with_weights.eval(), False)
    assert seen[0].shape == (TINY.B, TINY.h, TINY.T, TINY.T)


def test_asking_for_weights_changes_only_its_module():
    match = tiny("encoder")
    assert not match.their_module.self_attn._forward_pre_hooks
    ask_for_weights(match.their_module)
    assert match.their_module.self_attn._forward_pre_hooks


def test_on_a_gpu_each_match_is_also_compiled(monkeypatch):
    """La lógica de la GPU, sin GPU: dos precisiones, y cada duelo con el compilador y sin él."""
    compiled = []

    class Device:
        type = "cuda"

    def fake_compare(match, dtype, threads, device, roof, quick, compiled=False):
        return [(dtype, compiled)]

    monkeypatch.setattr(blocks, "measure_roof", lambda *_: (ROOF, ()))
    monkeypatch.setattr(blocks, "matches", lambda *_: [tiny("encoder"), tiny("decoder")])
    monkeypatch.setattr(blocks, "compare", fake_compare)
    outcome = blocks.measure(1, Device(), True, compiler=lambda module: compiled.append(module) or module)
    assert isinstance(outcome, Outcome)
    assert outcome.comparisons == tuple(
        (dtype, flag) for dtype in ("float32", "bfloat16") for _ in range(2) for flag in (False, True)
    )
    assert len(compiled) == 8  # los dos lados de dos duelos, con dos precisiones


def test_compiled_modules_are_compared_without_weights():
    found = list(compare(tiny("encoder"), "float32", 1, CPU, ROOF, quick=True, compiled=True))
    assert len(found) == 4 and {one.conditions["pesos"] for one in found} == {"sin pesos"}


def test_bfloat16_matches_too():
    (first, *_) = matches("bfloat16", CPU, quick=True)
    assert same_output(first, first.their_module, True, False, blocks.TOLERANCES["bfloat16"])


def test_the_numpy_twin_has_its_weights():
    mine = MultiHeadAttentionNumPy(12, 3, seed=4)
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    output, _ = torch_twin(mine, "float64")(x, x, x)
    torch.testing.assert_close(output.detach(), torch.from_numpy(mine(x.numpy())), rtol=1e-12, atol=1e-12)
