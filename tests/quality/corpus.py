"""El corpus: respuestas correctas en muchos estilos y respuestas equivocadas, por ejercicio.

Cada respuesta correcta es un archivo de ``right/ejN/``: la primera línea, un comentario, dice qué tiene de
particular, y cada celda va tras una línea ``# %% grade_id``. Las equivocadas hechas a mano son los
:class:`Wrong` de ``tests/notebooks/wrong_*.py``.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.contract import PARTS
from tests.notebooks.suite import Wrong

RIGHT = Path(__file__).parent / "right"
WRONG = Path(__file__).parents[1] / "notebooks"
EXERCISES = tuple(sorted({name.partition("_")[0] for part in PARTS for name in part.solutions}))
TRAINING = ("ej6",)  # los que entrenan: juzgar cada respuesta cuesta segundos
_CELL = re.compile(r"^# %% (\w+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Right:
    """Una respuesta correcta: su estilo, qué tiene de particular y el texto de cada celda."""

    exercise: str
    name: str
    about: str
    answers: dict[str, str]


def right_answers(exercise: str) -> list[Right]:
    """Las respuestas correctas de ``exercise`` (``"ej1"``), por orden de nombre."""
    return [_read(exercise, path) for path in sorted((RIGHT / exercise).glob("*.py"))]


def _read(exercise: str, path: Path) -> Right:
    about, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    answers = {name: source.strip("\n") for name, source in zip(parts[::2], parts[1::2], strict=True)}
    return Right(exercise, path.stem, about.removeprefix("#").strip(), answers)


def wrong_answers(exercise: str) -> list[Wrong]:
    """Las respuestas equivocadas hechas a mano para ``exercise``, en el orden en que están escritas."""
    return [wrong for wrong in _all_wrong() if wrong.exercise == exercise]


@cache
def _all_wrong() -> tuple[Wrong, ...]:
    names = sorted(path.stem for path in WRONG.glob("wrong_*.py"))
    modules = [importlib.import_module(f"tests.notebooks.{name}") for name in names]
    groups = (value for module in modules for value in vars(module).values() if isinstance(value, tuple))
    found = (item for group in groups for item in group if isinstance(item, Wrong))
    return tuple({id(item): item for item in found}.values())
