"""Todos los ataques, en el orden de la lista."""

from __future__ import annotations

from tests.attacks import host, inprocess, protocol, resources, structure

ATTACKS = (
    *structure.ATTACKS,
    *inprocess.ATTACKS,
    *host.ATTACKS,
    *resources.ATTACKS,
    *protocol.ATTACKS,
)
