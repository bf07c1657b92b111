"""Azar con semilla que no altera el estado global de PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Dentro, PyTorch parte de ``seed``; al salir, recupera su estado. Sin semilla, no hace nada."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
