"""Los límites: con veredictos inventados, cada uno que se rompe se ve."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.quality.answers import Answer, Kind
from tests.quality.judges import Verdict
from tests.quality.matrix import Results, Row, broken_limits, rows

ONE, TWO = "test_ej1_uno", "test_ej1_dos"
PASSED: dict[str, str | None] = {ONE: None, TWO: None}


def verdict(kind: Kind, name: str, *failed: str, seed: int = 0, problem: str = "") -> Verdict:
    fails = frozenset({ONE}) if kind == "a mano" else None
    answer = Answer("ej1", kind, name, {}, fails=fails, says="traspuesta" if fails else "")
    return Verdict(answer, seed, PASSED | dict.fromkeys(failed, "AssertionError: está traspuesta"), problem)


def perfect() -> Results:
    """Unas pruebas sin ningún fallo: 72 correctas, 40 a mano y 280 mutantes, 20 de ellos equivalentes."""
    verdicts = [verdict("referencia", "referencia"), verdict("vacía", "sin tocar", ONE, TWO)]
    verdicts += [verdict("correcta", f"estilo {number}") for number in range(72)]
    verdicts += [verdict("a mano", f"error {number}", ONE) for number in range(40)]
    verdicts += [verdict("mutante", f"ej1_m {number}", *[TWO][: number // 20]) for number in range(280)]
    return Results(
        {"ej1": {ONE: 3.0, TWO: 5.0}}, verdicts, {f"ej1_m {number}": "Porque sí." for number in range(20)}
    )


def with_verdict(results: Results, new: Verdict) -> Results:
    """Con otro veredicto sobre la misma respuesta y semilla, o con uno más."""
    kept = [v for v in results.verdicts if (v.answer, v.seed) != (new.answer, new.seed)]
    return replace(results, verdicts=[*kept, new])


def without(results: Results, kind: Kind, count: int) -> Results:
    dropped = results.of(kind)[:count]
    return replace(results, verdicts=[v for v in results.verdicts if v not in dropped])


def test_perfect_tests_break_no_limit() -> None:
    results = perfect()
    assert broken_limits(results) == []
    assert rows(results) == [Row("ej1", 72, 0, 0, 40, 260, 20, 0)]
    assert [results.share(v) for v in results.of("a mano")] == [5 / 8] * 40


def surviving(results: Results, count: int) -> Results:
    for number in range(20, 20 + count):
        results = with_verdict(results, verdict("mutante", f"ej1_m {number}"))
    return results


def check(results: Results, says: str) -> None:
    assert any(says in text for text in broken_limits(results)), broken_limits(results)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (verdict("correcta", "estilo 3", TWO), "Falso rechazo: ej1 · correcta · estilo 3: test_ej1_dos"),
        (verdict("referencia", "referencia", ONE), "Falso rechazo: ej1 · referencia"),
        (verdict("a mano", "error 3"), "Falso aceptado: ej1 · a mano · error 3"),
        (verdict("vacía", "sin tocar", ONE), "Puntos de regalo: ej1 · vacía · sin tocar: 5 puntos"),
        (verdict("a mano", "error 3", TWO), "Crédito injusto: ej1 · a mano · error 3"),
        (verdict("a mano", "error 3", ONE, TWO), "pierde de más test_ej1_dos; gana de más nada"),
        (verdict("mutante", "ej1_m 3", ONE), "Equivalente rechazado: ej1 · mutante · ej1_m 3"),
        (verdict("correcta", "estilo 3", ONE, seed=4), "con la semilla 4 suspende test_ej1_uno"),
        (
            verdict("correcta", "estilo 3", problem="se cayó"),
            "Sin juzgar: ej1 · correcta · estilo 3",
        ),
    ],
)
def test_a_bad_verdict_is_seen(new: Verdict, says: str) -> None:
    check(with_verdict(perfect(), new), says)


@pytest.mark.parametrize(
    ("kind", "count", "says"),
    [
        ("correcta", 1, "Faltan correctas: hay 71"),
        ("correcta", 61, "Faltan estilos: ej1 tiene 11"),
        ("a mano", 26, "Faltan errores: ej1 tiene 14"),
        ("a mano", 1, "Faltan equivocadas: hay 299"),
    ],
)
def test_too_small_a_corpus_is_seen(kind: Kind, count: int, says: str) -> None:
    check(without(perfect(), kind, count), says)


def test_too_many_survivors_are_seen() -> None:
    check(surviving(perfect(), 3), "Sobrevive el 1.2 % de los mutantes")
    assert broken_limits(surviving(perfect(), 2)) == []


def test_an_equivalent_that_is_no_mutant_is_seen() -> None:
    results = replace(perfect(), equivalents=perfect().equivalents | {"ej1_x": "No."})
    check(results, "Equivalente sin mutante: ej1_x")


def test_one_failed_test_must_cost_less_than_doing_nothing() -> None:
    check(replace(perfect(), tests={"ej1": {ONE: 8.0, TWO: 0.0}}), "gana lo mismo que la vacía")


def test_a_message_that_does_not_name_the_mistake_is_seen() -> None:
    quiet = replace(verdict("a mano", "error 3", ONE), messages=PASSED | {ONE: "AssertionError: está mal"})
    check(with_verdict(perfect(), quiet), "no nombra el error: ej1 · a mano · error 3: «traspuesta»")


def test_totals_are_not_asked_of_a_part() -> None:
    assert broken_limits(replace(without(perfect(), "correcta", 1), whole=False)) == []
