"""Los bloques de PyTorch contra ``nn.TransformerEncoderLayer`` y ``nn.TransformerDecoderLayer``."""

import random

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from codigo.blocks import PositionwiseFeedForward, TransformerDecoderBlock, TransformerEncoderBlock
from codigo.torch_attention import MultiHeadAttention, check_torch_mask

ACTIVATIONS = {"relu": F.relu, "gelu": F.gelu}
ATTENTION_NAMES = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
FEED_FORWARD = {f"linear{i}.{p}": f"feed_forward.linear{i}.{p}" for i in (1, 2) for p in ("weight", "bias")}


def renamed_attention(theirs, ours):
    return {f"{theirs}.{name}": f"{ours}.{name.replace('proj_', 'proj.')}" for name in ATTENTION_NAMES}


def renamed_norms(*ours):
    names = enumerate(ours, start=1)
    return {f"norm{i}.{p}": f"{name}.norm.{p}" for i, name in names for p in ("weight", "bias")}


ENCODER_NAMES = {
    **renamed_attention("self_attn", "self_attention"),
    **FEED_FORWARD,
    **renamed_norms("attention_residual", "feed_forward_residual"),
}
DECODER_NAMES = {
    **renamed_attention("self_attn", "self_attention"),
    **renamed_attention("multihead_attn", "cross_attention"),
    **FEED_FORWARD,
    **renamed_norms("self_residual", "cross_residual", "feed_forward_residual"),
}


def unequal_shapes(count=22):
    """(B, h, T, S, d_k, d_ff) y d_model = h·d_k, todos diferentes dentro de cada tupla."""
    draw, found = random.Random(2).sample, set()
    while len(found) < count:
        sizes = draw(range(1, 12), 6)
        if sizes[1] > 1 and len({*sizes, sizes[1] * sizes[4]}) == 7:
            found.add(tuple(sizes))
    return sorted(found)


SHAPES = pytest.mark.parametrize("sizes", unequal_shapes(), ids=str)
NORM_FIRST = pytest.mark.parametrize("norm_first", [False, True], ids=["post", "pre"])


def paired(reference_class, our_class, names, sizes, activation, norm_first):
    """El módulo de PyTorch, con parámetros al azar, y el nuestro con los mismos, en float64."""
    _, h, _, _, d_k, d_ff = sizes
    reference = reference_class(
        h * d_k, h, d_ff, 0.3, activation, batch_first=True, norm_first=norm_first, layer_norm_eps=1e-3
    ).double()
    ours = our_class(
        h * d_k, h, d_ff, 0.3, activation=ACTIVATIONS[activation], norm_first=norm_first, layer_norm_eps=1e-3
    ).double()
    for parameter in reference.parameters():
        nn.init.normal_(parameter, std=0.5)
    ours.load_state_dict({names[name]: value for name, value in reference.state_dict().items()})
    return reference.eval(), ours.eval()


def random_mask(*shape):
    """Máscara al azar con una clave visible en cada fila."""
    mask = torch.rand(shape) < 0.5
    visible = torch.randint(shape[-1], (*shape[:-1], 1))
    return mask.scatter(-1, visible, False)


def padding_mask(batch, length):
    """Relleno (B, T) al final, con al menos una posición de verdad."""
    lengths = torch.randint(1, length + 1, (batch, 1))
    return torch.arange(length) >= lengths


def masks_for(form, batch, heads, T_q, T_k, causal=True):
    """(nuestra máscara, attn_mask de PyTorch, key_padding_mask de PyTorch)."""
    shared = torch.ones(T_q, T_k, dtype=torch.bool).triu(1) if causal else random_mask(T_q, T_k)
    padding = padding_mask(batch, T_k)
    own = random_mask(batch, T_q, T_k)
    both = causal_and_padding(shared, padding, causal)
    return {
        "none": (None, None, None),
        "shared": (shared, shared, None),
        "padding": (padding[:, None], None, padding),
        "shared_and_padding": (both, shared if causal else None, padding),
        "per_sequence": (own, own.repeat_interleave(heads, dim=0), None),
    }[form]


