"""Lo común a las figuras con las que se juega: qué se enseña según quién mire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any, ClassVar

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from codigo.figures import as_base64_png

VIEW = "application/vnd.jupyter.widget-view+json"
MimeBundle = tuple[dict[str, Any], dict[str, Any]]


class PlayableFigure(ABC):
    """Una figura con mandos, y una fija con el mismo contenido para donde no los hay."""

    name: ClassVar[str]
    """El nombre de sus archivos ``.js`` y ``.css``."""

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Lo que necesita el navegador: valores de JSON, y los arreglos grandes como bytes."""

    @abstractmethod
    def figure(self) -> Figure:
        """La figura fija; quien la pide la cierra."""

    @property
    @abstractmethod
    def caption(self) -> str:
        """El pie de la figura fija."""

    @property
    @abstractmethod
    def alt(self) -> str:
        """La descripción de la figura fija para quien no la ve."""

    def static_bundle(self) -> MimeBundle:
        """La figura fija como HTML, como imagen y como texto, y sus metadatos."""
        fig = self.figure()
        png = as_base64_png(fig)
        plt.close(fig)
        image = f'<img alt="{escape(self.alt)}" src="data:image/png;base64,{png}" style="max-width: 100%">'
        html = f"<figure>{image}<figcaption>{escape(self.caption)}</figcaption></figure>"
        data = {"text/html": html, "image/png": png, "text/plain": f"{self.alt}\n{self.caption}"}
        return data, {"image/png": {"alt": self.alt}}

    def _repr_mimebundle_(self, **_: Any) -> MimeBundle:
        data, metadata = self.static_bundle()
        if someone_is_looking():
            data[VIEW] = self._live_view
        return data, metadata

    @cached_property
    def _live_view(self) -> dict[str, Any]:
        from codigo.widgets.live import open_view

        return open_view(self.name, self.data())


def someone_is_looking() -> bool:
    """Si la celda la pidió un programa con una persona delante.

    Quien no admite preguntas (``input``) ejecuta el cuaderno solo: nbconvert, *Validate*, la corrección.
    Un widget dejaría allí su estado en el cuaderno y, en la página, un hueco que pide su código a la red.
    """
    from IPython.core.getipython import get_ipython

    request = getattr(get_ipython(), "parent_header", None) or {}
    return bool(request.get("content", {}).get("allow_stdin"))


def require_tokens(tokens: Sequence[str], most: int) -> list[str]:
    """Los tokens como lista de textos; ``ValueError`` si no lo son o si no hay de 1 a ``most``."""
    if isinstance(tokens, str) or not isinstance(tokens, Sequence):
        raise ValueError(f"tokens debe ser una lista de textos, uno por posición; se dio {tokens!r:.80}.")
    if not all(isinstance(token, str) for token in tokens):
        wrong = next(token for token in tokens if not isinstance(token, str))
        raise ValueError(f"tokens debe contener solo textos; hay un valor de tipo {type(wrong).__name__}.")
    if not 1 <= len(tokens) <= most:
        raise ValueError(
            f"tokens debe tener de 1 a {most} elementos, que es lo que cabe en pantalla; se dieron "
            f"{len(tokens)}. "
            "Usa una frase más corta, o una parte."
        )
    return list(tokens)
