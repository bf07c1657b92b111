"""Lo que comparten las pruebas de los desplegadores: el código que enseña la página, y una clase corregida.

«make deployers» prepara lo que necesitan y las pasa; «make test» las salta donde no está.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT, Course
from tests.grading.small_class import WRONG, copy_of, grade_all, hand_in, hand_in_broken, tiny_course

PAGE = PROJECT_ROOT / "docs" / "cluster.md"


@pytest.fixture(scope="session")
def page_code() -> list[str]:
    """Los trozos de Python de la página."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.fixture
def ungraded(tmp_path: Path) -> Course:
    """Una clase pequeña: una entrega mal, otra rota y dos bien."""
    course = tiny_course(tmp_path / "clase", parts=2)
    for student in ("ana", "eva", "leo", "zoe"):
        hand_in(course, student, {"ej1_doble": WRONG} if student == "eva" else None)
    hand_in_broken(course, "leo", "parte2_diminuta")
    return course


@pytest.fixture
def expected(ungraded: Course, tmp_path: Path) -> bytes:
    """La tabla que da esta máquina."""
    return grade_all(copy_of(ungraded, tmp_path / "local"))
