"""Cuánto tarda y cuánta memoria pide un paso de entrenamiento, en el dispositivo que haya.

Un tiempo sin su máquina no dice nada: cada medida lleva el nombre del dispositivo, los hilos y las
versiones, y :func:`save_measurements` los escribe en cada fila.
"""

from __future__ import annotations

import csv
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Action = Callable[[], object]


@dataclass(frozen=True)
class Environment:
    """Dónde se midió."""

    device: str  # nombre comercial de la GPU o del procesador
    kind: str  # «cuda» o «cpu»
    threads: int  # hilos de PyTorch en el procesador
    torch: str
    python: str
    system: str

    def __str__(self) -> str:
        threads = "1 hilo" if self.threads == 1 else f"{self.threads} hilos"
        return f"{self.device} ({self.kind}), {threads}, PyTorch {self.torch}, Python {self.python}"


@dataclass(frozen=True)
class Measurement:
    """Un paso de entrenamiento (ida y vuelta) de una capa con una longitud de secuencia.

    Attributes
    ----------
    name
        Qué capa es.
    batch, length, d_model
        Forma (B, T, d_model) de la entrada.
    seconds
        Segundos de cada repetición.
    saved_bytes
        Memoria que la ida deja guardada para la vuelta; véase :func:`saved_bytes`.
    peak_bytes
        Máximo que llegó a ocupar el paso en la GPU; ``None`` en el procesador, que no lo cuenta.
    environment
        Dónde se midió.
    """

    name: str
    batch: int
    length: int
    d_model: int
    seconds: tuple[float, ...]
    saved_bytes: int
    peak_bytes: int | None
    environment: Environment

    @property
    def median(self) -> float:
        """Mediana de las repeticiones, en segundos."""
        return self._quantile(0.5)

    @property
    def low(self) -> float:
        """Primer cuartil, en segundos."""
        return self._quantile(0.25)

    @property
    def high(self) -> float:
        """Tercer cuartil, en segundos."""
        return self._quantile(0.75)

    def _quantile(self, q: float) -> float:
        return float(np.quantile(self.seconds, q))


