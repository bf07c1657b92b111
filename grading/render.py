"""Páginas para quien da el curso, hechas con una plantilla; se leen sin red."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """El HTML de ``templates/pages/TEMPLATE``; todo valor se escribe como texto, salvo lo que ya es HTML."""
    loader = FileSystemLoader(TEMPLATES / "pages")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template(template).render(**values)
