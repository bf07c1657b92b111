"""El único error del instalador."""

from __future__ import annotations


class HubError(Exception):
    """Un motivo claro para no seguir, con lo que hay que hacer."""