def causal_and_padding(shared, padding, causal):
    combined = shared | padding[:, None] if causal else padding[:, None].expand(-1, *shared.shape)
    return combined.contiguous()


FORM_NAMES = ["none", "shared", "padding", "shared_and_padding", "per_sequence"]
FORMS = pytest.mark.parametrize("form", FORM_NAMES)


def parity_cases():
    """Toda forma con cada norma y cada activación; las máscaras se turnan y se cruzan con todo."""
    variants = [(norm_first, name) for norm_first in (False, True) for name in ACTIVATIONS]
    turns = [
        (sizes, FORM_NAMES[(i + j) % len(FORM_NAMES)], *variant)
        for i, sizes in enumerate(unequal_shapes())
        for j, variant in enumerate(variants)
    ]
    crossed = {(form, *variant) for _, form, *variant in turns}
    assert len(crossed) == len(FORM_NAMES) * len(variants)
    return turns


CASES = pytest.mark.parametrize(("sizes", "form", "norm_first", "activation"), parity_cases())


def assert_same(obtained, expected):
    torch.testing.assert_close(obtained, expected, rtol=1e-9, atol=1e-11)


def assert_same_gradients(pairs, upstream):
    """``pairs``: (salida, entradas que derivar) nuestras y de la referencia."""
    ours, theirs = (torch.autograd.grad(out, inputs, upstream) for out, inputs in pairs)
    assert len(ours) == len(theirs) > 10
    for obtained, expected in zip(ours, theirs, strict=True):
        assert expected.abs().sum() > 0 or torch.equal(obtained, expected)
        assert_same(obtained, expected)


def in_our_order(ours, reference, names):
    """Los parámetros de los dos módulos, emparejados."""
    mine = dict(ours.named_parameters())
    theirs = dict(reference.named_parameters())
    assert set(mine) == {names[name] for name in theirs}
    return [mine[names[name]] for name in theirs], list(theirs.values())


def inputs(*shapes):
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


# --- Paridad -------------------------------------------------------------------------------------


def test_at_least_twenty_shapes():
    shapes = unequal_shapes()
    assert len(shapes) >= 20
    assert all(len({*s, s[1] * s[4]}) == 7 for s in shapes)


@CASES
def test_encoder_matches_torch(sizes, form, norm_first, activation):
    torch.manual_seed(0)
    B, h, T, _, d_k, _ = sizes
    reference, ours = paired(
        nn.TransformerEncoderLayer, TransformerEncoderBlock, ENCODER_NAMES, sizes, activation, norm_first
    )
    (x,) = inputs((B, T, h * d_k))
    mask, attn_mask, key_padding = masks_for(form, B, h, T, T)
    expected = reference(x, src_mask=attn_mask, src_key_padding_mask=key_padding)
    obtained = ours(x, mask)
    assert_same(obtained, expected)
    mine, theirs = in_our_order(ours, reference, ENCODER_NAMES)
    pairs = [(obtained, [x, *mine]), (expected, [x, *theirs])]
    assert_same_gradients(pairs, torch.randn_like(expected))


@CASES
def test_decoder_matches_torch(sizes, form, norm_first, activation):
    torch.manual_seed(0)
    B, h, T, S, d_k, _ = sizes
    reference, ours = paired(
        nn.TransformerDecoderLayer, TransformerDecoderBlock, DECODER_NAMES, sizes, activation, norm_first
    )
    x, memory = inputs((B, T, h * d_k), (B, S, h * d_k))
    mask, tgt_mask, tgt_padding = masks_for(form, B, h, T, T)
    cross, memory_mask, memory_padding = masks_for(form, B, h, T, S, causal=False)
    options = {"tgt_key_padding_mask": tgt_padding, "memory_key_padding_mask": memory_padding}
    expected = reference(x, memory, tgt_mask, memory_mask, **options)
    obtained = ours(x, memory, mask, cross)
    assert_same(obtained, expected)
    mine, theirs = in_our_order(ours, reference, DECODER_NAMES)
    pairs = [(obtained, [x, memory, *mine]), (expected, [x, memory, *theirs])]
    assert_same_gradients(pairs, torch.randn_like(expected))


