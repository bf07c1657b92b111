"""Las importaciones: qué se compara con qué, con un cronómetro falso."""

from itertools import count

import pytest

from bench import imports
from bench.imports import LIBRARIES, Library, compare, names_of, seconds_to_import
from codigo.transformers import MODULE_OF


def test_each_public_name_is_in_one_row_and_each_row_is_a_module():
    rows = [names for library in LIBRARIES for names in names_of(library)]
    assert sorted(name for names in rows for name in names) == sorted(MODULE_OF)
    assert all(len({MODULE_OF[name] for name in names}) == 1 for names in rows)
    assert len(rows) == len(set(MODULE_OF.values()))


def test_rounds_go_in_turns(monkeypatch):
    asked, clock = [], count(1)

    def timer(statement):
        asked.append(statement)
        return float(next(clock))

    monkeypatch.setattr(imports, "MODULE_OF", {"Uno": "codigo.a", "Dos": "codigo.b", "Tres": "codigo.a"})
    found = compare(Library("algo", "import algo", ("a", "b"), 2), 2, timer)
    one_round = ["import algo", "from codigo.transformers import Uno", "from codigo.transformers import Dos"]
    assert asked == one_round * 2
    assert [one.conditions["nombre"] for one in found] == ["Uno, Tres", "Dos"]
    assert [one.our_seconds for one in found] == [(2.0, 5.0), (3.0, 6.0)]
    assert {one.their_seconds for one in found} == {(1.0, 4.0)}
    assert found[0].bound.seconds == 2.5


def test_an_import_is_timed_in_a_new_process():
    assert seconds_to_import("import sys; assert 'numpy' not in sys.modules") > 0


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_the_statement_is_python_and_has_nothing_of_the_course(library):
    compile(library.statement, "x", "exec")
    assert "codigo" not in library.statement
