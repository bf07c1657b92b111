"""Lo que se lee en ``codigo``: docstrings, ejemplos que funcionan y funciones cortas."""

import ast
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import codigo
from codigo import transformers as face
from codigo.pretrained import loading

MODULES = ["codigo", *(module.name for module in pkgutil.walk_packages(codigo.__path__, "codigo."))]
FILES = sorted(Path(codigo.__file__).parent.rglob("*.py"))
MAX_LINES = 50
EACH_MODULE = pytest.mark.parametrize("name", MODULES)
EACH_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def own_members(module):
    """(nombre, objeto) de las clases y funciones públicas que define el módulo."""
    for name, value in vars(module).items():
        is_code = inspect.isclass(value) or inspect.isfunction(value)
        if is_code and not name.startswith("_") and value.__module__ == module.__name__:
            yield name, value


def public_methods(owner):
    """(nombre, función) de los métodos públicos, y ``__call__``, que la clase define."""
    for name, value in vars(owner).items():
        function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
        function = function.fget if isinstance(function, property) else function
        if inspect.isfunction(function) and (not name.startswith("_") or name == "__call__"):
            yield f"{owner.__name__}.{name}", inspect.unwrap(function)


def undocumented(module):
    members = list(own_members(module))
    methods = [pair for _, value in members if inspect.isclass(value) for pair in public_methods(value)]
    return [name for name, value in members + methods if not inspect.getdoc(value)]


def functions_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def test_all_modules_are_checked():
    assert len(MODULES) == len(FILES) >= 20
    documented = {name for module in MODULES for name, _ in own_members(importlib.import_module(module))}
    assert {"SelfAttentionNumPy", "TransformerModel", "check_close", "show_figure"} <= documented


@EACH_MODULE
def test_everything_public_has_docstring(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert undocumented(module) == []


@EACH_MODULE
def test_examples_run(name, monkeypatch):
    monkeypatch.setattr(loading, "_announced", set())  # qué modelo se usa se dice una vez por proceso
    results = doctest.testmod(importlib.import_module(name))
    plt.close("all")
    assert results.failed == 0


def number_of_examples(value):
    return sum(len(test.examples) for test in doctest.DocTestFinder(recurse=False).find(value))


@pytest.mark.parametrize("name", face.__all__)
def test_each_public_name_has_an_example(name):
    assert number_of_examples(getattr(face, name)) > 0


def test_a_name_without_examples_is_seen():
    def silent():
        """No enseña nada."""

    assert number_of_examples(silent) == 0


@EACH_FILE
def test_functions_are_short(path):
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions_of(path)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


RESHAPES = {"reshape", "view", "transpose", "swapaxes", "permute", "flatten", "unflatten", "moveaxis"}


def reshapes_without_shape(source):
    """Las líneas que cambian la forma sin decir cuál queda, en ellas o en la de antes."""
    lines = source.splitlines()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    numbers = {call.end_lineno for call in calls if getattr(call.func, "attr", None) in RESHAPES}
    return [
        lines[n - 1]
        for n in sorted(numbers)
        if not any("# " in x and "(" in x.partition("# ")[2] for x in lines[n - 2 : n])
    ]


@EACH_FILE
def test_each_reshape_says_its_shape(path):
    assert reshapes_without_shape(path.read_text(encoding="utf-8")) == []


def test_a_silent_reshape_is_seen():
    assert reshapes_without_shape("x = 1\ny = x.reshape(2, 3)\nz = y.T.view(6)  # (6,)") == [
        "y = x.reshape(2, 3)"
    ]


@EACH_FILE
def test_errors_are_raised_with_message(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc]
    assert [ast.unparse(call) for call in calls if not (isinstance(call, ast.Call) and call.args)] == []


def test_search_finds_missing_docstring():
    class WithoutText:
        def method(self):
            return None

    assert [name for name, value in public_methods(WithoutText) if not inspect.getdoc(value)] == [
        "WithoutText.method"
    ]
