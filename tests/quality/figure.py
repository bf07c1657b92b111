"""La figura de ``docs/calidad.md``: los puntos que ganan las respuestas."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.quality.answers import Kind
from tests.quality.matrix import Results

# Clase, cómo se nombra, marca, color (de la paleta «colorblind» de seaborn) y altura dentro de su ejercicio.
_CLASSES: tuple[tuple[Kind, str, str, str, float], ...] = (
    ("correcta", "correctas", "o", "#0173b2", -0.27),
    ("a mano", "equivocadas a mano", "s", "#d55e00", 0.0),
    ("mutante", "mutantes", "D", "#56595c", 0.27),
)


def draw(results: Results, path: Path) -> None:
    """Dibuja los puntos de las respuestas en ``path``; dentro va también su texto alternativo."""
    exercises = list(results.tests)
    figure = Figure(figsize=(9.5, 1.2 + len(exercises)), layout="constrained")
    ax = figure.add_subplot(
        title="Cuántas respuestas ganan cada nota (el número, dentro de la marca)",
        xlabel="Puntos (% de los del ejercicio)",
        xlim=(-4, 104),
        ylim=(len(exercises) - 0.5, -0.5),
    )
    for row, exercise in enumerate(exercises):
        _draw_exercise(ax, results, exercise, row)
    ax.set_yticks(range(len(exercises)), exercises)
    ax.hlines([row + 0.5 for row in range(len(exercises) - 1)], -4, 104, colors="0.8", linewidth=0.8)
    handles, labels = (items[: len(_CLASSES)] for items in ax.get_legend_handles_labels())
    style = {"loc": "outside lower center", "ncols": len(_CLASSES), "frameon": False, "markerscale": 0.6}
    figure.legend(handles, labels, **style)
    figure.savefig(path, dpi=110, metadata={"Software": None, "Description": alternative(results)})


def _draw_exercise(ax: Axes, results: Results, exercise: str, row: int) -> None:
    for kind, label, marker, color, offset in _CLASSES:
        counts = _counts(results, kind, exercise)
        height = row + offset
        ax.plot(
            list(counts),
            [height] * len(counts),
            marker,
            markersize=15,
            markeredgewidth=1.5,
            markerfacecolor="white",
            markeredgecolor=color,
            label=label,
        )
        for share, count in counts.items():
            ax.text(share, height, str(count), ha="center", va="center_baseline", fontsize=8)


def _counts(results: Results, kind: Kind, exercise: str) -> Counter[float]:
    """Cuántas respuestas de una clase ganan cada parte de los puntos (%); los equivalentes, aparte."""
    verdicts = (verdict for verdict in results.of(kind, exercise) if not results.is_equivalent(verdict))
    return Counter(round(100 * results.share(verdict), 1) for verdict in verdicts)


def alternative(results: Results) -> str:
    """El texto alternativo de la figura."""
    texts, exercises = [], list(results.tests)
    for exercise in exercises:
        counts = _counts(results, "a mano", exercise)
        usual = ", ".join(f"{count} el {share:.0f} %" for share, count in counts.most_common(2))
        texts.append(f"{exercise}, {usual}")
    right = {share for exercise in exercises for share in _counts(results, "correcta", exercise)}
    grades = " o el ".join(f"{share:.0f}" for share in sorted(right))
    return (
        "Diagrama con tres filas de marcas por ejercicio: correctas, equivocadas a mano y mutantes. Las "
        f"correctas ganan el {grades} % de los puntos. Las notas más repetidas de las equivocadas a mano: "
        f"{'; '.join(texts)}."
    )
