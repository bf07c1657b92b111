"""Un ejercicio de juguete, el 9, escrito como dice ``docs/nuevo-ejercicio.md``: la media de unos valores."""

from __future__ import annotations

import json
import re

NOTEBOOK = "parte9_juguete"
TEXT = '''\
# %% [markdown]
# # Parte 9. Un juguete
#
# ## Ejercicio 9. La media
#
# | dificultad | tiempo | puntos |
# |---|---|---|
# | baja | 5 minutos | 8 |
#
# Escribe `mean_of(values)`: recibe un arreglo `(n,)` y devuelve su media, sin modificar su argumento.

# %%
import numpy as np

from codigo.checks import arguments_untouched, check_close, require_defined


@ej9_media@
def mean_of(values):
    """La media de unos valores."""
    ### BEGIN SOLUTION
    total = values.sum()
    return total / len(values)
    ### END SOLUTION


# %% [markdown]
# **Comprueba la media.** La de 3, 1, 9 y 4 es 4.25.

@test_ej9_media@
require_defined(globals(), "mean_of")

check_close(
    "mean_of([3, 1, 9, 4])",
    mean_of(np.array([3.0, 1.0, 9.0, 4.0])),
    17 / 4,
    hint="es la suma entre el número de valores.",
    mistakes={
        "Es la suma: falta dividir.": 17,
        "Divides entre uno de menos.": 17 / 3,
        "Divides entre uno de más.": 17 / 5,
        "Es la mediana.": 3.5,
        "Es el máximo.": 9,
        "Es el mínimo.": 1,
        "Es el primero.": 3,
        "Es el último.": 4,
        "Es el centro entre los extremos.": 5,
        "Es la media cuadrática.": np.sqrt(107 / 4),
        "Es la media geométrica.": 108**0.25,
        "Es la media armónica.": 4 / (1 / 3 + 1 + 1 / 9 + 1 / 4),
        "Cambias el signo.": -17 / 4,
        "Dejas fuera el primero.": 14 / 3,
        "Dejas fuera el último.": 13 / 3,
    },
)

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

hidden_rng = hidden_checks.fresh_generator()
for hidden_n in (1, 7, 12):
    hidden_values = hidden_rng.normal(2.0, 3.0, hidden_n)
    hidden_want = np.add.reduce(hidden_values) / hidden_n
    hidden_got = mean_of(hidden_values.copy())
    hidden_checks.check_close("mean_of(values)", hidden_got, hidden_want, case=f"con n = {hidden_n}")
### END HIDDEN TESTS

# %% [markdown]
# **Comprueba el argumento.** Debe quedar como estaba.

@test_ej9_argumento@
require_defined(globals(), "mean_of")

with arguments_untouched(values=np.arange(3.0)):
    mean_of(np.arange(3.0))

### BEGIN HIDDEN TESTS
from codigo import checks as hidden_checks

hidden_values = hidden_checks.fresh_generator().normal(size=6)
with hidden_checks.arguments_untouched(values=hidden_values):
    mean_of(hidden_values)
### END HIDDEN TESTS
'''
POINTS = {"test_ej9_media": 5, "test_ej9_argumento": 3, "test_ej9_regalo": 1}
# Nombre de cada estilo y lo que devuelve; ``v`` son los valores.
RIGHT = {
    "suma_y_longitud": "sum(v) / len(v)",
    "mean_de_numpy": "np.mean(v)",
    "average_de_numpy": "np.average(v)",
    "producto_escalar": "np.dot(v, np.ones(len(v))) / v.size",
    "suma_acumulada": "np.cumsum(v)[-1] / v.size",
    "einsum": "np.einsum('i->', v) / v.shape[0]",
    "modulo_statistics": "__import__('statistics').fmean(v)",
    "tensor_de_torch": "__import__('torch').tensor(v).mean()",
    "con_reduce": "__import__('functools').reduce(lambda a, b: a + b, v) / len(v)",
    "ordenada_antes": "np.sort(v).sum() / len(v)",
    "desplazada": "v[0] + (v - v[0]).sum() / len(v)",
    "lista_de_pesos": "sum(x * (1 / len(v)) for x in v)",
}
# Nombre de cada error, lo que devuelve y lo que debe leerse.
WRONG = {
    "suma": ("v.sum()", "Es la suma"),
    "uno de menos": ("v.sum() / max(len(v) - 1, 1)", "Divides entre uno de menos"),
    "uno de más": ("v.sum() / (len(v) + 1)", "Divides entre uno de más"),
    "mediana": ("np.median(v)", "Es la mediana"),
    "máximo": ("v.max()", "Es el máximo"),
    "mínimo": ("v.min()", "Es el mínimo"),
    "primero": ("v[0]", "Es el primero"),
    "último": ("v[-1]", "Es el último"),
    "extremos": ("(v.min() + v.max()) / 2", "Es el centro entre los extremos"),
    "cuadrática": ("np.sqrt((v**2).mean())", "Es la media cuadrática"),
    "geométrica": ("np.prod(np.abs(v)) ** (1 / len(v))", "Es la media geométrica"),
    "armónica": ("len(v) / (1 / np.where(v == 0, 1, v)).sum()", "Es la media armónica"),
    "signo": ("-v.mean()", "Cambias el signo"),
    "sin el primero": ("v[1:].sum() / max(len(v) - 1, 1)", "Dejas fuera el primero"),
    "sin el último": ("v[:-1].sum() / max(len(v) - 1, 1)", "Dejas fuera el último"),
}
CONTRACT = (
    f"    Part({NOTEBOOK!r}, ('ej9_media',), 'test_ej9_', 8, check='assert mean_of(np.ones(3)) == 1'),\n)"
)


def source(text: str = TEXT) -> str:
    """El ``.py`` de la parte: cada ``@nombre@`` es la línea que abre una celda de solución o de prueba."""
    return re.sub(r"^@(\w+)@$", _cell_line, text, flags=re.MULTILINE)


def _cell_line(mark: re.Match[str]) -> str:
    name, points = mark[1], POINTS.get(mark[1])
    cell = {"grade": bool(points), "grade_id": name, "locked": bool(points), "schema_version": 3}
    cell |= {"solution": not points, "task": False} | ({"points": points} if points else {})
    return f"# %% nbgrader={json.dumps(cell)}"


def right_answer(style: str) -> str:
    """El archivo de una respuesta correcta."""
    return f"# De juguete, en un estilo: {style}.\n# %% ej9_media\n{_function(f'return {RIGHT[style]}')}"


def wrong_module() -> str:
    """El módulo con los errores."""
    lines = ["from tests.notebooks.suite import Wrong", "", "WRONG_EJ9 = ("]
    for name, (expression, says) in WRONG.items():
        lines.append(_wrong(name, f"return {expression}", "test_ej9_media", says))
    body = "v -= v[0]\n    return v.mean()"
    lines.append(_wrong("modifica", body, "test_ej9_media', 'test_ej9_argumento", "esperado 4.25"))
    return "\n".join([*lines, ")", ""])


def _wrong(name: str, body: str, fails: str, says: str) -> str:
    return f"    Wrong({name!r}, {{'ej9_media': {_function(body)!r}}}, frozenset({{'{fails}'}}), {says!r}),"


def _function(body: str) -> str:
    return f"def mean_of(v):\n    {body}\n"
