"""Modelos diminutos de pesos al azar, guardados con ``save_pretrained`` como los de cualquier hub."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

from codigo.pretrained.quiet import quiet_huggingface

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = [*SPECIAL, "the", "good", "bad", "film", "was", "very", "not", "plot", "music", "long", "short"]
LETTERS = ["<|endoftext|>", *sorted(pre_tokenizers.ByteLevel.alphabet())]


def save_tiny_bert(folder: Path, with_head: bool = False, **changes: int | float) -> Path:
    """Un BERT de 3 capas, 2 cabezas y d_model 16, sin dropout, con un vocabulario de palabras."""
    settings = {
        "vocab_size": len(WORDS),
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 12,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    torch.manual_seed(5)
    model = (BertForSequenceClassification if with_head else BertModel)(BertConfig(**(settings | changes)))
    return _save(model, _word_tokenizer(), folder)


def save_tiny_gpt2(folder: Path, layers: int = 2) -> Path:
    """Un GPT-2 de d_model 24, 3 cabezas y un token por byte."""
    torch.manual_seed(7)
    config = GPT2Config(
        vocab_size=len(LETTERS),
        n_embd=24,
        n_layer=layers,
        n_head=3,
        n_positions=40,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPT2LMHeadModel(config)
    for parameter in model.parameters():  # lo bastante lejos de lo uniforme para que el muestreo elija
        parameter.data.mul_(5)
    return _save(model, _letter_tokenizer(), folder)


def _save(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    with quiet_huggingface():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def _word_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(
        models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def _letter_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE({letter: index for index, letter in enumerate(LETTERS)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>")
