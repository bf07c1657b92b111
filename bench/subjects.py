"""Lo que sabe medir ``python -m bench``, con sus ajustes y sus pasos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from bench import gpu, grading, imports, otter
from bench.results import Outcome
from bench.threads import measure_with_threads, thread_counts

Advance = Callable[[], None]
MEMORY_WORKERS, OTTER_ROUNDS = (2, 4), 2


@dataclass(frozen=True)
class Options:
    """Los ajustes de una ejecución.

    Attributes
    ----------
    students, plain
        Entregas que corrigen el motor y nbgrader en cada ronda.
    rounds
        Rondas de las correcciones.
    quick
        Tamaños pequeños, para probar que todo funciona: las cifras no valen.
    """

    students: int = 6
    plain: int = 1
    rounds: int = 1
    quick: bool = False


@dataclass(frozen=True)
class Subject:
    """Una medición.

    Attributes
    ----------
    about
        Qué mide, en pocas palabras.
    steps
        Cuántas veces avanza la barra.
    measure
        La mide y avisa en cada paso.
    usual
        Si se mide cuando no se dice qué.
    device
        ``cpu`` o ``cuda``.
    """

    about: str
    steps: Callable[[Options], int]
    measure: Callable[[Options, Advance], Outcome]
    usual: Callable[[], bool] = lambda: True
    device: str = "cpu"


def _by_threads(subject: str) -> Callable[[Options, Advance], Outcome]:
    def measure(options: Options, advance: Advance) -> Outcome:
        outcome = Outcome()
        for threads in thread_counts():
            outcome += measure_with_threads(subject, threads, options.quick)
            advance()
        return outcome

    return measure


def _threads(_: Options) -> int:
    return len(thread_counts())


def _grading(options: Options, advance: Advance) -> Outcome:
    parts = "parte1*" if options.quick else "*"
    return grading.measure(options.students, options.plain, options.rounds, parts, advance)


def _otter_steps(options: Options) -> int:
    return 1 + (1 if options.quick else OTTER_ROUNDS)  # la primera, preparar su entorno


def _otter(options: Options, advance: Advance) -> Outcome:
    students, rounds = (3, 1) if options.quick else (4, OTTER_ROUNDS)
    return otter.measure(students, rounds, advance)


def _memory(options: Options, advance: Advance) -> Outcome:
    return grading.measure_memory(MEMORY_WORKERS, 2 if options.quick else 4, advance)


SUBJECTS = {
    "attention": Subject("la atención de NumPy frente a PyTorch", _threads, _by_threads("attention")),
    "blocks": Subject("bloques y modelo frente a nn.Transformer", _threads, _by_threads("blocks")),
    "generation": Subject("generar, frente a Hugging Face", _threads, _by_threads("generation")),
    "bert": Subject("BERT frente al bucle de Hugging Face", _threads, _by_threads("bert")),
    "gpu": Subject(
        "lo anterior en una GPU, si PyTorch la ve",
        lambda _: len(gpu.SUBJECTS),
        lambda options, advance: gpu.measure(options.quick, advance),
        torch.cuda.is_available,
        "cuda",
    ),
    "grading": Subject(
        "el motor frente a nbgrader, y cada cuaderno", lambda options: 2 * options.rounds, _grading
    ),
    "otter": Subject("el motor frente a otter-grader", _otter_steps, _otter),
    "imports": Subject(
        "lo que tarda en importarse cada nombre",
        lambda _: len(imports.LIBRARIES),
        lambda options, advance: imports.measure(options.quick, advance),
    ),
    "memory": Subject(
        "memoria al corregir; solo si se pide", lambda _: len(MEMORY_WORKERS), _memory, lambda: False
    ),
}
