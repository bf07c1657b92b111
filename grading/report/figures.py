"""Las figuras del informe: SVG dentro de la página, con texto alternativo y pie."""

from __future__ import annotations

import io
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grading.report.data import ClassReport, NotebookTime
from grading.report.goals import Goal
from grading.report.statistics import ExerciseSummary, Totals, histogram

# De la paleta de Okabe e Ito: se distinguen sin ver el color, y además cambian la trama o la forma.
BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#595959"
MAX_GOALS = 10
_WIDTH = 8.0  # pulgadas
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "lab11",  # los mismos identificadores, y los mismos bytes, cada vez
    "svg.fonttype": "path",
    "text.parse_math": False,  # un «$» en un título es un «$»
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Picture:
    """Una figura lista para la página; ``source`` es una dirección ``data:``."""

    source: str
    alt: str
    caption: str


def draw_totals(totals: Totals) -> Picture:
    """Cuántos estudiantes hay en cada tramo de nota."""
    done, waiting, edges = histogram(totals)
    low, middle, high = totals.quartiles
    figure, ax = _axes(3.4)
    width = np.diff(edges)
    ax.bar(edges[:-1], done, width, align="edge", color=BLUE, edgecolor="white", label="nota completa")
    ax.bar(
        *(edges[:-1], waiting, width, done),
        align="edge",
        color=ORANGE,
        edgecolor="white",
        hatch="//",
        label="espera nota a mano: puede subir",
    )
    ax.axvline(middle, color="black", linestyle="--", label=f"mediana: {middle:g}")
    ax.set(xlabel="puntos, hasta ahora", ylabel="estudiantes", xlim=(0, totals.max_score))
    ax.set_xticks(edges)
    _whole_numbers(ax, int((done + waiting).max()))
    ax.legend(frameon=False, loc="upper left")
    bins = [
        f"de {start:g} a {stop:g}, {count}"
        for start, stop, count in zip(edges[:-1], edges[1:], done + waiting, strict=True)
        if count
    ]
    alt = f"Histograma de los totales sobre {totals.max_score:g}: {'; '.join(bins)}. Mediana, {middle:g}."
    caption = (
        f"Totales de {len(totals.scores)} entregas, en tramos de {width[0]:g} puntos. La mitad está entre "
        f"{low:g} y {high:g}."
    )
    return _picture(figure, alt, caption)


def draw_difficulty(exercises: Sequence[ExerciseSummary]) -> Picture:
    """La parte media de los puntos de cada ejercicio, con la de cada entrega."""
    rows = [one for one in exercises if one.mean_share is not None][::-1]
    figure, ax = _axes(0.9 + 0.5 * len(rows))
    means = [100 * (one.mean_share or 0.0) for one in rows]
    ax.barh(range(len(rows)), means, color=BLUE, height=0.55, alpha=0.85)
    for row, one in enumerate(rows):
        counts = Counter(round(100 * share, 6) for share in one.shares)
        sizes = [18 * count for count in counts.values()]
        ax.scatter(list(counts), [row] * len(counts), s=sizes, color="white", edgecolor="black", zorder=3)
        ax.text(108, row, f"{means[row]:.0f} %", va="center")
    ax.set_yticks(range(len(rows)), [f"{one.title} (n = {len(one.shares)})" for one in rows])
    ax.set(xlabel="parte de los puntos (%)", xlim=(-5, 105))
    values = "; ".join(f"{one.title}, {100 * (one.mean_share or 0):.0f} %" for one in rows[::-1])
    caption = (
        "La barra es la media: cuanto más corta, más difícil. Cada círculo son las entregas con esa nota, "
        "más grande cuantas más."
    )
    return _picture(figure, f"Barras con la parte media de los puntos de cada ejercicio: {values}.", caption)


