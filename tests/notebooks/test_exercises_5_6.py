"""Las pruebas de los ejercicios 5 y 6: qué aceptan, qué rechazan y qué error nombran."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grading.course import Course
from tests.notebooks.suite import Wrong, check_other_style, check_reference, check_untouched, check_wrong
from tests.notebooks.wrong_ej5 import LAYERS, SOLVED_LAYERS, WRONG_EJ5
from tests.notebooks.wrong_ej6 import SOLVED_TASK, TUNING, WRONG_EJ6

pytestmark = pytest.mark.slow
PART = "parte8_ejercicios_finales"


@pytest.fixture(autouse=True)
def quick_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Los modelos con los que se corrige."""
    monkeypatch.setenv("LAB11_MODELS", "quick")


def test_the_reference_passes(project: Course) -> None:
    check_reference(project, PART)


@pytest.mark.parametrize("style", ["otro_estilo", "ruidosa"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # la respuesta ruidosa avisa a propósito
def test_other_styles_pass(project: Course, style: str) -> None:
    check_other_style(project, PART, style)


def test_the_untouched_version_fails_everything(project: Course) -> None:
    check_untouched(project, PART)


@pytest.mark.parametrize("wrong", WRONG_EJ5 + WRONG_EJ6, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hay errores que dividen entre cero
def test_a_wrong_answer_fails_and_is_told_why(project: Course, wrong: Wrong) -> None:
    # El otro ejercicio del cuaderno, bien resuelto y en menos tiempo que la referencia.
    quick = {LAYERS: SOLVED_LAYERS, TUNING: SOLVED_TASK}
    others = {name: code for name, code in quick.items() if name not in wrong.answers}
    check_wrong(project, replace(wrong, answers=wrong.answers | others))
