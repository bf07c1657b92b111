"""Las capas de BERT y de GPT-2, reproducidas por los bloques del curso con sus mismos pesos."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, MarianConfig, MarianMTModel

from codigo.from_huggingface import causal_block_from_gpt2, encoder_block_from_bert, transformer_from_marian
from codigo.masks import create_causal_mask


def random_bert(**changes: object) -> BertModel:
    torch.manual_seed(1)
    sizes = {"vocab_size": 31, "hidden_size": 20, "num_attention_heads": 5, "intermediate_size": 28}
    return BertModel(BertConfig(num_hidden_layers=3, **(sizes | changes))).eval()


def random_gpt2(**changes: object) -> GPT2Model:
    torch.manual_seed(2)
    return GPT2Model(
        GPT2Config(vocab_size=37, n_embd=24, n_layer=3, n_head=4, n_positions=16, **changes)
    ).eval()


def check_bert(model: BertModel, ids: torch.Tensor, keep: torch.Tensor) -> None:
    states = model(input_ids=ids, attention_mask=keep, output_hidden_states=True).hidden_states
    hidden = ~keep.bool()[:, None]  # (B, 1, T): True = oculta, al revés que attention_mask
    x = states[0]
    for layer, expected in zip(model.encoder.layer, states[1:], strict=True):
        x = encoder_block_from_bert(layer, model.config)(x, mask=hidden)
        torch.testing.assert_close(x[keep.bool()], expected[keep.bool()], atol=1e-5, rtol=1e-5)


def check_gpt2(model: GPT2Model, ids: torch.Tensor) -> None:
    states = model(input_ids=ids, output_hidden_states=True).hidden_states
    mask = torch.from_numpy(create_causal_mask(ids.shape[1]))
    x = states[0]
    for index, layer in enumerate(model.h):
        x = causal_block_from_gpt2(layer, model.config)(x, mask=mask)
        expected = states[index + 1]
        shown = model.ln_f(x) if index == len(model.h) - 1 else x  # la última ya sale normalizada
        torch.testing.assert_close(shown, expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_every_layer_of_a_random_bert() -> None:
    ids = torch.arange(21).reshape(3, 7)
    keep = torch.ones_like(ids)
    keep[1, 4:] = 0
    check_bert(random_bert(), ids, keep)


@torch.no_grad()
def test_every_layer_of_a_random_gpt2() -> None:
    check_gpt2(random_gpt2(), torch.arange(26).reshape(2, 13))
    check_gpt2(random_gpt2(n_inner=30), torch.arange(10).reshape(2, 5))


def test_the_blocks_are_ready_to_use() -> None:
    block = encoder_block_from_bert(random_bert().encoder.layer[0], random_bert().config)
    assert not block.training


def test_another_activation_is_refused() -> None:
    bert, gpt2 = random_bert(hidden_act="relu"), random_gpt2(activation_function="relu")
    with pytest.raises(ValueError, match="solo reproduce la activación 'gelu'; el modelo usa 'relu'"):
        encoder_block_from_bert(bert.encoder.layer[0], bert.config)
    with pytest.raises(ValueError, match="'gelu_new'"):
        causal_block_from_gpt2(gpt2.h[0], gpt2.config)


@pytest.mark.slow
@torch.no_grad()
def test_every_layer_of_the_real_bert() -> None:
    from codigo.sentiment import BERTSentimentClassifier

    bert = BERTSentimentClassifier("bge-small-en")
    batch = bert.tokenizer(
        ["A short one.", "The quick brown fox jumps over it."], padding=True, return_tensors="pt"
    )
    check_bert(bert.model.bert, batch["input_ids"], batch["attention_mask"])


@pytest.mark.slow
@torch.no_grad()
def test_every_layer_of_the_real_gpt2() -> None:
    from codigo.generation import GPT2TextGenerator

    generator = GPT2TextGenerator("gpt2-lab11")
    ids = generator.tokenizer("En un lugar muy lejano", return_tensors="pt")["input_ids"]
    check_gpt2(generator.model.transformer, ids)


def test_a_saved_folder_gives_the_same_layers(tiny_bert: Path, tiny_gpt2: Path) -> None:
    bert, gpt2 = BertModel.from_pretrained(tiny_bert).eval(), GPT2Model.from_pretrained(tiny_gpt2).eval()
    with torch.no_grad():
        check_bert(bert, torch.tensor([[2, 4, 5, 3]]), torch.ones(1, 4, dtype=torch.long))
        check_gpt2(gpt2, torch.tensor([[5, 9, 17]]))


# --- Marian: el modelo entero ----------------------------------------------------------------------

START, VOCAB = 1, 41


def random_marian(**changes: object) -> MarianMTModel:
    """Un Marian de pesos al azar que nunca acaba una frase: así genera los tokens que se le pidan."""
    sizes = {"d_model": 24, "max_position_embeddings": 210, "vocab_size": VOCAB}
    for stack in ("encoder", "decoder"):
        sizes |= {f"{stack}_layers": 2, f"{stack}_attention_heads": 3, f"{stack}_ffn_dim": 28}
    tokens = {"pad_token_id": 0, "eos_token_id": None, "forced_eos_token_id": None}
    tokens["decoder_start_token_id"] = START
    settings = {"scale_embedding": True, "activation_function": "relu", **sizes, **tokens, **changes}
    torch.manual_seed(3)
    model = MarianMTModel(MarianConfig(**settings)).eval()
    for name, parameter in model.named_parameters():
        if "embed_positions" not in name:
            center = 1.0 if "norm.weight" in name else 0.0
            nn.init.normal_(parameter, center, 0.4 if "embed_tokens" in name else 0.1)
    nn.init.normal_(model.final_logits_bias, std=0.1)
    return model


UNTIED = {"share_encoder_decoder_embeddings": False, "tie_word_embeddings": False}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"activation_function": "gelu"},
        {"activation_function": "swish"},
        UNTIED,
    ],
    ids=["relu", "gelu", "swish", "untied"],
)
@torch.no_grad()
def test_logits_of_a_random_marian(changes: dict) -> None:
    marian = random_marian(**changes)
    model, src, tgt = (
        transformer_from_marian(marian),
        torch.randint(1, VOCAB, (3, 7)),
        torch.randint(VOCAB, (3, 5)),
    )
    keep = torch.arange(7) < torch.tensor([[7], [4], [6]])
    expected = marian(input_ids=src, attention_mask=keep.long(), decoder_input_ids=tgt).logits
    hidden, causal = ~keep[:, None], model.generate_square_subsequent_mask(5)  # (B, 1, S) y (T, T)
    obtained = model(src, tgt, hidden, causal, memory_mask=hidden)
    torch.testing.assert_close(obtained, expected, atol=1e-4, rtol=1e-5)
    assert not model.training and expected.std() > 0.1


@pytest.mark.parametrize("lengths", [[9], [5, 9, 7]], ids=["one", "padded"])
def test_200_tokens_equal_those_of_generate(lengths: list[int]) -> None:
    marian = random_marian(**UNTIED)  # con una sola matriz, cada token se repetiría a sí mismo
    src = torch.randint(1, VOCAB, (len(lengths), 9), generator=torch.Generator().manual_seed(5))
    keep = torch.arange(9) < torch.tensor(lengths)[:, None]
    theirs = marian.generate(src, attention_mask=keep.long(), max_new_tokens=200, do_sample=False)
    model = transformer_from_marian(marian)
    ours = model.greedy_decode(src, START, 200, src_mask=~keep[:, None])
    assert torch.equal(ours, theirs[:, 1:])  # la suya empieza por el token de inicio
    assert len(ours.unique()) > 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decoder_layers": 1}, r"dos pilas iguales .* este tiene \(2, 3, 28\) y \(1, 3, 28\)"),
        ({"encoder_ffn_dim": 20}, "dos pilas iguales"),
        ({"decoder_vocab_size": 50, "share_encoder_decoder_embeddings": False}, "vocabularios de 41 y 50"),
        ({"scale_embedding": False}, "scale_embedding=False"),
        ({"activation_function": "tanh"}, "admite relu, gelu, swish; este Marian .* usa 'tanh'"),
    ],
)
def test_another_marian_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        transformer_from_marian(random_marian(**changes))
