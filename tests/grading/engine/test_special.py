"""La figura que llega al juez dice y mide lo mismo que la del estudiante."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from codigo import readable
from grading.engine.allowance import Allowance
from grading.engine.special import read_special, write_special


@pytest.fixture
def figure() -> Iterator[Figure]:
    drawn, (left, right) = plt.subplots(1, 2)
    left.plot([[1.0, 4.0, 2.0], [3.0, 5.0, 6.0]], label=["capa 0", "capa 6", "capa 11"])
    left.legend(title="capas")
    left.set(title="centro", xlabel="$x$ a medias: $", ylabel="nats", xlim=(-3, 7))
    left.set_title("izquierda", loc="left")
    right.bar(["uno", "dos", "tres"], [2.0, 1.0, 5.0])
    right.set_yticks([])
    right.text(0, 1, "nota de un panel: $")
    drawn.suptitle("todo")
    drawn.text(0, 0, "nota de la figura")
    drawn.legend(["la de todos"])
    yield drawn
    plt.close(drawn)


def test_a_figure_keeps_what_can_be_read_in_it(figure: Figure) -> None:
    crossed = read_special(*write_special(figure), Allowance())
    assert list(readable.headings(crossed)) == list(readable.headings(figure))
    parts = zip([crossed, *crossed.axes], [figure, *figure.axes], strict=True)
    for one, other in parts:
        assert set(readable.notes(one)) == set(readable.notes(other))
        assert readable.legend_texts(one) == readable.legend_texts(other)
    for one, other in zip(crossed.axes, figure.axes, strict=True):
        for name in ("xaxis", "yaxis"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert readable.visible_ticks(mine) == readable.visible_ticks(theirs)
            assert np.array_equal(mine.get_view_interval(), theirs.get_view_interval())


def test_a_figure_keeps_its_numbers(figure: Figure) -> None:
    crossed = read_special(*write_special(figure), Allowance())
    lines = [[line.get_xydata().tolist() for line in ax.lines] for ax in crossed.axes]
    assert lines == [[line.get_xydata().tolist() for line in ax.lines] for ax in figure.axes]
    assert [bar.get_height() for bar in crossed.axes[1].patches] == [2.0, 1.0, 5.0]
