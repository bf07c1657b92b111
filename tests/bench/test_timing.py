"""Medir por turnos y exigir lo mismo. El reloj es falso: nada depende de la máquina."""

import numpy as np
import pytest
import torch

from bench import timing
from bench.timing import DifferentResultsError, Effort, calls_per_turn, require_close, time_both
from codigo import measure

CPU = torch.device("cpu")


class Clock:
    """Un reloj que solo avanza cuando se le dice."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def __call__(self):
        return self.now

    def action(self, name, seconds):
        def run():
            self.now += seconds
            self.log.append(name)

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (timing, measure):
        monkeypatch.setattr(module, "perf_counter", clock)
    return clock


def test_both_are_timed_in_turns(clock):
    effort = Effort(repeats=3, min_repeats=3, budget_s=0.0)
    ours, theirs = time_both(clock.action("a", 2.0), clock.action("b", 3.0), CPU, effort)
    assert ours == (2.0,) * 3 and theirs == (3.0,) * 3
    assert clock.log[-6:] == ["a", "b"] * 3


def test_short_actions_are_repeated_both_alike_and_shared_out(clock):
    effort = Effort(repeats=2, min_repeats=2, budget_s=0.0)
    ours, theirs = time_both(clock.action("a", 0.002), clock.action("b", 0.003), CPU, effort)
    assert ours == pytest.approx((0.002,) * 2) and theirs == pytest.approx((0.003,) * 2)
    assert "".join(clock.log[-12:]) == "aaabbbaaabbb"


@pytest.mark.parametrize(("seconds", "calls"), [(5.0, 1), (0.005, 1), (0.0049, 2), (0.0005, 10)])
def test_a_turn_lasts_five_milliseconds_or_more(seconds, calls):
    assert calls_per_turn(seconds) == calls


def test_the_same_passes_and_says_how_close():
    assert require_close([1.0, 2.0], [1.0, 2.0], 1e-6) == "misma salida exacta"
    assert require_close([1.0, 2.0], [1.0, 2.0002], 1e-3) == "misma salida salvo 1e-04"


@pytest.mark.parametrize("ours", [[1.0, 2.1], [1.0], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]], ids=str)
def test_anything_else_stops(ours):
    with pytest.raises(DifferentResultsError, match="difieren"):
        require_close(ours, [1.0, 2.0], 1e-3)


def test_what_is_slow_and_already_ran_is_not_tried_before(clock):
    time_both(clock.action("a", 2.0), clock.action("b", 3.0), CPU, Effort(2, 2, 0.0), slow=True)
    assert clock.log == ["a", "b"] * 2
