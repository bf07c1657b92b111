"""Lo que pesa en el juez lo que llega de una entrega, y cuánto se le admite.

No basta contar bytes: un millón de números pequeños, o de listas vacías, ocupa como objetos de Python diez
veces más que como texto. Aquí se estima lo que ocupará cada cosa, antes de hacerla.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from grading.engine.sandbox import Limits

CLASSIFIER, FIGURE = "classifier", "figure"  # las etiquetas con las que cruzan

# Bytes de cada cosa en CPython, con su sitio en el contenedor.
NUMBER = 40
TEXT = 60
CONTAINER = 100
ENTRY = 110  # de un diccionario o de un conjunto: casilla, índice y huecos
ARRAY = 800  # el objeto, su vista y su forma
TENSOR = 2_000
FUNCTION = 700
ARTIST = 20_000  # una línea, un texto o una barra de Matplotlib
AXES = 250_000
MODEL = 5_000_000  # un clasificador, sin sus pesos

MAX_JSON_BYTES = 64_000_000  # lo que puede pesar un texto JSON ya leído, sin contar sus letras
_JSON_MARKS = {b"{": 300, b"[": 90, b",": 70, b":": 60}
_STRING_COST = 60


class TooHeavyError(ValueError):
    """Pesa más de lo que se admite."""


@dataclass
class Allowance:
    """Lo que se puede gastar; lo gastado se descuenta también de ``within``.

    Attributes
    ----------
    limit
        Los bytes que hay.
    within
        Otro permiso, más amplio, del que este es parte.
    least_element
        Lo que pesa, como poco, cada elemento de un arreglo.
    spent
        Los bytes gastados.
    """

    limit: float = math.inf
    within: Allowance | None = None
    least_element: int = 8  # las pruebas pasan a float64 lo que miran
    spent: float = 0

    def spend(self, weight: float) -> None:
        """Gasta ``weight`` bytes.

        Raises
        ------
        TooHeavyError
            Si no quedan tantos.
        """
        self.spent += weight
        if self.spent > self.limit:
            raise TooHeavyError(f"pesa más de {self.limit / 1e6:.0f} MB")
        if self.within:
            self.within.spend(weight)

    def spend_array(self, elements: int, itemsize: int) -> None:
        """Gasta lo que pesa un arreglo, y lo que pesará en cuanto una prueba lo mire.

        Raises
        ------
        TooHeavyError
            Si no queda tanto.
        """
        self.spend(ARRAY + elements * max(itemsize, self.least_element))


@dataclass
class Budget:
    """Lo que se admite a la vez: valores y, aparte, los pesos de un clasificador y lo dibujado en figuras."""

    values: Allowance = field(default_factory=Allowance)
    classifier: Allowance = field(default_factory=Allowance)
    figure: Allowance = field(default_factory=Allowance)

    @classmethod
    def of_a_message(cls, limits: Limits) -> Budget:
        """Lo que admite el juez de una vez."""
        return cls._of(limits, limits.value_bytes)

    @classmethod
    def of_a_test(cls, limits: Limits) -> Budget:
        """Lo que admite el juez en toda una prueba."""
        return cls._of(limits, limits.held_bytes)

    @classmethod
    def _of(cls, limits: Limits, values: int) -> Budget:
        weights = Allowance(limits.classifier_bytes, least_element=1)  # se quedan como están
        return cls(Allowance(values), weights, Allowance(limits.figure_bytes))

    def part(self, limits: Limits) -> Budget:
        """Lo que admite un mensaje, que se descuenta de este."""
        whole = Budget.of_a_message(limits)
        whole.values.within = self.values
        return Budget(whole.values, self.classifier, self.figure)

    def special(self, label: str) -> Allowance | None:
        """De dónde gasta lo que cruza con esa etiqueta, si no es de lo común."""
        return {CLASSIFIER: self.classifier, FIGURE: self.figure}.get(label)

    @property
    def spent(self) -> tuple[float, ...]:
        """Los bytes gastados en cada cosa."""
        return self.values.spent, self.classifier.spent, self.figure.spent

    @spent.setter
    def spent(self, amounts: tuple[float, ...]) -> None:
        self.values.spent, self.classifier.spent, self.figure.spent = amounts


def json_weight(text: bytes | bytearray) -> int:
    """Lo que pesará ``text`` una vez leído, sin contar sus letras; nunca menos de lo que pese."""
    most = _marks_weight(text) + _STRING_COST * text.count(b'"')
    if most <= MAX_JSON_BYTES or text.count(b'"') * _STRING_COST > MAX_JSON_BYTES:
        return most
    # Lo que hay entre comillas no cuenta: la salida de imprimir un arreglo está llena de comas.
    pieces = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    return _marks_weight(b"".join(pieces[::2])) + _STRING_COST * len(pieces)


def _marks_weight(text: bytes | bytearray) -> int:
    return sum(text.count(mark) * weight for mark, weight in _JSON_MARKS.items())
