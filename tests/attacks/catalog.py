"""Todos los ataques, en el orden de la lista."""

from __future__ import annotations

from tests.attacks import folders, heavy, host, inprocess, protocol, ready_made, resources, structure, warm

ATTACKS = (
    *structure.ATTACKS,
    *folders.FOLDERS,
    *inprocess.ATTACKS,
    *ready_made.ATTACKS,
    *host.ATTACKS,
    *resources.ATTACKS,
    *protocol.ATTACKS,
    *heavy.HEAVY,
    *warm.ATTACKS,
)
