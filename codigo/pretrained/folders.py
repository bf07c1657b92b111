"""Carpetas de modelos: dónde se preparan los del curso y si una carpeta está completa."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codigo.pretrained.catalog import DATA, EmbeddedModel

MANIFEST = "lab11.json"
RECIPE = 1  # súbelo cuando cambie la conversión: los modelos se preparan de nuevo
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json")


def embedded_folder(model: EmbeddedModel) -> Path | None:
    """La carpeta lista para cargar de un modelo del curso, o ``None`` si falta prepararlo."""
    if model.kind == "shipped":
        return DATA / model.name
    return next((path / model.name for path in _search_path() if is_prepared(path / model.name)), None)


def preparation_folder() -> Path:
    """Dónde se prepara: junto al entorno de Python, o en la caché del usuario si no se puede escribir."""
    shared, personal = _search_path()
    existing = next(parent for parent in shared.parents if parent.exists())
    return shared if os.access(existing, os.W_OK) else personal


def _search_path() -> tuple[Path, Path]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(sys.prefix) / "share" / "lab11" / "models", cache / "lab11" / "models"


def is_prepared(folder: Path, full: bool = False) -> bool:
    """Si ``folder`` tiene todo lo que apuntó su preparación: por tamaños o, con ``full``, por sumas."""
    manifest = _read_manifest(folder)
    if manifest.get("recipe") != RECIPE:
        return False
    return all(_matches(folder / name, entry, full) for name, entry in manifest["files"].items())


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _matches(path: Path, entry: dict[str, Any], full: bool) -> bool:
    if not path.is_file() or path.stat().st_size != entry["bytes"]:
        return False
    return not full or sha256(path) == entry["sha256"]


def write_manifest(folder: Path) -> None:
    """Apunta el tamaño y la suma de cada archivo de ``folder``."""
    files = {path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for path in _files(folder)}
    text = json.dumps({"recipe": RECIPE, "files": files}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.name != MANIFEST)


def sha256(path: Path) -> str:
    """La suma SHA-256 de un archivo, en hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def missing_files(folder: Path) -> list[str]:
    """Lo que le falta a una carpeta al estilo de ``save_pretrained`` para poder cargarse."""
    wanted = {
        "config.json": ("config.json",),
        "los pesos (model.safetensors)": WEIGHTS,
        "el tokenizador (tokenizer.json)": TOKENIZERS,
    }
    missing = [what for what, names in wanted.items() if not any((folder / name).exists() for name in names)]
    return missing + _missing_shards(folder)


def _missing_shards(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return []
    shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(shard for shard in shards if not (folder / shard).exists())