@FORMS
def test_encoder_matches_torch_without_gradient(form):
    torch.manual_seed(0)
    sizes = (5, 4, 3, 1, 2, 7)  # nn.TransformerEncoderLayer toma aquí su camino rápido
    reference, ours = paired(
        nn.TransformerEncoderLayer, TransformerEncoderBlock, ENCODER_NAMES, sizes, "relu", False
    )
    x = torch.randn(5, 3, 8, dtype=torch.float64)
    mask, attn_mask, key_padding = masks_for(form, 5, 4, 3, 3)
    with torch.no_grad():
        expected = reference(x, src_mask=attn_mask, src_key_padding_mask=key_padding)
        assert_same(ours(x, mask), expected)


@pytest.mark.parametrize("broken", ["scale", "mask", "cross"])
def test_parity_rejects_mutants(monkeypatch, broken):
    torch.manual_seed(0)
    sizes = (2, 3, 4, 5, 7, 6)
    reference, ours = paired(
        nn.TransformerDecoderLayer, TransformerDecoderBlock, DECODER_NAMES, sizes, "relu", False
    )
    x, memory = inputs((2, 4, 21), (2, 5, 21))
    mask = torch.ones(4, 4, dtype=torch.bool).triu(1)
    expected = reference(x, memory, mask)
    assert_same(ours(x, memory, mask), expected)
    if broken == "scale":
        fused = F.scaled_dot_product_attention
        monkeypatch.setattr(F, "scaled_dot_product_attention", lambda *a, **k: fused(*a, **k, scale=1.0))
    mutated = (mask.T, memory) if broken == "mask" else (mask, memory.flip(-1))
    used_mask, used_memory = (mask, memory) if broken == "scale" else mutated
    with pytest.raises(AssertionError):
        assert_same(ours(x, used_memory, used_mask), expected)


# --- Los dos caminos -----------------------------------------------------------------------------


@SHAPES
@FORMS
def test_encoder_weights_path_matches_fused(sizes, form):
    torch.manual_seed(0)
    B, h, T, _, d_k, d_ff = sizes
    block = TransformerEncoderBlock(h * d_k, h, d_ff).double().eval()
    x = torch.randn(B, T, h * d_k, dtype=torch.float64)
    mask, _, _ = masks_for(form, B, h, T, T)
    output, weights = block(x, mask, return_attention=True)
    assert_same(output, block(x, mask))
    assert_weights(weights, (B, h, T, T), mask)


@SHAPES
@FORMS
def test_decoder_weights_path_matches_fused(sizes, form):
    torch.manual_seed(0)
    B, h, T, S, d_k, d_ff = sizes
    block = TransformerDecoderBlock(h * d_k, h, d_ff).double().eval()
    x, memory = (torch.randn(B, n, h * d_k, dtype=torch.float64) for n in (T, S))
    mask, _, _ = masks_for(form, B, h, T, T)
    cross_mask, _, _ = masks_for(form, B, h, T, S, causal=False)
    output, own, cross = block(x, memory, mask, cross_mask, return_attention=True)
    assert_same(output, block(x, memory, mask, cross_mask))
    assert_weights(own, (B, h, T, T), mask)
    assert_weights(cross, (B, h, T, S), cross_mask)


def assert_weights(weights, shape, mask):
    """Forma, filas que suman 1 y peso cero exacto en lo oculto."""
    assert tuple(weights.shape) == shape
    assert_same(weights.sum(-1), torch.ones(shape[:-1], dtype=weights.dtype))
    if mask is not None:
        hidden = (mask if mask.dim() == 2 else mask[:, None]).expand(shape)
        assert torch.equal(weights[hidden], torch.zeros(int(hidden.sum()), dtype=weights.dtype))


