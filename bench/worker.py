"""``python -m bench.worker``: una medición con los hilos que tiene este proceso; la escribe en JSON."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import torch

from bench import attention, bert, blocks, generation
from bench.results import Outcome


@dataclass(frozen=True)
class Setting:
    """Con qué se mide.

    Attributes
    ----------
    threads
        Hilos del procesador.
    device
        Dónde.
    quick
        Con tamaños pequeños, para probar.
    """

    threads: int
    device: torch.device
    quick: bool


MEASURES: Mapping[str, Callable[[Setting], Outcome]] = {
    "attention": lambda s: attention.measure(s.threads, s.quick),
    "blocks": lambda s: blocks.measure(s.threads, s.device, s.quick),
    "generation": lambda s: generation.measure(s.threads, s.device, s.quick),
    "bert": lambda s: bert.measure(s.threads, s.device, s.quick),
}


def main(arguments: list[str] | None = None) -> int:
    """Mide y escribe el resultado en la última línea de la salida."""
    parser = argparse.ArgumentParser(prog="python -m bench.worker")
    parser.add_argument("subject", choices=list(MEASURES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    # nn.Transformer avisa de que sus tensores anidados son un prototipo; son lo más rápido que tiene.
    warnings.filterwarnings("ignore", message=".*nested tensors.*", category=UserWarning)
    setting = Setting(options.threads, torch.device(options.device), options.quick)
    print(json.dumps(asdict(MEASURES[options.subject](setting))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
