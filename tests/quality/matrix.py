"""Qué dicen los veredictos: la matriz de confusión de cada ejercicio y los límites que se incumplen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.quality.answers import Answer, Kind
from tests.quality.equivalent import dead_entries
from tests.quality.judges import Verdict

MIN_STYLES, MIN_RIGHT = 12, 72  # por ejercicio, y en total
MIN_BY_HAND, MIN_WRONG = 15, 300
MAX_SURVIVING = 0.01  # de los mutantes que no son equivalentes


@dataclass(frozen=True)
class Row:
    """La matriz de confusión de las pruebas de un ejercicio, en número de respuestas."""

    exercise: str
    right_accepted: int
    right_rejected: int
    by_hand_accepted: int
    by_hand_rejected: int
    killed: int
    equivalent: int
    surviving: int


@dataclass(frozen=True)
class Results:
    """Lo que se sabe tras juzgar.

    Attributes
    ----------
    tests
        Los puntos de cada prueba de cada ejercicio juzgado.
    verdicts
        Los veredictos; si hay varias semillas, la matriz es de la primera.
    equivalents
        Los mutantes equivalentes, con su razón.
    whole
        Si se han juzgado todos los ejercicios: los mínimos en total solo se miran entonces.
    sampled
        Si de cada ejercicio solo se ha juzgado una muestra: entonces no se mira ningún mínimo.
    """

    tests: Mapping[str, Mapping[str, float]]
    verdicts: Sequence[Verdict]
    equivalents: Mapping[str, str]
    whole: bool = True
    sampled: bool = False

    def of(self, kind: Kind, exercise: str = "") -> list[Verdict]:
        """Los veredictos de la primera semilla sobre las respuestas de una clase que se pudieron juzgar."""
        first = min((verdict.seed for verdict in self.verdicts), default=0)
        return [
            verdict
            for verdict in self.verdicts
            if verdict.seed == first
            and not verdict.problem
            and verdict.answer.kind == kind
            and verdict.answer.exercise in (exercise or verdict.answer.exercise)
        ]

    def earned(self, verdict: Verdict) -> float:
        """Los puntos de una respuesta."""
        tests = self.tests[verdict.answer.exercise]
        passed = {name for name, message in verdict.messages.items() if message is None}
        return sum(tests[name] for name in passed)

    def share(self, verdict: Verdict) -> float:
        """La parte de los puntos del ejercicio que gana una respuesta, de 0 a 1."""
        return self.earned(verdict) / sum(self.tests[verdict.answer.exercise].values())

    def is_equivalent(self, verdict: Verdict) -> bool:
        """¿Está apuntado como equivalente?"""
        return verdict.answer.name in self.equivalents

    @property
    def surviving(self) -> list[Verdict]:
        """Los mutantes aceptados que no están apuntados como equivalentes."""
        return [v for v in self.of("mutante") if v.accepted and not self.is_equivalent(v)]


def rows(results: Results) -> list[Row]:
    """La matriz, una fila por ejercicio."""
    return [_row(results, exercise) for exercise in results.tests]


def _row(results: Results, exercise: str) -> Row:
    right = [verdict.accepted for verdict in results.of("correcta", exercise)]
    by_hand = [verdict.accepted for verdict in results.of("a mano", exercise)]
    equivalent = [results.is_equivalent(verdict) for verdict in results.of("mutante", exercise)]
    surviving = sum(verdict.answer.exercise == exercise for verdict in results.surviving)
    return Row(
        exercise,
        right_accepted=sum(right),
        right_rejected=len(right) - sum(right),
        by_hand_accepted=sum(by_hand),
        by_hand_rejected=len(by_hand) - sum(by_hand),
        killed=len(equivalent) - sum(equivalent) - surviving,
        equivalent=sum(equivalent),
        surviving=surviving,
    )


def broken_limits(results: Results) -> list[str]:
    """Cada límite que se incumple, con la respuesta que lo incumple."""
    checks = (
        _unjudged,
        _enough_answers,
        _right_answers_pass,
        _extremes,
        _wrong_answers_fail,
        _credit_is_fair,
        _messages_name_the_mistake,
        _mutants_die,
        _equivalents_are_right,
        _same_verdict_with_any_seed,
    )
    return [text for check in checks for text in check(results)]


def _unjudged(results: Results) -> Iterator[str]:
    yield from (f"Sin juzgar: {v.answer}: {v.problem}" for v in results.verdicts if v.problem)


def _enough_answers(results: Results) -> Iterator[str]:
    if results.sampled:
        return
    for row in rows(results):
        right, by_hand = row.right_accepted + row.right_rejected, row.by_hand_accepted + row.by_hand_rejected
        if right < MIN_STYLES:
            yield f"Faltan estilos: {row.exercise} tiene {right} correctas; hacen falta {MIN_STYLES}."
        if by_hand < MIN_BY_HAND:
            yield f"Faltan errores: {row.exercise} tiene {by_hand} hechos a mano; hacen falta {MIN_BY_HAND}."
    right, wrong = len(results.of("correcta")), wrong_count(results)
    if results.whole and right < MIN_RIGHT:
        yield f"Faltan correctas: hay {right} en total; hacen falta {MIN_RIGHT}."
    if results.whole and wrong < MIN_WRONG:
        yield f"Faltan equivocadas: hay {wrong} en total; hacen falta {MIN_WRONG}."


def wrong_count(results: Results) -> int:
    """Las respuestas equivocadas: las hechas a mano y los mutantes que no son equivalentes."""
    mutants = [verdict for verdict in results.of("mutante") if not results.is_equivalent(verdict)]
    return len(results.of("a mano")) + len(mutants)


def _right_answers_pass(results: Results) -> Iterator[str]:
    for verdict in [*results.of("referencia"), *results.of("correcta")]:
        if verdict.failed:
            yield f"Falso rechazo: {verdict.answer}: {_first(verdict)}"


def _extremes(results: Results) -> Iterator[str]:
    for verdict in results.of("vacía"):
        if results.earned(verdict):
            yield f"Puntos de regalo: {verdict.answer}: {results.earned(verdict):g} puntos sin hacer nada."


def _wrong_answers_fail(results: Results) -> Iterator[str]:
    yield from (
        f"Falso aceptado: {v.answer}: gana todos los puntos." for v in results.of("a mano") if v.accepted
    )


def _credit_is_fair(results: Results) -> Iterator[str]:
    for verdict in results.of("a mano"):
        expected = verdict.answer.fails
        if not verdict.accepted and expected is not None and verdict.failed != expected:
            lost, won = _names(verdict.failed - expected), _names(expected - verdict.failed)
            extra = f"pierde de más {lost}; gana de más {won}"
            yield f"Crédito injusto: {verdict.answer}: {extra}. {_first(verdict)}"
        if len(verdict.failed) == 1 and not results.earned(verdict):
            yield f"Crédito injusto: {verdict.answer}: falla una sola prueba y gana lo mismo que la vacía."


def _messages_name_the_mistake(results: Results) -> Iterator[str]:
    for verdict in results.of("a mano"):
        says = verdict.answer.says
        if verdict.failed and says not in verdict.first_message:
            yield f"Mensaje que no nombra el error: {verdict.answer}: «{says}» no está en {_first(verdict)}"


def _mutants_die(results: Results) -> Iterator[str]:
    # En una parte, uno solo ya pasaría del 1 %.
    if surviving_share(results) > MAX_SURVIVING and (results.whole or len(results.surviving) > 1):
        share = 100 * surviving_share(results)
        yield f"Sobrevive el {share:.1f} % de los mutantes; el límite es el {100 * MAX_SURVIVING:g} %."


def surviving_share(results: Results) -> float:
    """La parte de los mutantes no equivalentes que se acepta, de 0 a 1."""
    candidates = [verdict for verdict in results.of("mutante") if not results.is_equivalent(verdict)]
    return len(results.surviving) / max(1, len(candidates))


def _equivalents_are_right(results: Results) -> Iterator[str]:
    mutants = results.of("mutante")
    known = () if results.sampled else results.tests
    for name in dead_entries(results.equivalents, (v.answer.name for v in mutants), known):
        yield f"Equivalente sin mutante: {name}: bórralo de la lista o corrige su nombre."
    for verdict in mutants:
        if verdict.failed and results.is_equivalent(verdict):
            yield f"Equivalente rechazado: {verdict.answer}: {_first(verdict)}"


def _same_verdict_with_any_seed(results: Results) -> Iterator[str]:
    for answer, found in seed_dependent(results).items():
        options = (f"con la semilla {seed} suspende {_names(failed)}" for failed, seed in found.items())
        yield f"Depende del azar: {answer}: {'; '.join(options)}."


def tried_seeds(results: Results) -> int:
    """Con cuántas semillas se ha juzgado, por lo menos, cada ejercicio."""
    seeds = defaultdict[str, set[int]](set)
    for verdict in results.verdicts:
        seeds[verdict.answer.exercise].add(verdict.seed)
    return min(map(len, seeds.values()), default=0)


def seed_dependent(results: Results) -> dict[Answer, dict[frozenset[str], int]]:
    """Las respuestas con veredictos distintos, y una semilla de cada uno."""
    found = defaultdict[Answer, dict[frozenset[str], int]](dict)
    for verdict in results.verdicts:
        if not verdict.problem:
            found[verdict.answer].setdefault(verdict.failed, verdict.seed)
    return {answer: seeds for answer, seeds in found.items() if len(seeds) > 1}


def _names(tests: frozenset[str]) -> str:
    return ", ".join(sorted(tests)) or "nada"


def _first(verdict: Verdict) -> str:
    name = next(name for name, message in verdict.messages.items() if message is not None)
    return f"{name}: {verdict.first_message}"
