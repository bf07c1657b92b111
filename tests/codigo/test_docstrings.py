"""Lo que se lee en ``codigo``: docstrings, ejemplos que funcionan y funciones cortas."""

import ast
import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import codigo

MODULES = ["codigo", *(module.name for module in pkgutil.walk_packages(codigo.__path__, "codigo."))]
FILES = sorted(Path(codigo.__file__).parent.rglob("*.py"))
MAX_LINES = 50
MIN_EXAMPLES = 5
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
def test_examples_run(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    tests = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert len([test for test in tests if test.examples]) >= MIN_EXAMPLES


@EACH_FILE
def test_functions_are_short(path):
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions_of(path)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


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
