"""Llamar a lo del estudiante y reconocer errores arrastrados: qué se acepta y qué no."""

import numpy as np
import pytest

from codigo.student_work import arrays_in, call, follows, matches, mistaken_mask

ROWS = np.array([[1.0, 0.0], [1.0, 2.0], [-3.0, 1.0]])
PAIRS = [(0, 0), (0, 1), (1, 2), (2, 0)]
CAUSAL = np.triu(np.ones((4, 4), dtype=bool), k=1)


class ForeignError(ValueError):
    """Como los de quien llama desde otro proceso: no es de la función."""


def test_call_gives_what_the_function_gives():
    assert call("f", lambda a, b: a - b, 5, 3) == 2


def test_call_says_with_what_it_stopped():
    with pytest.raises(AssertionError) as caught:
        call("f", np.matmul, np.ones((3, 2)), np.ones((3, 2)), hint="¿falta trasponer?")
    message = str(caught.value)
    assert message.startswith("`f` se detiene con argumentos de forma (3, 2), (3, 2): ValueError")
    assert message.endswith("Pista: ¿falta trasponer?")


def test_call_shows_plain_arguments():
    with pytest.raises(AssertionError, match=r"`f` se detiene con 7: KeyError: 7$"):
        call("f", {3: "tres"}.__getitem__, 7)


@pytest.mark.parametrize("error", [NotImplementedError("por hacer"), ForeignError("no llega"), MemoryError()])
def test_call_lets_other_errors_through(error):
    def stops(_):
        raise error

    with pytest.raises(type(error)):
        call("f", stops, 1)


def test_matches_does_not_look_where_nan_is_expected():
    assert matches([1, 5.0], [1, np.nan])
    assert not matches([np.nan, 5.0], [1, np.nan])
    assert not matches([1.0], [1, np.nan])


@pytest.mark.parametrize("wrong", [~CAUSAL, CAUSAL.T, CAUSAL | np.eye(4, dtype=bool), np.eye(4, k=1)])
def test_a_mistaken_mask_is_given_back(wrong):
    assert np.array_equal(mistaken_mask(lambda n: wrong, 4), wrong)


@pytest.mark.parametrize(
    "useless",
    [CAUSAL, np.zeros((4, 4)), np.ones((4, 4)), ~np.eye(4, dtype=bool), -1e9 * CAUSAL, np.ones((3, 3)), None],
    ids=["la causal", "no oculta", "oculta todo", "solo la diagonal", "para sumar", "de otro tamaño", "nada"],
)
def test_a_mask_that_is_of_no_use_is_not(useless):
    assert mistaken_mask(lambda n: useless, 4) is None


@pytest.mark.parametrize("missing", [None, lambda n: 1 / 0, lambda: 1])
def test_without_a_mask_there_is_none(missing):
    assert mistaken_mask(missing, 4) is None


def test_a_matrix_follows_the_function_it_comes_from():
    assert follows(ROWS @ ROWS.T, np.dot, ROWS.tolist(), PAIRS)
    assert not follows(ROWS @ ROWS.T + 0.1, np.dot, ROWS, PAIRS)


@pytest.mark.parametrize("function", [None, lambda a: a, lambda a, b: 1 / 0, lambda a, b: np.nan])
def test_a_matrix_does_not_follow_what_gives_nothing(function):
    assert not follows(np.full((3, 3), np.nan), function, ROWS, PAIRS)


def test_arrays_in_a_dictionary():
    arrays = arrays_in({1: [[1, 2]], "otra": None}, [1], (1, 2))
    assert arrays is not None and arrays[1].dtype == np.float64


@pytest.mark.parametrize("value", [None, 7, {}, {1: [[1, 2]]}, {1: [[1, 2]], 4: [1, 2]}, {1: "a", 4: "b"}])
def test_arrays_in_needs_them_all(value):
    assert arrays_in(value, [1, 4], (1, 2)) is None
