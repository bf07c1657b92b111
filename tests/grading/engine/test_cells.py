"""Una celda, como en Jupyter: textos, imágenes, órdenes de IPython y errores."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from grading.engine.cells import run_cell
from grading.engine.outputs import CUT, MAX_ALT, NO_ALT, OutputCap, safe_outputs
from grading.engine.zygote import _new_shell


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    made = _new_shell()
    yield made
    made.clear_instance()


def test_text_and_last_expression(shell: InteractiveShell) -> None:
    reply = run_cell(shell, "import sys\nprint('hola')\nprint('aviso', file=sys.stderr)\n6 * 7", 1000)
    assert reply["stdout"].startswith("hola") and "42" in reply["stdout"]
    assert reply["stderr"] == "aviso\n" and "error" not in reply


def test_magics(shell: InteractiveShell) -> None:
    reply = run_cell(shell, "%time x = 3\nx", 1000)
    assert "error" not in reply and shell.user_ns["x"] == 3


def test_figures_are_images(shell: InteractiveShell) -> None:
    source = (
        "import matplotlib.pyplot as plt\nfrom codigo.figures import show_figure\n"
        "show_figure(plt.figure(), caption='**Pie**', alt='una figura «vacía»')\n"
        "display({'image/png': 'iVBORw0K'}, raw=True)"
    )
    reply = run_cell(shell, source, 1000)
    assert [b64decode(image)[:4] for image in reply["images"]] == [b"\x89PNG"] * 2
    assert reply["alts"] == ["una figura «vacía»", ""]
    shown = [one for one in safe_outputs(reply, OutputCap(1000, 80_000)) if one["output_type"] != "stream"]
    assert [one["metadata"]["image/png"]["alt"] for one in shown] == ["una figura «vacía»", NO_ALT]


def test_an_error_is_told_once_and_without_paths(shell: InteractiveShell) -> None:
    reply = run_cell(shell, "def f():\n    return 1 / 0\nf()", 1000)
    name, message, trace = reply["error"]
    assert (name, message) == ("ZeroDivisionError", "division by zero")
    assert "return 1 / 0" in trace and "site-packages" not in trace
    assert reply["stdout"] == "" and reply["stderr"] == ""


def test_a_syntax_error(shell: InteractiveShell) -> None:
    assert run_cell(shell, "def f(:", 1000)["error"][0] == "SyntaxError"


def test_an_error_that_cannot_be_looked_at(shell: InteractiveShell) -> None:
    source = "class Raro(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Raro"
    assert run_cell(shell, source, 1000)["error"][:2] == ["Raro", "sin detalle"]


def test_output_is_capped(shell: InteractiveShell) -> None:
    reply = run_cell(shell, "for _ in range(1000): print('x' * 1000)", 5000)
    assert len(reply["stdout"]) == 5000 + len(CUT) and reply["stdout"].endswith(CUT)


def test_only_text_and_png_reach_the_instructor() -> None:
    message = {
        "stdout": "\x1b[31mrojo\x1b[0m",
        "images": ["iVBORw0K", "<script>", 7, "A" * 10_000, "iVBORw0K"],
        "alts": [{"no": "es un texto"}, "", "", "", "x" * 2000, "de nadie"],
        "text/html": "<script>alert(1)</script>",
    }
    outputs = safe_outputs(message, OutputCap(1000, 8000))
    assert [output["output_type"] for output in outputs] == ["stream", "display_data", "display_data"]
    assert outputs[0]["text"] == "rojo" and "script" not in str(outputs)
    assert [one["metadata"]["image/png"]["alt"] for one in outputs[1:]] == [NO_ALT, "x" * MAX_ALT]
    assert safe_outputs({"images": ["iVBORw0K"], "alts": 7}, OutputCap(10, 1000 + 7 + len(NO_ALT))) == []
    assert len(safe_outputs({"images": ["iVBORw0K"]}, OutputCap(10, 1000 + 8 + 4 * len(NO_ALT)))) == 1
    assert safe_outputs({"images": "no es una lista"}, OutputCap(10, 10)) == []
