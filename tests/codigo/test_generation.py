"""La generación: mismas reglas que Hugging Face, semillas, longitudes y errores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from codigo.generation import GPT2TextGenerator

PROMPT = "Una cosa"  # 8 tokens: uno por byte


@pytest.fixture(scope="module")
def generator(tiny_gpt2: Path) -> GPT2TextGenerator:
    return GPT2TextGenerator(str(tiny_gpt2))


def tokens(generator: GPT2TextGenerator, text: str) -> int:
    return len(generator.tokenizer(text)["input_ids"])


def test_a_seed_repeats_the_text_and_leaves_the_global_state(generator: GPT2TextGenerator) -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    texts = [generator.generate(PROMPT, 20, seed=seed, num_return_sequences=3) for seed in (1, 1, 2)]
    assert torch.equal(torch.rand(2), expected)
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) == 3 and all(text.startswith(PROMPT) for text in texts[0])


def test_without_a_seed_the_global_state_decides(generator: GPT2TextGenerator) -> None:
    texts = []
    for seed in (8, 8, 9):
        torch.manual_seed(seed)
        texts.append(generator.generate(PROMPT, 20)[0])
    assert texts[0] == texts[1] != texts[2]


def test_top_k_one_is_greedy(generator: GPT2TextGenerator) -> None:
    ids = generator.tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    for _ in range(12):
        ids = torch.cat([ids, generator.model(ids).logits[:, -1:].argmax(dim=-1)], dim=1)
    greedy = generator.tokenizer.decode(ids[0], skip_special_tokens=True)
    assert generator.generate(PROMPT, 20, top_k=1) == [greedy]


def test_a_tiny_nucleus_is_greedy_too(generator: GPT2TextGenerator) -> None:
    greedy = generator.generate(PROMPT, 20, top_k=1)
    assert generator.generate(PROMPT, 20, top_k=0, top_p=1e-6, seed=3) == greedy


def test_lengths(generator: GPT2TextGenerator) -> None:
    assert tokens(generator, generator.generate(PROMPT, max_length=20, top_k=1)[0]) == 20
    assert tokens(generator, generator.generate(PROMPT, max_new_tokens=20, top_k=1)[0]) == 28
    assert tokens(generator, generator.generate(PROMPT, 9, max_new_tokens=5, top_k=1)[0]) == 13


def test_unset_filters(generator: GPT2TextGenerator) -> None:
    plain = generator.generate(PROMPT, 20, top_k=0, top_p=1.0, seed=4)
    assert generator.generate(PROMPT, 20, top_k=None, top_p=None, seed=4) == plain


def test_next_token(generator: GPT2TextGenerator) -> None:
    logits = generator.get_next_token_logits(PROMPT)
    ids = generator.tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    np.testing.assert_allclose(logits, generator.model(ids).logits[0, -1].detach(), atol=1e-6)
    probabilities = torch.softmax(torch.tensor(logits).double(), dim=-1)
    pairs = generator.get_next_token_probabilities(PROMPT, top_k=7)
    best = probabilities.topk(7)
    assert [token for token, _ in pairs] == [generator.tokenizer.decode([i]) for i in best.indices.tolist()]
    np.testing.assert_allclose([p for _, p in pairs], best.values, rtol=1e-6)
    everything = generator.get_next_token_probabilities(PROMPT, top_k=10**6)
    assert len(everything) == logits.size and sum(p for _, p in everything) == pytest.approx(1)


def test_truncation_is_said_aloud(generator: GPT2TextGenerator) -> None:
    with pytest.warns(UserWarning, match="50 tokens y el modelo admite 40"):
        logits = generator.get_next_token_logits("x" * 10 + "y" * 40)
    np.testing.assert_array_equal(logits, generator.get_next_token_logits("y" * 40))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": " "}, "al menos una palabra"),
        ({"prompt": None}, "al menos una palabra"),
        ({"max_length": 8}, "cuenta también el texto inicial, que ya tiene 8 tokens"),
        ({"max_length": 0}, "max_length debe ser un entero mayor que 0"),
        ({"max_length": 41}, "sería de 41 tokens y este modelo admite 40"),
        ({"max_new_tokens": 33}, "sería de 41 tokens"),
        ({"max_new_tokens": 0}, "max_new_tokens debe ser un entero mayor que 0"),
        ({"temperature": 0}, "temperature debe ser un número mayor que 0; se dio 0"),
        ({"temperature": -1.0}, "usa top_k=1"),
        ({"temperature": float("inf")}, "se dio inf"),
        ({"temperature": float("nan")}, "se dio nan"),
        ({"temperature": "alta"}, "se dio 'alta'"),
        ({"temperature": True}, "se dio True"),
        ({"top_k": -1}, "top_k debe ser un entero de 0"),
        ({"top_k": 2.5}, "top_k debe ser un entero de 0"),
        ({"top_p": 0}, "top_p debe estar entre 0"),
        ({"top_p": 1.2}, "top_p debe estar entre 0"),
        ({"num_return_sequences": 0}, "num_return_sequences debe ser un entero mayor que 0"),
    ],
)
def test_bad_arguments(generator: GPT2TextGenerator, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generator.generate(**({"prompt": PROMPT, "max_length": 20} | arguments))


def test_bad_count_of_tokens(generator: GPT2TextGenerator) -> None:
    with pytest.raises(ValueError, match="top_k debe ser un entero mayor que 0"):
        generator.get_next_token_probabilities(PROMPT, top_k=0)
