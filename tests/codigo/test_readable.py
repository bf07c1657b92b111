"""Que una figura se lea sola: qué textos cuentan y cuáles no se ven."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from codigo.readable import check_names_each, check_says_what

NUMBERS, HEIGHTS = (0, 6, 11), [1.6, 1.5, 1.7]
LABELS = [f"capa {number}" for number in NUMBERS]
CURVES = np.random.default_rng(3).random((12, 3))


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def bars(**axes: object) -> Figure:
    figure, ax = plt.subplots(subplot_kw={"title": "Entropía"} | axes)
    ax.bar(range(3), HEIGHTS)
    return figure


def ticks() -> Figure:
    figure = bars()
    figure.axes[0].set_xticks(range(3), LABELS)
    return figure


def categories_on_the_left() -> Figure:
    figure, ax = plt.subplots()
    ax.barh([str(number) for number in NUMBERS], HEIGHTS)
    return figure


def legend(*, title: str = "", **axes: object) -> Figure:
    figure, ax = plt.subplots(subplot_kw=axes)
    ax.plot(CURVES, label=[str(number) for number in NUMBERS])
    ax.legend(title=title)
    return figure


def legend_of_the_figure() -> Figure:
    figure, ax = plt.subplots()
    ax.plot(CURVES, label=LABELS)
    figure.legend()
    return figure


def panels() -> Figure:
    figure, axes = plt.subplots(1, 3)
    for ax, number in zip(axes, NUMBERS, strict=True):
        ax.imshow(CURVES)
        ax.set_title(f"$L_{{{number}}}$")
    return figure


def subfigures() -> Figure:
    figure = plt.figure()
    for part, label in zip(figure.subfigures(1, 3), LABELS, strict=True):
        part.suptitle(label)
        part.add_subplot().plot(HEIGHTS)
    return figure


def marks_of_an_axis_of_layers() -> Figure:
    figure, ax = plt.subplots()
    ax.bar(NUMBERS, HEIGHTS)
    ax.set_xlabel("Layer")
    return figure


def in_three_dimensions() -> Figure:
    figure = plt.figure()
    ax = figure.add_subplot(projection="3d")
    ax.bar3d(range(3), 0, 0, 0.5, 0.5, HEIGHTS)
    ax.set_xticks(range(3), LABELS)
    return figure


def note() -> Figure:
    figure = bars()
    figure.text(0, 0, "Capas: 0, 6 y 11.")
    return figure


NAMED = (
    ticks,
    categories_on_the_left,
    legend,
    legend_of_the_figure,
    panels,
    subfigures,
    marks_of_an_axis_of_layers,
    in_three_dimensions,
    note,
)


def without_ticks() -> Figure:
    figure = ticks()
    figure.axes[0].set_xticks([])
    return figure


def without_axes() -> Figure:
    figure = ticks()
    figure.axes[0].set_axis_off()
    return figure


def outside() -> Figure:
    figure = ticks()
    figure.axes[0].set_xlim(-0.5, 0.5)
    return figure


def hidden_note() -> Figure:
    figure = note()
    figure.texts[0].set_visible(False)
    return figure


def labels_without_legend() -> Figure:
    figure = legend()
    figure.axes[0].get_legend().remove()
    return figure


def scale_of_heads() -> Figure:
    figure, ax = plt.subplots()
    ax.plot(CURVES)
    ax.set_xticks(range(12))
    ax.set_xlabel("cabeza")
    return figure


def short_axis_of_layers() -> Figure:
    return bars(xlabel="capa")


def decimals() -> Figure:
    return bars(title="De 0.6 a 11.6 nats; 1.0, 60 y 110")


UNNAMED = (
    without_ticks,
    without_axes,
    outside,
    hidden_note,
    labels_without_legend,
    scale_of_heads,
    short_axis_of_layers,
    decimals,
)


@pytest.mark.parametrize("draw", NAMED, ids=lambda draw: draw.__name__)
def test_each_layer_is_named(draw: Callable[[], Figure]) -> None:
    check_names_each("fig", draw(), ("capa", "layer"), NUMBERS)


@pytest.mark.parametrize("draw", UNNAMED, ids=lambda draw: draw.__name__)
def test_a_layer_without_a_name_is_told(draw: Callable[[], Figure]) -> None:
    with pytest.raises(AssertionError, match=r"En la figura `fig` no se ve cuál es la capa \d+: escribe su"):
        check_names_each("fig", draw(), ("capa", "layer"), NUMBERS)


@pytest.mark.parametrize("text", ["title", "xlabel", "ylabel"])
def test_a_heading_says_what(text: str) -> None:
    check_says_what("fig", bars(**{"title": "", text: "H (nats)"}))


@pytest.mark.parametrize("figure", [lambda: bars(title="6"), lambda: legend(title="capa")])
def test_neither_a_number_nor_a_legend_says_what(figure: Callable[[], Figure]) -> None:
    with pytest.raises(AssertionError, match="La figura `fig` no lleva título ni rótulos"):
        check_says_what("fig", figure())
