"""La medida de tiempo y memoria. Ninguna prueba depende de lo que tarde la máquina: el reloj es falso."""

import csv
import math
from datetime import date

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from codigo import measure
from codigo.measure import (
    Environment,
    Measurement,
    as_rows,
    crossover,
    describe_environment,
    measure_training,
    pick_device,
    save_measurements,
    saved_bytes,
    time_together,
)
from codigo.recurrent import LSTMStepByStep
from codigo.torch_attention import MultiHeadAttention

CPU = torch.device("cpu")
SOMEWHERE = Environment("GPU de ejemplo", "cuda", 3, "2.0", "3.12.1", "Linux x86_64")
ON_A_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no hay una GPU que PyTorch pueda usar")


def example(**changes):
    options = {
        "name": "LSTM",
        "batch": 2,
        "length": 5,
        "d_model": 3,
        "seconds": (4.0, 1.0, 3.0, 2.0, 10.0),
        "saved_bytes": 120,
        "peak_bytes": None,
        "environment": SOMEWHERE,
    }
    return Measurement(**{**options, **changes})


class Clock:
    """Un reloj que solo avanza cuando se le dice."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def action(self, seconds, log=None, name=""):
        def run():
            self.now += seconds
            if log is not None:
                log.append(name)

        return run


@pytest.fixture
def clock(monkeypatch):
    fake = Clock()
    monkeypatch.setattr(measure, "perf_counter", fake)
    return fake


# --- Dónde se mide -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("available", "kind"), [(True, "cuda"), (False, "cpu")])
def test_gpu_is_chosen_when_there_is_one(monkeypatch, available, kind):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert pick_device().type == kind


def test_environment_says_device_threads_and_versions():
    environment = describe_environment(CPU)
    assert environment.kind == "cpu" and environment.device
    assert environment.threads == torch.get_num_threads()
    assert environment.torch == torch.__version__
    for part in (environment.device, "cpu", "1 hilo,", torch.__version__, environment.python):
        assert part in str(environment)


def test_threads_in_the_plural():
    assert str(SOMEWHERE) == "GPU de ejemplo (cuda), 3 hilos, PyTorch 2.0, Python 3.12.1"


def test_gpu_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Acelerador en {device}")
    assert describe_environment(torch.device("cuda")).device == "Acelerador en cuda"


def test_processor_name_comes_from_cpuinfo(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: Ejemplo: 3 GHz\n", encoding="utf-8")
    assert measure._processor_name(cpuinfo) == "Ejemplo: 3 GHz"


def test_processor_name_without_cpuinfo(tmp_path, monkeypatch):
    monkeypatch.setattr(measure.platform, "processor", lambda: "")
    monkeypatch.setattr(measure.platform, "machine", lambda: "arm64")
    assert measure._processor_name(tmp_path / "missing") == "arm64"
    monkeypatch.setattr(measure.platform, "machine", lambda: "")
    assert measure._processor_name(tmp_path / "missing") == "procesador desconocido"


# --- Cronometrar -------------------------------------------------------------------------------------


def test_seconds_of_each_action(clock):
    timed = time_together({"a": clock.action(0.5), "b": clock.action(0.25)}, CPU, repeats=4, budget_s=100)
    assert timed == {"a": (0.5,) * 4, "b": (0.25,) * 4}


def test_takes_turns_after_warming_up(clock):
    log = []
    actions = {name: clock.action(1.0, log, name) for name in "abc"}
    timed = time_together(actions, CPU, repeats=2, min_repeats=1, budget_s=100)
    assert "".join(log) == "abc" * 3
    assert [len(seconds) for seconds in timed.values()] == [2, 2, 2]


def test_what_already_ran_is_not_warmed_up(clock):
    log = []
    time_together({"a": clock.action(1.0, log, "a")}, CPU, repeats=2, min_repeats=2, warm_up=False)
    assert log == ["a", "a"]


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(0.1, 7), (1.0, 5), (3.0, 3), (50.0, 3)],
    ids=["repeats", "budget", "at_least", "at_least_if_slow"],
)
def test_number_of_rounds(clock, cost, expected):
    timed = time_together({"a": clock.action(cost)}, CPU, repeats=7, min_repeats=3, budget_s=4.5)
    assert len(timed["a"]) == expected


@pytest.mark.parametrize(("repeats", "minimum"), [(2, 3), (0, 0), (3, 0)])
def test_impossible_rounds(repeats, minimum):
    with pytest.raises(ValueError, match=f"min_repeats={minimum} y repeats={repeats}"):
        time_together({"a": lambda: None}, CPU, repeats=repeats, min_repeats=minimum)


def test_gpu_is_waited_for_on_both_sides(clock, monkeypatch):
    log = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: log.append("espera"))
    time_together({"a": clock.action(1.0, log, "a")}, torch.device("cuda"), repeats=1, min_repeats=1)
    assert log == ["a", "espera", "a", "espera"]


def test_quartiles():
    row = example()
    assert (row.low, row.median, row.high) == (2.0, 3.0, 4.0)
    single = example(seconds=(0.5,))
    assert single.low == single.median == single.high == 0.5


# --- Un paso de entrenamiento ------------------------------------------------------------------------


def test_measures_every_layer():
    torch.manual_seed(0)
    layers = {"LSTM": nn.LSTM(6, 6, batch_first=True), "atención": MultiHeadAttention(6, 3)}
    rows = measure_training(layers, torch.randn(2, 5, 6), repeats=2, min_repeats=2)
    assert [row.name for row in rows] == list(layers)
    for row in rows:
        assert (row.batch, row.length, row.d_model) == (2, 5, 6)
        assert len(row.seconds) == 2 and row.low <= row.median <= row.high
        assert row.saved_bytes > 0 and row.peak_bytes is None
        assert row.environment == describe_environment(CPU)


def test_leaves_layers_and_input_alone():
    torch.manual_seed(0)
    layer, x = nn.Linear(6, 6), torch.randn(2, 5, 6)
    weight, copy = layer.weight.clone(), x.clone()
    measure_training({"a": layer}, x, repeats=1, min_repeats=1)
    assert torch.equal(layer.weight, weight) and torch.equal(x, copy)
    assert layer.weight.grad is None and x.grad is None and not x.requires_grad


def test_step_goes_forward_and_back():
    passes = []

    class Watched(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            passes.append("ida")
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            passes.append("vuelta")
            return gradient

    class Layer(nn.Module):
        def forward(self, x):
            return Watched.apply(x), "lo demás no importa"

    measure._training_action(Layer(), torch.ones(2, 3, 4))()
    assert passes == ["ida", "vuelta"]


@ON_A_GPU
def test_gpu_gives_peak_memory():
    layer = nn.Linear(6, 6).to("cuda")
    (row,) = measure_training({"a": layer}, torch.randn(2, 5, 6, device="cuda"), repeats=1, min_repeats=1)
    assert row.peak_bytes > 0 and row.environment.kind == "cuda"


def test_peak_is_counted_from_what_was_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: None)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 340)
    assert measure._peak_bytes(lambda: None, torch.device("cuda")) == 240


# --- Lo que se guarda para la vuelta -----------------------------------------------------------------


class Layer(nn.Module):
    """Una función con aspecto de capa."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def shared(x):
    y = x.sin()  # guarda x, que no cuenta
    return y * y  # guarda y dos veces: es un solo bloque


