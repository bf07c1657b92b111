"""La codificación posicional sinusoidal: valores, geometría y suma a la entrada."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codigo.positional import PositionalEncodingSinusoidal

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
SIZES = pytest.mark.parametrize("d_model", [2, 6, 32, 128])


@pytest.fixture(scope="module")
def encoding():
    return PositionalEncodingSinusoidal(128, 100)


@pytest.mark.parametrize(("d_model", "max_len"), [(2, 1), (4, 7), (6, 3), (10, 50), (64, 9)])
def test_values_of_the_formula(d_model, max_len):
    encoding = PositionalEncodingSinusoidal(d_model, max_len).encoding
    assert (encoding.shape, encoding.dtype) == ((max_len, d_model), np.float64)
    for position, dimension in np.ndindex(max_len, d_model):
        angle = position / 10000 ** (2 * (dimension // 2) / d_model)
        expected = math.cos(angle) if dimension % 2 else math.sin(angle)
        assert encoding[position, dimension] == pytest.approx(expected, abs=1e-12)


@SIZES
def test_interleaved_sines_and_cosines(d_model):
    encoding = PositionalEncodingSinusoidal(d_model, 20).encoding
    np.testing.assert_array_equal(encoding[0], [0.0, 1.0] * (d_model // 2))
    np.testing.assert_allclose(encoding[:, 0], np.sin(np.arange(20)), atol=1e-12)
    np.testing.assert_allclose(encoding[:, 1], np.cos(np.arange(20)), atol=1e-12)


def test_default_max_len():
    assert PositionalEncodingSinusoidal(4).encoding.shape == (5000, 4)


def test_rows_do_not_depend_on_max_len(encoding):
    longer = PositionalEncodingSinusoidal(128, 300).encoding
    np.testing.assert_array_equal(longer[:100], encoding.encoding)


@SIZES
def test_squared_norm_is_half_d_model(d_model):
    encoding = PositionalEncodingSinusoidal(d_model, 60).encoding
    np.testing.assert_allclose((encoding**2).sum(axis=1), d_model / 2, rtol=1e-12)


@PROPERTY
@given(half=st.integers(1, 20), position=st.integers(0, 60), shift=st.integers(0, 60))
def test_shift_is_rotation(half, position, shift):
    d_model = 2 * half
    pairs = PositionalEncodingSinusoidal(d_model, 121).encoding.reshape(121, half, 2)
    angles = shift * 10000.0 ** (-2 * np.arange(half) / d_model)
    sin, cos = np.sin(angles), np.cos(angles)
    rotation = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], axis=-2)  # (half, 2, 2)
    rotated = (rotation @ pairs[position][..., None])[..., 0]
    np.testing.assert_allclose(rotated, pairs[position + shift], atol=1e-9)


def cosine(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@PROPERTY
@given(distance=st.integers(0, 49), start=st.integers(0, 50))
def test_cosine_depends_only_on_distance(encoding, distance, start):
    rows = encoding.encoding
    frequencies = 10000.0 ** (-np.arange(0, 128, 2) / 128)
    expected = 2 / 128 * np.cos(frequencies * distance).sum()
    assert cosine(rows[start], rows[start + distance]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("distance", "expected"), [(1, 0.970), (10, 0.669), (49, 0.527)])
def test_similarities_quoted_in_course(encoding, distance, expected):
    assert cosine(encoding.encoding[0], encoding.encoding[distance]) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("d_model", "first_rise"), [(64, 6), (128, 12), (512, 44)])
def test_similarity_is_not_monotonic(d_model, first_rise):
    rows = PositionalEncodingSinusoidal(d_model, 50).encoding
    similarity = rows @ rows[0] / (d_model / 2)
    rises = np.flatnonzero(np.diff(similarity) > 0) + 1
    assert rises[0] == first_rise


@pytest.mark.parametrize("seq_len", [1, 7, 100, np.int64(3)])
def test_get_encoding(encoding, seq_len):
    np.testing.assert_array_equal(encoding.get_encoding(seq_len), encoding.encoding[:seq_len])


def test_get_encoding_returns_a_copy():
    positional = PositionalEncodingSinusoidal(4, 5)
    before = positional.encoding.copy()
    positional.get_encoding(3)[:] = 99.0
    np.testing.assert_array_equal(positional.encoding, before)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adds_encoding_and_keeps_dtype(encoding, batch, dtype):
    X = np.random.default_rng(0).normal(size=(*batch, 7, 128)).astype(dtype)
    before = X.copy()
    output = encoding(X)
    assert output.dtype == dtype
    expected = np.broadcast_to(encoding.encoding[:7], X.shape).astype(dtype)
    np.testing.assert_array_equal(output, before + expected)
    np.testing.assert_array_equal(X, before)


def test_integer_input_gives_float64(encoding):
    output = encoding(np.ones((3, 128), dtype=int))
    assert output.dtype == np.float64
    np.testing.assert_array_equal(output, 1.0 + encoding.encoding[:3])


def test_full_max_len(encoding):
    assert encoding(np.zeros((100, 128))).shape == (100, 128)


@pytest.mark.parametrize("d_model", [1, 3, 127])
def test_odd_d_model(d_model):
    with pytest.raises(ValueError, match=f"d_model debe ser par .* se dio {d_model}.*{d_model + 1}"):
        PositionalEncodingSinusoidal(d_model)


@pytest.mark.parametrize("seq_len", [101, 5000])
def test_length_beyond_max_len(encoding, seq_len):
    message = f"seq_len={seq_len} pasa de max_len=100: se admite de 1 a 100"
    with pytest.raises(ValueError, match=message):
        encoding.get_encoding(seq_len)
    with pytest.raises(ValueError, match=message):
        encoding(np.zeros((2, seq_len, 128)))


@pytest.mark.parametrize("seq_len", [0, -1, 2.5, None])
def test_length_not_a_positive_integer(encoding, seq_len):
    with pytest.raises(ValueError, match="seq_len debe ser un entero mayor que 0"):
        encoding.get_encoding(seq_len)


@pytest.mark.parametrize("shape", [(128,), (7, 127), (0, 128), (128, 7)], ids=str)
def test_input_of_other_shape(encoding, shape):
    with pytest.raises(ValueError, match=r"X debe tener forma \(…, T, d_model\) con d_model=128") as error:
        encoding(np.zeros(shape))
    assert str(shape) in str(error.value)
