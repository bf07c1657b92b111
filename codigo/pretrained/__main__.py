"""``python -m codigo.pretrained``: prepara los modelos del curso. Una segunda vez no hace nada."""

from __future__ import annotations

import logging
import os
import sys

from tqdm import tqdm

from codigo.pretrained.errors import ModelUnavailableError
from codigo.pretrained.prepare import pending_models, prepare_model


def main() -> int:
    """Prepara los que falten y devuelve el código de salida."""
    logging.getLogger("transformers").setLevel(logging.ERROR)
    pending = pending_models()
    quiet = bool(os.environ.get("CI")) or not sys.stderr.isatty()
    bar = tqdm(pending, desc="Modelos del curso", unit="modelo", disable=quiet or not pending)
    try:
        for model in bar:
            folder = prepare_model(model, lambda step: tqdm.write(step))
            tqdm.write(f"Listo: {model.name} ({_megabytes(folder):.0f} MB) en {folder}")
    except ModelUnavailableError as error:
        bar.close()
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _megabytes(folder: os.PathLike[str]) -> float:
    return sum(entry.stat().st_size for entry in os.scandir(folder)) / 1e6


if __name__ == "__main__":
    sys.exit(main())
