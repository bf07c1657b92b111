"""Las comprobaciones de las celdas de prueba: aceptan lo correcto y nombran lo que falla."""

import numpy as np
import pytest
import torch

from codigo import checks

EXPECTED = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
GRAD = torch.tensor(EXPECTED, requires_grad=True)
SAME_VALUES = {
    "array": EXPECTED,
    "float32": EXPECTED.astype(np.float32),
    "integers": EXPECTED.astype(int),
    "list": EXPECTED.tolist(),
    "tuple": tuple(map(tuple, EXPECTED.tolist())),
    "list_of_arrays": list(EXPECTED),
    "non_contiguous": np.ascontiguousarray(EXPECTED.T).T,
    "strided": np.repeat(EXPECTED, 2, axis=1)[:, ::2],
    "read_only": np.broadcast_to(EXPECTED, (2, 3)),
    "tensor": torch.tensor(EXPECTED),
    "tensor_with_gradient": GRAD,
    "computed_tensor": GRAD * 1.0,
    "float32_tensor": torch.tensor(EXPECTED, dtype=torch.float32, requires_grad=True),
    "list_of_tensors": list(GRAD),
    "nested_tensors": [list(row) for row in GRAD],
    "bfloat16_tensor": torch.tensor(EXPECTED, dtype=torch.bfloat16, requires_grad=True),
    "transposed_tensor": torch.tensor(EXPECTED.T.copy()).T,
}


# --- require_defined y as_array --------------------------------------------------------------------


def test_require_defined():
    checks.require_defined({"a": 1, "b": None}, "a", "b")
    with pytest.raises(AssertionError, match=r"Falta definir `b`, `c`\. Completa la celda") as error:
        checks.require_defined({"a": 1}, "a", "b", "c")
    assert "`a`" not in str(error.value)


@pytest.mark.parametrize("kind", SAME_VALUES)
def test_as_array_reads_any_numeric_form(kind):
    array = checks.as_array("x", SAME_VALUES[kind])
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(array, EXPECTED)


@pytest.mark.parametrize("value", [3, 3.0, True, np.float32(3), torch.tensor(3.0)], ids=repr)
def test_as_array_reads_scalars(value):
    assert checks.as_array("x", value).shape == ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [("text", "str"), ([[1], [1, 2]], "list"), ({1: 2}, "dict"), (1j, "complex"), (print, "builtin")],
)
def test_as_array_rejects_non_numbers(value, kind):
    with pytest.raises(AssertionError, match=f"`x` debe ser un arreglo de números reales.*{kind}"):
        checks.as_array("x", value)


CALLS = {
    "as_array": lambda value: checks.as_array("x", value),
    "check_shape": lambda value: checks.check_shape("x", value, (2, 3)),
    "check_finite": lambda value: checks.check_finite("x", value),
    "check_close": lambda value: checks.check_close("x", value, EXPECTED),
    "check_rows_sum_to_one": lambda value: checks.check_rows_sum_to_one("x", value),
    "check_no_future": lambda value: checks.check_no_future("x", value),
}


@pytest.mark.parametrize("call", CALLS)
def test_none_mentions_return(call):
    with pytest.raises(AssertionError, match=r"`x` .*llegó None.*`return`"):
        CALLS[call](None)


# --- check_shape y check_finite --------------------------------------------------------------------


def test_check_shape():
    np.testing.assert_array_equal(checks.check_shape("x", EXPECTED.tolist(), (2, 3)), EXPECTED)
    assert checks.check_shape("x", 1.0, ()) == 1.0
    with pytest.raises(
        AssertionError, match=r"`x` debe tener forma \(3, 2\); llegó un arreglo de forma \(2, 3\)\.$"
    ):
        checks.check_shape("x", EXPECTED, (3, 2))
    with pytest.raises(AssertionError, match=r"forma \(2, 3\)\.\sPista: traspón$"):
        checks.check_shape("x", EXPECTED, (3, 2), hint="traspón")
    with pytest.raises(
        AssertionError, match=r"`x` debe ser un solo número; llegó un arreglo de forma \(2, 3\)"
    ):
        checks.check_shape("x", EXPECTED, ())
    with pytest.raises(AssertionError, match=r"`x` debe tener forma \(2, 3\); llegó un solo número\.$"):
        checks.check_shape("x", 1.0, (2, 3))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_check_finite(bad):
    checks.check_finite("x", EXPECTED)
    checks.check_finite("x", [1, 2])
    value = EXPECTED.copy()
    value[1, 2] = bad
    with pytest.raises(
        AssertionError, match=rf"`x`, fila 1, columna 2, vale {bad}\.\sPista: resta el máximo"
    ):
        checks.check_finite("x", value, hint="resta el máximo")


# --- check_close -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SAME_VALUES)
def test_check_close_accepts_other_styles(kind):
    checks.check_close("x", SAME_VALUES[kind], EXPECTED)


def test_check_close_accepts_only_rounding():
    checks.check_close("x", EXPECTED + 1e-7, EXPECTED)
    with pytest.raises(AssertionError):
        checks.check_close("x", EXPECTED + 1e-3, EXPECTED)
    checks.check_close("x", EXPECTED + 1e-3, EXPECTED, atol=1e-2)


