"""La memoria de un grupo de procesos mientras trabajan (Linux)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SAMPLE_SECONDS = 0.5


class MemoryPeak:
    """Lo más que ocuparon, juntos, este proceso y todos los que cuelgan de él.

    Attributes
    ----------
    total_bytes
        El máximo de la suma; la memoria que varios comparten se cuenta una sola vez.
    """

    def __init__(self) -> None:
        self.total_bytes = 0

    def look(self) -> None:
        """Mira cuánto ocupan ahora."""
        self.total_bytes = max(self.total_bytes, sum(map(_proportional_bytes, family(os.getpid()))))


@contextmanager
def watch_memory() -> Iterator[MemoryPeak]:
    """Mira la memoria cada poco mientras dura el bloque."""
    peak, finished = MemoryPeak(), threading.Event()

    def watch() -> None:
        while not finished.wait(SAMPLE_SECONDS):
            peak.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        finished.set()
        thread.join()


def family(root: int) -> list[int]:
    """``root`` y todos sus descendientes."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # acabó entretanto
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _proportional_bytes(pid: int) -> int:
    # PSS: cada página compartida se reparte entre quienes la comparten, así que la suma no repite nada.
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
