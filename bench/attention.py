"""La atención de NumPy frente a las dos de PyTorch que hacen la misma cuenta."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from bench.bounds import DTYPES, Roof, Work, attention_flops, matmul_flops, measure_roof
from bench.results import Comparison, Outcome
from bench.timing import QUICK, Effort, require_close, time_both
from codigo.attention import MultiHeadAttentionNumPy, scaled_dot_product_attention
from codigo.measure import Action

BATCH, HEADS = 4, 8
LENGTHS, DIMENSIONS = (32, 128, 512), (64, 256, 512)
TOLERANCES = {"float32": 1e-4, "float64": 1e-11}
CPU = torch.device("cpu")

# Las dos acciones, lo que hay que hacer y lo que se comprobó.
Pair = tuple[Action, Action, Work, str]


def measure(threads: int, device: torch.device, quick: bool) -> Outcome:
    """Compara las dos atenciones con los hilos que tenga puestos el proceso.

    Raises
    ------
    ValueError
        Si ``device`` no es el procesador: NumPy no trabaja en otro sitio.
    """
    if device != CPU:
        raise ValueError(f"La atención de NumPy solo se mide en el procesador (cpu); se dio {device}.")
    effort = QUICK if quick else Effort(repeats=21, min_repeats=5, budget_s=0.3)
    outcome = Outcome()
    for dtype, sizes in _grid(quick).items():
        roof, peaks = measure_roof(dtype, threads, CPU, quick)
        outcome += Outcome(tuple(_compare(dtype, sizes, threads, roof, effort)), peaks)
    return outcome


def _grid(quick: bool) -> dict[str, list[tuple[int, int]]]:
    """Las parejas (T, d_model) de cada precisión; en los cuadernos son pequeñas y de float64."""
    if quick:
        return {"float32": [(16, 64)]}
    return {
        "float32": [(T, d_model) for d_model in DIMENSIONS for T in LENGTHS],
        "float64": [(T, DIMENSIONS[0]) for T in LENGTHS],
    }


def _compare(
    dtype: str, grid: Iterable[tuple[int, int]], threads: int, roof: Roof, effort: Effort
) -> Iterator[Comparison]:
    for T, d_model in grid:
        x = np.random.default_rng(T).normal(size=(BATCH, T, d_model)).astype(dtype)  # (B, T, d_model)
        names = {
            ("producto escalar", "scaled_dot_product_attention", "F.scaled_dot_product_attention"): single(x),
            ("varias cabezas", "MultiHeadAttentionNumPy", "nn.MultiheadAttention"): multi_head(x),
        }
        for (case, ours, theirs), (our_action, their_action, work, check) in names.items():
            sizes = {"B": BATCH, "T": T, "d_model": d_model, "h": HEADS}
            seconds = time_both(our_action, their_action, CPU, effort)
            yield Comparison(
                case, sizes, {"precisión": dtype}, threads, ours, theirs, *seconds, roof.bound(work), check
            )


def single(x: NDArray[np.floating]) -> Pair:
    """La ecuación 1 con las cabezas ya separadas: Q = K = V = (B, h, T, d_k)."""
    heads = np.stack(np.split(x, HEADS, axis=-1), axis=1)  # (B, T, d_model) -> (B, h, T, d_k)
    tensor = torch.from_numpy(heads)

    def ours() -> NDArray[np.floating]:
        return scaled_dot_product_attention(heads, heads, heads)[0]

    def theirs() -> Tensor:
        return F.scaled_dot_product_attention(tensor, tensor, tensor)

    check = require_close(ours(), theirs().numpy(), TOLERANCES[str(x.dtype)])
    return ours, theirs, _attention_work(x), check


def multi_head(x: NDArray[np.floating]) -> Pair:
    """Las proyecciones y la ecuación 1, con los mismos pesos y sin sesgos."""
    mine = MultiHeadAttentionNumPy(x.shape[-1], HEADS, seed=0, dtype=x.dtype)
    reference = torch_twin(mine, str(x.dtype))
    tensor = torch.from_numpy(x)

    def ours() -> NDArray[np.floating]:
        return mine(x)

    def theirs() -> Tensor:
        with torch.inference_mode():
            return reference(tensor, tensor, tensor, need_weights=False)[0]

    check = require_close(ours(), theirs().numpy(), TOLERANCES[str(x.dtype)])
    attention, (batch, T, d_model) = _attention_work(x), x.shape
    projections = 4 * matmul_flops(batch * T, d_model, d_model)
    weights = 4 * d_model**2 * x.itemsize
    moved = 2 * x.nbytes + weights  # la entrada, la salida y los pesos
    return ours, theirs, Work(attention.flops + projections, moved), check


def torch_twin(mine: MultiHeadAttentionNumPy, dtype: str) -> nn.MultiheadAttention:
    """``nn.MultiheadAttention`` con los pesos de ``mine``, en evaluación."""
    reference = nn.MultiheadAttention(mine.d_model, mine.num_heads, bias=False, batch_first=True)
    # PyTorch guarda (salida, entrada): la traspuesta de lo que multiplica NumPy.
    joined = np.concatenate([mine.W_q.T, mine.W_k.T, mine.W_v.T])  # (3 d_model, d_model)
    weights = {"in_proj_weight": torch.from_numpy(joined), "out_proj.weight": torch.from_numpy(mine.W_o.T)}
    reference = reference.to(DTYPES[dtype])  # antes de copiar: si no, los de float64 perderían cifras
    reference.load_state_dict(weights)
    return reference.eval()


def _attention_work(x: NDArray[np.floating]) -> Work:
    batch, T, d_model = x.shape
    return Work(attention_flops([T] * batch, [T] * batch, d_model), 4 * x.nbytes)  # Q, K, V y la salida
