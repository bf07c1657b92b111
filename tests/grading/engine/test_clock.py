"""El reloj de una entrega no corre mientras la máquina la hace esperar."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.engine import clock
from grading.engine.clock import FairClock, cpu_seconds, queued_seconds

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="este sistema no dice cuánto espera un proceso"
)


@contextmanager
def process(code: str) -> Iterator[int]:
    """Un proceso de Python en el primer núcleo de este."""
    core = min(os.sched_getaffinity(0))
    pinned = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\n{code}"
    with subprocess.Popen([sys.executable, "-c", pinned], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            yield child.pid
        finally:
            os.kill(child.pid, signal.SIGKILL)


def test_waiting_for_a_core_does_not_count() -> None:
    busy = "while True: pass"
    with process(busy) as pid, process(busy), process(busy), process(busy), process(busy):
        own, begin = FairClock(pid), time.monotonic()
        while cpu_seconds(pid) < 0.3:
            time.sleep(0.05)
        assert own() < (time.monotonic() - begin) / 2  # le toca uno de cada cinco turnos


def test_sleeping_counts() -> None:
    with process("import time; time.sleep(60)") as pid:
        own = FairClock(pid)
        time.sleep(1)
        assert own() > 0.5  # casi todo: lo que no, es lo que esperó a un procesador para dormirse


def test_several_threads_count_what_they_spend(monkeypatch: pytest.MonkeyPatch) -> None:
    with process("") as pid:
        own = FairClock(pid)
        monkeypatch.setattr(clock, "cpu_seconds", lambda _: 50.0)
        assert own() > 49


def test_who_is_gone_has_no_clock_of_its_own() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert cpu_seconds(child.pid) == queued_seconds(child.pid) == 0
    begin, own = time.monotonic(), FairClock(child.pid)
    assert own() <= time.monotonic() - begin
