"""Lo que comparten las pruebas: rutas, ejecución de cuadernos y una clase de muestra ya corregida."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest

from grading.course import PROJECT_ROOT, Course, own_database

mpl.use("Agg")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["LAB11_MODELS"] = "embedded"
# Cada proceso de pruebas, un hilo: con más, los cálculos de unos y otros se estorban.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ.pop("DB", None)


@pytest.fixture(scope="session")
def project() -> Course:
    """El curso tal como está en el repositorio."""
    return Course(PROJECT_ROOT)


@pytest.fixture
def course_copy(tmp_path: Path, project: Course) -> Course:
    """Una carpeta de curso nueva con la misma fuente y sin entregas."""
    course = Course(tmp_path, db_url=own_database(tmp_path))
    shutil.copytree(project.source, course.source)
    return course
