"""La máquina en que se mide: su nombre, sus núcleos y las versiones de lo que cuenta."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch

from bench.results import Machine
from codigo.measure import describe_environment
from grading.engine.settings import usable_cores

PACKAGES = ("numpy", "torch", "transformers", "nbgrader")


def describe_machine(device: torch.device) -> Machine:
    """Dónde se mide ahora mismo, sin nada que diga de quién es la máquina."""
    environment = describe_environment(device)
    versions = {"Python": platform.python_version()} | {name: _version(name) for name in PACKAGES}
    versions["BLAS de NumPy"] = _blas()
    versions["BLAS de torch"] = "MKL" if torch.backends.mkl.is_available() else "otra"
    return Machine(environment.device, usable_cores(), environment.system, versions)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "no está"


def _blas() -> str:
    build: Any = np.show_config(mode="dicts")
    found = build.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'desconocida')} {found.get('version', '')}".strip()