def test_memory_equal_to_input_is_self_attention():
    torch.manual_seed(0)
    attention = MultiHeadAttention(6, 2).eval()
    x = torch.randn(3, 4, 6)
    torch.testing.assert_close(attention(x, x)[0], attention(x)[0])
    assert attention(x)[1] is None


# --- Dropout, tamaños y red por posición ------------------------------------------------------------


def build_and_inputs(kind, dropout):
    torch.manual_seed(0)
    x, memory = torch.randn(2, 4, 6), torch.randn(2, 5, 6)
    if kind == "encoder":
        return TransformerEncoderBlock(6, 3, 8, dropout), (x,)
    if kind == "decoder":
        return TransformerDecoderBlock(6, 3, 8, dropout), (x, memory)
    return PositionwiseFeedForward(6, 8, dropout), (x,)


KINDS = pytest.mark.parametrize("kind", ["encoder", "decoder", "feed_forward"])


@KINDS
def test_dropout_only_in_training(kind):
    module, arguments = build_and_inputs(kind, 0.5)
    module.train()
    assert not torch.allclose(module(*arguments), module(*arguments))
    module.eval()
    assert torch.equal(module(*arguments), module(*arguments))


def dropout_sites(module):
    """Los submódulos que anulan valores, con el nombre del atributo que guarda la probabilidad."""
    sites = [(child, "p") for child in module.modules() if isinstance(child, nn.Dropout)]
    return sites + [(child, "dropout") for child in module.modules() if isinstance(child, MultiHeadAttention)]


@pytest.mark.parametrize(
    ("kind", "site"),
    [*(("encoder", i) for i in range(4)), *(("decoder", i) for i in range(6))],
)
def test_every_dropout_is_used(kind, site):
    module, arguments = build_and_inputs(kind, 0.5)
    sites = dropout_sites(module)
    assert len(sites) == {"encoder": 4, "decoder": 6}[kind]
    for i, (child, attribute) in enumerate(sites):
        setattr(child, attribute, 0.5 if i == site else 0.0)
    assert not torch.allclose(module.train()(*arguments), module.eval()(*arguments))


@KINDS
def test_without_dropout_train_equals_eval(kind):
    module, arguments = build_and_inputs(kind, 0.0)
    assert torch.equal(module.train()(*arguments), module.eval()(*arguments))


@pytest.mark.parametrize("return_attention", [False, True], ids=["fused", "with_weights"])
def test_attention_dropout_on_both_paths(return_attention):
    torch.manual_seed(0)
    attention, x = MultiHeadAttention(6, 3, dropout=0.5), torch.randn(2, 7, 6)
    first, weights = attention(x, return_attention=return_attention)
    assert not torch.allclose(first, attention(x, return_attention=return_attention)[0])
    if return_attention:
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 7))
    attention.eval()
    assert torch.equal(*(attention(x, return_attention=return_attention)[0] for _ in range(2)))


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("block", "expected"), [(TransformerEncoderBlock, 3_152_384), (TransformerDecoderBlock, 4_204_032)]
)
def test_parameter_count(block, expected):
    with torch.device("meta"):
        assert count(block(512, 8, 2048, 0.1)) == expected


def test_feed_forward_is_positionwise():
    torch.manual_seed(0)
    network = PositionwiseFeedForward(6, 8).double().eval()
    x = torch.randn(2, 5, 6, dtype=torch.float64)
    output = network(x)
    assert output.shape == x.shape
    for b, t in [(0, 0), (0, 4), (1, 2)]:
        assert_same(network(x[b, t]), output[b, t])
    edited = x.clone()
    edited[:, 3] += 1.0
    changed = (network(edited) - output).abs().amax(dim=(0, 2)) > 1e-9
    assert changed.tolist() == [False, False, False, True, False]


