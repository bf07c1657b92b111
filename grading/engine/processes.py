"""Los procesos del motor: su nombre, que ninguno sobreviva a quien lo creó, y que se puedan bifurcar."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Los nombres que enseñan ps y top; el kernel guarda 15 letras.
WORKER, SERVER, LEVEL, WARM = "lab11-corrector", "lab11-servidor", "lab11-nivel", "lab11-templado"
JUDGE, PLAYER, TWIN = "lab11-juez", "lab11-jugador", "lab11-gemelo"
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 1, 15, 36


def settle(name: str, parent: int) -> None:
    """Lo primero que hace un proceso recién bifurcado: se llama ``name`` y muere si muere ``parent``."""
    name_process(name)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # murió antes de que el kernel supiera que había que avisar
        os._exit(1)
    # Tras bifurcar, PyTorch rehace su grupo de hilos al usarlo: dos hilos a la vez verían que no está.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(torch.get_num_threads())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C es cosa de quien dio la orden


def name_process(name: str) -> None:
    """Pone nombre a este proceso."""
    _prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()))


def adopt_orphans() -> None:
    """Los nietos que pierdan a su padre pasan a este proceso, que así puede recogerlos."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: object) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def reap() -> Iterator[int]:
    """Recoge a los hijos que hayan acabado, y dice cuáles."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            yield pid


def why_not_forkable(what: str) -> str:
    """Por qué no se puede bifurcar este proceso tras ejecutar ``what``; vacío si se puede.

    El hijo solo tendría el hilo que bifurca: lo que los demás tuvieran a medias quedaría así para siempre.
    """
    threads = max(threading.active_count(), thread_count(os.getpid()))
    return f"{what}: deja {threads} hilos, y así no se puede bifurcar" if threads > 1 else ""


def thread_count(pid: int) -> int:
    """Cuántos hilos tiene ``pid``; 0 si no se sabe."""
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except OSError:
        return 0


def name_of(pid: int) -> str:
    """El nombre de ``pid``; vacío si ya no está."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    return ""
