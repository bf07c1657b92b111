"""La caché KV: da lo mismo que recalcularlo todo, y de verdad ahorra el trabajo que dice ahorrar."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from codigo.masks import create_causal_mask
from codigo.model import AttentionMaps, TransformerModel
from codigo.torch_attention import KeyValueCache, MultiHeadAttention

VOCAB, MAX_LEN = 11, 24


def random_model(heads, d_k, layers, seed=0, **options):
    """Un modelo en float64 cuyas respuestas dependen de la entrada, de la posición y de la máscara."""
    torch.manual_seed(seed)
    model = TransformerModel(VOCAB, heads * d_k, heads, layers, 7, 0.3, max_len=MAX_LEN, **options)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter)
    return model.double().eval()


def ids(batch, length, seed=1):
    return torch.randint(VOCAB, (batch, length), generator=torch.Generator().manual_seed(seed))


def causal(start, stop):
    """Las filas ``start…stop`` de la máscara causal: la de unos tokens que siguen a otros."""
    return torch.from_numpy(create_causal_mask(stop)[start:])


def decode_in_pieces(model, tgt, memory, cuts, memory_mask=None):
    """Los logits (B, T, V) de ``tgt``, a trozos que acaban en ``cuts``."""
    cache = model.new_cache(tgt.shape[1], memory.shape[1])
    pieces = []
    for start, stop in zip([0, *cuts], [*cuts, tgt.shape[1]], strict=True):
        mask = None if stop - start == 1 else causal(start, stop)
        pieces.append(model.decode(tgt[:, start:stop], memory, mask, memory_mask, cache=cache))
    return torch.cat(pieces, dim=1)  # trozos (B, T_i, V) -> (B, T, V)


def assert_same(obtained, expected):
    torch.testing.assert_close(obtained, expected, rtol=1e-9, atol=1e-9)


@st.composite
def pieces(draw):
    """(B, S, T, h, capas, cortes): T tokens que llegan de una vez, de uno en uno o como sea."""
    T = draw(st.integers(1, MAX_LEN))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, T - 1)), max_size=T - 1))) if T > 1 else []
    return (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 6)),
        T,
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
        cuts,
    )


@settings(max_examples=40, deadline=None)
@given(case=pieces(), padded=st.booleans())
@torch.no_grad()
def test_logits_in_pieces_are_the_logits_at_once(case, padded):
    B, S, T, heads, layers, cuts = case
    model, src, tgt = random_model(heads, 4, layers), ids(B, S), ids(B, T, seed=2)
    hidden = torch.arange(S).expand(B, 1, S) >= max(1, S - 1) if padded else None
    memory = model.encode(src, hidden)
    expected = model.decode(tgt, memory, causal(0, T), hidden)
    assert_same(decode_in_pieces(model, tgt, memory, cuts, hidden), expected)


@torch.no_grad()
def test_a_wrong_position_would_be_seen():
    model, src, tgt = random_model(3, 4, 2), ids(2, 5), ids(2, 6, seed=2)
    memory = model.encode(src)
    expected = model.decode(tgt, memory, causal(0, 6))
    model._embed = lambda name, ids, table, start=0: TransformerModel._embed(model, name, ids, table)
    with pytest.raises(AssertionError):
        assert_same(decode_in_pieces(model, tgt, memory, [1, 2, 3, 4, 5]), expected)


@pytest.mark.parametrize("sizes", [(1, 3, 1), (4, 5, 9), (3, 2, MAX_LEN), (7, MAX_LEN, 6)], ids=str)
@pytest.mark.parametrize("options", [{}, {"use_positional_encoding": False}], ids=["positions", "none"])
def test_greedy_tokens_are_the_same_with_and_without_cache(sizes, options):
    B, S, count = sizes
    model, src = random_model(3, 4, 2, **options), ids(B, S)
    cached = model.greedy_decode(src, 2, count)
    assert cached.shape == (B, count) and cached.dtype == src.dtype
    assert torch.equal(cached, model.greedy_decode(src, 2, count, use_cache=False))
    assert not cached.is_inference()


def test_greedy_tokens_vary():
    """Si todas las respuestas fueran iguales, las pruebas de arriba dirían poco."""
    tokens = random_model(3, 4, 2).greedy_decode(ids(7, 5), 2, 9)
    assert len(tokens.unique(dim=0)) > 4 and len(tokens.unique()) > 4


@pytest.mark.parametrize("use_cache", [True, False])
def test_padded_sources_generate_as_if_alone(use_cache):
    model, lengths = random_model(3, 4, 2), [2, 6, 4]
    src = ids(3, 6)
    hidden = (torch.arange(6) >= torch.tensor(lengths)[:, None])[:, None]  # (B, S) -> (B, 1, S)
    together = model.greedy_decode(src, 2, 8, src_mask=hidden, use_cache=use_cache)
    for row, length in enumerate(lengths):
        assert torch.equal(together[row], model.greedy_decode(src[row : row + 1, :length], 2, 8)[0])
    assert not torch.equal(together, model.greedy_decode(src, 2, 8))


def lengths_seen(module, calls):
    """Apunta en ``calls`` cuántas posiciones recibe ``module`` en cada llamada."""
    module.register_forward_pre_hook(lambda _, arguments: calls.append(arguments[0].shape[1]))


def test_each_step_works_on_one_token_and_the_encoder_runs_once():
    model, seen = random_model(3, 4, 2), {"encoder": [], "decoder": []}
    lengths_seen(model.encoder_blocks[0], seen["encoder"])
    lengths_seen(model.decoder_blocks[1], seen["decoder"])
    model.greedy_decode(ids(2, 5), 2, 6)
    assert seen == {"encoder": [5], "decoder": [1] * 6}
    model.greedy_decode(ids(2, 5), 2, 3, use_cache=False)
    assert seen == {"encoder": [5, 5], "decoder": [1] * 6 + [1, 2, 3]}


@torch.no_grad()
def test_the_memory_is_projected_once():
    model, tgt = random_model(3, 4, 2), ids(2, 2)
    memory, cache = model.encode(ids(2, 5)), model.new_cache(2, 5)
    model.decode(tgt[:, :1], memory, cache=cache)
    again = model.decode(tgt[:, 1:], torch.full_like(memory, torch.nan), cache=cache)
    assert_same(again[:, 0], model.decode(tgt, memory, causal(0, 2))[:, 1])


@torch.no_grad()
def test_attention_maps_of_a_step_are_a_row_of_the_whole():
    model, tgt, whole, step = random_model(3, 4, 2), ids(2, 4), AttentionMaps(), AttentionMaps()
    memory, cache = model.encode(ids(2, 5)), model.new_cache(4, 5)
    model.decode(tgt, memory, causal(0, 4), attention=whole)
    model.decode(tgt[:, :3], memory, causal(0, 3), cache=cache)
    model.decode(tgt[:, 3:], memory, attention=step, cache=cache)
    for layer in range(2):
        assert_same(step.decoder[layer], whole.decoder[layer][:, :, 3:])
        assert_same(step.cross[layer], whole.cross[layer][:, :, 3:])


# --- KeyValueCache -------------------------------------------------------------------------------


def keys_and_values(length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 2, 3, length, 4, generator=generator).unbind()  # K y V, (B, h, T, d_k)


def test_append_returns_everything_so_far():
    cache, first, second = KeyValueCache(7), keys_and_values(2, 1), keys_and_values(5, 2)
    for kept, given_ in zip(cache.append(*first), first, strict=True):
        assert torch.equal(kept, given_)
    for kept, given_ in zip(cache.append(*second), zip(first, second, strict=True), strict=True):
        assert torch.equal(kept, torch.cat(given_, dim=2))
    assert cache.length == cache.capacity == 7


def test_append_does_not_move_what_was_there():
    cache = KeyValueCache(6)
    before = cache.append(*keys_and_values(2))[0]
    assert cache.append(*keys_and_values(3))[0].data_ptr() == before.data_ptr()


def test_cache_is_full():
    cache = KeyValueCache(3)
    cache.append(*keys_and_values(2))
    with pytest.raises(ValueError, match="admite 3 posiciones y con las nuevas tendría 4"):
        cache.append(*keys_and_values(2))
    assert cache.length == 2


@pytest.mark.parametrize("capacity", [0, -1, 2.0, "3"])
def test_bad_capacity(capacity):
    with pytest.raises(ValueError, match="capacity debe ser un entero mayor que 0"):
        KeyValueCache(capacity)


@torch.no_grad()
def test_mask_of_a_step_covers_what_was_kept():
    torch.manual_seed(0)
    attention, cache, x = MultiHeadAttention(6, 2).eval(), KeyValueCache(4), torch.randn(1, 4, 6)
    attention(x[:, :3], mask=causal(0, 3), cache=cache)
    hidden = torch.tensor([[False, True, False, True]])
    output, weights = attention(x[:, 3:], mask=hidden, return_attention=True, cache=cache)
    assert weights[0, :, 0, [1, 3]].eq(0).all() and weights[0, :, 0, [0, 2]].gt(0).all()
    torch.testing.assert_close(output, attention(x, mask=causal(0, 4) | hidden)[0][:, 3:])