def test_check_close_accepts_scalars_and_expected_tensor():
    checks.check_close("x", np.float32(0.5), 0.5)
    checks.check_close("x", [1.0, 2.0], torch.tensor([1.0, 2.0]))


def test_check_close_reports_expected_and_obtained():
    value = EXPECTED.copy()
    value[0, 1] = 9.0
    with pytest.raises(
        AssertionError, match=r"^`x`, fila 0, columna 1: esperado 2, obtenido 9\.\sPista: mira el eje$"
    ):
        checks.check_close("x", value, EXPECTED, hint="mira el eje")
    with pytest.raises(
        AssertionError, match=r"`x`, fila 0, columna 0 \(y 5 valores más\): esperado 1, obtenido 2"
    ):
        checks.check_close("x", EXPECTED + 1, EXPECTED)
    with pytest.raises(AssertionError, match=r"`x`, posición 0 \(y 1 valor más\): esperado 1, obtenido 3"):
        checks.check_close("x", [3.0, 3.0], [1.0, 1.0])
    with pytest.raises(AssertionError, match=r"^`x`: esperado 1, obtenido 2\.$"):
        checks.check_close("x", 2.0, 1.0)


def test_check_close_says_where_in_words():
    value = np.zeros((2, 3, 4))
    value[1, 0, 2] = -1.0
    with pytest.raises(
        AssertionError, match=r"^`x`, matriz 1, fila 0, columna 2: esperado 0, obtenido -1\.$"
    ):
        checks.check_close("x", value, np.zeros((2, 3, 4)))
    with pytest.raises(
        AssertionError, match=r"^`x`, fila 0, columna 0, con T = 5 \(y 5 valores más\): esperado 1"
    ):
        checks.check_close("x", EXPECTED * 0, EXPECTED, case="con T = 5")
    with pytest.raises(AssertionError, match=r"^`x`, con n = 2: esperado 1, obtenido 0\.$"):
        checks.check_close("x", -0.0, 1.0, case="con n = 2")


def test_check_close_looks_only_at_some_places():
    places, right = [(0, 1), (1, 2)], [2.0, 6.0]
    checks.check_close("x", EXPECTED, right, places=places)
    checks.check_close("x", GRAD, right, places=places)
    with pytest.raises(AssertionError, match=r"^`x`, fila 1, columna 2: esperado 7, obtenido 6\.$"):
        checks.check_close("x", EXPECTED, [2.0, 7.0], places=places)
    with pytest.raises(AssertionError, match=r"fila 0, columna 1 \(y 1 valor más\).*\sPista: Traspuesto\.$"):
        checks.check_close("x", EXPECTED, [9.0, 9.0], places=places, mistakes={"Traspuesto.": right})


def test_check_close_says_true_and_false():
    mask = np.array([False, True])
    checks.check_close("x", [0, 1], mask)
    with pytest.raises(AssertionError, match=r"^`x`, posición 1: esperado True, obtenido False\.$"):
        checks.check_close("x", [0.0, 0.0], mask)
    with pytest.raises(AssertionError, match=r"^`x`, posición 0: esperado False, obtenido 0\.5\.$"):
        checks.check_close("x", [0.5, 1.0], mask)


def test_check_close_never_reports_equal_numbers():
    with pytest.raises(AssertionError, match=r"esperado 1 \(redondeado\), obtenido 1\.00001\.$"):
        checks.check_close("x", 1.00001, 1.0, rtol=0.0)


def test_check_close_rejects_other_shape():
    with pytest.raises(
        AssertionError, match=r"debe tener forma \(2, 3\); llegó un arreglo de forma \(3, 2\)"
    ):
        checks.check_close("x", EXPECTED.T, EXPECTED)
    with pytest.raises(AssertionError, match=r"llegó un arreglo de forma \(1, 2, 3\)"):
        checks.check_close("x", EXPECTED[None], EXPECTED)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_check_close_rejects_non_finite_values(bad):
    with pytest.raises(AssertionError, match=f"esperado 1, obtenido {bad}"):
        checks.check_close("x", np.full((2, 3), bad), EXPECTED)


MISTAKES = {
    "Falta dividir.": EXPECTED * 2,
    "Está traspuesto.": EXPECTED.T,
    "Da nan.": np.full((2, 3), np.nan),
}


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (EXPECTED * 2, "Falta dividir."),
        ((EXPECTED * 2).astype(np.float32).tolist(), "Falta dividir."),
        (GRAD * 2, "Falta dividir."),
        (np.full((2, 3), np.nan), "Da nan."),
        (EXPECTED * 3, "La pista general."),
    ],
    ids=["array", "list", "tensor", "nan", "unknown"],
)
def test_check_close_names_the_mistake(value, named):
    with pytest.raises(AssertionError) as error:
        checks.check_close("x", value, EXPECTED, hint="La pista general.", mistakes=MISTAKES)
    assert str(error.value).endswith(f"Pista: {named}")


def test_check_close_right_answer_beats_equal_mistake():
    checks.check_close("x", EXPECTED, EXPECTED, mistakes={"Igual.": EXPECTED})


