"""Las pruebas de los ejercicios 1 a 3: qué aceptan, qué rechazan y qué error nombran."""

from __future__ import annotations

import pytest

from grading.course import Course
from tests.notebooks.suite import Wrong, check_other_style, check_reference, check_untouched, check_wrong
from tests.notebooks.wrong_ej1 import WRONG_EJ1
from tests.notebooks.wrong_ej2 import WRONG_EJ2
from tests.notebooks.wrong_ej3 import WRONG_EJ3

PARTS = ("parte1_self_attention", "parte2_multi_head", "parte3_positional_encoding")
WRONG = WRONG_EJ1 + WRONG_EJ2 + WRONG_EJ3


@pytest.mark.parametrize("part", PARTS)
def test_the_reference_passes(project: Course, part: str) -> None:
    check_reference(project, part)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("style", ["otro_estilo", "ruidosa"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # la respuesta ruidosa avisa a propósito
def test_other_styles_pass(project: Course, part: str, style: str) -> None:
    check_other_style(project, part, style)


@pytest.mark.parametrize("part", PARTS)
def test_the_untouched_version_fails_everything(project: Course, part: str) -> None:
    check_untouched(project, part)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # hay errores que dividen entre cero
def test_a_wrong_answer_fails_and_is_told_why(project: Course, wrong: Wrong) -> None:
    check_wrong(project, wrong)
