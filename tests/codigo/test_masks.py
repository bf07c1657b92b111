"""Las máscaras: ``True`` = oculta, y qué valores, formas y filas se rechazan."""

import numpy as np
import pytest
import torch

from codigo.masks import check_mask, create_causal_mask


@pytest.mark.parametrize("seq_len", [1, 2, 3, 7, np.int64(5)])
def test_causal_mask(seq_len):
    mask = create_causal_mask(seq_len)
    assert mask.dtype == np.bool_
    expected = [[column > row for column in range(seq_len)] for row in range(seq_len)]
    np.testing.assert_array_equal(mask, expected)


def test_causal_mask_matches_torch():
    additive = torch.nn.Transformer.generate_square_subsequent_mask(6)
    np.testing.assert_array_equal(create_causal_mask(6), torch.isinf(additive).numpy())


def test_each_call_returns_a_new_array():
    first = create_causal_mask(3)
    first[:] = True
    assert not create_causal_mask(3)[0, 0]


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None, True])
def test_length_not_a_positive_integer(value):
    with pytest.raises(ValueError, match="seq_len debe ser un entero mayor que 0; se dio") as error:
        create_causal_mask(value)
    assert repr(value) in str(error.value)


NUMERIC = [np.bool_, np.int8, np.int64, np.uint8, np.uint32, np.float16, np.float32, np.float64]


@pytest.mark.parametrize("dtype", NUMERIC, ids=lambda dtype: dtype.__name__)
def test_accepts_zeros_and_ones_of_any_dtype(dtype):
    causal = create_causal_mask(4)
    checked = check_mask(causal.astype(dtype), (4, 4))
    assert checked.dtype == np.bool_
    np.testing.assert_array_equal(checked, causal)


@pytest.mark.parametrize(
    "mask", [[[0, 1], [0, 0]], [[False, True], [False, False]], [[0.0, 1.0], [0.0, 0.0]]]
)
def test_accepts_lists(mask):
    np.testing.assert_array_equal(check_mask(mask, (2, 2)), create_causal_mask(2))


def test_accepts_tensors():
    np.testing.assert_array_equal(
        check_mask(torch.ones(3, 3, dtype=torch.bool).triu(1), (3, 3)), create_causal_mask(3)
    )


def test_given_mask_not_modified():
    mask = create_causal_mask(4).astype(float)
    before = mask.copy()
    check_mask(mask, (4, 4))
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("shape", [(3, 5), (1, 3, 5), (4, 3, 5), (2, 4, 3, 5), (2, 1, 3, 5), (1, 4, 3, 5)])
def test_batch_axes_that_broadcast(shape):
    assert check_mask(np.zeros(shape, dtype=bool), (2, 4, 3, 5)).shape == shape


@pytest.mark.parametrize(
    "mask",
    [
        np.where(create_causal_mask(3), -np.inf, 0.0),
        np.where(create_causal_mask(3), -1e9, 0.0),
        np.where(create_causal_mask(3), np.nan, 0.0),
        create_causal_mask(3) * 0.5,
        create_causal_mask(3) * 2,
        -create_causal_mask(3).astype(int),
        create_causal_mask(3).astype(complex),
        create_causal_mask(3).astype(str),
        create_causal_mask(3).astype(object),
    ],
    ids=["minus_inf", "minus_1e9", "nan", "half", "two", "minus_one", "complex", "text", "object"],
)
def test_rejects_masks_that_are_not_zeros_and_ones(mask):
    with pytest.raises(ValueError, match=r"debe ser booleana \(True = posición oculta\)") as error:
        check_mask(mask, (3, 3))
    assert str(mask.dtype) in str(error.value)
    assert "mask < 0" in str(error.value)


@pytest.mark.parametrize(
    "shape",
    [(5, 3), (3, 3), (3,), (), (5,), (1, 5), (3, 1), (7, 3, 5), (4, 2, 3, 5), (1, 2, 4, 3, 5)],
    ids=str,
)
def test_rejects_other_shapes(shape):
    with pytest.raises(ValueError, match=r"debe tener forma \(3, 5\)") as error:
        check_mask(np.zeros(shape, dtype=bool), (2, 4, 3, 5))
    assert str(shape) in str(error.value)


def test_rejects_extra_axis_without_batch():
    with pytest.raises(ValueError, match=r"se dio la forma \(1, 3, 5\)"):
        check_mask(np.zeros((1, 3, 5), dtype=bool), (3, 5))


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ((0,), "la consulta 0"),
        ((6,), "la consulta 6"),
        ((1, 6), "la consulta 6 de la secuencia 1"),
        ((2, 1, 6), "la consulta 6 de la secuencia [2, 1]"),
    ],
    ids=str,
)
def test_rejects_fully_hidden_row(index, words):
    scores_shape = (4, 3, 7, 5)[-len(index) - 1 :]
    mask = np.zeros(scores_shape, dtype=bool)
    mask[index] = True
    with pytest.raises(ValueError, match="oculta todas las claves") as error:
        check_mask(mask, scores_shape)
    assert f"las claves de {words}: deja al menos" in str(error.value)


def test_names_the_first_hidden_row():
    mask = np.zeros((3, 7, 5), dtype=bool)
    mask[2, 0] = mask[1, 4] = mask[1, 6] = True
    with pytest.raises(ValueError, match="de la consulta 4 de la secuencia 1: "):
        check_mask(mask, (3, 7, 5))


def test_one_visible_position_per_row_is_enough():
    mask = ~np.eye(4, dtype=bool)
    np.testing.assert_array_equal(check_mask(mask, (4, 4)), mask)