def test_check_close_does_not_modify_value():
    value, wrong = EXPECTED * 2, EXPECTED * 2
    with pytest.raises(AssertionError, match="Doble"):
        checks.check_close("x", value, EXPECTED, mistakes={"Doble": wrong})
    np.testing.assert_array_equal(value, wrong)


# --- Filas y futuro ------------------------------------------------------------------------------------

CAUSAL = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])


@pytest.mark.parametrize(
    "weights",
    [
        CAUSAL,
        CAUSAL.tolist(),
        CAUSAL.astype(np.float32),
        torch.tensor(CAUSAL, requires_grad=True),
        CAUSAL[:, None],
    ],
    ids=["array", "list", "float32", "tensor", "with_heads"],
)
def test_check_rows_sum_to_one_passes(weights):
    checks.check_rows_sum_to_one("w", weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (CAUSAL.T, r"La fila 0 de `w` suma 1\.7 y debe sumar 1\.\sPista: .*las columnas.*axis=-1"),
        (
            np.tril(np.full((3, 3), 1 / 3)),
            r"La fila 0 de `w` suma 0\.3333 .*\sPista: .*después del softmax",
        ),
        (np.full((3, 3), 1 / 9), r"suma 0\.3333 .*\sPista: .*toda la matriz"),
        (np.array([[0.333, 0.667], [0.333, 0.666]]), r"La fila 1 de `w` suma 0\.999 .*\sPista: .*redondeas"),
        (np.full((3, 3), np.nan), r"La fila 0 de `w` suma nan"),
        (np.stack([CAUSAL, CAUSAL * 2]), r"La fila 0 de `w\[1\]` suma 2"),
    ],
    ids=["columns", "mask_after_softmax", "whole_matrix", "rounded", "nan", "with_batch"],
)
def test_check_rows_sum_to_one_fails(weights, message):
    with pytest.raises(AssertionError, match=message):
        checks.check_rows_sum_to_one("w", weights)


@pytest.mark.parametrize("weights", [CAUSAL, CAUSAL.tolist(), torch.tensor(CAUSAL), np.eye(4), [[1.0]]])
def test_check_no_future_passes(weights):
    checks.check_no_future("w", weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.full((3, 3), 1 / 3),
            r"En `w`, la posición 0 atiende a la 1 con peso 0\.3333\.\sPista: .*deja ver el futuro",
        ),
        (
            CAUSAL[::-1, ::-1],
            r"la posición 0 atiende a la 1 con peso 0\.3\.\sPista: Solo ve el futuro.*revés",
        ),
        (np.eye(3)[[0, 2, 1]], "la posición 1 atiende a la 2 con peso 1"),
    ],
    ids=["unmasked", "inverted", "one_row"],
)
def test_check_no_future_fails(weights, message):
    with pytest.raises(AssertionError, match=message):
        checks.check_no_future("w", weights)


def test_check_no_future_gives_its_own_hint():
    with pytest.raises(AssertionError, match=r"\sPista: ¿pasas la máscara\?$"):
        checks.check_no_future("w", np.full((3, 3), 1 / 3), hint="¿pasas la máscara?")
    with pytest.raises(AssertionError, match=r"\sPista: Solo ve el futuro"):
        checks.check_no_future("w", CAUSAL[::-1, ::-1], hint="¿pasas la máscara?")


def test_check_no_future_gives_index_of_head():
    heads = np.stack([CAUSAL, CAUSAL, CAUSAL])
    checks.check_no_future("w", heads)
    checks.check_no_future("w", torch.tensor(heads, requires_grad=True))
    heads[2, 0] = [0.75, 0.25, 0.0]
    with pytest.raises(AssertionError, match=r"En `w\[2\]`, la posición 0 atiende a la 1 con peso 0\.25"):
        checks.check_no_future("w", heads)


@pytest.mark.parametrize("call", ["check_rows_sum_to_one", "check_no_future"])
@pytest.mark.parametrize("value", [0.5, [0.5, 0.4], torch.tensor(0.5)], ids=["scalar", "vector", "tensor"])
def test_weights_must_be_a_matrix(call, value):
    with pytest.raises(AssertionError, match=r"`x` debe"):
        CALLS[call](value)


# --- arguments_untouched ---------------------------------------------------------------------------------


def test_arguments_untouched():
    a, b = np.arange(3.0), np.arange(4.0)
    with checks.arguments_untouched(a=a, b=b):
        a + 1
    message = "La función modificó su argumento `b`: trabaja sobre una copia"
    with pytest.raises(AssertionError, match=message), checks.arguments_untouched(a=a, b=b):
        b /= 2


def test_arguments_untouched_ignores_nan_that_stayed():
    a = np.array([np.nan, 1.0])
    with checks.arguments_untouched(a=a):
        a + 1
    with pytest.raises(AssertionError, match="modificó su argumento `a`"), checks.arguments_untouched(a=a):
        a[1] = np.nan


def test_arguments_untouched_lets_errors_through():
    with pytest.raises(ZeroDivisionError), checks.arguments_untouched(a=np.arange(3)):
        1 / 0  # noqa: B018