def pick_device() -> torch.device:
    """La GPU si hay una que PyTorch pueda usar; si no, el procesador."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe_environment(device: torch.device) -> Environment:
    """Nombre del dispositivo, hilos y versiones con que se mide ahora mismo."""
    return Environment(
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else _processor_name(),
        kind=device.type,
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )


def _processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    # En Linux, `platform.processor()` da la arquitectura o nada; el modelo está en cpuinfo.
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "procesador desconocido"


def measure_training(
    layers: Mapping[str, nn.Module],
    x: Tensor,
    *,
    repeats: int = 7,
    min_repeats: int = 3,
    budget_s: float = 2.0,
) -> list[Measurement]:
    """Mide un paso de entrenamiento de cada capa con la misma entrada.

    Parameters
    ----------
    layers
        Capas por nombre, en el dispositivo de ``x``. Reciben (B, T, d_model) y devuelven un tensor, o una
        tupla cuyo primer elemento lo es.
    x
        Entrada (B, T, d_model). Ni ella ni las capas cambian.
    repeats, min_repeats, budget_s
        Como en :func:`time_together`.

    Returns
    -------
    Una medida por capa, en el orden dado.
    """
    actions = {name: _training_action(layer, x) for name, layer in layers.items()}
    seconds = time_together(actions, x.device, repeats=repeats, min_repeats=min_repeats, budget_s=budget_s)
    batch, length, d_model = x.shape
    return [
        Measurement(
            name=name,
            batch=batch,
            length=length,
            d_model=d_model,
            seconds=seconds[name],
            saved_bytes=saved_bytes(layer, x),
            peak_bytes=_peak_bytes(actions[name], x.device),
            environment=describe_environment(x.device),
        )
        for name, layer in layers.items()
    ]


def _training_action(layer: nn.Module, x: Tensor) -> Action:
    x = x.detach().requires_grad_()  # comparte los números, no el gradiente
    inputs = [x, *(parameter for parameter in layer.parameters() if parameter.requires_grad)]
    # `grad` devuelve los gradientes sin acumularlos en las capas: no hay nada que borrar entre repeticiones.
    return lambda: torch.autograd.grad(_output(layer(x)).sum(), inputs, allow_unused=True)


def _output(result: Any) -> Tensor:
    return result[0] if isinstance(result, tuple) else result


def time_together(
    actions: Mapping[str, Action],
    device: torch.device,
    *,
    repeats: int = 7,
    min_repeats: int = 3,
    budget_s: float = 2.0,
    warm_up: bool = True,
) -> dict[str, tuple[float, ...]]:
    """Cronometra varias acciones **por turnos**, tras una pasada de calentamiento.

    Si la máquina va más lenta un rato, lo nota toda la ronda y no una sola acción.

    Parameters
    ----------
    actions
        Funciones sin argumentos, por nombre.
    device
        Dónde trabajan: a una GPU hay que esperarla antes de mirar el reloj.
    repeats
        Rondas que se hacen si hay tiempo.
    min_repeats
        Rondas que se hacen siempre.
    budget_s
        Segundos tras los que no empieza otra ronda, cumplidas las mínimas.
    warm_up
        ``False`` si ya se ejecutaron y no hace falta calentar.

    Returns
    -------
    Segundos de cada repetición, por nombre.

    Raises
    ------
    ValueError
        Si no se cumple 1 ≤ ``min_repeats`` ≤ ``repeats``.
    """
    if not 1 <= min_repeats <= repeats:
        raise ValueError(
            f"Debe cumplirse 1 ≤ min_repeats ≤ repeats; se dio min_repeats={min_repeats} y repeats={repeats}."
        )
    for action in actions.values() if warm_up else ():
        action()
    rounds: list[list[float]] = []
    started = perf_counter()
    while len(rounds) < min_repeats or (len(rounds) < repeats and perf_counter() - started < budget_s):
        rounds.append([_time_once(action, device) for action in actions.values()])
    return {name: tuple(seconds) for name, seconds in zip(actions, zip(*rounds, strict=True), strict=True)}


def _time_once(action: Action, device: torch.device) -> float:
    _wait_for(device)
    started = perf_counter()
    action()
    _wait_for(device)
    return perf_counter() - started


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def saved_bytes(layer: nn.Module, x: Tensor) -> int:
    """Bytes que la ida de ``layer`` deja guardados para la vuelta, sin contar ``x`` ni los parámetros.

    Cuenta cada bloque de memoria una vez, aunque lo compartan varios tensores, y entero, aunque solo se
    guarde un trozo: así es como queda ocupado.

    Parameters
    ----------
    layer
        Capa que recibe ``x``.
    x
        Entrada (B, T, d_model).

    Examples
    --------
    >>> saved_bytes(nn.Sequential(nn.Tanh(), nn.Tanh()), torch.ones(2, 3, 5))  # dos tensores float32
    240
    """
    x = x.detach().requires_grad_()
    blocks: dict[int, Any] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        blocks[storage.data_ptr()] = storage  # guardarlo impide que su dirección se reutilice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        layer(x)
    for tensor in (x, *layer.parameters()):
        blocks.pop(tensor.untyped_storage().data_ptr(), None)
    return sum(storage.nbytes() for storage in blocks.values())


def _peak_bytes(action: Action, device: torch.device) -> int | None:
    if device.type != "cuda":
        return None
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    action()
    return torch.cuda.max_memory_allocated(device) - before


def crossover(lengths: Sequence[float], first: Sequence[float], second: Sequence[float]) -> float | None:
    """La longitud en que dos curvas se cruzan, o ``None`` si no lo hacen.

    Interpola en escala logarítmica, donde una potencia de la longitud es una recta. Si el ruido da varios
    cruces, devuelve el último: a partir de él el orden ya no cambia.

    Parameters
    ----------
    lengths
        Longitudes, de menor a mayor.
    first, second
        Lo medido en cada longitud, mayor que 0.

    Raises
    ------
    ValueError
        Si los tamaños no coinciden, las longitudes no crecen o algún valor no es positivo.

    Examples
    --------
    >>> n = [10, 100, 1000]
    >>> round(crossover(n, [value**2 for value in n], [40 * value for value in n]), 6)
    40.0
    >>> print(crossover(n, [1, 2, 3], [2, 4, 6]))
    None
    """
    n, a, b = (np.asarray(values, dtype=np.float64) for values in (lengths, first, second))
    _check_curves(n, a, b)
    gap = np.log(a) - np.log(b)
    (changes,) = np.nonzero((gap[:-1] < 0) != (gap[1:] < 0))
    if not len(changes):
        return None
    i = changes[-1]
    fraction = gap[i] / (gap[i] - gap[i + 1])  # 0 en la primera longitud, 1 en la segunda
    return float(np.exp(np.log(n[i]) + fraction * (np.log(n[i + 1]) - np.log(n[i]))))


def _check_curves(n: Any, a: Any, b: Any) -> None:
    if not n.shape == a.shape == b.shape or n.ndim != 1:
        raise ValueError(
            "Las longitudes y las dos curvas deben tener los mismos elementos; se dieron las formas "
            f"{n.shape}, {a.shape} y {b.shape}."
        )
    if (np.diff(n) <= 0).any():
        raise ValueError(f"Las longitudes deben ir de menor a mayor, sin repetir; se dio {n.tolist()}.")
    if not all((values > 0).all() for values in (n, a, b)):
        raise ValueError("Longitudes y medidas deben ser mayores que 0: la escala es logarítmica.")


def as_rows(measurements: Iterable[Measurement]) -> list[dict[str, Any]]:
    """Una fila por medida, con su mediana, sus cuartiles y dónde se midió."""
    return [
        {
            "name": m.name,
            "batch": m.batch,
            "length": m.length,
            "d_model": m.d_model,
            "repeats": len(m.seconds),
            "median_s": m.median,
            "q25_s": m.low,
            "q75_s": m.high,
            "saved_bytes": m.saved_bytes,
            "peak_bytes": m.peak_bytes,
            **vars(m.environment),
        }
        for m in measurements
    ]


def save_measurements(path: str | Path, measurements: Iterable[Measurement]) -> Path:
    """Escribe las medidas en un CSV: una fila por medida, con su origen y la fecha de hoy.

    Parameters
    ----------
    path
        Archivo que se escribe; si existe, se sustituye.
    measurements
        Al menos una medida.

    Returns
    -------
    La ruta escrita.

    Raises
    ------
    ValueError
        Si no hay ninguna medida.
    """
    rows = [{**row, "recorded_on": date.today().isoformat()} for row in as_rows(measurements)]
    if not rows:
        raise ValueError("No hay medidas que guardar: da al menos una, de `measure_training`.")
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return Path(path)
