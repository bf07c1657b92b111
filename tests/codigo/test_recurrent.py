"""Las recurrencias paso a paso contra ``nn.RNN`` y ``nn.LSTM``, con los pesos copiados."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from codigo.recurrent import LSTMStepByStep, RNNStepByStep

PAIRS = {"rnn": (nn.RNN, RNNStepByStep), "lstm": (nn.LSTM, LSTMStepByStep)}
KIND = pytest.mark.parametrize("kind", PAIRS)
B, T, INPUT, HIDDEN = 2, 7, 3, 5  # todos diferentes: un eje cambiado de sitio se nota


def paired(kind, input_size=INPUT, hidden_size=HIDDEN, seed=0):
    """La capa de PyTorch y la nuestra con los mismos pesos, en float64."""
    torch.manual_seed(seed)
    theirs, ours = PAIRS[kind]
    reference = theirs(input_size, hidden_size, batch_first=True).double()
    layer = ours(input_size, hidden_size).double()
    layer.load_state_dict(reference.state_dict())
    return reference, layer


def random_states(kind, batch=B, hidden_size=HIDDEN):
    h, c = torch.randn(2, 1, batch, hidden_size, dtype=torch.float64)
    return h if kind == "rnn" else (h, c)


def random_input(batch=B, length=T, input_size=INPUT):
    return torch.randn(batch, length, input_size, dtype=torch.float64)


def flat(result):
    """Salidas y estados en una sola lista de tensores."""
    outputs, states = result
    return [outputs, *(states if isinstance(states, tuple) else (states,))]


def gradients(layer, x, states):
    """Gradientes de una pérdida en la que pesa de forma distinta cada salida y cada estado."""
    x = x.clone().requires_grad_()
    results = flat(layer(x, states))
    loss = sum((result * torch.linspace(1, 2, result.numel()).view_as(result)).sum() for result in results)
    names = [name for name, _ in layer.named_parameters()]
    grads = torch.autograd.grad(loss, [x, *layer.parameters()])
    return dict(zip(["x", *names], grads))


# --- Paridad -----------------------------------------------------------------------------------------


@KIND
@pytest.mark.parametrize("with_states", [False, True], ids=["zeros", "states"])
@settings(max_examples=25, deadline=None)
@given(
    batch=st.integers(1, 4),
    length=st.integers(1, 9),
    input_size=st.integers(1, 6),
    hidden_size=st.integers(1, 6),
    seed=st.integers(0, 2**16),
)
def test_outputs_and_states_match(kind, with_states, batch, length, input_size, hidden_size, seed):
    reference, layer = paired(kind, input_size, hidden_size, seed)
    x = random_input(batch, length, input_size)
    states = random_states(kind, batch, hidden_size) if with_states else None
    for ours, theirs in zip(flat(layer(x, states)), flat(reference(x, states)), strict=True):
        torch.testing.assert_close(ours, theirs)


@KIND
@pytest.mark.parametrize("with_states", [False, True], ids=["zeros", "states"])
@pytest.mark.parametrize("sizes", [(2, 7, 3, 5), (1, 4, 6, 2), (5, 1, 2, 3), (3, 2, 1, 4)], ids=str)
def test_gradients_match(kind, with_states, sizes):
    batch, length, input_size, hidden_size = sizes
    reference, layer = paired(kind, input_size, hidden_size)
    x = random_input(batch, length, input_size)
    states = random_states(kind, batch, hidden_size) if with_states else None
    theirs, ours = gradients(reference, x, states), gradients(layer, x, states)
    assert set(ours) == set(theirs)
    for name, gradient in theirs.items():
        torch.testing.assert_close(ours[name], gradient, msg=name)


@KIND
def test_weights_copy_both_ways(kind):
    reference, layer = paired(kind)
    again = PAIRS[kind][0](INPUT, HIDDEN, batch_first=True).double()
    again.load_state_dict(layer.state_dict())
    x = random_input()
    torch.testing.assert_close(again(x)[0], reference(x)[0])


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 1, 3, 2), (0, 2, 1, 3)], ids=str)
def test_parity_notices_another_gate_order(order):
    reference, layer = paired("lstm")
    shuffled = {
        name: torch.cat([value.chunk(4)[gate] for gate in order])
        for name, value in reference.state_dict().items()
    }
    layer.load_state_dict(shuffled)
    x = random_input()
    assert not torch.allclose(layer(x)[0], reference(x)[0], atol=1e-3)


@KIND
def test_float32_stays_float32(kind):
    layer = PAIRS[kind][1](INPUT, HIDDEN)
    assert {result.dtype for result in flat(layer(torch.randn(B, T, INPUT)))} == {torch.float32}


@KIND
def test_initial_weights_have_the_range_of_pytorch(kind):
    torch.manual_seed(0)
    layer = PAIRS[kind][1](30, 16)
    largest = max(parameter.abs().max().item() for parameter in layer.parameters())
    assert 0.2 < largest <= 0.25  # 1/√16


# --- Propiedades -------------------------------------------------------------------------------------


@KIND
def test_future_leaves_past_alone(kind):
    _, layer = paired(kind)
    x = random_input()
    edited = x.clone()
    edited[:, 4:] += 1.0
    before, after = layer(x)[0], layer(edited)[0]
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] != after[:, 4:]).any(dim=-1).all()


@KIND
@pytest.mark.parametrize("cut", [1, 3, 6])
def test_state_carries_everything(kind, cut):
    """Leer en dos trozos, pasando el estado, da lo mismo que leer de una vez."""
    _, layer = paired(kind)
    x = random_input()
    whole = flat(layer(x))
    first, states = layer(x[:, :cut])
    second = flat(layer(x[:, cut:], states))
    torch.testing.assert_close(torch.cat([first, second[0]], dim=1), whole[0])
    for ours, theirs in zip(second[1:], whole[1:], strict=True):
        torch.testing.assert_close(ours, theirs)


@KIND
def test_last_output_is_the_state(kind):
    _, layer = paired(kind)
    outputs, h, *_ = flat(layer(random_input()))
    assert outputs.shape == (B, T, HIDDEN) and h.shape == (1, B, HIDDEN)
    assert torch.equal(outputs[:, -1], h[0])


@KIND
def test_arguments_stay_the_same(kind):
    _, layer = paired(kind)
    x, states = random_input(), random_states(kind)
    copies = [value.clone() for value in (x, *(states if kind == "lstm" else (states,)))]
    layer(x, states)
    assert all(map(torch.equal, copies, (x, *(states if kind == "lstm" else (states,)))))


def test_open_forget_gate_keeps_the_cell():
    """Con el olvido abierto y la entrada cerrada, ``c`` no cambia."""
    layer = LSTMStepByStep(INPUT, HIDDEN).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.bias_ih_l0[:HIDDEN] = -50.0
        layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 50.0
    h, c = random_states("lstm")
    torch.testing.assert_close(layer(random_input(), (h, c))[1][1], c)


# --- Errores -----------------------------------------------------------------------------------------


@KIND
@pytest.mark.parametrize(
    ("sizes", "name"),
    [((0, 5), "input_size"), ((3, -1), "hidden_size"), ((3, 2.0), "hidden_size"), ((True, 2), "input_size")],
)
def test_sizes_must_be_positive_integers(kind, sizes, name):
    with pytest.raises(ValueError, match=f"{name} debe ser un entero mayor que 0"):
        PAIRS[kind][1](*sizes)


@KIND
@pytest.mark.parametrize("shape", [(2, 7, 4), (2, 0, 3), (7, 3), (1, 2, 7, 3)], ids=str)
def test_input_of_another_shape(kind, shape):
    _, layer = paired(kind)
    with pytest.raises(ValueError, match=r"forma \(B, T, 3\) con T ≥ 1; se dio la forma") as error:
        layer(torch.zeros(shape, dtype=torch.float64))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("shape", [(2, 5), (1, 3, 5), (1, 2, 4), (2, 2, 5)], ids=str)
def test_state_of_another_shape(shape):
    wrong = torch.zeros(shape, dtype=torch.float64)
    right = torch.zeros(1, B, HIDDEN, dtype=torch.float64)
    for kind, states in (("rnn", wrong), ("lstm", (right, wrong)), ("lstm", (right,))):
        with pytest.raises(ValueError, match=r"\(1, B, H\) = \(1, 2, 5\); se dieron las formas"):
            paired(kind)[1](random_input(), states)
