"""Cómo arranca un trabajador de esta máquina: importa poco, y no sobrevive a quien dio la orden."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from grading.imports import skip_slow_ones


def open_lane(server: Path) -> Executor:
    """Un trabajador en marcha.

    Parameters
    ----------
    server
        El socket del servidor de bifurcaciones.
    """
    context = multiprocessing.get_context("spawn")  # un proceso limpio: nbgrader usa hilos y asyncio
    executor = ProcessPoolExecutor(1, context, initializer=start_worker, initargs=(server,))
    with _plain_main():
        executor.submit(os.getpid)  # que arranque ya, mientras se hace lo demás
    return executor


def start_worker(server: Path) -> None:
    """Prepara un proceso de esta máquina para corregir con el servidor de bifurcaciones de ``server``."""
    follow_coordinator()
    skip_slow_ones()
    from grading.engine.pool import use_server
    from grading.engine.processes import WORKER, name_process

    name_process(WORKER)
    use_server(server)


def follow_coordinator() -> None:
    """Prepara un proceso de esta máquina: deja Ctrl+C a quien dio la orden, y acaba si este muere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    if coordinator := multiprocessing.parent_process():
        coordinator.join()
        os._exit(1)


@contextmanager
def _plain_main() -> Iterator[None]:
    """Mientras dura, el programa principal es uno vacío: los que arranquen no importarán el de verdad.

    ``nbgrader`` y formgrader tardan segundos en importarse, y un trabajador no los usa.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
