"""Los mutantes: qué cambia cada operador, que son siempre los mismos, y la lista de los equivalentes."""

from __future__ import annotations

import ast

import pytest

from grading.course import PROJECT_ROOT, Course
from tests.quality import operators
from tests.quality.answers import Exercise
from tests.quality.corpus import EXERCISES
from tests.quality.equivalent import dead_entries, equivalents
from tests.quality.mutants import mutants_of

SOURCE = Course(PROJECT_ROOT).source
TOGETHER = '''\
def mean(values, weights):
    """Media."""
    ### BEGIN SOLUTION
    total = (values * weights).sum(axis=0)
    return total / weights.sum()
    ### END SOLUTION


print(mean(1, 2))
'''


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        ("operator_symbol", "a * b", {"a / b", "a + b"}),
        ("operator_symbol", "(a) > b", {"(a) >= b", "(a) < b"}),
        ("operator_symbol", "x is not None", {"x is None"}),
        ("one_side", "(a + b) / c", {"(a + b)", "c", "(a) / c", "(b) / c"}),
        ("lost_sign", "-x", {"x"}),
        (
            "constant",
            "f(3, True, 0.5)",
            {"f(4, True, 0.5)", "f(2, True, 0.5)", "f(3, False, 0.5)", "f(3, True, 1.0)"},
        ),
        ("arguments", "f(a, b)", {"f(b, a)", "f(b, b)", "f(a, a)", "f(b)", "f(a)"}),
        ("arguments", "f(axis=1)", {"f()"}),
        ("lost_call", "np.sqrt(d)", {"d"}),
        ("lost_call", "K.T", {"K"}),
        ("lost_call", "(a + b).sum(axis=0)", {"(a + b)"}),
        ("lost_call", "float(x)", set()),
        ("relative", "x.mean()", {"x.sum()", "x.max()"}),
        ("slice_end", "x[1:-1]", {"x[:-1]", "x[1:]"}),
        ("order", "return a, b", {"return b, a"}),
        ("condition", "[x for x in y if x]", {"[x for x in y if True]"}),
        ("condition", "if a:\n    b()", {"if not (a):\n    b()"}),
        ("parameter", "def f(a, b, c=1):\n    return a", {"def f(a, b, c=1):\n    return b"}),
        ("lost_statement", "a = 1\na = 2\na += 1", {"a = 1\npass\na += 1", "a = 1\na = 2\npass"}),
    ],
)
def test_each_operator_makes_its_change(operator: str, source: str, expected: set[str]) -> None:
    cell = operators.Cell(source)
    edits = (edit for node in ast.walk(cell.tree) for edit in getattr(operators, operator)(cell, node))
    assert {cell.apply(edit) for edit in edits} == expected


def test_only_the_solution_changes() -> None:
    mutants = mutants_of({"ej9_media": TOGETHER})
    outside = (
        TOGETHER.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "").splitlines()
    )
    assert len(mutants) > 5 and {mutant.line for mutant in mutants} == {4, 5}
    for mutant in mutants:
        lines = mutant.source.splitlines()
        assert lines[:2] == outside[:2] and lines[4:] == outside[4:] and lines != outside


def test_the_name_of_a_mutant_does_not_depend_on_its_line() -> None:
    moved = TOGETHER.replace('"""Media."""', '"""Media\n\n    ponderada.\n    """')
    names = [[mutant.name for mutant in mutants_of({"ej9_media": text})] for text in (TOGETHER, moved)]
    assert names[0] == names[1] and "ej9_media «axis=0»→«axis=1»" in names[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_mutants_are_always_the_same_and_all_different(name: str) -> None:
    solutions = Exercise(name, SOURCE).solutions
    found = mutants_of(solutions)
    assert found == mutants_of(solutions)
    meanings = {(m.cell, ast.dump(ast.parse(m.source))) for m in found}
    reference = {(cell, ast.dump(ast.parse(text))) for cell, text in solutions.items()}
    assert len(meanings | reference) == len(found) + len(reference)
    assert len({mutant.name for mutant in found}) == len(found) >= 25


def test_every_equivalent_is_a_mutant_and_has_a_reason() -> None:
    listed = equivalents()
    names = [mutant.name for name in EXERCISES for mutant in Exercise(name, SOURCE).mutants]
    assert dead_entries(listed, names, EXERCISES) == []
    assert all(name.startswith(EXERCISES) for name in listed)
    assert all(len(reason) > 20 and reason.endswith(".") for reason in listed.values())
