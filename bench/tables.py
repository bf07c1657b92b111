"""Las comparaciones, en tablas: un resumen por caso y el detalle de cada una."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bench.results import Comparison

SUMMARY = ("caso", "frente a", "hilos", "tamaños", "razón", "extremos", "límite, curso", "límite, otro")
DETAIL = (
    *("tamaños y condiciones", "hilos", "curso", "otro", "razón", "cuartiles", "rondas"),
    *("límite", "alcanza el curso", "alcanza el otro"),
)


def summary_rows(comparisons: Iterable[Comparison]) -> Iterator[tuple[str, ...]]:
    """Una fila por caso, rival y número de hilos, con la mediana y los extremos de sus razones."""
    groups: dict[tuple[str, str, int], list[Comparison]] = {}
    for one in comparisons:
        groups.setdefault((one.case, one.theirs, one.threads), []).append(one)
    for (case, theirs, threads), group in groups.items():
        ratios = [one.ratio for one in group]
        yield (
            case,
            f"`{theirs}`",
            str(threads),
            str(len(group)),
            number(float(np.median(ratios))),
            "" if len(group) == 1 else f"{number(min(ratios))} a {number(max(ratios))}",
            _median_share([one.our_share for one in group]),
            _median_share([one.their_share for one in group]),
        )


def detail_rows(comparisons: Iterable[Comparison]) -> Iterator[tuple[str, ...]]:
    """Una fila por comparación."""
    for one in comparisons:
        low, high = one.spread
        yield (
            describe(one),
            str(one.threads),
            duration(one.our_median),
            duration(one.their_median),
            number(one.ratio),
            f"{number(low)} a {number(high)}",
            str(one.rounds),
            "—" if one.bound is None else f"{duration(one.bound.seconds)} ({one.bound.name})",
            share(one.our_share),
            share(one.their_share),
        )


def describe(comparison: Comparison) -> str:
    """Los tamaños y las condiciones de una comparación, en una línea."""
    sizes = [f"{name} = {value}" for name, value in comparison.sizes.items()]
    return ", ".join([*sizes, *comparison.conditions.values()])


def cases(comparisons: Iterable[Comparison]) -> list[str]:
    """Los casos, en el orden en que se midieron."""
    return list(dict.fromkeys(one.case for one in comparisons))


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Una tabla de Markdown, con los números a la derecha; vacía si no hay filas."""
    body = [list(row) for row in rows]
    marks = ["--:" if all(row[k][:1].isdecimal() for row in body) else "---" for k in range(len(headings))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [headings, marks, *body]) if body else ""


def number(value: float) -> str:
    """Un número con tres cifras.

    Examples
    --------
    >>> number(0.51234), number(3.14159), number(27.183), number(1234.5)
    ('0.512', '3.14', '27.2', '1234')
    """
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def duration(seconds: float) -> str:
    """Un tiempo con su unidad.

    Examples
    --------
    >>> duration(0.0000123), duration(0.0456), duration(7.891)
    ('12.3 µs', '45.6 ms', '7.89 s')
    """
    for factor, unit in ((1e6, "µs"), (1e3, "ms")):
        if seconds * factor < 1000:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds)} s"


def share(value: float | None) -> str:
    """Una parte, en tanto por ciento; un guion si no la hay."""
    if value is None:
        return "—"
    return f"{100 * value:.0f} %" if value >= 0.1 else f"{100 * value:.2g} %"


def _median_share(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return share(float(np.median(known)) if known else None)
