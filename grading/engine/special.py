"""Dos clases de valores que el contrato pide y no son números: un clasificador y una figura.

El clasificador cruza como sus pesos; el juez los pone en un modelo suyo y es él quien predice. La figura
cruza como lo que hay dibujado en cada eje; el juez la rehace.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from codigo import readable
from grading.engine.allowance import ARTIST, AXES, CLASSIFIER, FIGURE, MODEL, Allowance
from grading.engine.wire import Opaque

COURSE_MODEL = "bert-base-uncased"
MAX_ARTISTS = 200
MAX_LABELS = 100
_HEADINGS = ("suptitle", "supxlabel", "supylabel")
_PLACES = ("left", "center", "right")


def write_special(value: Any) -> tuple[str, Any] | None:
    """``(etiqueta, contenido)`` de un clasificador o una figura; ``None`` para lo demás."""
    if _is_instance(value, "codigo.sentiment", "BERTSentimentClassifier"):
        return CLASSIFIER, {
            "num_labels": int(value.num_labels),
            "training_losses": [float(loss) for loss in value.training_losses],
            "state": dict(value.model.state_dict()),
        }
    if _is_instance(value, "matplotlib.figure", "Figure"):
        return FIGURE, _describe_figure(value)
    return None


def _is_instance(value: Any, module: str, name: str) -> bool:
    # Sin importar nada: si el módulo no está cargado, el valor no puede ser suyo.
    owner = sys.modules.get(module)
    return owner is not None and isinstance(value, getattr(owner, name))


def _describe_figure(figure: Any) -> dict[str, Any]:
    parts = readable.whole_and_parts(figure)
    headings = [[getattr(part, f"get_{name}")() for part in parts] for name in _HEADINGS]
    return {
        "axes": [_describe_axes(ax) for ax in figure.axes[:MAX_ARTISTS]],
        "headings": [" ".join(filter(None, texts)) for texts in headings],
        "texts": [text for part in parts for text in readable.notes(part)][:MAX_ARTISTS],
        "legend": [text for part in parts for text in readable.legend_texts(part)][:MAX_ARTISTS],
    }


def _describe_axes(ax: Any) -> dict[str, Any]:
    return {
        "titles": [ax.get_title(place) for place in _PLACES],
        "legend": readable.legend_texts(ax)[:MAX_ARTISTS],
        "xlabel": ax.get_xlabel(),
        "ylabel": ax.get_ylabel(),
        "ticks": [readable.visible_ticks(axis)[:MAX_ARTISTS] for axis in (ax.xaxis, ax.yaxis)],
        "limits": [[float(end) for end in axis.get_view_interval()] for axis in (ax.xaxis, ax.yaxis)],
        "lines": [np.asarray(line.get_xydata(), dtype=float) for line in ax.lines[:MAX_ARTISTS]],
        "images": [
            np.ma.filled(image.get_array(), np.nan).astype(float) for image in ax.images[:MAX_ARTISTS]
        ],
        "bars": [
            [*patch.get_bbox().bounds] for patch in ax.patches[:MAX_ARTISTS] if hasattr(patch, "get_bbox")
        ],
        "points": [np.asarray(group.get_offsets(), dtype=float) for group in ax.collections[:MAX_ARTISTS]],
        "texts": readable.notes(ax)[:MAX_ARTISTS],
    }


def read_special(label: str, content: Any, allowance: Allowance) -> Any:
    """Rehace el valor en el juez, con cargo a ``allowance``.

    Raises
    ------
    TooHeavyError
        Si pesa más de lo permitido.
    """
    readers = {CLASSIFIER: _read_classifier, FIGURE: _read_figure}
    return readers[label](content, allowance) if label in readers else Opaque(label)


def _read_classifier(content: Any, allowance: Allowance) -> Any:
    if not carries_models():
        return Opaque("BERTSentimentClassifier en un cuaderno que no lo usa")
    import torch

    from codigo.untrained import empty_copy, untrained_classifier

    allowance.spend(MODEL)
    if type(content["num_labels"]) is not int or not 1 <= content["num_labels"] <= MAX_LABELS:
        return Opaque("BERTSentimentClassifier con un número de clases imposible")
    classifier = empty_copy(untrained_classifier(COURSE_MODEL, content["num_labels"]))
    classifier.training_losses = content["training_losses"]
    precision = classifier.model.dtype  # otra haría fallar al juez al predecir
    state = {str(name): torch.as_tensor(value).to(precision) for name, value in content["state"].items()}
    try:
        classifier.model.load_state_dict(state, assign=True)  # los suyos, sin copiarlos otra vez
    except RuntimeError:
        return Opaque("BERTSentimentClassifier con otro modelo dentro")
    return classifier


def carries_models() -> bool:
    """¿Usa este cuaderno clasificadores? Si no, el juez no carga modelos porque alguien lo diga."""
    return "codigo.sentiment" in sys.modules


def prepare_models(namespace: Mapping[str, Any]) -> None:
    """Carga ya el clasificador sin entrenar, si el cuaderno los usa, para que no lo haga cada juez."""
    if "BERTSentimentClassifier" in namespace and carries_models():
        from codigo.untrained import pretrained_names

        pretrained_names(COURSE_MODEL, 2)


def _read_figure(content: Any, allowance: Allowance) -> Any:
    from matplotlib.figure import Figure

    figure, axes = Figure(), content["axes"][:MAX_ARTISTS]
    for name, text in zip(_HEADINGS, content["headings"], strict=True):
        getattr(figure, name)(text)
    for number, described in enumerate(axes):
        allowance.spend(AXES + _drawn_weight(described))
        _draw(figure.add_subplot(len(axes), 1, number + 1), described)
    _write(figure, content)
    return figure


def _drawn_weight(described: Any) -> int:
    """Lo que pesará lo dibujado: Matplotlib guarda varias copias de cada número."""
    kinds = [described[kind] for kind in ("lines", "images", "points", "bars", "texts", "legend")]
    drawn = [item for kind in (*kinds, *described["ticks"]) for item in kind]
    return sum(ARTIST + 3 * getattr(item, "nbytes", 0) for item in drawn)


def _draw(ax: Any, described: dict[str, Any]) -> None:
    for points in described["lines"]:
        ax.plot(points[:, 0], points[:, 1])
    for image in described["images"]:
        ax.imshow(image, aspect="auto")
    for x, y, width, height in described["bars"]:
        ax.bar(x + width / 2, height, width, bottom=y)
    for points in described["points"]:
        ax.scatter(*points.reshape(-1, 2).T)
    for place, title in zip(_PLACES, described["titles"], strict=True):
        ax.set_title(title, loc=place)
    ax.set(xlabel=described["xlabel"], ylabel=described["ylabel"])
    for axis, ticks, limits in zip(
        (ax.xaxis, ax.yaxis), described["ticks"], described["limits"], strict=True
    ):
        axis.set_ticks([place for place, _ in ticks], [text for _, text in ticks])
        axis.set_view_interval(*limits, ignore=True)
    _write(ax, described)


def _write(part: Any, described: dict[str, Any]) -> None:
    """Pone las notas y la leyenda de una figura o de un panel."""
    from matplotlib.lines import Line2D

    for text in described["texts"]:
        part.text(0, 0, text, parse_math=False)
    if described["legend"]:
        title, *entries = described["legend"]
        part.legend([Line2D([], []) for _ in entries], entries, title=title)
