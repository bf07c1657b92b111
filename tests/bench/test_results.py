"""La aritmética de una comparación, y que lo guardado se lee igual."""

import json

import numpy as np
import pytest
import torch

from bench.machine import describe_machine
from bench.results import Bound, Machine, Outcome, Peak, load_sections, save_sections
from tests.bench.made_up import comparison, everything, section


def test_the_ratio_is_how_many_times_faster_the_course_is():
    one = comparison(our_seconds=(2.0, 4.0, 5.0), their_seconds=(4.0, 12.0, 5.0))
    assert one.ratios.tolist() == [2.0, 3.0, 1.0]
    assert one.ratio == 2.0
    assert one.spread == (1.5, 2.5)
    assert (one.our_median, one.their_median, one.rounds) == (4.0, 5.0, 3)


def test_the_ratio_is_of_each_round_and_not_of_the_medians():
    one = comparison(our_seconds=(1.0, 10.0, 3.0), their_seconds=(2.0, 20.0, 6.0))
    assert one.ratio == 2.0 and one.spread == (2.0, 2.0)  # la máquina fue más lenta en una ronda


def test_the_share_is_of_the_bound():
    one = comparison(our_seconds=(4.0,), their_seconds=(5.0,), bound=Bound("algo", 1.0))
    assert (one.our_share, one.their_share) == (0.25, 0.2)
    assert comparison(bound=None).our_share is None and comparison(bound=None).their_share is None


@pytest.mark.parametrize(
    ("ours", "theirs"), [((1.0,), (1.0, 2.0)), ((), ()), ((0.0,), (1.0,)), ((1.0,), (-1.0,))]
)
def test_impossible_rounds_are_rejected(ours, theirs):
    with pytest.raises(ValueError, match="ronda"):
        comparison(our_seconds=ours, their_seconds=theirs)


def test_what_is_saved_is_read_back(tmp_path):
    sections = everything()
    save_sections(tmp_path / "new" / "r.json", sections)
    assert load_sections(tmp_path / "new" / "r.json") == sections


def test_four_figures_and_a_line_for_each_comparison(tmp_path):
    seconds = (0.123456789,) * 50
    outcome = Outcome((comparison(our_seconds=seconds, their_seconds=seconds),) * 3)
    save_sections(tmp_path / "r.json", {"attention": section(outcome)})
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert "0.1235" in text and "0.12345" not in text
    assert sum('"our_seconds"' in line for line in text.splitlines()) == 3
    assert len(json.loads(text)["attention"]["outcome"]["comparisons"]) == 3


def test_without_a_file_there_is_nothing(tmp_path):
    assert load_sections(tmp_path / "r.json") == {}


def test_outcomes_add_up():
    first = Outcome((comparison(),), notes=("uno",), values={"a": 1.0})
    second = Outcome(
        (comparison(threads=2),), (Peak("x", 1.0, "GB/s", 1),), notes=("dos",), values={"b": 2.0}
    )
    both = first + second
    assert [one.threads for one in both.comparisons] == [1, 2]
    assert (both.notes, both.values, len(both.peaks)) == (("uno", "dos"), {"a": 1.0, "b": 2.0}, 1)


def test_a_machine_says_nothing_of_its_owner():

    machine = describe_machine(torch.device("cpu"))
    assert isinstance(machine, Machine) and machine.cores >= 1
    assert machine.versions["numpy"] == np.__version__
    assert "/" not in "".join([machine.device, machine.system, *machine.versions.values()])