def trimmed(x):
    y = x.sin()
    return y[:, :1].exp().sin()  # exp guarda su salida; sin, la misma


SAVED = {
    "nothing_but_the_input": (torch.sin, 0),
    "two_outputs": (lambda x: x.tanh().tanh(), 2 * 2 * 5 * 3 * 4),
    "same_block_twice": (shared, 2 * 5 * 3 * 4),
    "only_a_part": (trimmed, 2 * 1 * 3 * 4),
    "whole_block_of_a_view": (lambda x: (x + 1)[:, :1].sin(), 2 * 5 * 3 * 4),
    "nothing": (lambda x: x + 1, 0),
}


@pytest.mark.parametrize("case", SAVED)
def test_saved_bytes_exactly(case):
    function, expected = SAVED[case]
    assert saved_bytes(Layer(function), torch.randn(2, 5, 3)) == expected


def test_parameters_do_not_count():
    linear = nn.Linear(3, 7)  # guarda x y el peso: nada nuevo
    assert saved_bytes(linear, torch.randn(2, 5, 3)) == 0


def test_precision_counts():
    x = torch.randn(2, 5, 3)
    layer = Layer(lambda x: x.tanh())
    assert saved_bytes(layer, x.double()) == 2 * saved_bytes(layer, x)


def test_explicit_attention_saves_the_matrix_and_fused_does_not():
    torch.manual_seed(0)
    B, h, d = 3, 2, 8

    class Explicit(MultiHeadAttention):
        def forward(self, x):
            return super().forward(x, return_attention=True)

    def extra(n):
        x = torch.randn(B, n, d)
        return saved_bytes(Explicit(d, h), x) - saved_bytes(MultiHeadAttention(d, h), x)

    matrices = 4 * B * h * (48**2 - 24**2)
    fused_only = 4 * B * (48 - 24) * (d + h)  # la fusionada guarda su salida y un número por consulta
    assert extra(48) - extra(24) == matrices - fused_only


