"""Los bloques y el modelo del curso frente a ``nn.Transformer`` y sus capas, con los mismos pesos."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from bench.bounds import DTYPES, Roof, measure_roof
from bench.matches import MATCHES, Match, Size
from bench.results import Comparison, Outcome
from bench.timing import QUICK, Effort, require_close, time_both
from codigo.measure import Action

SMALL = Size(B=32, T=20, d_model=64, h=4, d_ff=256)
BASE = Size(B=4, T=64, d_model=512, h=8, d_ff=2048)
LARGE = Size(B=32, T=512, d_model=1024, h=16, d_ff=4096)  # solo en una GPU
TINY = Size(B=3, T=6, d_model=8, h=2, d_ff=16)
# El modelo entero es de varias capas: más pequeñas, para que quepa en el tiempo.
MODEL_SIZES = {
    SMALL: replace(SMALL, layers=2, V=100),
    BASE: replace(BASE, d_model=256, d_ff=1024, layers=3, V=1000),
    LARGE: replace(LARGE, d_model=512, h=8, d_ff=2048, layers=6, V=10000),
    TINY: replace(TINY, layers=1, V=11),
}
TOLERANCES = {"float32": 1e-4, "bfloat16": 5e-2}

Compiler = Callable[[nn.Module], Any]


def measure(threads: int, device: torch.device, quick: bool, compiler: Compiler = torch.compile) -> Outcome:
    """Compara bloques y modelo con los hilos que tenga puestos el proceso.

    Parameters
    ----------
    threads
        Los hilos, para decirlos.
    device
        En una GPU se mide además con bfloat16 y con lo que compila ``compiler``.
    quick
        Con tamaños pequeños, para probar.
    compiler
        Cómo se compila un módulo.
    """
    torch.manual_seed(0)
    on_gpu = device.type == "cuda"
    outcome = Outcome()
    for dtype in ("float32", "bfloat16") if on_gpu else ("float32",):
        roof, peaks = measure_roof(dtype, threads, device, quick)
        found: list[Comparison] = []
        for match in matches(dtype, device, quick):
            found += compare(match, dtype, threads, device, roof, quick)
            if on_gpu:
                found += compare(
                    _compiled(match, compiler), dtype, threads, device, roof, quick, compiled=True
                )
        outcome += Outcome(tuple(found), peaks)
    return outcome


def matches(dtype: str, device: torch.device, quick: bool) -> Iterator[Match]:
    """Los duelos que tocan en ``device``."""
    sizes = (TINY,) if quick else (BASE, LARGE) if device.type == "cuda" else (SMALL, BASE)
    for name, make in MATCHES.items():
        for size in sizes:
            yield make(MODEL_SIZES[size] if name == "model" else size, device, DTYPES[dtype])


def _compiled(match: Match, compiler: Compiler) -> Match:
    return replace(match, our_module=compiler(match.our_module), their_module=compiler(match.their_module))


def compare(
    match: Match,
    dtype: str,
    threads: int,
    device: torch.device,
    roof: Roof,
    quick: bool,
    compiled: bool = False,
) -> Iterator[Comparison]:
    """Las comparaciones de un duelo: evaluación y entrenamiento, relleno y pesos.

    Lo compilado se mide sin pedir pesos: los ganchos de PyTorch lo partirían en trozos.

    Raises
    ------
    DifferentResultsError
        Si las salidas difieren.
    """
    effort = QUICK if quick else Effort(repeats=75, min_repeats=5, budget_s=0.35)
    both = (False, True)
    for training, masked, weights in product(both, both, (False,) if compiled else both):
        theirs = match.their_module_with_weights if weights else match.their_module
        check = same_output(match, theirs, masked, weights, TOLERANCES[dtype])
        seconds = time_both(*_actions(match, theirs, training, masked, weights), device, effort)
        conditions = {
            "modo": "entrenamiento" if training else "evaluación",
            "máscara": "relleno" if masked else "sin relleno",
            "pesos": "con pesos" if weights else "sin pesos",
            "precisión": dtype,
        }
        if device.type == "cuda":
            conditions["código"] = "compilado" if compiled else "sin compilar"
        bound = roof.bound(match.work(masked, training))
        names = (match.case, match.sizes, conditions, threads, match.ours, match.theirs)
        yield Comparison(*names, *seconds, bound, check)


def _actions(
    match: Match, theirs: nn.Module, training: bool, masked: bool, weights: bool
) -> tuple[Action, Action]:
    """Lo que se mide de cada lado: la ida o, al entrenar, la ida y la vuelta."""

    def our_call() -> Tensor:
        return match.our_call(match.our_module, masked, weights)

    def their_call() -> Tensor:
        return match.their_call(theirs, masked)

    match.our_module.train(training)
    theirs.train(training)
    if training:
        return _train(match.our_module, our_call), _train(theirs, their_call)
    return _evaluate(our_call), _evaluate(their_call)


def same_output(match: Match, theirs: nn.Module, masked: bool, weights: bool, tolerance: float) -> str:
    """Comprueba que las salidas son iguales por los dos caminos de PyTorch: con gradiente y sin él."""
    match.our_module.eval()
    theirs.eval()
    said = ""
    for keep_gradient in (True, False):
        with torch.inference_mode(not keep_gradient):
            ours = match.our_call(match.our_module, masked, weights)
            other = match.their_call(theirs, masked)
        # Lo que sale en las posiciones de relleno no significa nada: PyTorch pone ceros.
        kept = _kept(match, masked, ours)
        said = require_close(_numbers(ours[kept]), _numbers(other[kept]), tolerance)
    return said


def _kept(match: Match, masked: bool, output: Tensor) -> Tensor:
    """Las posiciones (B, T) que cuentan: en el codificador, las que no son relleno."""
    batch, T = output.shape[:2]
    if not masked or match.case != "bloque codificador":
        return torch.ones(batch, T, dtype=torch.bool, device=output.device)
    return (torch.arange(T) < match.lengths[:, None]).to(output.device)


def _numbers(tensor: Tensor) -> Any:
    return tensor.detach().float().cpu().numpy()


def _evaluate(call: Callable[[], Tensor]) -> Action:
    def action() -> None:
        with torch.inference_mode():
            call()

    return action


def _train(module: nn.Module, call: Callable[[], Tensor]) -> Action:
    parameters = list(module.parameters())
    gradient = torch.randn_like(call().detach())
    # `grad` devuelve los gradientes sin acumularlos: no hay nada que borrar entre rondas.
    return lambda: torch.autograd.grad(call(), parameters, gradient, allow_unused=True)
