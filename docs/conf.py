"""El sitio de la documentación: ``make docs`` lo hace en ``build/docs`` con estas páginas y las docstrings.

Nada de lo que queda escrito pide algo a la red: tipos de letra, iconos y búsqueda van dentro.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# Las docstrings se leen importando los módulos, y ninguno debe ir a buscar un modelo.
os.environ["HF_HUB_OFFLINE"] = "1"

project = "Lab 11: Transformers"
author = "Lab 11"
language = "es"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_templates"]
templates_path = ["_templates"]
html_static_path = ["_static"]

# Lo que se entiende en GitHub, y las cajas de la página de inicio.
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# Toda referencia debe llevar a algún sitio; lo de fuera del curso no tiene página aquí.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!codigo|grading).*")]

add_module_names = False
toc_object_entries_show_parents = "hide"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # las docstrings dicen formas y tipos con más detalle que las anotaciones
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_attr_annotations = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_css_files = ["lab11.css"]
html_favicon = "_static/icono.svg"
html_show_sourcelink = False
html_show_search_summary = False  # los trozos de texto se piden por HTTP: con file:// no se puede
html_copy_source = False
html_context = {"default_mode": "auto"}
html_sidebars = {"index": [], "**": ["sections-sidebar"]}
html_theme_options = {
    "logo": {"text": project, "image_light": "_static/icono.svg", "image_dark": "_static/icono.svg"},
    "navbar_center": ["sections-navbar"],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "search_bar_text": "Busca en la documentación",
    "footer_start": [],
    "footer_end": [],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


# «W_q, W_k : ndarray (d_model, d_k)» y lo que sigue con sangría.
SHARED_ENTRY = re.compile(r"^(\w+(?:, \w+)+)((?: : .*)?(?:\n +\S.*)*)$", flags=re.MULTILINE)


def one_entry_each(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Napoleon no entiende que dos atributos compartan entrada: da a cada uno la suya."""
    before, mark, after = "\n".join(lines).partition("Attributes\n----------\n")

    def split(entry: re.Match[str]) -> str:
        return "\n".join(one + entry[2] for one in entry[1].split(", "))

    lines[:] = (before + mark + SHARED_ENTRY.sub(split, after)).split("\n")


def setup(app: Sphinx) -> None:
    """Cambia lo que la traducción de Sphinx al español deja mal."""
    from sphinx.domains.python import PyObject

    labels = {"exceptions": "Errores", "variable": "Atributos"}  # Sphinx dice «Muestra» y «Variables»
    for field in PyObject.doc_field_types:
        field.label = labels.get(field.name, field.label)
    app.connect("autodoc-process-docstring", one_entry_each, priority=400)  # antes que Napoleon, que va a 500