def test_feed_forward_is_equation_2():
    torch.manual_seed(0)
    network = PositionwiseFeedForward(6, 8).double().eval()
    x = torch.randn(5, 6, dtype=torch.float64)
    (w1, b1), (w2, b2) = ((layer.weight, layer.bias) for layer in (network.linear1, network.linear2))
    assert_same(network(x), (x @ w1.T + b1).clamp(min=0) @ w2.T + b2)


@NORM_FIRST
def test_past_does_not_depend_on_future(norm_first):
    torch.manual_seed(0)
    block = TransformerDecoderBlock(6, 3, 8, norm_first=norm_first).double().eval()
    x, memory = (torch.randn(2, n, 6, dtype=torch.float64) for n in (5, 4))
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1)
    edited = x.clone()
    edited[:, 3:] += 1.0
    before, after = block(x, memory, mask), block(edited, memory, mask)
    assert_same(after[:, :3], before[:, :3])
    assert not torch.allclose(after[:, 3:], before[:, 3:])


# --- check_torch_mask ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "ready"),
    [((3, 5), (3, 5)), ((2, 3, 5), (2, 1, 3, 5)), ((2, 1, 5), (2, 1, 1, 5))],
    ids=["shared", "per_sequence", "padding"],
)
def test_accepted_mask_shapes(shape, ready):
    mask = random_mask(*shape)
    checked = check_torch_mask(mask, 2, 3, 5)
    assert tuple(checked.shape) == ready
    assert torch.equal(checked.reshape(shape), mask)


@pytest.mark.parametrize(
    "shape", [(5, 3), (5,), (1, 3, 5), (3, 3, 5), (2, 5), (1, 1, 5), (2, 1, 3, 5)], ids=str
)
def test_rejected_mask_shapes(shape):
    with pytest.raises(ValueError, match=r"debe tener forma \(3, 5\), \(2, 3, 5\) o \(2, 1, 5\)") as error:
        check_torch_mask(torch.zeros(shape, dtype=torch.bool), 2, 3, 5)
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.uint8])
def test_rejected_mask_dtypes(dtype):
    with pytest.raises(ValueError, match=f"debe ser booleana .* se dio el tipo {dtype}"):
        check_torch_mask(torch.zeros(3, 5, dtype=dtype), 2, 3, 5)


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (2, 1, 5)], ids=str)
def test_fully_hidden_row_rejected(shape):
    mask = torch.zeros(shape, dtype=torch.bool)
    mask[-1, ...] = True
    with pytest.raises(ValueError, match="oculta todas las claves de alguna consulta"):
        check_torch_mask(mask, 2, 3, 5)


@pytest.mark.parametrize(("T_q", "T_k", "many"), [(20, 31, True), (20, 33, False), (1, 20, False)], ids=str)
@pytest.mark.parametrize("masked", [False, True], ids=["no_mask", "padding"])
def test_many_short_sequences_give_what_the_fused_kernel_gives(T_q, T_k, many, masked, monkeypatch):
    attention = MultiHeadAttention(12, 3).eval()
    x, memory = torch.randn(22, T_q, 12), torch.randn(22, T_k, 12)
    mask = (torch.arange(T_k) >= T_k - 4).expand(22, 1, T_k) if masked else None
    calls, fused = [], F.scaled_dot_product_attention
    monkeypatch.setattr(F, "scaled_dot_product_attention", lambda *a, **k: calls.append(1) or fused(*a, **k))
    output, weights = attention(x, memory, mask)
    assert weights is None and bool(calls) is not many
    monkeypatch.setattr(MultiHeadAttention, "_many_short", lambda *_: False)
    assert torch.allclose(output, attention(x, memory, mask)[0], atol=1e-6)
    few = attention(x[:2], memory[:2], None if mask is None else mask[:2])[0]
    assert torch.allclose(output[:2], few, atol=1e-6)
