"""Las figuras de ``docs/rendimiento.md``: cada apartado, la suya, con su pie y su texto alternativo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.results import Comparison, Outcome
from bench.tables import cases, number

# De la paleta «colorblind» de seaborn; además, cada serie lleva su marca y su trazo.
STYLES = (("#0173b2", "o", "-"), ("#d55e00", "s", "--"), ("#029e73", "^", "-."), ("#56595c", "D", ":"))
RATIO = "Razón de velocidad (por encima de 1, más rápido el curso)"
Label = Callable[[Comparison], str]


@dataclass(frozen=True)
class Picture:
    """Una figura: cómo se dibuja y qué se dice debajo.

    Attributes
    ----------
    draw
        La dibuja y devuelve su texto alternativo.
    caption
        El pie.
    """

    draw: Callable[[Outcome, Path], str]
    caption: str

    def __call__(self, outcome: Outcome, path: Path) -> str:
        return self.draw(outcome, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})  # los mismos bytes con la misma biblioteca


def _attention(outcome: Outcome, path: Path) -> str:
    """La razón según T: una columna por caso y una fila por número de hilos."""
    names, threads = cases(outcome.comparisons), sorted({one.threads for one in outcome.comparisons})
    figure = Figure(figsize=(10, 1.2 + 3.1 * len(threads)), layout="constrained")
    axes = figure.subplots(len(threads), len(names), sharex=True, sharey=True, squeeze=False)
    for row, count in enumerate(threads):
        for column, case in enumerate(names):
            ax = axes[row][column]
            found = [one for one in outcome.comparisons if (one.case, one.threads) == (case, count)]
            _lines(ax, found)
            ax.set_title(f"{case}, {_hilos(count)}")
        axes[row][0].set_ylabel("Razón de velocidad\n(más de 1, más rápido el curso)")
    _ratio_axes(axes, "y", outcome.comparisons)
    for ax in axes[-1]:
        ax.set_xlabel("Longitud T (tokens, escala logarítmica)")
    _legend(figure, axes[0][0])
    _save(figure, path)
    return f"Razón de velocidad según la longitud. {_said(outcome.comparisons)}"


def _lines(ax: Axes, found: Sequence[Comparison]) -> None:
    series = dict.fromkeys((one.sizes["d_model"], one.conditions["precisión"]) for one in found)
    for key, (color, marker, dash) in zip(series, STYLES, strict=False):
        own = [one for one in found if (one.sizes["d_model"], one.conditions["precisión"]) == key]
        x, y = [one.sizes["T"] for one in own], [one.ratio for one in own]
        style: dict[str, Any] = {"color": color, "marker": marker, "linestyle": dash, "capsize": 3}
        ax.errorbar(x, y, yerr=_whiskers(own), label="d_model = {}, {}".format(*key), **style)
    lengths = sorted({one.sizes["T"] for one in found})
    ax.set_xscale("log", base=2)
    ax.set_xticks(lengths, map(str, lengths))


def _generation(outcome: Outcome, path: Path) -> str:
    """Los tokens por segundo según cuántos se generan: una fila por lote y una columna por hilos."""
    batches = sorted({one.sizes["B"] for one in outcome.comparisons})
    threads = sorted({one.threads for one in outcome.comparisons})
    figure = Figure(figsize=(10, 1.2 + 3.1 * len(batches)), layout="constrained")
    axes = figure.subplots(len(batches), len(threads), sharey="row", squeeze=False)
    said = []
    for ax, (batch, count) in zip(axes.flat, product(batches, threads), strict=True):
        found = [one for one in outcome.comparisons if (one.sizes["B"], one.threads) == (batch, count)]
        curves = generation_curves(found)
        _curves(ax, curves)
        ax.set_title(f"B = {batch}, {_hilos(count)}")
        ax.set_xlabel("Tokens generados por secuencia")
        last = ", ".join(f"{name} {list(points.values())[-1]:.0f}" for name, points in curves.items())
        said.append(f"con B = {batch} y {_hilos(count)}, en la mayor longitud: {last}")
    for row in axes:
        row[0].set_ylabel("Tokens por segundo\n(escala logarítmica)")
    _legend(figure, axes[0][0])
    _save(figure, path)
    return f"Tokens por segundo según cuántos se generan: {'; '.join(said)}."


def _curves(ax: Axes, curves: dict[str, dict[int, float]]) -> None:
    for (name, points), (color, marker, dash) in zip(curves.items(), STYLES, strict=False):
        style: dict[str, Any] = {"color": color, "marker": marker, "linestyle": dash}
        ax.plot(list(points), list(points.values()), label=name, **style)
    ax.set_yscale("log")
    values = [value for points in curves.values() for value in points.values()]
    _plain_ticks(ax.yaxis, min(values), max(values))
    ax.set_xticks(sorted({length for points in curves.values() for length in points}))
    ax.grid(axis="y", alpha=0.25)


def generation_curves(comparisons: Sequence[Comparison]) -> dict[str, dict[int, float]]:
    """Tokens por segundo de cada manera de generar, por la longitud; primero la del curso."""
    curves: dict[str, dict[int, float]] = {one.ours: {} for one in comparisons}
    for one in comparisons:
        tokens, length = one.sizes["B"] * one.sizes["T"], one.sizes["T"]
        curves[one.ours][length] = tokens / one.our_median
        curves.setdefault(one.theirs, {})[length] = tokens / one.their_median
    return curves


def _rows(label: Label, panels: bool = True) -> Callable[[Outcome, Path], str]:
    """Una fila por comparación, con una marca por número de hilos; un panel por caso."""

    def draw(outcome: Outcome, path: Path) -> str:
        names = cases(outcome.comparisons) if panels else [""]
        groups = [[one for one in outcome.comparisons if name in ("", one.case)] for name in names]
        heights = [len(dict.fromkeys(map(label, group))) for group in groups]
        size = (10, 1.4 + sum(0.26 * height + 0.45 for height in heights))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(len(names), 1, sharex=True, squeeze=False, height_ratios=heights)
        for (ax,), name, group in zip(axes, names, groups, strict=True):
            _dots(ax, group, label)
            ax.set_title(name)
        _ratio_axes(axes, "x", outcome.comparisons)
        axes[-1][0].set_xlabel(f"{RATIO}, escala logarítmica")
        _legend(figure, axes[0][0])
        _save(figure, path)
        return f"Diagrama de puntos con la razón de velocidad de cada caso. {_said(outcome.comparisons)}"

    return draw


def _dots(ax: Axes, group: Sequence[Comparison], label: Label) -> None:
    rows = list(dict.fromkeys(map(label, group)))
    threads = sorted({one.threads for one in group})
    for k, (count, (color, marker, _)) in enumerate(zip(threads, STYLES, strict=False)):
        own = [one for one in group if one.threads == count]
        offset = 0.3 * (k - (len(threads) - 1) / 2)
        y = [rows.index(label(one)) + offset for one in own]
        x = [one.ratio for one in own]
        style: dict[str, Any] = {"color": color, "fmt": marker, "capsize": 3, "markersize": 5}
        ax.errorbar(x, y, xerr=_whiskers(own), label=_hilos(count), **style)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    for between in range(len(rows) - 1):
        ax.axhline(between + 0.5, color="0.9", linewidth=0.8, zorder=0)


def _notebooks(outcome: Outcome, path: Path) -> str:
    """Una barra por cuaderno."""
    names, seconds = list(outcome.values), list(outcome.values.values())
    figure = Figure(figsize=(9, 1.2 + 0.4 * len(names)), layout="constrained")
    ax = figure.add_subplot(title="Lo que tarda cada cuaderno", xlabel="Segundos")
    bars = ax.barh(names, seconds, color=STYLES[0][0])
    ax.bar_label(bars, labels=[f"{value:.1f}" for value in seconds], padding=3)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.1)
    _save(figure, path)
    said = ", ".join(f"{name} {value:.1f} s" for name, value in outcome.values.items())
    return f"Barras con lo que tarda cada cuaderno: {said}."


def _ratio_axes(axes: Any, which: str, comparisons: Sequence[Comparison]) -> None:
    """Escala logarítmica sin potencias, y una línea en el empate, que siempre se ve."""
    ends = [end for one in comparisons for end in one.spread]
    low, high = min(0.9, *ends) / 1.05, max(1.1, *ends) * 1.05
    for ax in np.ravel(axes):
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
        (ax.set_xlim if which == "x" else ax.set_ylim)(low, high)
        _plain_ticks(ax.xaxis if which == "x" else ax.yaxis, low, high)
        (ax.axvline if which == "x" else ax.axhline)(1.0, color="black", linewidth=1)
        ax.grid(axis=which, alpha=0.25)


def _plain_ticks(axis: Axis, low: float, high: float) -> None:
    """Marcas de números corrientes, más juntas cuanto menos abarca el eje."""
    span = high / low
    steps: Sequence[float] = (1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
    for limit, fewer in ((4, (1, 1.5, 2, 3, 5, 7)), (15, (1, 2, 5)), (500, (1,))):
        steps = fewer if span > limit else steps
    axis.set_major_locator(FixedLocator([step * 10.0**k for k in range(-6, 9) for step in steps]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _whiskers(own: Sequence[Comparison]) -> Any:
    """De la mediana a los cuartiles, (2, n)."""
    low, high = np.transpose([one.spread for one in own])
    middle = np.array([one.ratio for one in own])
    return np.array([np.maximum(middle - low, 0), np.maximum(high - middle, 0)])


def _legend(figure: Figure, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)


def _hilos(count: int) -> str:
    return "1 hilo" if count == 1 else f"{count} hilos"


def _said(comparisons: Sequence[Comparison]) -> str:
    """Los extremos y la mediana de cada caso."""
    parts = []
    for case in cases(comparisons):
        ratios = [one.ratio for one in comparisons if one.case == case]
        middle = number(float(np.median(ratios)))
        ends = f", de {number(min(ratios))} a {number(max(ratios))}" if len(ratios) > 1 else ""
        parts.append(f"{case}, mediana {middle}{ends}")
    return f"{'; '.join(parts)}."


def _block_row(one: Comparison) -> str:
    conditions = [value for name, value in one.conditions.items() if name != "precisión"]
    return f"d_model {one.sizes['d_model']}, {', '.join(conditions)}"


def _gpu_row(one: Comparison) -> str:
    return ", ".join([*(f"{name} {value}" for name, value in one.sizes.items()), *one.conditions.values()])


_WHISKERS = "Cada marca es la mediana de las razones de las rondas; la barra va del primer al tercer cuartil."
FIGURES = {
    "attention": Picture(_attention, _WHISKERS),
    "blocks": Picture(_rows(_block_row), _WHISKERS),
    "generation": Picture(_generation, "Mediana de las rondas, con los mismos pesos y los mismos tokens."),
    "bert": Picture(_rows(lambda one: one.case, panels=False), _WHISKERS),
    "gpu": Picture(_rows(_gpu_row), _WHISKERS),
    "grading": Picture(_notebooks, "Suma de las celdas de cada cuaderno, corregido con nbgrader."),
    "imports": Picture(_rows(lambda one: one.conditions["nombre"]), _WHISKERS),
}
