"""El gemelo del jugador: el mismo código del estudiante, en un proceso sin lo que ya está hecho.

Cuando una prueba exige que algo esté escrito desde cero, la llamada va al gemelo. De su proceso se retiró
la referencia antes de que corriera nada del estudiante, y ya no vuelve: no hay vigilancia que engañar.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar


class Player(Protocol):
    """Lo que el gemelo necesita de quien ejecuta el código del estudiante."""

    def run(self, source: str, by_statement: bool = False) -> Any:
        """Ejecuta una celda."""

    def fetch(self, names: Iterable[str]) -> dict[str, Any]:
        """Los valores de ``names`` que existan."""


P = TypeVar("P", bound=Player)


class Twin(Generic[P]):
    """Las mismas celdas en otro proceso, solo si hacen falta.

    Parameters
    ----------
    player
        El jugador al que se le retiró lo que ya está hecho.
    """

    def __init__(self, player: P) -> None:
        self.player = player
        self._pending: list[str] = []

    def remember(self, source: str) -> None:
        """Apunta una celda: se ejecutará cuando se llame a algo."""
        self._pending.append(source)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Llama a la función ``name`` del estudiante.

        Raises
        ------
        AssertionError
            Si sin lo que ya está hecho no llega a definirse.
        PlayerStopped, StudentError, WireError
            Lo mismo que en el jugador.
        """
        while self._pending:
            # Sentencia a sentencia: que comparar con la referencia no impida definir lo que sigue.
            self.player.run(self._pending.pop(0), by_statement=True)
        function = self.player.fetch([name]).get(name)
        assert callable(function), (
            f"`{name}` debe escribirse desde cero: sin lo que ya está hecho no se define."
        )
        return function(*args, **kwargs)
