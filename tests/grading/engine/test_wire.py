"""Los valores que cruzan: ida y vuelta, y nada que se pueda ejecutar."""

from __future__ import annotations

import json
import math
from collections import namedtuple
from typing import Any

import numpy as np
import pandas
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grading.engine.allowance import Allowance, Budget
from grading.engine.wire import Decoder, Encoder, FunctionHandle, Opaque, WireError


def cross(value: Any) -> Any:
    encoder = Encoder()
    tree = json.loads(json.dumps(encoder.encode(value)))
    return Decoder(bytearray(encoder.payload)).decode(tree)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)
numbers = hnp.arrays(
    hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(16, 32, 64)),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(plain)
def test_plain_values_come_back_equal(value: Any) -> None:
    back = cross(value)
    assert back == value and type(back) is type(value)


@given(numbers)
def test_arrays_come_back_equal(array: np.ndarray) -> None:
    back = cross(array)
    np.testing.assert_array_equal(back, array)
    assert back.dtype == array.dtype.newbyteorder("<") and back.shape == array.shape and back.flags.writeable


def test_what_is_not_contiguous_or_has_a_gradient() -> None:
    base = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(cross(base[:, ::2].T), base[:, ::2].T)
    tensor = torch.arange(6.0).reshape(2, 3).requires_grad_()
    back = cross({"t": tensor * 2})["t"]
    assert isinstance(back, torch.Tensor) and torch.equal(back, tensor.detach() * 2)
    assert torch.equal(cross(tensor.detach().bfloat16()), tensor.detach())


def test_special_numbers() -> None:
    assert math.isnan(cross(float("nan"))) and cross(float("-inf")) == float("-inf")
    scalar = cross(np.float32(1.5))
    assert scalar == 1.5 and isinstance(scalar, np.floating)


class Liar:
    """Igual a todo, y con trampas en cada método especial."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, *_: Any) -> np.ndarray:
        raise AssertionError("no se debe llamar")

    def __reduce__(self) -> Any:
        raise AssertionError("no se debe llamar")


class LyingArray(np.ndarray):
    """Un arreglo que dice ser igual a todo."""

    def __eq__(self, other: object) -> Any:
        return True


def test_other_objects_only_say_their_type() -> None:
    assert cross(Liar()) == Opaque("Liar")
    assert cross([1, object()]) == [1, Opaque("object")]
    boxed = np.empty(1, dtype=object)
    boxed[0] = Liar()
    assert isinstance(cross(boxed), Opaque)


def test_a_subclass_of_array_becomes_a_plain_one() -> None:
    back = cross(np.arange(3.0).view(LyingArray))
    assert type(back) is np.ndarray and not np.array_equal(back, [9, 9, 9])


def test_functions_cross_as_numbers() -> None:
    encoder = Encoder()
    tree = encoder.encode({"f": len, "g": abs})
    assert encoder.functions == [len, abs]
    assert Decoder(b"").decode(tree) == {"f": FunctionHandle(0, "len"), "g": FunctionHandle(1, "abs")}


@pytest.mark.parametrize(
    "value",
    [[0] * 200_000, 10**100, np.zeros(2**28)],
    ids=["muchos elementos", "muchas cifras", "muchos bytes"],
)
def test_too_much_is_refused(value: Any) -> None:
    with pytest.raises(WireError):
        Encoder(budget=Budget(Allowance(1_000_000))).encode(value)


def test_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(50):
        value = [value]
    with pytest.raises(WireError, match="niveles"):
        Encoder().encode(value)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"desconocido": 1},
        {"int": "no"},
        {"list": 3},
        {"dict": [[1]]},
        {"dict": [[{"list": []}, None]]},
        {"array": "O", "shape": [1], "start": 0, "bytes": 8},
        {"array": "<f8", "shape": [2], "start": 0, "bytes": 8},
        {"array": "<f8", "shape": [1], "start": 4, "bytes": 8},
        {"array": "<f8", "shape": [-1], "start": 0, "bytes": 8},
        {"array": "<f8", "shape": [2**62, 2**62], "start": 0, "bytes": 8},
        {"array": "V8", "shape": [1], "start": 0, "bytes": 8},
        {"array": "f8,f8", "shape": [0], "start": 0, "bytes": 0},
        {"array": "<f8", "shape": [0], "start": -1, "bytes": 0},
        7,
        [1],
    ],
)
def test_nonsense_is_refused(tree: Any) -> None:
    with pytest.raises(WireError):
        Decoder(bytearray(8)).decode(tree)


def test_named_tuples_and_tables_cross_as_what_they_hold() -> None:
    pair = namedtuple("pair", "output weights")(np.ones(2), [1.0])
    crossed = cross(pair)
    assert type(crossed) is tuple and np.array_equal(crossed[0], np.ones(2)) and crossed[1] == [1.0]
    assert np.array_equal(cross(pandas.DataFrame([[1, 2], [3, 4]])), [[1, 2], [3, 4]])
    assert np.array_equal(cross(pandas.Series([1.5, 2.5])), [1.5, 2.5])
    assert cross(pandas.Series({1: 1.5, 4: 2.5})) == {1: 1.5, 4: 2.5}
