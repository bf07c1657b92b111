"""RNN y LSTM escritas paso a paso: el bucle que ``nn.RNN`` y ``nn.LSTM`` llevan dentro.

Sirven para leer qué espera a qué, y para medir cuánto cuesta ese bucle sin un núcleo fusionado. Los
parámetros se llaman como en PyTorch, así que ``load_state_dict`` los copia tal cual de una a otra.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from codigo.validation import require_positive_int

States = tuple[Tensor, ...]


class _StepByStep(nn.Module):
    """Una capa recurrente, en un solo sentido y con sesgos; cada clase dice cómo es un paso."""

    gates: ClassVar[int]  # vectores de tamaño H que calcula cada paso
    num_states: ClassVar[int]

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.input_size = require_positive_int("input_size", input_size)
        self.hidden_size = require_positive_int("hidden_size", hidden_size)
        rows = self.gates * hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(rows, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(rows))
        self.bias_hh_l0 = nn.Parameter(torch.empty(rows))
        for parameter in self.parameters():  # como PyTorch
            nn.init.uniform_(parameter, -1 / math.sqrt(hidden_size), 1 / math.sqrt(hidden_size))

    def _run(self, x: Tensor, states: States | None) -> tuple[Tensor, States]:
        self._check_input(x)
        states = self._initial_states(x) if states is None else self._checked_states(x, states)
        # Lo que no depende del estado se calcula para todas las posiciones a la vez: (B, T, gates·H).
        projected = F.linear(x, self.weight_ih_l0, self.bias_ih_l0)
        outputs = []
        for projected_t in projected.unbind(dim=1):  # de aquí en adelante, de una en una
            states = self._step(projected_t + F.linear(states[0], self.weight_hh_l0, self.bias_hh_l0), states)
            outputs.append(states[0])
        return torch.stack(outputs, dim=1), tuple(state[None] for state in states)

    def _step(self, activations: Tensor, states: States) -> States:
        """Los estados (B, H) siguientes a partir de las activaciones (B, gates·H)."""
        raise NotImplementedError("Cada capa recurrente define su paso.")

    def _check_input(self, x: Tensor) -> None:
        if x.dim() != 3 or x.shape[-1] != self.input_size or x.shape[1] == 0:
            raise ValueError(
                f"x debe tener forma (B, T, {self.input_size}) con T ≥ 1; se dio la forma {tuple(x.shape)}."
            )

    def _initial_states(self, x: Tensor) -> States:
        return tuple(x.new_zeros(x.shape[0], self.hidden_size) for _ in range(self.num_states))

    def _checked_states(self, x: Tensor, states: States) -> States:
        expected = (1, x.shape[0], self.hidden_size)
        shapes = [tuple(state.shape) for state in states]
        if shapes != [expected] * self.num_states:
            raise ValueError(
                f"El estado inicial debe tener {self.num_states} tensor(es) de forma (1, B, H) = {expected}; "
                f"se dieron las formas {shapes}."
            )
        return tuple(state[0] for state in states)


class RNNStepByStep(_StepByStep):
    """Red recurrente simple: ``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh)``.

    Parameters
    ----------
    input_size
        Dimensión de cada vector de entrada.
    hidden_size
        Dimensión H del estado.

    Raises
    ------
    ValueError
        Si alguna dimensión no es un entero positivo.

    References
    ----------
    Elman (1990), «Finding Structure in Time».

    Examples
    --------
    >>> reference = nn.RNN(3, 5, batch_first=True)
    >>> layer = RNNStepByStep(3, 5)
    >>> layer.load_state_dict(reference.state_dict())
    <All keys matched successfully>
    >>> x = torch.randn(2, 4, 3)
    >>> torch.allclose(layer(x)[0], reference(x)[0], atol=1e-6)
    True
    """

    gates = 1
    num_states = 1

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Devuelve las salidas (B, T, H) y el último estado (1, B, H), como ``nn.RNN``.

        Parameters
        ----------
        x
            Entrada, (B, T, input_size).
        state
            Estado inicial, (1, B, H); ceros si falta.

        Raises
        ------
        ValueError
            Si la forma de ``x`` o la del estado no es válida.
        """
        outputs, (last,) = self._run(x, None if state is None else (state,))
        return outputs, last

    def _step(self, activations: Tensor, states: States) -> States:
        return (activations.tanh(),)


class LSTMStepByStep(_StepByStep):
    """LSTM: un estado ``c`` que se conserva o se borra según unas puertas, y una salida ``h``.

    Con ``i``, ``f``, ``o`` = sigmoide y ``g`` = tanh de ``W_ih x_t + b_ih + W_hh h_{t−1} + b_hh``::

        c_t = f ⊙ c_{t−1} + i ⊙ g
        h_t = o ⊙ tanh(c_t)

    Las puertas van en el orden de PyTorch: entrada ``i``, olvido ``f``, candidato ``g``, salida ``o``.

    Parameters
    ----------
    input_size
        Dimensión de cada vector de entrada.
    hidden_size
        Dimensión H de cada estado.

    Raises
    ------
    ValueError
        Si alguna dimensión no es un entero positivo.

    References
    ----------
    Hochreiter y Schmidhuber (1997); la puerta de olvido es de Gers et al. (2000).
    """

    gates = 4
    num_states = 2

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Devuelve las salidas (B, T, H) y los últimos estados ``(h, c)``, como ``nn.LSTM``.

        Parameters
        ----------
        x
            Entrada, (B, T, input_size).
        state
            Estados iniciales ``(h, c)``, cada uno (1, B, H); ceros si faltan.

        Raises
        ------
        ValueError
            Si la forma de ``x`` o la de un estado no es válida.
        """
        outputs, (h, c) = self._run(x, state)
        return outputs, (h, c)

    def _step(self, activations: Tensor, states: States) -> States:
        i, f, g, o = activations.chunk(4, dim=-1)  # (B, 4·H) -> cuatro de (B, H)
        c = f.sigmoid() * states[1] + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
