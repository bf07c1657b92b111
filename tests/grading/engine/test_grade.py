"""Corregir un cuaderno entero con el motor: mismas notas que sin él, y nada pasa de una entrega a otra."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from grading.course import Course
from grading.engine.grade import NotebookGrade, grade_notebook, split_cells
from grading.engine.pool import EngineError, close_all
from grading.engine.rebuild import grade_id
from grading.engine.sandbox import Limits, why_unavailable
from grading.sample_class.build import ANSWERS, REGION_MARK
from tests.notebooks.inprocess import run_tests

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
PARTS = ("parte1_self_attention", "parte2_multi_head", "parte3_positional_encoding")
COSINE = "ej3_similitud_coseno"


@pytest.fixture(scope="module", autouse=True)
def no_process_left() -> Iterator[None]:
    yield
    close_all()


def grade(project: Course, part: str, answers: dict[str, str], **limits: float) -> NotebookGrade:
    """La nota de una entrega con ``answers``; lo demás, la referencia."""
    source = (project.source / f"{part}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(source, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(grade_id(cell), REGION_MARK.sub("", cell.source))
    return grade_notebook(source, nbformat.writes(notebook), Limits(**limits), isolate=True)


def answers_of(student: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (ANSWERS / student).glob("*.py")}


def passed(result: NotebookGrade) -> set[str]:
    return {name for name, points in result.scores.items() if points}


def errors(result: NotebookGrade) -> dict[str, str]:
    cells = nbformat.reads(result.notebook, as_version=4).cells
    return {
        grade_id(cell): output.evalue
        for cell in cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("student", ["nadie", "otro_estilo", "ruidosa", "mascara_invertida", "a_medias"])
@pytest.mark.filterwarnings("ignore")  # las respuestas de muestra avisan a propósito
def test_scores_equal_those_of_a_run_from_scratch(project: Course, part: str, student: str) -> None:
    answers = answers_of(student)
    verdicts = run_tests(project.source / f"{part}.ipynb", answers)
    result = grade(project, part, answers)
    assert passed(result) == {name for name, message in verdicts.items() if message is None}
    assert result.changes == () and result.stopped == ""


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_answer_has_no_points(project: Course, part: str) -> None:
    source = nbformat.read(project.source / f"{part}.ipynb", as_version=4)
    empty = {grade_id(cell): "" for cell in source.cells if grade_id(cell).startswith("ej")}
    result = grade(project, part, empty)
    assert passed(result) == set() and len(result.scores) >= 2


REFERENCE = {"test_ej3_coseno", "test_ej3_codificaciones", "test_ej3_matriz"}
TRACES = """
import builtins, os, sys, pathlib
import numpy
numpy.pi = 3
numpy.dot = numpy.linalg.norm = builtins.len = None
pathlib.Path("huella.txt").write_text("estuve aquí")
pathlib.Path(os.environ["HOME"], "otra.txt").write_text("y aquí")
sys.modules["codigo.checks"] = None
pe.encoding[:] = 0
"""


def test_nothing_passes_to_the_next_submission(project: Course) -> None:
    spoilt = grade(project, PARTS[2], {COSINE: TRACES})
    assert passed(spoilt) == set()
    assert passed(grade(project, PARTS[2], {})) == REFERENCE
    look = "import os, pathlib\nprint(os.listdir('.'), list(pathlib.Path(os.environ['HOME']).iterdir()))"
    clean = nbformat.reads(grade(project, PARTS[2], {COSINE: look}).notebook, as_version=4)
    printed = [cell.outputs[0].text for cell in clean.cells if grade_id(cell) == COSINE]
    assert printed == ["[] []\n"]


def test_changing_what_the_judge_has_is_useless(project: Course) -> None:
    """``pe`` y las comprobaciones son las del juez: cambiarlas en el cuaderno no da puntos."""
    cheat = (
        "import codigo.checks, numpy as np\n"
        "for name in dir(codigo.checks):\n    setattr(codigo.checks, name, lambda *a, **k: a[1])\n"
        "pe.encoding[:] = 1\nencodings = pe.get_encoding(50)\nsimilarity_matrix = np.ones((50, 50))\n"
        "cosine_similarity = lambda a, b: 1.0"
    )
    assert passed(grade(project, PARTS[2], {COSINE: cheat})) == set()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os; os._exit(0)", "Python se cerró"),
        ("import ctypes; ctypes.string_at(0)", "Python se cerró"),
        (
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
            "una celda pasó de 2 s y no se dejó interrumpir",
        ),
    ],
    ids=["exit", "segfault", "bucle que no se interrumpe"],
)
def test_a_dead_player_keeps_what_was_judged(project: Course, source: str, words: str) -> None:
    result = grade(project, PARTS[0], {"ej1_atencion_causal": source}, cell_seconds=2)
    assert passed(result) == {"test_ej1_mascara"}
    assert words in result.stopped and words in errors(result)["test_ej1_valores"]


def test_a_loop_is_interrupted_and_the_rest_goes_on(project: Course) -> None:
    loop = f"{REGION_MARK.sub('', reference(project, COSINE))}\nwhile True: pass"
    result = grade(project, PARTS[2], {COSINE: loop}, cell_seconds=2)
    assert passed(result) == REFERENCE and result.stopped == ""
    assert COSINE in errors(result)


def reference(project: Course, name: str) -> str:
    cells = [cell for path in project.notebooks for cell in nbformat.read(path, as_version=4).cells]
    return next(cell.source for cell in cells if grade_id(cell) == name)


def test_too_much_memory_is_the_students_problem(project: Course) -> None:
    result = grade(project, PARTS[2], {COSINE: "import numpy\nx = numpy.ones(10**10)"})
    assert passed(result) == set() and "allocate" in errors(result)[COSINE]


@pytest.mark.parametrize(
    "attempt",
    [
        "open({source!r}).read()",
        "__import__('os').listdir({folder!r})",
        "__import__('socket').socket()",
        "__import__('subprocess').run(['true'])",
        "__import__('os').fork()",
        "open('/etc/passwd').read()",
        "open('/tmp/escapado', 'w')",
        "__import__('os').kill(__import__('os').getppid(), 9)",
    ],
)
def test_the_sandbox_holds(project: Course, attempt: str) -> None:
    code = attempt.format(source=str(project.notebooks[0]), folder=str(project.source))
    assert "not permitted" in (message := errors(grade(project, PARTS[2], {COSINE: code}))[COSINE]) or (
        "Permission denied" in message
    )
    assert not Path("/tmp/escapado").exists()


def test_common_cells_that_fail_are_the_courses_problem(project: Course) -> None:
    source = nbformat.read(project.source / f"{PARTS[2]}.ipynb", as_version=4)
    first = split_cells(source)[0][0]
    source.cells[first].source = "import no_existe"
    text = nbformat.writes(source)
    with pytest.raises(EngineError, match="ModuleNotFoundError"):
        grade_notebook(text, text, Limits(), isolate=True)


def test_an_error_does_not_say_where_things_are_installed(project: Course) -> None:
    answer = "import json\n\nfrom codigo.masks import create_causal_mask\n\n"
    answer += "try:\n    create_causal_mask(-1)\nfinally:\n    json.loads(chr(123))\n"
    result = grade(project, "parte1_self_attention", {"ej1_mascara_causal": answer})
    [shown] = [
        "\n".join(output.traceback)
        for cell in nbformat.reads(result.notebook, as_version=4).cells
        if grade_id(cell) == "ej1_mascara_causal"
        for output in cell.outputs
    ]
    assert 'File "codigo/masks.py"' in shown and 'File "json/' in shown
    assert str(project.root) not in shown and sys.prefix not in shown and sys.base_prefix not in shown
