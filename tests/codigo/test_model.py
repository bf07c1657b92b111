"""El modelo completo contra ``nn.Transformer``, sus máscaras, sus mapas y su decodificación."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from bench.twins import name_in_the_model
from codigo.masks import create_causal_mask
from codigo.model import AttentionMaps, TransformerModel


def unequal_shapes(count=22):
    """(L, B, S, T, h, d_k, d_ff, V) y d_model = h·d_k par, todos diferentes en cada tupla."""
    draw, found = random.Random(5).sample, set()
    while len(found) < count:
        layers, *sizes = draw(range(1, 3), 1) + draw(range(2, 14), 7)
        d_model = sizes[3] * sizes[4]
        if d_model % 2 == 0 and d_model <= 60 and len({layers, *sizes, d_model}) == 9:
            found.add((layers, *sizes))
    return sorted(found)


SHAPES = pytest.mark.parametrize("sizes", unequal_shapes(), ids=str)


def nn_transformer(d_model, h, layers, d_ff):
    """``nn.Transformer`` sin tensores anidados (avisan con un número impar de cabezas)."""
    layer = nn.TransformerEncoderLayer(d_model, h, d_ff, 0.3, batch_first=True)
    encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(d_model), enable_nested_tensor=False)
    return nn.Transformer(d_model, h, layers, layers, d_ff, 0.3, batch_first=True, custom_encoder=encoder)


def paired(sizes):
    """``nn.Transformer`` con parámetros al azar y nuestro modelo con los mismos, en float64."""
    layers, _, _, _, h, d_k, d_ff, vocab = sizes
    reference = nn_transformer(h * d_k, h, layers, d_ff).double().eval()
    ours = TransformerModel(vocab, h * d_k, h, layers, d_ff, 0.3, max_len=20).double().eval()
    for parameter in reference.parameters():
        nn.init.normal_(parameter, std=0.4)
    copied = {name_in_the_model(name): value for name, value in reference.state_dict().items()}
    missing, unexpected = ours.load_state_dict(copied, strict=False)
    assert not unexpected
    assert {name.split(".")[0] for name in missing} == {"src_embedding", "tgt_embedding", "output_projection"}
    return reference, ours


def embed(ids, table):
    """Embedding por √d_model más la codificación posicional, escritos aparte."""
    length, d_model = ids.shape[1], table.weight.shape[1]
    frequencies = 10000.0 ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies
    encoding = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
    return table.weight[ids] * math.sqrt(d_model) + encoding


def padding_mask(batch, length):
    return torch.arange(length) >= torch.randint(1, length + 1, (batch, 1))


def random_mask(*shape):
    mask = torch.rand(shape) < 0.5
    return mask.scatter(-1, torch.randint(shape[-1], (*shape[:-1], 1)), False)


def mask_options(form, B, S, T):
    """(argumentos de nuestro modelo, argumentos de ``nn.Transformer``)."""
    causal, padding = TransformerModel.generate_square_subsequent_mask(T), padding_mask(B, S)
    src, cross = random_mask(S, S), random_mask(T, S)
    padded = {"src_key_padding_mask": padding, "memory_key_padding_mask": padding}
    return {
        "none": ({}, {}),
        "causal": ({"tgt_mask": causal}, {"tgt_mask": causal}),
        "padding": (
            {"src_mask": padding[:, None], "memory_mask": padding[:, None], "tgt_mask": causal},
            {"tgt_mask": causal, **padded},
        ),
        "all_three": (
            {"src_mask": src, "tgt_mask": causal, "memory_mask": cross},
            {"src_mask": src, "tgt_mask": causal, "memory_mask": cross},
        ),
    }[form]


def test_at_least_twenty_shapes():
    assert len(unequal_shapes()) >= 20


@SHAPES
@pytest.mark.parametrize("form", ["none", "causal", "padding", "all_three"])
def test_matches_nn_transformer(sizes, form):
    torch.manual_seed(0)
    _, B, S, T, _, _, _, vocab = sizes
    reference, ours = paired(sizes)
    src, tgt = torch.randint(vocab, (B, S)), torch.randint(vocab, (B, T))
    our_options, their_options = mask_options(form, B, S, T)
    hidden = reference(embed(src, ours.src_embedding), embed(tgt, ours.tgt_embedding), **their_options)
    obtained = ours(src, tgt, **our_options)
    assert obtained.shape == (B, T, vocab)
    # La codificación se guarda en float32: de ahí la tolerancia.
    torch.testing.assert_close(obtained, ours.output_projection(hidden), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("broken", ["without_sqrt_d_model", "without_final_norm", "without_encoding"])
def test_parity_rejects_mutants(broken):
    torch.manual_seed(0)
    _, ours = paired((1, 2, 3, 4, 3, 6, 7, 11))
    src, tgt = torch.randint(11, (2, 3)), torch.randint(11, (2, 4))
    expected = ours(src, tgt)
    if broken == "without_sqrt_d_model":
        ours.d_model = 1
    elif broken == "without_final_norm":
        ours.encoder_norm = nn.Identity()
    else:
        ours.use_positional_encoding = False
    with pytest.raises(AssertionError):
        torch.testing.assert_close(ours(src, tgt), expected, rtol=1e-5, atol=1e-5)


# --- Un modelo pequeño para lo demás -----------------------------------------------------------------


def small_model(**options):
    torch.manual_seed(0)
    model = TransformerModel(13, 12, 3, 2, 10, 0.4, max_len=20, **options)
    return model.double().eval()


@pytest.fixture
def model():
    return small_model()


@pytest.fixture
def ids():
    generator = torch.Generator().manual_seed(1)
    return [torch.randint(13, (2, length), generator=generator) for length in (5, 4)]


def test_parameter_count():
    model = TransformerModel(10000, 512, 8, 6, 2048, 0.1)
    assert sum(parameter.numel() for parameter in model.parameters()) == 59_510_544


@pytest.mark.parametrize("n", [1, 2, 7])
def test_causal_mask(n):
    mask = TransformerModel.generate_square_subsequent_mask(n)
    assert mask.dtype == torch.bool
    np.testing.assert_array_equal(mask.numpy(), create_causal_mask(n))


def test_model_offers_mask_and_returns_logits(model, ids):
    logits = model(*ids, tgt_mask=model.generate_square_subsequent_mask(4))
    assert logits.shape == (2, 4, 13)
    assert not torch.allclose(logits.sum(-1), torch.ones(2, 4, dtype=logits.dtype))


def test_attention_maps_fill_layer_by_layer(model, ids):
    maps = AttentionMaps()
    causal = model.generate_square_subsequent_mask(4)
    logits = model(*ids, tgt_mask=causal, attention=maps)
    torch.testing.assert_close(logits, model(*ids, tgt_mask=causal))
    for weights, shape in ((maps.encoder, (5, 5)), (maps.decoder, (4, 4)), (maps.cross, (4, 5))):
        assert [tuple(layer.shape) for layer in weights] == [(2, 3, *shape)] * 2
        for layer in weights:
            torch.testing.assert_close(layer.sum(-1), torch.ones_like(layer.sum(-1)))
        assert not torch.allclose(*weights)
    assert all((layer[..., causal] == 0).all() for layer in maps.decoder)


def test_each_attention_map_starts_empty():
    AttentionMaps().encoder.append(torch.zeros(1))
    assert AttentionMaps().encoder == []


def test_padding_changes_nothing(model, ids):
    src, tgt = ids
    padded = torch.cat([src, torch.full((2, 3), 7)], dim=1)
    hidden = (torch.arange(8) >= 5).expand(2, 8)[:, None]
    expected = model(src, tgt)
    obtained = model(padded, tgt, src_mask=hidden, memory_mask=hidden)
    torch.testing.assert_close(obtained, expected, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(model(padded, tgt), expected)
    assert not torch.allclose(model(padded, tgt, src_mask=hidden), expected)


def test_past_logits_do_not_depend_on_future_target(model, ids):
    src, tgt = ids
    causal = model.generate_square_subsequent_mask(4)
    edited = tgt.clone()
    edited[:, 2:] = (tgt[:, 2:] + 1) % 13
    before, after = model(src, tgt, tgt_mask=causal), model(src, edited, tgt_mask=causal)
    torch.testing.assert_close(after[:, :2], before[:, :2], rtol=1e-9, atol=1e-9)
    assert not torch.allclose(after[:, 2:], before[:, 2:])
    assert not torch.allclose(model(src, edited)[:, :2], model(src, tgt)[:, :2])


ORDER = torch.tensor([3, 0, 4, 1, 2])


def test_encoder_without_positional_encoding_is_equivariant(ids):
    model, src = small_model(use_positional_encoding=False), ids[0]
    torch.testing.assert_close(model.encode(src[:, ORDER]), model.encode(src)[:, ORDER], rtol=1e-9, atol=1e-9)


def test_encoder_with_positional_encoding_is_not_equivariant(model, ids):
    src = ids[0]
    assert not torch.allclose(model.encode(src[:, ORDER]), model.encode(src)[:, ORDER], atol=1e-3)


def test_encode_and_decode_make_forward(model, ids):
    src, tgt = ids
    assert torch.equal(model.decode(tgt, model.encode(src)), model(src, tgt))


def test_positional_encoding_matches_numpy_in_float32():
    positional_encoding = TransformerModel(5, 8, 2, 1, 4, 0.0, max_len=9).positional_encoding
    assert positional_encoding.dtype == torch.float32
    position, pair = np.ogrid[:9, :4]
    expected = np.sin(position * 10000.0 ** (-2 * pair / 8))
    np.testing.assert_allclose(positional_encoding[:, ::2].numpy(), expected, atol=1e-7)


def naive_greedy(model, src, start, num_tokens, causal=True):
    """Recalcula el modelo entero para cada token y cada secuencia."""
    rows = []
    for one in src:
        tgt = [start]
        for _ in range(num_tokens):
            mask = model.generate_square_subsequent_mask(len(tgt)) if causal else None
            logits = model(one[None], torch.tensor([tgt]), tgt_mask=mask)
            tgt.append(int(logits[0, -1].argmax()))
        rows.append(tgt[1:])
    return torch.tensor(rows)


@pytest.fixture
def varied(model):
    """Un modelo cuyas respuestas dependen de la entrada y de la máscara, y 7 orígenes."""
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=1.0 if "embedding" in name else 0.5)
    return model, torch.randint(13, (7, 5), generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("num_tokens", [1, 6])
def test_greedy_decode_matches_naive_loop(varied, training, num_tokens):
    model, src = varied
    expected = naive_greedy(model, src, 2, num_tokens)
    model.train(training)
    obtained = model.greedy_decode(src, 2, num_tokens)
    assert torch.equal(obtained, expected)
    assert not obtained.requires_grad
    assert all(module.training is training for module in model.modules())


@pytest.mark.parametrize("training", [False, True])
def test_greedy_decode_restores_mode_after_error(model, ids, training):
    model.train(training)
    with pytest.raises(ValueError, match="max_len=20"):
        model.greedy_decode(ids[0], 2, 99)
    assert all(module.training is training for module in model.modules())


def test_naive_loop_distinguishes_inputs_and_mask(varied):
    model, src = varied
    expected = naive_greedy(model, src, 2, 6)
    assert len(expected.unique(dim=0)) > 1
    assert not torch.equal(naive_greedy(model, src, 2, 6, causal=False), expected)
    assert not torch.equal(naive_greedy(model, src, 3, 6), expected)


def test_dropout_only_in_training(model, ids):
    assert torch.equal(model(*ids), model(*ids))
    model.train()
    assert not torch.allclose(model(*ids), model(*ids))


def test_embedding_dropout(ids):
    torch.manual_seed(0)
    model = TransformerModel(13, 12, 3, 1, 10, 0.0, max_len=20)
    src, tgt = ids
    memory = model.encode(src)
    assert torch.equal(model.encode(src), memory)
    assert torch.equal(model.decode(tgt, memory), model.decode(tgt, memory))
    model.dropout.p = 0.5
    assert not torch.allclose(model.encode(src), memory)
    assert not torch.allclose(model.decode(tgt, memory), model.decode(tgt, memory))


def test_state_dict_round_trip(model, ids, tmp_path):
    torch.save(model.state_dict(), tmp_path / "model.pt")
    torch.manual_seed(99)
    other = TransformerModel(13, 12, 3, 2, 10, 0.4, max_len=30).double().eval()
    assert not torch.allclose(other(*ids), model(*ids))
    other.load_state_dict(torch.load(tmp_path / "model.pt"))
    assert torch.equal(other(*ids), model(*ids))


def test_every_parameter_gets_gradient(model, ids):
    model(*ids).square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if not parameter.grad.any()] == []
