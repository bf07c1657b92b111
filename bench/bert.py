"""El clasificador del curso frente al bucle corriente de Hugging Face, con el mismo modelo."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bench.bounds import Roof, Work, attention_flops, matmul_flops, measure_roof
from bench.results import Bound, Comparison, Outcome
from bench.timing import QUICK, Effort, require_close, time_both
from codigo.reviews import load_reviews
from codigo.sentiment import BERTSentimentClassifier

BATCH = 32
TOLERANCE = 1e-5
LEARNING_RATE = 2e-5
CASES = ("predecir reseñas", "predecir textos de largo muy distinto", "un paso de ajuste fino")


def measure(threads: int, device: torch.device, quick: bool) -> Outcome:
    """Compara predecir y un paso de ajuste fino con los hilos que tenga puestos el proceso."""
    classifier = BERTSentimentClassifier(seed=0, source="quick")
    classifier.model.to(device)
    reviews = load_reviews("train")
    count, batch = (4, 2) if quick else (64, 16)
    texts, labels = reviews.texts[:count], reviews.labels[:batch]
    effort = QUICK if quick else Effort(repeats=5, min_repeats=2, budget_s=3.0)
    roof, peaks = measure_roof("float32", threads, device, quick)
    comparisons = [
        compare_prediction(CASES[0], classifier, texts, threads, roof, effort),
        compare_prediction(CASES[1], classifier, uneven(texts), threads, roof, effort),
        compare_training(CASES[2], classifier, texts[:batch], labels, threads, roof, effort),
    ]
    note = f"El modelo es {classifier.source.name}, el rápido del curso."
    return Outcome(tuple(comparisons), peaks, notes=(note,))


def uneven(texts: Sequence[str], longest: int = 4) -> list[str]:
    """Los mismos textos, unidos de uno en uno, de dos en dos… hasta ``longest``, y en desorden.

    Es lo que se encuentra quien no prepara los textos: un lote con uno largo rellena todos los demás.
    """
    repeated = [" ".join(texts[k : k + 1 + k % longest]) for k in range(len(texts))]
    order = np.random.default_rng(0).permutation(len(repeated))
    return [repeated[k] for k in order]


def plain_prediction(model: Any, tokenizer: Any, texts: Sequence[str]) -> NDArray[np.float64]:
    """Las probabilidades (B, clases) con el bucle corriente: lotes en su orden, rellenos hasta el mayor."""
    model.eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            batch = tokenizer(list(texts[start : start + BATCH]), padding=True, return_tensors="pt")
            logits = model(**batch.to(model.device)).logits  # (b, clases)
            found.append(logits.double().softmax(dim=-1).cpu().numpy())
    return np.concatenate(found)


def plain_step(
    model: Any, tokenizer: Any, texts: Sequence[str], labels: Sequence[int], optimizer: torch.optim.Optimizer
) -> float:
    """Un paso de ajuste fino como en la documentación de Hugging Face; devuelve la pérdida."""
    model.train()
    batch = tokenizer(list(texts), padding=True, return_tensors="pt").to(model.device)
    loss = model(**batch, labels=torch.tensor(labels, device=model.device)).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.item())


def compare_prediction(
    case: str,
    classifier: BERTSentimentClassifier,
    texts: Sequence[str],
    threads: int,
    roof: Roof,
    effort: Effort,
) -> Comparison:
    """``predict`` frente al bucle corriente.

    Raises
    ------
    DifferentResultsError
        Si las probabilidades difieren.
    """
    model, tokenizer = classifier.model, classifier.tokenizer
    expected = plain_prediction(model, tokenizer, texts)
    check = require_close(classifier.predict(texts)[1], expected, TOLERANCE)
    seconds = time_both(
        lambda: classifier.predict(texts),
        lambda: plain_prediction(model, tokenizer, texts),
        model.device,
        effort,
        slow=True,
    )
    bound = roof.bound(encoder_work(classifier, texts))
    names = ("BERTSentimentClassifier.predict", "bucle de Hugging Face")
    sizes = {"textos": len(texts), "d_model": model.config.hidden_size}
    return Comparison(case, sizes, {"precisión": "float32"}, threads, *names, *seconds, bound, check)


def compare_training(
    case: str,
    classifier: BERTSentimentClassifier,
    texts: Sequence[str],
    labels: Sequence[int],
    threads: int,
    roof: Roof,
    effort: Effort,
) -> Comparison:
    """``train_step`` frente al bucle corriente, cada uno con su copia de los mismos pesos.

    Raises
    ------
    DifferentResultsError
        Si, sin dropout, las pérdidas de los tres primeros pasos difieren.
    """
    tokenizer, plain = classifier.tokenizer, copy.deepcopy(classifier.model)
    ours, theirs = (torch.optim.AdamW(m.parameters(), lr=LEARNING_RATE) for m in (classifier.model, plain))
    rates = _remove_dropout(classifier.model) | _remove_dropout(plain)
    losses = [
        (
            classifier.train_step(texts, labels, ours),
            plain_step(plain, tokenizer, texts, labels, theirs),
        )
        for _ in range(3)
    ]
    our_losses, their_losses = np.transpose(losses)
    check = require_close(our_losses, their_losses, TOLERANCE)
    for layer, rate in rates.items():
        layer.p = rate
    seconds = time_both(
        lambda: classifier.train_step(texts, labels, ours),
        lambda: plain_step(plain, tokenizer, texts, labels, theirs),
        classifier.model.device,
        effort,
        slow=True,
    )
    step = roof.bound(encoder_work(classifier, texts).times(3))  # la vuelta cuesta el doble que la ida
    update = roof.bound(adamw_work(classifier.model))  # no empieza hasta que acaba la vuelta
    bound = Bound(f"{step.name}, y después {update.name}", step.seconds + update.seconds)
    names = ("BERTSentimentClassifier.train_step", "bucle de Hugging Face")
    sizes = {"textos": len(texts), "d_model": classifier.model.config.hidden_size}
    return Comparison(case, sizes, {"precisión": "float32"}, threads, *names, *seconds, bound, check)


def encoder_work(classifier: BERTSentimentClassifier, texts: Sequence[str]) -> Work:
    """Lo que cuesta pasar ``texts`` por el codificador sin ningún relleno."""
    config = classifier.model.config
    lengths = [len(ids) for ids in classifier.tokenizer(list(texts))["input_ids"]]
    tokens, d_model = sum(lengths), config.hidden_size
    projections = 4 * matmul_flops(tokens, d_model, d_model)
    feed_forward = 2 * matmul_flops(tokens, d_model, config.intermediate_size)
    layer = projections + feed_forward + attention_flops(lengths, lengths, d_model)
    encoder = classifier.model.base_model.encoder
    weights = sum(p.numel() * p.element_size() for p in encoder.parameters())
    return Work(config.num_hidden_layers * layer, weights)


def adamw_work(model: nn.Module) -> Work:
    """Un paso de AdamW: lee el peso, su gradiente y sus dos momentos, y escribe el peso y los momentos."""
    return Work(0.0, sum(7 * p.numel() * p.element_size() for p in model.parameters()))


def _remove_dropout(model: nn.Module) -> dict[nn.Dropout, float]:
    """Pone a 0 el dropout de ``model`` y devuelve el que había."""
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Dropout)]
    rates = {layer: layer.p for layer in layers}
    for layer in layers:
        layer.p = 0.0
    return rates