def draw_discrimination(exercises: Sequence[ExerciseSummary]) -> Picture | None:
    """La correlación de cada ejercicio con el resto, con su intervalo; ``None`` si no hay ninguna."""
    rows = [(one.title, one.discrimination) for one in exercises if one.discrimination][::-1]
    if not rows:
        return None
    figure, ax = _axes(0.9 + 0.45 * len(rows))
    for row, (_, found) in enumerate(rows):
        ax.plot([found.low, found.high], [row, row], color=GREY, linewidth=2)
        ax.plot(found.value, row, "o", color=BLUE, markersize=8)
        ax.text(1.06, row, _decimal(found.value), va="center")
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(range(len(rows)), [title for title, _ in rows])
    ax.set(xlabel="correlación con la suma de los demás ejercicios", xlim=(-1.02, 1.02))
    ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0,5", "0", "0,5", "1"])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    values = "; ".join(f"{title}, {_decimal(found.value)}" for title, found in rows[::-1])
    alt = f"Correlación de cada ejercicio con los demás, con su intervalo del 95 %: {values}."
    caption = (
        f"El punto es la correlación y la línea, su intervalo del 95 % (n = {rows[0][1].count}). Cerca de 1, "
        "quien va bien en lo demás va bien ahí; cerca de 0, no tiene que ver; si es negativa, conviene mirar "
        "el ejercicio."
    )
    return _picture(figure, alt, caption)


def draw_goals(goals: Sequence[Goal]) -> Picture | None:
    """Los apartados que más fallan; ``None`` si no falla ninguno."""
    rows = goals[:MAX_GOALS][::-1]
    if not rows:
        return None
    figure, ax = _axes(0.9 + 0.42 * len(rows))
    ax.barh(range(len(rows)), [goal.failed for goal in rows], color=ORANGE, edgecolor="black", height=0.6)
    for row, goal in enumerate(rows):
        ax.text(goal.failed, row, f" {goal.failed} de {goal.total}", va="center")
    ax.set_yticks(range(len(rows)), [f"{goal.exercise}: {_short(goal.title)}" for goal in rows])
    ax.set(xlabel="entregas que no lo tienen entero", xlim=(0, 1.18 * max(goal.failed for goal in rows)))
    parts = [f"{goal.exercise}, {goal.title.lower()}, {goal.failed} de {goal.total}" for goal in rows[::-1]]
    alt = f"Barras con los apartados que más fallan: {'; '.join(parts)}."
    return _picture(figure, alt, "Los que más fallan, arriba.")


def draw_times(times: Sequence[NotebookTime]) -> Picture | None:
    """Lo que se tardó en corregir cada cuaderno; ``None`` si no se apuntó."""
    rows = list(times)[::-1]
    if not rows:
        return None
    figure, ax = _axes(0.9 + 0.42 * len(rows))
    ax.barh(range(len(rows)), [one.seconds for one in rows], color=BLUE, height=0.6)
    for row, one in enumerate(rows):
        ax.text(one.seconds, row, f" {_decimal(one.median, 1)} s por entrega", va="center")
    ax.set_yticks(range(len(rows)), [one.notebook for one in rows])
    longest = max(one.seconds for one in rows)
    ax.set(xlabel="segundos de reloj, sumadas las entregas", xlim=(0, 1.35 * longest))
    values = "; ".join(f"{one.notebook}, {one.seconds:.0f}" for one in rows[::-1])
    caption = (
        "Suma del tiempo de cada entrega; como se corrigen varias a la vez, se espera menos. Junto a la "
        "barra, la mediana."
    )
    return _picture(figure, f"Segundos que llevó corregir cada cuaderno: {values}.", caption)


def pictures(report: ClassReport) -> dict[str, Picture | None]:
    """Todas, por su nombre en la plantilla."""
    with mpl.rc_context(_STYLE):
        return {
            "totals": draw_totals(report.totals),
            "difficulty": draw_difficulty(report.exercises),
            "discrimination": draw_discrimination(report.exercises),
            "goals": draw_goals(report.goals),
            "times": draw_times(report.times),
        }


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _whole_numbers(ax: Axes, top: int) -> None:
    step = max(1, -(-top // 6))
    ax.set_yticks(range(0, top + step + 1, step))
    ax.set_ylim(0, 1.25 * max(1, top))


def _decimal(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _short(text: str, limit: int = 48) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _picture(figure: Figure, alt: str, caption: str) -> Picture:
    content = io.BytesIO()
    figure.savefig(content, format="svg", metadata={"Date": None})
    source = f"data:image/svg+xml;base64,{b64encode(content.getvalue()).decode('ascii')}"
    return Picture(source, alt, caption)
