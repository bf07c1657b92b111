"""Lo que se elige al instalar; queda en ``settings.json``, que leen las configuraciones del hub."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Ports:
    """Los puertos, todos de ``127.0.0.1``: el que se visita, el de órdenes del proxy y el del hub."""

    public: int = 8000
    proxy: int = 8001
    hub: int = 8081


@dataclass(frozen=True)
class Settings:
    """Dónde se instala y para quién.

    Attributes
    ----------
    prefix
        La carpeta que se crea; todo lo del hub está dentro, salvo el curso de quien lo da.
    instructor
        La cuenta de quien da el curso.
    instructors_group, students_group
        Los grupos del sistema de los que sale quién es quién.
    ports
        Los puertos.
    """

    prefix: Path
    instructor: str
    instructors_group: str = "formgrade-lab11"
    students_group: str = "nbgrader-lab11"
    ports: Ports = field(default_factory=Ports)

    @property
    def environment(self) -> Path:
        """El entorno de Python de todos."""
        return self.prefix / "env"

    @property
    def python(self) -> Path:
        """El intérprete de ese entorno."""
        return self.environment / "bin" / "python"

    @property
    def state(self) -> Path:
        """Lo que solo ve root: la configuración, la base de datos y los secretos del hub."""
        return self.prefix / "hub"

    @property
    def exchange(self) -> Path:
        """La carpeta por la que van y vienen las entregas."""
        return self.prefix / "exchange"

    def to_json(self) -> str:
        """El texto de ``settings.json``."""
        return json.dumps(asdict(self) | {"prefix": str(self.prefix)}, indent=2) + "\n"
