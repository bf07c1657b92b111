"""El reloj con el que se mide a una entrega: lo que tarda ella, no lo que la hace esperar la máquina."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path


class FairClock:
    """Los segundos de un proceso: los de reloj, sin los que esperó a que hubiera un procesador libre.

    Con la máquina llena, quien calcula pasa casi todo el tiempo en la cola del planificador: contarlo
    quitaría puntos por lo que hacen los demás. Dormir sí cuenta. Y si gasta más procesador que reloj,
    con varios hilos a la vez, cuenta el procesador.

    Donde el sistema no dice cuánto se esperó, es el tiempo de reloj.

    Parameters
    ----------
    pid
        El proceso, que puede ser de cualquiera.
    """

    def __init__(self, pid: int) -> None:
        self._pid, self._begin = pid, time.monotonic()
        self._queued, self._busy = queued_seconds(pid), cpu_seconds(pid)

    def __call__(self) -> float:
        """Segundos desde que se creó este reloj."""
        queued = queued_seconds(self._pid) - self._queued
        busy = cpu_seconds(self._pid) - self._busy
        return max(time.monotonic() - self._begin - max(0.0, queued), busy)


def queued_seconds(pid: int) -> float:
    """Lo que el hilo principal de ``pid`` ha esperado a un procesador; 0 si no se sabe."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0


def cpu_seconds(pid: int) -> float:
    """El procesador que ha gastado ``pid``, con todos sus hilos; 0 si no se sabe."""
    with suppress(OSError, AttributeError, OverflowError):
        return time.clock_gettime(~pid << 3 | 2)  # lo que da clock_getcpuclockid(3)
    return 0.0
