"""El ejercicio expresado para otter-grader, sin otter-grader."""

import json
import subprocess
import sys
from types import ModuleType

import nbformat
import pytest

from bench import otter
from bench.grading import same_scores, student_bound
from bench.otter import answers_of, exercise_class, exercise_notebook, prepare_environment, scores_in
from bench.results import Outcome
from bench.timing import DifferentResultsError
from grading.engine.grade import is_test


@pytest.fixture(scope="module")
def course():
    with exercise_class(3) as course:
        yield course


def test_the_exercise_is_the_one_of_the_course(project):
    source = nbformat.read(project.source / f"{otter.PART}.ipynb", as_version=4)
    expected = [cell.source for cell in source.cells if is_test(cell)]
    assert [cell.source for cell in exercise_notebook().cells if is_test(cell)] == expected
    assert len(expected) == 3


def test_one_in_three_is_wrong(course):
    answers = [answers_of(course, number)[otter.SOLUTION] for number in range(6)]
    assert [answer == answers[0] for answer in answers] == [True, True, False] * 2


def test_submissions_are_all_there_and_all_different(course):
    paths = sorted(course.submitted.rglob("*.ipynb"))
    assert len(paths) == 3 and len({path.read_text() for path in paths}) == 3


@pytest.mark.parametrize(("number", "failing"), [(0, set()), (2, {"test_ej3_coseno"})])
def test_the_test_files_accept_and_reject(course, number, failing, monkeypatch):
    """Como los ejecuta otter-grader: la función de cada archivo, con lo que dejó la entrega."""
    fake = ModuleType("otter.test_files")
    fake.test_case = lambda points: lambda function: function
    monkeypatch.setitem(sys.modules, "otter", ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", fake)
    environment, failed = {}, set()
    exec(otter.SETUP, environment)
    exec(answers_of(course, number)[otter.SOLUTION], environment)
    for cell in filter(is_test, exercise_notebook().cells):
        name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
        module = {}
        exec(otter.TEST_FILE.format(name=name, points=points, code=cell.source), module)
        try:
            module["test_cell"](environment)
        except AssertionError:
            failed.add(name)
    assert failed == failing


def test_scores_are_added_by_exercise(tmp_path):
    tests = [
        {"name": "test_ej3_coseno", "score": 6.0},
        {"name": "test_ej3_matriz", "score": 2},
        {"name": "Public Tests", "score": 1},
    ]
    (tmp_path / "r.json").write_text(json.dumps({"tests": tests}))
    assert scores_in(tmp_path / "r.json") == {"ej3": 8.0}


def test_without_network_it_says_why_and_goes_on(tmp_path, monkeypatch):
    def fails(*args, **kwargs):
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(subprocess, "run", fails)
    assert "índice de paquetes" in prepare_environment(tmp_path)
    monkeypatch.setattr(otter, "prepare_environment", lambda: "no se pudo.")
    steps = []
    outcome = otter.measure(2, 1, lambda: steps.append(1))
    assert outcome == Outcome(notes=("No se ha medido otter-grader 7.0.0: no se pudo.",))


def test_a_ready_environment_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: None)
    assert prepare_environment(tmp_path) == ""
    monkeypatch.setattr(subprocess, "run", None)  # llamarlo sería un error
    assert prepare_environment(tmp_path) == ""
    monkeypatch.setattr(otter, "PACKAGES", ("otra",))
    with pytest.raises(TypeError):
        prepare_environment(tmp_path)


def test_scores_must_be_the_same():
    ours = {"ana": {"ej3": 14.0}, "leo": {"ej3": 8.0}}
    assert "1 entregas" in same_scores(ours, {"leo": {"ej3": 8.0}})
    for theirs in ({"leo": {"ej3": 14.0}}, {"eva": {"ej3": 14.0}}, {}):
        with pytest.raises(DifferentResultsError):
            same_scores(ours, theirs)


def test_the_bound_of_grading_is_shared_by_the_cores():
    class Run:
        def __init__(self, bound_seconds):
            self.bound_seconds = bound_seconds

    assert student_bound([Run(9.0), Run(6.0)], 3).seconds == 2.0
