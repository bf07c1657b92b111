"""Lo mismo en una GPU: bloques, generación y BERT, con float32, bfloat16 y compilado."""

from __future__ import annotations

from collections.abc import Callable

import torch

from bench.results import Outcome
from bench.threads import measure_with_threads
from grading.engine.settings import usable_cores

SUBJECTS = ("blocks", "generation", "bert")
MISSING = "PyTorch no ve ninguna GPU."


def measure(quick: bool, advance: Callable[[], None] = lambda: None) -> Outcome:
    """Mide en la GPU que vea PyTorch.

    Raises
    ------
    RuntimeError
        Si no ve ninguna.
    """
    if not torch.cuda.is_available():
        raise RuntimeError(MISSING)
    outcome = Outcome()
    for subject in SUBJECTS:
        outcome += measure_with_threads(subject, usable_cores(), quick, "cuda")
        advance()
    return outcome
