"""Las variables con las que se corrige, las mismas en el proceso templado y en el del estudiante."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Modelos rápidos, sin red y con un hilo: las mismas notas en todas partes, y se puede bifurcar sin riesgo.
GRADING_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "LANG": "C.UTF-8",
        "LAB11_MODELS": "quick",
        "HF_HUB_OFFLINE": "1",
        "MPLBACKEND": "agg",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
    }
)
