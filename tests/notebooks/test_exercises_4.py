"""Las pruebas del ejercicio 4: qué aceptan, qué rechazan y qué error nombran."""

from __future__ import annotations

import pytest

from grading.course import Course
from tests.notebooks.suite import Wrong, check_other_style, check_reference, check_untouched, check_wrong
from tests.notebooks.wrong_ej4 import WRONG_EJ4 as WRONG

pytestmark = pytest.mark.slow
PART = "parte6_gpt2"


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


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hay errores que dividen entre cero
def test_a_wrong_answer_fails_and_is_told_why(project: Course, wrong: Wrong) -> None:
    check_wrong(project, wrong)
