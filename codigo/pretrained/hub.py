"""La caché y el hub de Hugging Face, sin esperar a una red que no está."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty, SimpleQueue

from codigo.pretrained.errors import ModelUnavailableError, describe
from codigo.pretrained.folders import missing_files

PATIENCE = 5.0  # segundos que se espera la primera respuesta del hub
FILES = ("config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json")
TOKENIZER_FILES = ("tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json", "added_tokens.json")


def find_in_cache(name: str) -> tuple[Path | None, str]:
    """La copia completa de ``name`` en la caché de Hugging Face, o ``None`` y el motivo."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json")
    if not isinstance(config, str):
        return None, "no está en la caché de Hugging Face"
    missing = missing_files(Path(config).parent)
    if missing:
        return None, f"su copia en la caché está a medias (falta {', '.join(missing)})"
    return Path(config).parent, ""


def download(name: str) -> tuple[Path | None, str]:
    """Baja ``name`` del hub a la caché, o devuelve ``None`` y el motivo."""
    reason = _why_unreachable(name)
    if reason:
        return None, reason
    try:
        return _snapshot(name), ""
    except ModelUnavailableError as error:
        return None, str(error)
    except Exception as error:  # sin red o sin disco, cada capa lanza un error distinto
        return None, f"la descarga del hub no terminó ({describe(error)})"


def _snapshot(name: str) -> Path:
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(name, allow_patterns=[*FILES, *TOKENIZER_FILES]))
    missing = missing_files(folder)
    if missing:
        raise ModelUnavailableError(f"en el hub le falta {', '.join(missing)}")
    return folder


def _why_unreachable(name: str) -> str:
    """Vacío si el hub contesta por ``name``; si no, el motivo."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE=1 impide usar el hub"
    answers: SimpleQueue[str] = SimpleQueue()
    # En un hilo aparte: buscar el nombre del servidor puede tardar más que cualquier límite de la petición.
    threading.Thread(target=lambda: answers.put(_ask(name)), daemon=True).start()
    try:
        return answers.get(timeout=PATIENCE)
    except Empty:
        return f"el hub no contestó en {PATIENCE:.0f} s"


def _ask(name: str) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        HfApi().model_info(name, timeout=2 * PATIENCE)  # el límite de verdad lo pone quien espera
    except GatedRepoError:
        return "el hub pide permiso para ese modelo"
    except RepositoryNotFoundError:
        return "el hub no tiene ese modelo"
    except Exception as error:
        return f"no se pudo llegar al hub ({type(error).__name__})"
    return ""