def test_recurrent_memory_grows_in_proportion():
    torch.manual_seed(0)
    layer = LSTMStepByStep(4, 6)
    short, long = (saved_bytes(layer, torch.randn(2, n, 4)) for n in (10, 40))
    assert long == pytest.approx(4 * short, rel=0.1)


# --- El cruce ----------------------------------------------------------------------------------------

LENGTHS = [8, 16, 32, 64, 128, 256]


def power(coefficient, exponent, lengths=LENGTHS):
    return [coefficient * n**exponent for n in lengths]


@given(
    where=st.floats(8.5, 250),
    slopes=st.tuples(st.floats(0, 3), st.floats(0, 3)).filter(lambda pair: abs(pair[0] - pair[1]) > 0.1),
    scale=st.floats(1e-6, 1e3),
)
def test_power_laws_cross_where_they_should(where, slopes, scale):
    first, second = (power(scale / where**slope, slope) for slope in slopes)
    assert crossover(LENGTHS, first, second) == pytest.approx(where, rel=1e-6)
    assert crossover(LENGTHS, second, first) == pytest.approx(where, rel=1e-6)


@given(
    values=st.lists(st.floats(1e-3, 1e3), min_size=6, max_size=6),
    factors=st.lists(st.floats(1.01, 50), min_size=6, max_size=6),
)
def test_no_crossing(values, factors):
    above = np.multiply(values, factors)
    assert crossover(LENGTHS, values, above) is None
    assert crossover(LENGTHS, above, values) is None


def test_last_of_several_crossings():
    first, second = [1, 3, 1, 1, 1, 4], [2, 2, 2, 2, 2, 2]
    assert 128 < crossover(LENGTHS, first, second) < 256


def test_crossing_at_a_measured_length():
    assert crossover([10, 100, 1000], [1, 2, 3], [2, 2, 2]) == pytest.approx(100)


def test_geometric_mean_when_symmetrical():
    assert crossover([10, 1000], [1, 4], [2, 2]) == pytest.approx(math.sqrt(10 * 1000))


def test_one_length_never_crosses():
    assert crossover([8], [1.0], [2.0]) is None


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        (([8, 16], [1, 2], [1, 2, 3]), r"\(2,\), \(2,\) y \(3,\)"),
        (([[8, 16]], [[1, 2]], [[1, 2]]), "mismos elementos"),
        (([16, 8], [1, 2], [2, 1]), "de menor a mayor, sin repetir"),
        (([8, 8], [1, 2], [2, 1]), "de menor a mayor, sin repetir"),
        (([8, 16], [0, 2], [1, 1]), "mayores que 0"),
        (([8, 16], [1, 2], [1, -1]), "mayores que 0"),
        (([0, 16], [1, 2], [2, 1]), "mayores que 0"),
        (([8, 16], [1, float("nan")], [2, 1]), "mayores que 0"),
    ],
)
def test_curves_that_cannot_be_compared(curves, message):
    with pytest.raises(ValueError, match=message):
        crossover(*curves)


# --- El registro -------------------------------------------------------------------------------------


def test_every_row_says_where_it_was_measured():
    (row,) = as_rows([example()])
    assert (row["name"], row["length"], row["repeats"], row["median_s"]) == ("LSTM", 5, 5, 3.0)
    assert (row["device"], row["threads"], row["torch"]) == ("GPU de ejemplo", 3, "2.0")


def test_saved_file_can_be_read_again(tmp_path):
    path = tmp_path / "medidas.csv"
    written = save_measurements(path, [example(), example(name="atención", peak_bytes=7)])
    assert written == path
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["LSTM", "atención"]
    assert [row["peak_bytes"] for row in rows] == ["", "7"]
    assert {row["device"] for row in rows} == {"GPU de ejemplo"}
    assert date.fromisoformat(rows[0]["recorded_on"])
    assert float(rows[0]["q25_s"]) == 2.0


def test_nothing_to_save(tmp_path):
    path = tmp_path / "medidas.csv"
    with pytest.raises(ValueError, match="No hay medidas que guardar"):
        save_measurements(path, [])
    assert not path.exists()
