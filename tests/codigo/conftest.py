"""Lo común a las pruebas de ``codigo``."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> Iterator[None]:
    """Un solo hilo: con tensores de pocas decenas de números, repartirlos cuesta más que sumarlos."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
