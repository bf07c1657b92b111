"""Comprobar que una figura se lee sola: que dice qué mide y cuál es cada cosa que compara.

Solo se mira lo escrito que se ve: títulos, rótulos y marcas de los ejes, leyendas y notas. El aspecto es
libre.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, FigureBase
from matplotlib.legend import Legend

_NUMBER = re.compile(r"[-−]?\d+([.,]\d+)?")


def check_says_what(name: str, figure: Figure) -> None:
    """Exige un título, o el rótulo de un eje, con palabras.

    Raises
    ------
    AssertionError
        Si no lo hay.
    """
    assert any(character.isalpha() for text in headings(figure) for character in text), (
        f"La figura `{name}` no lleva título ni rótulos: quien la vea debe saber qué compara.\n"
        'Pista: `ax.set_title("…")`, o `ax.set_ylabel("…")` con lo que se mide y su unidad.'
    )


def check_names_each(name: str, figure: Figure, nouns: Sequence[str], numbers: Sequence[int]) -> None:
    """Exige que se sepa cuál es cada una de las cosas numeradas que compara la figura.

    Vale su número en una marca de un eje, una leyenda, un título o una nota; o un eje que se llame como ellas
    y vaya de la primera a la última.

    Parameters
    ----------
    name
        Cómo llama el cuaderno a la figura.
    figure
        La figura.
    nouns
        Cómo pueden llamarse esas cosas en la figura, en singular; el mensaje usa el primero.
    numbers
        El número de cada una, en orden.

    Raises
    ------
    AssertionError
        Si falta alguna.
    """
    if any(_runs_through(axis, nouns, numbers) for axis in _axes_of(figure)):
        return
    texts = [*_written(figure), *(text for axis in _axes_of(figure) for text in _names(axis, nouns, numbers))]
    absent = [number for number in numbers if not any(_mentions(text, number) for text in texts)]
    noun, shown = nouns[0], ", ".join(f'"{nouns[0]} {number}"' for number in numbers)
    assert not absent, (
        f"En la figura `{name}` no se ve cuál es la {noun} {absent[0]}: escribe su número en una marca de un "
        f"eje, la leyenda, un título o una nota.\nPista: `ax.set_xticks(posiciones, [{shown}])` pone las "
        "marcas; si diste `label=…` al dibujar, falta `ax.legend()`."
    )


def headings(figure: Figure) -> Iterator[str]:
    """Los títulos de la figura y de sus paneles, y los rótulos de los ejes."""
    for part in whole_and_parts(figure):
        yield from (part.get_suptitle(), part.get_supxlabel(), part.get_supylabel())
    for ax in figure.axes:
        yield from (ax.get_title("left"), ax.get_title("center"), ax.get_title("right"))
        yield from (ax.get_xlabel(), ax.get_ylabel())


def whole_and_parts(figure: Figure) -> list[FigureBase]:
    """La figura y las figuras menores en que esté dividida."""
    return [figure, *figure.subfigs]


def notes(part: FigureBase | Axes) -> list[str]:
    """Lo escrito a mano en una figura o en un panel."""
    return [text.get_text() for text in part.texts if text.get_visible() and text.get_text()]


def legend_texts(part: FigureBase | Axes) -> list[str]:
    """El título y las entradas de las leyendas de una figura o de un panel."""
    legends: list[Legend | None] = [part.get_legend()] if isinstance(part, Axes) else [*part.legends]
    return [
        text.get_text()
        for legend in legends
        if legend is not None and legend.get_visible()
        for text in (legend.get_title(), *legend.get_texts())
    ]


def visible_ticks(axis: Axis) -> list[tuple[float, str]]:
    """La posición y el texto de las marcas de un eje que se ven."""
    # En tres dimensiones, `axison` siempre es falso.
    if not (axis.get_visible() and (axis.axes.axison or axis.axes.name == "3d")):
        return []
    low, high = sorted(axis.get_view_interval())
    margin = 1e-6 * (high - low)
    labels = axis.get_majorticklabels()  # antes que las posiciones: pone al día las marcas
    return [
        (float(place), label.get_text())
        for place, label in zip(axis.get_majorticklocs(), labels, strict=False)
        if label.get_text() and low - margin <= place <= high + margin
    ]


def _axes_of(figure: Figure) -> list[Axis]:
    return [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]


def _written(figure: Figure) -> list[str]:
    parts: list[FigureBase | Axes] = [*whole_and_parts(figure), *figure.axes]
    by_hand = (text for part in parts for text in (*notes(part), *legend_texts(part)))
    return [*headings(figure), *by_hand]


def _is_called(axis: Axis, nouns: Sequence[str]) -> bool:
    return any(noun in axis.get_label_text().lower() for noun in nouns)


def _runs_through(axis: Axis, nouns: Sequence[str], numbers: Sequence[int]) -> bool:
    """¿Es un eje con ese nombre, con marcas, que va del primer número al último?"""
    low, high = sorted(axis.get_view_interval())
    return bool(
        _is_called(axis, nouns) and low <= min(numbers) and max(numbers) <= high and visible_ticks(axis)
    )


def _names(axis: Axis, nouns: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Los textos de las marcas, si nombran algo: los números sueltos de un eje cualquiera son su escala."""
    texts = [text for _, text in visible_ticks(axis)]
    exactly = sorted(texts) == sorted(map(str, numbers))
    scale = all(_NUMBER.fullmatch(text) for text in texts)
    return texts if exactly or not scale or _is_called(axis, nouns) else []


def _mentions(text: str, number: int) -> bool:
    return bool(re.search(rf"(?<![\d.,]){number}(?!\d|[.,]\d)", text))
