"""El límite de un cálculo: lo que tardaría al ritmo con que esta máquina multiplica y mueve memoria.

Modelo «roofline» (Williams, Waterman y Patterson, 2009): nada va más rápido que sus operaciones al ritmo de
multiplicar matrices, ni que sus datos al ritmo de la memoria.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from bench.results import Bound, Peak
from codigo.measure import time_together

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Work:
    """Lo que hay que hacer, como poco.

    Attributes
    ----------
    flops
        Sumas y productos de sus productos de matrices.
    moved_bytes
        Lo que hay que leer o escribir al menos una vez: entradas, pesos y salida.
    """

    flops: float
    moved_bytes: float

    def times(self, factor: float) -> Work:
        """El mismo trabajo hecho ``factor`` veces."""
        return Work(self.flops * factor, self.moved_bytes * factor)


@dataclass(frozen=True)
class Roof:
    """Los dos máximos de una máquina, medidos con los mismos hilos.

    Attributes
    ----------
    flops_per_second
        Al multiplicar matrices grandes.
    bytes_per_second
        Al copiar un bloque grande, contando lo leído y lo escrito.
    """

    flops_per_second: float
    bytes_per_second: float

    def bound(self, work: Work) -> Bound:
        """Lo menos que puede tardar ``work``, y qué lo limita.

        Examples
        --------
        >>> Roof(100.0, 10.0).bound(Work(flops=500.0, moved_bytes=20.0))
        Bound(name='multiplicar matrices', seconds=5.0)
        """
        compute, memory = work.flops / self.flops_per_second, work.moved_bytes / self.bytes_per_second
        if compute >= memory:
            return Bound("multiplicar matrices", compute)
        return Bound("mover memoria", memory)


def measure_roof(
    dtype: str, threads: int, device: torch.device, quick: bool = False
) -> tuple[Roof, tuple[Peak, ...]]:
    """Mide los dos máximos con los hilos que tenga puestos el proceso.

    Parameters
    ----------
    dtype
        Precisión: una clave de ``DTYPES``.
    threads
        Con cuántos hilos se mide; solo para decirlo.
    device
        Dónde. En el procesador se multiplica con PyTorch y con NumPy, y cuenta el que más da.
    quick
        Con tamaños pequeños, para probar.

    Returns
    -------
    El techo, y los máximos para el informe.
    """
    size, block = (256, 1 << 22) if quick else (1536, 1 << 28)
    multiply = max(_matmul_rates(size, dtype, device))
    copy = _copy_rate(block, device)
    peaks = (
        Peak(f"multiplicar matrices, {dtype}", multiply / 1e9, "GFLOP/s", threads),
        Peak("copiar memoria", copy / 1e9, "GB/s", threads),
    )
    return Roof(multiply, copy), peaks


def _matmul_rates(size: int, dtype: str, device: torch.device) -> list[float]:
    a = torch.ones(size, size, dtype=DTYPES[dtype], device=device)
    out = torch.empty_like(a)
    actions: dict[str, Callable[[], Any]] = {"torch": lambda: torch.mm(a, a, out=out)}
    if device.type == "cpu" and dtype != "bfloat16":  # NumPy no tiene bfloat16
        x, y = a.numpy(), np.empty((size, size), dtype)
        actions["numpy"] = lambda: np.matmul(x, x, out=y)
    seconds = time_together(actions, device, repeats=7, min_repeats=3, budget_s=1.0)
    return [matmul_flops(size, size, size) / min(each) for each in seconds.values()]


def _copy_rate(block: int, device: torch.device) -> float:
    origin = torch.ones(block, dtype=torch.uint8, device=device)
    target = torch.empty_like(origin)
    seconds = time_together({"copy": lambda: target.copy_(origin)}, device, budget_s=0.5)["copy"]
    return 2 * block / min(seconds)


def matmul_flops(rows: int, inner: int, columns: int) -> float:
    """Operaciones de un producto (rows, inner) por (inner, columns): una suma y un producto por término."""
    return 2.0 * rows * inner * columns


def attention_flops(queries: Sequence[int], keys: Sequence[int], d_model: int) -> float:
    """Los dos productos de la atención, ``Q Kᵀ`` y ``A V``, con las cabezas que sean.

    Parameters
    ----------
    queries, keys
        Cuántas consultas y cuántas claves tiene cada secuencia del lote.
    d_model
        Dimensión de todas las cabezas juntas.

    Examples
    --------
    >>> attention_flops([3], [5], 4)  # 2 · (3·4·5) dos veces
    240.0
    """
    return sum(2 * matmul_flops(q, d_model, k) for q, k in zip(queries, keys, strict=True))
