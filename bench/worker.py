"""``python -m bench.worker``: una medición con los hilos que tiene este proceso; la escribe en JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from dataclasses import asdict

import torch

from bench import gpu

SUBJECTS = ("attention", *gpu.SUBJECTS)


def main(arguments: list[str] | None = None) -> int:
    """Mide y escribe el resultado en la última línea de la salida."""
    parser = argparse.ArgumentParser(prog="python -m bench.worker")
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    # nn.Transformer avisa de que sus tensores anidados son un prototipo; son lo más rápido que tiene.
    warnings.filterwarnings("ignore", message=".*nested tensors.*", category=UserWarning)
    # Solo el que toca: con los demás vendría transformers, que tarda segundos en importarse.
    subject = importlib.import_module(f"bench.{options.subject}")
    outcome = subject.measure(options.threads, torch.device(options.device), options.quick)
    print(json.dumps(asdict(outcome)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
