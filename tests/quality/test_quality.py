"""El corpus, la página y, con los jueces de verdad, lo que cabe aquí: el resto, con «make quality»."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from grading.course import PROJECT_ROOT, Course
from grading.engine.rebuild import grade_id
from grading.engine.sandbox import why_unavailable
from tests.quality import matrix, measured, run
from tests.quality.answers import Answer, Exercise
from tests.quality.corpus import EXERCISES
from tests.quality.equivalent import equivalents
from tests.quality.judges import Task, Verdict, engine, process
from tests.quality.matrix import Results
from tests.quality.report import FIGURE, PAGE, page

FAST = ("ej1", "ej2", "ej3")  # los mutantes de los demás, con «make quality»
needs_sandbox = pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}")


@cache
def exercise(name: str) -> Exercise:
    return Exercise(name, Course(PROJECT_ROOT).source)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_corpus_is_large_and_well_formed(name: str) -> None:
    answers = [answer for answer in exercise(name).answers if answer.kind in ("correcta", "a mano")]
    right = [answer for answer in answers if answer.kind == "correcta"]
    assert len(right) >= matrix.MIN_STYLES and len(answers) - len(right) >= matrix.MIN_BY_HAND
    assert all(
        set(answer.cells) == set(exercise(name).solutions) and len(answer.about) > 15 for answer in right
    )
    for answer in answers:
        assert answer.cells and all(compile(text, str(answer), "exec") for text in answer.cells.values())
        assert "from tests" not in "".join(answer.cells.values())  # quien la resuelve no lo tiene
    for answer in answers[len(right) :]:
        assert answer.fails and answer.fails <= set(exercise(name).tests) and answer.says


@pytest.mark.parametrize("name", EXERCISES)
def test_partial_credit_is_in_order(name: str) -> None:
    """Nada < casi bien < bien. Que cada una suspenda justo lo que se dice aquí lo mide «make quality»."""
    points = exercise(name).tests
    whole = sum(points.values())
    by_hand = [answer for answer in exercise(name).answers if answer.kind == "a mano"]
    earned = {answer: whole - sum(points[test] for test in answer.fails or ()) for answer in by_hand}
    almost_right = [earned[answer] for answer in by_hand if len(answer.fails or ()) == 1]
    assert min(points.values()) > 0 and 0 <= min(earned.values()) <= max(earned.values()) < whole
    assert almost_right and min(almost_right) > 0
    assert {test for answer in by_hand for test in answer.fails or ()} == set(points)  # cada una, probada


def test_there_are_enough_wrong_answers() -> None:
    by_hand = sum(answer.kind == "a mano" for name in EXERCISES for answer in exercise(name).answers)
    mutants = sum(len(exercise(name).mutants) for name in EXERCISES)
    assert by_hand + mutants - len(equivalents()) >= matrix.MIN_WRONG


def test_the_page_is_in_step_with_the_corpus() -> None:
    """La página es la que sale de este corpus si cada respuesta tiene el veredicto que se espera de ella."""
    text = PAGE.read_text(encoding="utf-8")
    tried = int(re.search(r"\(probadas: (\d+)\)", text)[1])
    section = text.partition("## Los mutantes que sobreviven")[2].partition("\n## ")[0]
    verdicts = [
        Verdict(
            answer, seed, dict.fromkeys(exercise(name).tests) | dict.fromkeys(_fails(answer, section), "mal")
        )
        for name in EXERCISES
        for answer in exercise(name).answers
        for seed in range(tried)
    ]
    results = Results({name: exercise(name).tests for name in EXERCISES}, verdicts, equivalents())
    assert text == page(results, [exercise(name) for name in EXERCISES]), "repite make quality"


def _fails(answer: Answer, surviving: str) -> Collection[str]:
    """Las pruebas que se espera que suspenda una respuesta; ``surviving``, los mutantes que no."""
    if answer.kind in ("referencia", "correcta"):
        return ()
    if answer.kind == "mutante" and (answer.name in equivalents() or _is_listed(answer.name, surviving)):
        return ()
    return exercise(answer.exercise).tests if answer.fails is None else answer.fails


def _is_listed(name: str, section: str) -> bool:
    cell, _, change = name.partition(" ")
    return f"| `{cell}` | `{change}` |" in section


def test_the_figure_is_the_one_of_the_page() -> None:
    alternative = re.search(
        r"^!\[(.+)\]\(img/calidad\.png\)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    with Image.open(FIGURE) as figure:
        assert alternative and figure.info["Description"] == alternative[1], "repite make quality"


def test_what_was_measured_is_used_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = exercise("ej4")  # algunos nombres se repiten en sus dos celdas
    verdicts = [
        Verdict(answer, 0, dict.fromkeys(one.tests), cpu=float(place))
        for place, answer in enumerate(one.answers)
    ]
    assert len({(answer.kind, answer.name) for answer in one.answers}) < len(one.answers)
    assert measured.load(one, tmp_path) == []
    measured.save(one, measured.fingerprint(one), verdicts, tmp_path)
    assert measured.load(one, tmp_path) == verdicts
    changed = Exercise("ej4", Course(PROJECT_ROOT).source)
    monkeypatch.setitem(changed.__dict__, "answers", one.answers[1:])
    assert measured.load(changed, tmp_path) == []


def test_judges_that_disagree_are_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def strict(tasks: Iterable[Task]) -> Iterator[Verdict]:
        for one, answer, seed in tasks:
            yield Verdict(
                answer, seed, dict.fromkeys(one.tests, None if answer.kind == "referencia" else "no")
            )

    def careless(tasks: Iterable[Task]) -> Iterator[Verdict]:
        for number, verdict in enumerate(strict(tasks)):
            changed = {0: {"problem": "se cayó"}, 1: {"messages": {}}}
            yield replace(verdict, **changed.get(number, {}))

    monkeypatch.setattr(run, "JUDGES", {"process": strict, "nbgrader": careless})
    chosen = run.sample(exercise("ej3").answers, 40)
    assert run.main(["--only", "ej3", "--every", "40", "--engine", "process", "nbgrader", "process"]) == 1
    said = capsys.readouterr().out
    assert f"coinciden en {len(chosen) - 2} de {len(chosen)} veredictos" in said.replace("\n", " ")
    assert said.count("Jueces que no coinciden") == 2 and "nbgrader, no la pudo juzgar" in said


@pytest.fixture(scope="module")
def judged() -> Results:
    """Las referencias, las correctas y las vacías de todos, y los mutantes de los ejercicios rápidos."""
    every = [(exercise(name), answer) for name in EXERCISES for answer in exercise(name).answers]
    left_out = {"a mano"}, {"a mano", "mutante"}
    tasks = [(one, answer, 0) for one, answer in every if answer.kind not in left_out[one.name not in FAST]]
    verdicts = list(engine(tasks))
    return Results({name: exercise(name).tests for name in EXERCISES}, verdicts, equivalents(), whole=False)


@pytest.mark.slow
@needs_sandbox
def test_the_engine_accepts_every_right_answer(judged: Results) -> None:
    assert [(str(v.answer), v.problem) for v in judged.verdicts if v.problem] == []
    right = [*judged.of("referencia"), *judged.of("correcta")]
    assert [(str(v.answer), v.first_message) for v in right if v.failed] == []
    assert len(right) >= matrix.MIN_RIGHT + len(EXERCISES)


@pytest.mark.slow
@needs_sandbox
def test_the_engine_rejects_the_mutants(judged: Results) -> None:
    assert [str(verdict.answer) for verdict in judged.surviving] == []
    equivalent = [verdict for verdict in judged.of("mutante") if judged.is_equivalent(verdict)]
    assert equivalent and [(str(v.answer), v.first_message) for v in equivalent if v.failed] == []


@pytest.mark.slow
@needs_sandbox
def test_an_empty_answer_earns_nothing(judged: Results) -> None:
    empty = judged.of("vacía")
    assert len(empty) == len(EXERCISES) and [judged.earned(v) for v in empty] == [0.0] * len(EXERCISES)


@pytest.mark.slow
@needs_sandbox
def test_the_tests_alone_agree(judged: Results) -> None:
    known = [verdict for verdict in judged.verdicts if verdict.answer.exercise == "ej3"][::5]
    again = list(process((exercise("ej3"), verdict.answer, 0) for verdict in known))
    assert [verdict.failed for verdict in again] == [verdict.failed for verdict in known]


@pytest.mark.slow
@needs_sandbox
def test_a_weak_test_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "lab11"
    shutil.copytree(Course(PROJECT_ROOT).source, source)
    path = source / exercise("ej3").path.name
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == "test_ej3_coseno")
    cell.source, cut = re.subn(r"### BEGIN HIDDEN TESTS.*### END HIDDEN TESTS", "", cell.source, flags=re.S)
    nbformat.write(notebook, path)
    assert cut == 1
    before = PAGE.read_bytes()
    assert run.main(["--only", "ej3", "--source", str(source)]) == 1
    assert "Falso aceptado: ej3" in capsys.readouterr().out
    assert PAGE.read_bytes() == before
