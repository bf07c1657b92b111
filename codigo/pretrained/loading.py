"""Carga modelos y tokenizadores de una carpeta, en silencio y en coma flotante de 32 bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer

from codigo.pretrained.errors import ModelUnavailableError, describe
from codigo.pretrained.quiet import quiet_huggingface
from codigo.pretrained.resolve import ResolvedModel

_announced: set[str] = set()


def announce(source: ResolvedModel) -> None:
    """Escribe qué modelo se usa y por qué, una vez por proceso."""
    if source.message not in _announced:
        _announced.add(source.message)
        print(source.message)


def load_config(source: ResolvedModel) -> Any:
    """La configuración de ``source``.

    Raises
    ------
    ModelUnavailableError
        Si el archivo está dañado.
    """
    with _explained(source), quiet_huggingface():
        return AutoConfig.from_pretrained(source.folder)


def load_model(auto_class: Any, source: ResolvedModel, **options: Any) -> Any:
    """El modelo de ``source``, en modo de evaluación y con la atención explícita (*eager*).

    La atención por defecto de la biblioteca es fusionada y no puede devolver los pesos.

    Raises
    ------
    ModelUnavailableError
        Si los archivos están dañados o son de otra arquitectura.
    """
    with _explained(source), quiet_huggingface():
        model = auto_class.from_pretrained(
            source.folder, dtype=torch.float32, attn_implementation="eager", **options
        )
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def load_tokenizer(source: ResolvedModel) -> Any:
    """El tokenizador de ``source``.

    Raises
    ------
    ModelUnavailableError
        Si los archivos están dañados.
    """
    with _explained(source), quiet_huggingface():
        return AutoTokenizer.from_pretrained(source.folder)


@contextmanager
def _explained(source: ResolvedModel) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # cada formato de archivo falla con un error distinto
        raise ModelUnavailableError(
            f"No se pudo cargar el modelo de {source.folder}: parece incompleto o dañado "
            f"({describe(error)}). Si es del curso, bórralo y repite «make models»; si no, vuelve a "
            "bajarlo o a guardarlo."
        ) from error
