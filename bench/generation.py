"""Generar con el modelo del curso, con caché y sin ella, frente a ``generate`` de Hugging Face."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, MarianConfig, MarianMTModel

from bench.bounds import Roof, Work, attention_flops, matmul_flops, measure_roof
from bench.results import Comparison, Outcome
from bench.timing import QUICK, DifferentResultsError, Effort, time_all
from codigo.from_huggingface import transformer_from_marian
from codigo.model import TransformerModel

LENGTHS, SOURCE_LENGTH, START = (25, 50, 100, 200), 32, 1
# Sin caché, un lote tarda mucho: bastan dos longitudes, una corta y la mayor.
GRID = {1: LENGTHS, 4: (LENGTHS[1], LENGTHS[-1])}
CACHED, SAVED = "con caché", "lo que ahorra la caché"
SPREAD = 0.6


@dataclass(frozen=True)
class Shape:
    """El tamaño del modelo, con los símbolos del curso."""

    d_model: int
    h: int
    d_ff: int
    layers: int
    V: int


FULL, TINY = Shape(256, 8, 1024, 2, 1000), Shape(16, 2, 24, 1, 31)


def measure(threads: int, device: torch.device, quick: bool) -> Outcome:
    """Compara las tres maneras de generar con los hilos que tenga puestos el proceso."""
    shape, grid = (TINY, {2: (10, 20)}) if quick else (FULL, GRID)
    effort = QUICK if quick else Effort(repeats=7, min_repeats=2, budget_s=0.7)
    roof, peaks = measure_roof("float32", threads, device, quick)
    theirs = random_marian(shape).to(device)
    ours = transformer_from_marian(theirs).to(device)
    comparisons: list[Comparison] = []
    for batch, lengths in grid.items():
        src = torch.randint(START + 1, shape.V, (batch, SOURCE_LENGTH), device=device)
        for length in lengths:
            comparisons += compare(ours, theirs, src, length, shape, threads, roof, effort)
    return Outcome(tuple(comparisons), peaks)


def random_marian(shape: Shape) -> Any:
    """Un Marian con pesos al azar: el tiempo no depende de ellos, y así no hace falta ningún modelo."""
    torch.manual_seed(0)
    stack = {"layers": shape.layers, "attention_heads": shape.h, "ffn_dim": shape.d_ff}
    settings: dict[str, Any] = {
        f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in stack.items()
    }
    config = MarianConfig(
        vocab_size=shape.V,
        d_model=shape.d_model,
        max_position_embeddings=2 * max(LENGTHS),
        activation_function="relu",
        scale_embedding=True,
        # Con esta, sin entrenar, salen tokens variados y que dependen del origen.
        init_std=SPREAD / math.sqrt(shape.d_model),
        tie_word_embeddings=False,
        decoder_start_token_id=START,
        pad_token_id=0,
        eos_token_id=None,  # nada lo para antes de tiempo
        forced_eos_token_id=None,
        **settings,
    )
    return MarianMTModel(config).eval()


def compare(
    ours: TransformerModel,
    theirs: Any,
    src: Tensor,
    length: int,
    shape: Shape,
    threads: int,
    roof: Roof,
    effort: Effort,
) -> Iterator[Comparison]:
    """Con caché frente a Hugging Face y frente a no tenerla; las tres maneras se miden en los mismos turnos.

    Raises
    ------
    DifferentResultsError
        Si los tokens difieren.
    """
    mine = "TransformerModel.greedy_decode"
    rivals = {CACHED: "generate de Hugging Face", SAVED: "greedy_decode(use_cache=False)"}
    actions: dict[str, Callable[[], Tensor]] = {
        mine: lambda: ours.greedy_decode(src, START, length),
        rivals[CACHED]: their_generation(theirs, src, length),
        rivals[SAVED]: lambda: ours.greedy_decode(src, START, length, use_cache=False),
    }
    check = same_tokens({name: action() for name, action in actions.items()})
    seconds = time_all(actions, src.device, effort, slow=True)
    sizes = {"B": src.shape[0], "S": src.shape[1], "T": length, "d_model": shape.d_model}
    bound = roof.bound(generation_work(ours, shape, src, length))
    for case, rival in rivals.items():
        times = (seconds[mine], seconds[rival])
        yield Comparison(case, sizes, {"precisión": "float32"}, threads, mine, rival, *times, bound, check)


def their_generation(model: Any, src: Tensor, length: int) -> Callable[[], Tensor]:
    """``generate``, voraz, con caché y sin parar antes de ``length`` tokens; devuelve (B, length)."""
    settings = GenerationConfig(
        do_sample=False,
        num_beams=1,
        use_cache=True,
        min_new_tokens=length,
        max_new_tokens=length,
        decoder_start_token_id=START,
        pad_token_id=0,
    )
    mask = torch.ones_like(src)

    def action() -> Tensor:
        with torch.inference_mode():
            return model.generate(src, attention_mask=mask, generation_config=settings)[:, 1:]

    return action


def same_tokens(generated: dict[str, Tensor]) -> str:
    """Comprueba que todas las maneras dan los mismos tokens, y que no son siempre el mismo.

    Raises
    ------
    DifferentResultsError
        Si difieren, o si hay menos de tres tokens distintos: la coincidencia no diría nada.
    """
    (first_name, first), *others = generated.items()
    for name, tokens in others:
        if not torch.equal(first, tokens):
            raise DifferentResultsError(f"Los tokens de «{first_name}» y «{name}» difieren.")
    if len(first.unique()) < 3:
        raise DifferentResultsError("Salen casi siempre los mismos tokens: que coincidan no dice nada.")
    return "mismos tokens"


def generation_work(model: TransformerModel, shape: Shape, src: Tensor, length: int) -> Work:
    """Lo que cuesta con caché: una vez el origen y, por cada token, leer los pesos del decodificador."""
    batch, S = src.shape
    d_model, rows = shape.d_model, batch * S
    encoder = 4 * matmul_flops(rows, d_model, d_model) + 2 * matmul_flops(rows, d_model, shape.d_ff)
    encoder += attention_flops([S] * batch, [S] * batch, d_model)
    memory = 2 * matmul_flops(rows, d_model, d_model)  # claves y valores de la atención cruzada, una vez
    token = 6 * matmul_flops(batch, d_model, d_model) + 2 * matmul_flops(batch, d_model, shape.d_ff)
    steps = range(1, length + 1)  # el token t mira los t que lleva y los S del origen
    attention = batch * sum(attention_flops([1, 1], [t, S], d_model) for t in steps)
    decoder = shape.layers * (length * token + attention)
    output = length * matmul_flops(batch, d_model, shape.V)
    read_once = _bytes(model.encoder_blocks)
    read_each_time = _bytes(model.decoder_blocks) + _bytes(model.output_projection)
    flops = shape.layers * (encoder + memory) + decoder + output
    return Work(flops, read_once + length * read_each_time)


def _bytes(module: torch.nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in module.parameters())
