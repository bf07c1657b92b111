"""Lo que se mide: comparaciones, límites y la máquina, y cómo se guardan para volver a dibujar sin medir.

En todo el paquete una razón es **cuántas veces más rápido va lo del curso que lo otro**: por encima de 1 gana
el curso.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bound:
    """Lo menos que puede tardar algo en esta máquina.

    Attributes
    ----------
    name
        Qué lo limita, en pocas palabras.
    seconds
        El tiempo mínimo.
    """

    name: str
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """Lo del curso y lo otro, medidos por turnos.

    Attributes
    ----------
    case
        Qué se compara.
    sizes
        Tamaños, por el símbolo con que los llama el curso.
    conditions
        Lo demás que cambia el resultado: precisión, modo, máscara.
    threads
        Hilos o procesos que puede usar cada uno.
    ours, theirs
        Cómo se llaman.
    our_seconds, their_seconds
        Segundos de cada ronda, en el mismo orden; al menos una.
    bound
        Lo menos que puede tardar, medido en la misma ejecución; ``None`` si no lo hay.
    check
        Qué se comprobó que era igual antes de medir.

    Raises
    ------
    ValueError
        Si las rondas no casan, no hay ninguna o algún tiempo no es positivo.
    """

    case: str
    sizes: Mapping[str, int]
    conditions: Mapping[str, str]
    threads: int
    ours: str
    theirs: str
    our_seconds: tuple[float, ...]
    their_seconds: tuple[float, ...]
    bound: Bound | None = None
    check: str = ""

    def __post_init__(self) -> None:
        if len(self.our_seconds) != len(self.their_seconds) or not self.our_seconds:
            raise ValueError(
                "Hace falta la misma cantidad de rondas de cada lado, al menos una; se dieron "
                f"{len(self.our_seconds)} y {len(self.their_seconds)}."
            )
        if min(*self.our_seconds, *self.their_seconds) <= 0:
            raise ValueError("Cada ronda debe durar más de 0 segundos.")

    @property
    def rounds(self) -> int:
        """Cuántas rondas se hicieron."""
        return len(self.our_seconds)

    @property
    def ratios(self) -> NDArray[np.float64]:
        """La razón de cada ronda: la máquina va igual de rápida para los dos."""
        return np.asarray(self.their_seconds) / np.asarray(self.our_seconds)

    @property
    def ratio(self) -> float:
        """Mediana de las razones."""
        return float(np.median(self.ratios))

    @property
    def spread(self) -> tuple[float, float]:
        """Primer y tercer cuartil de las razones."""
        low, high = np.quantile(self.ratios, [0.25, 0.75])
        return float(low), float(high)

    @property
    def our_median(self) -> float:
        """Mediana de los segundos de lo del curso."""
        return float(np.median(self.our_seconds))

    @property
    def their_median(self) -> float:
        """Mediana de los segundos de lo otro."""
        return float(np.median(self.their_seconds))

    @property
    def our_share(self) -> float | None:
        """La parte del límite a la que llega lo del curso, de 0 a 1."""
        return None if self.bound is None else self.bound.seconds / self.our_median

    @property
    def their_share(self) -> float | None:
        """La parte del límite a la que llega lo otro, de 0 a 1."""
        return None if self.bound is None else self.bound.seconds / self.their_median


@dataclass(frozen=True)
class Peak:
    """Lo más que da esta máquina de algo.

    Attributes
    ----------
    name
        De qué: multiplicar matrices con cierta precisión, mover memoria.
    value
        Cuánto, en ``unit``.
    unit
        «GFLOP/s» o «GB/s».
    threads
        Con cuántos hilos.
    """

    name: str
    value: float
    unit: str
    threads: int


@dataclass(frozen=True)
class Machine:
    """Dónde se midió.

    Attributes
    ----------
    device
        Nombre comercial del procesador o de la GPU.
    cores
        Núcleos que podía usar el proceso.
    system
        Sistema y arquitectura.
    versions
        Versión de cada cosa que cuenta.
    """

    device: str
    cores: int
    system: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Listing:
    """Una tabla que no es de comparaciones.

    Attributes
    ----------
    title
        De qué es.
    headings
        Los encabezados.
    rows
        Las filas, tal como se leen.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Outcome:
    """Lo que da una medición.

    Attributes
    ----------
    comparisons, peaks, listings
        Lo medido.
    notes
        Frases que hay que decir con ello; también por qué falta algo.
    values
        Cifras sueltas que dibuja una figura, por nombre.
    """

    comparisons: tuple[Comparison, ...] = ()
    peaks: tuple[Peak, ...] = ()
    listings: tuple[Listing, ...] = ()
    notes: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.comparisons + other.comparisons,
            self.peaks + other.peaks,
            self.listings + other.listings,
            tuple(dict.fromkeys(self.notes + other.notes)),  # cada proceso dice lo suyo
            {**self.values, **other.values},
        )


@dataclass(frozen=True)
class Section:
    """Un apartado del informe: lo medido, dónde, cuándo y cuánto costó medirlo.

    Attributes
    ----------
    outcome
        Lo medido.
    machine
        Dónde.
    measured_on
        Fecha, como AAAA-MM-DD.
    seconds
        Lo que duró la medición.
    """

    outcome: Outcome
    machine: Machine
    measured_on: str
    seconds: float


def outcome_from(data: Mapping[str, Any]) -> Outcome:
    """El :class:`Outcome` que se guardó como ``asdict``."""
    return Outcome(
        tuple(_comparison(one) for one in data["comparisons"]),
        tuple(Peak(**one) for one in data["peaks"]),
        tuple(_listing(one) for one in data["listings"]),
        tuple(data["notes"]),
        data["values"],
    )


def _comparison(data: Mapping[str, Any]) -> Comparison:
    bound = data["bound"]
    changed = {
        "our_seconds": tuple(data["our_seconds"]),
        "their_seconds": tuple(data["their_seconds"]),
        "bound": bound and Bound(**bound),
    }
    return Comparison(**{**data, **changed})


def _listing(data: Mapping[str, Any]) -> Listing:
    return Listing(data["title"], tuple(data["headings"]), tuple(tuple(row) for row in data["rows"]))


def load_sections(path: Path) -> dict[str, Section]:
    """Los apartados guardados en ``path``, por su nombre; ninguno si no existe."""
    if not path.exists():
        return {}
    saved = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Section(
            outcome_from(one["outcome"]), Machine(**one["machine"]), one["measured_on"], one["seconds"]
        )
        for name, one in saved.items()
    }


def save_sections(path: Path, sections: Mapping[str, Section]) -> None:
    """Guarda los apartados en ``path``, con una línea por comparación; si existe, lo sustituye."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [f"{json.dumps(name)}: {_as_text(section)}" for name, section in sections.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _as_text(section: Section) -> str:
    data = _short(asdict(section))
    lines = [json.dumps(one, ensure_ascii=False) for one in data["outcome"].pop("comparisons")]
    rest = json.dumps(data, ensure_ascii=False)
    return rest.replace('"outcome": {', '"outcome": {"comparisons": [\n' + ",\n".join(lines) + "\n], ", 1)


def _short(value: Any) -> Any:
    """Lo mismo con cuatro cifras significativas: un reloj no da más."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    return [_short(one) for one in value] if isinstance(value, (list, tuple)) else value
