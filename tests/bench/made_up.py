"""Medidas inventadas, para probar lo que se hace con ellas sin medir nada."""

from __future__ import annotations

from typing import Any

from bench.results import Bound, Comparison, Listing, Machine, Outcome, Peak, Section

MACHINE = Machine("Procesador de ejemplo", 4, "Linux x86_64", {"Python": "3.12.1", "numpy": "2.0"})


def comparison(**changes: Any) -> Comparison:
    """Una comparación en que el curso va el doble de rápido: razones 2, 3 y 1, con un límite de 1 s."""
    options: dict[str, Any] = {
        "case": "un caso",
        "sizes": {"B": 3, "T": 5, "d_model": 16},
        "conditions": {"modo": "evaluación", "precisión": "float32"},
        "threads": 1,
        "ours": "Lo del curso",
        "theirs": "lo.otro",
        "our_seconds": (2.0, 4.0, 5.0),
        "their_seconds": (4.0, 12.0, 5.0),
        "bound": Bound("multiplicar matrices", 1.0),
        "check": "misma salida exacta",
    }
    return Comparison(**{**options, **changes})


def section(outcome: Outcome, **changes: Any) -> Section:
    """Un apartado con ``outcome``."""
    options: dict[str, Any] = {"machine": MACHINE, "measured_on": "2026-02-03", "seconds": 12.3}
    return Section(outcome, **{**options, **changes})


def everything() -> dict[str, Section]:
    """Un apartado de cada, con lo que lleva de verdad."""
    grid = [
        comparison(case=case, sizes={"B": 4, "T": T, "d_model": d, "h": 8}, threads=threads)
        for case in ("producto escalar", "varias cabezas")
        for threads in (1, 4)
        for d in (64, 256)
        for T in (32, 128)
    ]
    blocks = [
        comparison(case=case, threads=threads, conditions={"modo": mode, "precisión": "float32"})
        for case in ("bloque codificador", "modelo entero")
        for threads in (1, 4)
        for mode in ("evaluación", "entrenamiento")
    ]
    generated = [
        comparison(case=case, sizes={"B": 2, "T": T}, theirs=rival, threads=threads)
        for case, rival in (("con caché", "generate de Hugging Face"), ("lo que ahorra la caché", "sin ella"))
        for threads in (1, 4)
        for T in (25, 100)
    ]
    imported = comparison(case="importar", sizes={}, conditions={"nombre": "SelfAttentionNumPy"})
    graded = comparison(sizes={"entregas": 6}, conditions={"unidad": "segundos por entrega"})
    cost = Listing("Los cuadernos", ("cuaderno", "tiempo (s)"), (("parte1", "3.0"), ("parte2", "5.5")))
    peaks = (Peak("copiar memoria", 21.5, "GB/s", 1), Peak("copiar memoria", 20.5, "GB/s", 1))
    return {
        "attention": section(Outcome(tuple(grid), peaks)),
        "blocks": section(Outcome(tuple(blocks))),
        "generation": section(Outcome(tuple(generated))),
        "bert": section(Outcome((comparison(case="predecir"), comparison(case="ajustar")))),
        "gpu": section(Outcome((comparison(),)), machine=Machine("GPU de ejemplo", 4, "Linux", {})),
        "grading": section(
            Outcome((graded,), listings=(cost,), notes=("Una nota.",), values={"parte1": 3.0, "parte2": 5.5})
        ),
        "otter": section(Outcome(notes=("No se ha medido otter-grader 7.0.0: no se pudo instalar.",))),
        "imports": section(Outcome((imported,))),
    }
