"""Dónde está cada cosa del curso y cómo se configura nbgrader para usarla."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = "lab11"
LOCK_TIMEOUT = 60  # segundos


def own_database(root: Path) -> str:
    """La URL de ``gradebook.db`` en ``root``.

    Varios procesos escriben en ella: quien la encuentre ocupada espera, en lugar de fallar.
    """
    return f"sqlite:///{root / 'gradebook.db'}?timeout={LOCK_TIMEOUT}"


@dataclass(frozen=True)
class Course:
    """Una carpeta de curso con la disposición de nbgrader.

    Parameters
    ----------
    root
        Carpeta que contiene ``source/``, ``submitted/`` y las demás.
    db_url
        URL de la base de datos; si falta, la variable ``DB`` o ``gradebook.db`` en la raíz.
    """

    root: Path = PROJECT_ROOT
    db_url: str | None = None

    @property
    def source(self) -> Path:
        return self.root / "source" / ASSIGNMENT

    @property
    def release(self) -> Path:
        return self.root / "release" / ASSIGNMENT

    @property
    def readings(self) -> Path:
        """Los cuadernos que no se entregan."""
        return self.root / "lecturas"

    @property
    def submitted(self) -> Path:
        return self.root / "submitted"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def notebooks(self) -> list[Path]:
        """Los cuadernos de ``source/``, en orden."""
        return sorted(self.source.glob("*.ipynb"))

    @property
    def database(self) -> str:
        return self.db_url or os.environ.get("DB") or own_database(self.root)

    @cached_property
    def config(self) -> Config:
        """La configuración de ``nbgrader_config.py``, aplicada a esta carpeta."""
        config = PyFileConfigLoader("nbgrader_config.py", path=str(PROJECT_ROOT)).load_config()
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = self.database
        config.CourseDirectory.assignment_id = ASSIGNMENT
        return config

    def api(self, **overrides: Any) -> NbGraderAPI:
        """La interfaz de nbgrader; ``overrides`` cambia ajustes de ``CourseDirectory``."""
        config = self.config.copy()
        config.CourseDirectory.update(overrides)
        return NbGraderAPI(CourseDirectory(config=config), config=config)
