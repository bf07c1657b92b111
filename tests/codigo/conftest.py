"""Modelos diminutos que comparten las pruebas de ``codigo``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.codigo.tiny_models import save_tiny_bert, save_tiny_gpt2


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_bert(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_gpt2(tmp_path_factory.mktemp("models") / "gpt2")


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Cada prueba empieza sin figuras abiertas, haya hecho lo que haya hecho la anterior."""
    plt.close("all")
    yield
    plt.close("all")
