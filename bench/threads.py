"""Los hilos de una medición: cada cantidad, en un proceso aparte que arranca con ella.

OpenBLAS y MKL leen sus hilos al cargarse: cambiarlos después no siempre sirve.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from bench.results import Outcome, outcome_from
from grading.course import PROJECT_ROOT
from grading.engine.settings import usable_cores

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def thread_counts(cores: int | None = None) -> list[int]:
    """Uno y todos; solo uno si no hay más.

    Examples
    --------
    >>> thread_counts(8), thread_counts(1)
    ([1, 8], [1])
    """
    return sorted({1, cores or usable_cores()})


def measure_with_threads(subject: str, threads: int, quick: bool, device: str = "cpu") -> Outcome:
    """Mide ``subject`` en un proceso nuevo con ``threads`` hilos.

    Raises
    ------
    RuntimeError
        Si el proceso falla; dice por qué.
    """
    command = [sys.executable, "-m", "bench.worker", subject, "--threads", str(threads), "--device", device]
    environment = {**os.environ, **dict.fromkeys(VARIABLES, str(threads)), "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(
        [*command, *(["--quick"] if quick else [])],
        cwd=PROJECT_ROOT,
        env={**environment, "LAB11_MODELS": "quick"},
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise RuntimeError(f"La medición «{subject}» falló:\n{result.stderr.strip()[-3000:]}")
    return outcome_from(json.loads(result.stdout.splitlines()[-1]))
