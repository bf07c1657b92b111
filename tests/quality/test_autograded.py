"""Unas pocas respuestas con ``nbgrader autograde`` de verdad, sin el motor: los dos dicen lo mismo."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from grading.course import PROJECT_ROOT, Course
from grading.engine.sandbox import why_unavailable
from tests.quality.answers import Answer, Exercise
from tests.quality.autograded import nbgrader
from tests.quality.judges import engine

NOISY = {"ruidosa", "arreglos_enmascarados"}  # avisan mientras una prueba las llama
EACH = {"referencia": 1, "vacía": 1, "correcta": 1, "a mano": 2, "mutante": 1}


def few(answers: Sequence[Answer]) -> list[Answer]:
    """Las primeras de cada clase."""
    return [one for kind, many in EACH.items() for one in [a for a in answers if a.kind == kind][:many]]


@pytest.mark.slow
@pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}")
def test_nbgrader_alone_agrees_with_the_engine() -> None:
    exercise = Exercise("ej3", Course(PROJECT_ROOT).source)
    tasks = [(exercise, answer, 0) for answer in few(exercise.answers)]
    ours, theirs = list(engine(tasks)), list(nbgrader(tasks))
    assert [v.problem for v in (*ours, *theirs) if v.problem] == []
    assert [(str(v.answer), v.failed) for v in theirs] == [(str(v.answer), v.failed) for v in ours]
    assert len({v.failed for v in ours}) > 2


@pytest.mark.slow
def test_nbgrader_alone_does_not_punish_what_is_written_to_stderr() -> None:
    exercise = Exercise("ej1", Course(PROJECT_ROOT).source)
    noisy = [answer for answer in exercise.answers if answer.kind == "correcta" and answer.name in NOISY]
    found = list(nbgrader((exercise, answer, 0) for answer in noisy))
    assert {verdict.answer.name for verdict in found} == NOISY
    assert [
        (verdict.problem, dict(verdict.messages)) for verdict in found if verdict.failed or verdict.problem
    ] == []
