"""El texto de una entrega hecho página: con sus fórmulas e imágenes, y sin nada que se ejecute.

Quien puntúa abre las respuestas en formgrader, donde un guion podría ponerse la nota. De lo que se escribe en
HTML quedan las etiquetas de dar formato; lo demás se ve como texto, tal como lo escribió.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from bleach import Cleaner
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from mistune.plugins import import_plugin
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

MAX_CHARACTERS = 20_000  # sin contar imágenes; más largo, se enseña sin formato: darlo podría tardar minutos
_TAGS = frozenset(
    (
        *("p", "div", "span", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code"),
        *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "figure", "figcaption", "img", "a"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
        *("b", "strong", "i", "em", "u", "s", "del", "ins", "mark", "sub", "sup", "small"),
        *("kbd", "samp", "tt", "var", "abbr"),
    )
)
# Solo lo que viaja dentro de la página: pedir una imagen de fuera dice a su dueño quién la mira y cuándo.
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*", re.IGNORECASE)
_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
_ANYTHING = re.compile("")
_SIZE = re.compile(r"\d{1,4}$")
_ALLOWED: Mapping[tuple[str, str], re.Pattern[str]] = {
    ("a", "href"): _LINK,
    ("img", "src"): _IMAGE,
    ("img", "alt"): _ANYTHING,
    ("img", "width"): _SIZE,
    ("img", "height"): _SIZE,
    ("ol", "start"): _SIZE,
    ("td", "colspan"): _SIZE,
    ("td", "rowspan"): _SIZE,
    ("th", "colspan"): _SIZE,
    ("th", "rowspan"): _SIZE,
    ("td", "style"): _ANYTHING,  # la alineación de las columnas; lo demás lo quita el filtro de estilos
    ("th", "style"): _ANYTHING,
    ("details", "open"): _ANYTHING,
    # Los colores del código; con otras clases, o con «id», se haría pasar por una casilla de puntos.
    ("div", "class"): re.compile("highlight$"),
    ("span", "class"): re.compile(r"[a-z][a-z0-9]{0,2}$"),
}
_STYLE_ELEMENT = re.compile(r"<style\b.*?</style\s*>", re.IGNORECASE | re.DOTALL)


@pass_context
def safe_markdown(context: Mapping[str, Any], source: str) -> str:
    """El Markdown de una celda, en HTML; sustituye al filtro ``markdown2html`` de nbconvert."""
    if len(_IMAGE.sub("", source)) > MAX_CHARACTERS:
        return _as_text(source)
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    # Sin listas de tareas: sus casillas serían campos de formulario.
    plugins = [import_plugin(name) for name in MarkdownWithMath.DEFAULT_PLUGINS if name != "task_lists"]
    try:
        return _clean(MarkdownWithMath(renderer, plugins=plugins).render(source))
    except (InvalidNotebook, RecursionError):  # nombra una imagen que no está, o anida demasiado
        return _as_text(source)


def safe_html(html: str) -> str:
    """El HTML de una salida, limpio; sustituye al filtro ``clean_html`` de nbconvert."""
    return _clean(_STYLE_ELEMENT.sub("", str(html)))


def _clean(html: str) -> str:
    styles = CSSSanitizer(allowed_css_properties=["text-align"])
    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=styles,
    )
    return str(cleaner.clean(html))


def _is_allowed(tag: str, name: str, value: str) -> bool:
    pattern = _ALLOWED.get((tag, name))
    return pattern is not None and pattern.match(value) is not None


def _as_text(source: str) -> str:
    return f"<pre>{escape(source)}</pre>"
