"""El servidor de bifurcaciones: de qué nivel sale cada cuaderno, quién lo comparte y qué pasa si muere."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import nbformat
import psutil
import pytest

from grading.course import Course
from grading.engine import processes
from grading.engine.folders import listen
from grading.engine.forkserver import IDLE_SECONDS, MAX_WARM, Server, _Member
from grading.engine.grade import split_cells
from grading.engine.job import CellTask, Job, Shared
from grading.engine.levels import LEVELS, level_of
from grading.engine.pool import close_all, run_job
from grading.engine.sandbox import Limits, why_unavailable
from grading.engine.supervisor import ForkServer, _environment

ISOLATE = not why_unavailable()
SECONDS = 60.0
# Lo que dice cada celda sale del proceso templado, o del jugador.
SHARED = Shared(("import os\nwarm = os.getpid()",), ISOLATE)


def shared_of(course: Course, part: str) -> Shared:
    notebook = nbformat.read(course.source / f"{part}.ipynb", as_version=4)
    common, tasks = split_cells(notebook)
    watches = any("written_from_scratch" in task.source for task in tasks if task.kind == "test")
    return Shared(tuple(notebook.cells[index].source for index in common), True, watches)


@pytest.mark.parametrize(
    ("part", "package"),
    [
        ("parte1_self_attention", "torch"),  # el gemelo lo necesita
        ("parte2_multi_head", ""),
        ("parte3_positional_encoding", ""),
        ("parte4_transformer", "torch"),
        ("parte6_gpt2", "transformers"),
        ("parte8_ejercicios_finales", "transformers"),
    ],
)
def test_the_level_is_the_one_that_the_notebook_imports(project: Course, part: str, package: str) -> None:
    assert LEVELS[level_of(shared_of(project, part))].package == package


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import numpy", ""),
        ("%time import torch", ""),  # no se entiende: solo cuesta tiempo
        ("from torch import nn", "torch"),
        ("def f():\n    import transformers.models", "transformers"),
        ("from codigo.transformers import SelfAttentionNumPy", ""),
        ("from codigo.transformers import TransformerModel, create_causal_mask", "torch"),
        ("from codigo.transformers import (\n    compare_attention_patterns,\n)", "transformers"),
        ("from codigo.no_existe import algo", ""),
    ],
)
def test_what_counts_as_importing(source: str, package: str) -> None:
    assert LEVELS[level_of(Shared((source,), True))].package == package


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    """Un servidor con su carpeta muy adentro; al acabar no queda nada de él."""
    close_all()  # por si otras pruebas de este proceso dejaron el suyo
    deep = tmp_path.joinpath(*["carpeta" * 3] * 4)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with ForkServer() as server:
        monkeypatch.setattr("grading.engine.pool._given", server.address)
        yield server
        family = [one for one in psutil.Process().children(recursive=True) if one.name()[:6] == "lab11-"]
    close_all()
    assert psutil.wait_procs(family, timeout=SECONDS)[1] == []
    assert list(deep.iterdir()) == []


def ask(source: str, shared: Shared = SHARED) -> str:
    """Lo que escribe ``source``, ejecutado como respuesta."""
    outcome = run_job(shared, Job((CellTask(0, "student", source),), frozenset(), Limits()))
    return "".join(output.get("text", str(output)) for output in outcome.results[0].outputs)


def alive(name: str) -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if processes.name_of(one.pid) == name]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_two_clients_share_a_warm_notebook(server: ForkServer) -> None:
    with ThreadPoolExecutor(2) as clients:  # a la vez, y sin templar todavía
        answers = set(clients.map(ask, ["print(warm)"] * 4))
    [warm] = alive(processes.WARM)
    assert answers == {f"{warm.pid}\n"}
    assert len(alive(processes.SERVER)) == 1 and alive(processes.LEVEL) == []


FROM_SCRATCH = """
import json, sys
from grading.engine.job import Shared
from grading.engine.zygote import Warm
warm = Warm.up(Shared(**json.load(sys.stdin)), "")
assert not warm.error, warm.error
json.dump(warm.replies, sys.stdout)
"""


@pytest.mark.slow
def test_what_comes_from_a_level_equals_a_run_from_scratch(server: ForkServer, project: Course) -> None:
    """Textos e imágenes de todas las celdas comunes, con los modelos y el azar de por medio."""
    shared = shared_of(project, "parte6_gpt2")
    alone = subprocess.run(
        [sys.executable, "-c", FROM_SCRATCH],
        input=json.dumps(asdict(shared)),
        env=_environment(server.address.parent),
        capture_output=True,
        text=True,
        check=True,
    )
    replies = run_job(shared, Job((), frozenset(), Limits())).replies
    assert replies == json.loads(alone.stdout)
    assert sum(len(reply["images"]) for reply in replies) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("victim", [processes.SERVER, processes.WARM])
def test_what_dies_is_replaced(server: ForkServer, victim: str) -> None:
    before = ask("print(warm)")
    [process] = alive(victim)
    process.kill()
    assert ask("print(warm)") not in {before, ""}
    gone, _ = psutil.wait_procs([process], timeout=60)  # también recogido: no queda ni un zombi
    assert gone


CLIENT = """
import sys
from pathlib import Path
from grading.engine.job import CellTask, Job, Shared
from grading.engine.pool import run_job, use_server
from grading.engine.sandbox import Limits, why_unavailable
use_server(Path(sys.argv[1]))
limits = Limits(cell_seconds=600, notebook_seconds=600)
endless = Job((CellTask(0, "student", "while True: pass"),), frozenset(), limits)
run_job(Shared((), not why_unavailable()), endless)
"""


@pytest.mark.slow
def test_a_dead_client_leaves_no_judge(server: ForkServer) -> None:
    with subprocess.Popen([sys.executable, "-c", CLIENT, str(server.address)]) as client:
        until(lambda: len(alive(processes.PLAYER)) == 1)
        client.kill()
    until(lambda: alive(processes.JUDGE) == alive(processes.PLAYER) == [])
    [warm] = Path(server.address.parent).glob("cuaderno-*")
    until(lambda: list(warm.glob("entrega-*")) == [])


@pytest.mark.slow
def test_a_player_has_no_door_to_the_server(server: ForkServer) -> None:
    look = (
        "fds = [f'/proc/self/fd/{n}' for n in os.listdir('/proc/self/fd')]\n"
        "print(sorted({os.readlink(fd).partition(':')[0] for fd in fds if os.path.lexists(fd)}))"
    )
    assert "socket" not in ask(look)
    assert oct(server.address.parent.stat().st_mode & 0o777) == "0o700"


@pytest.mark.slow
def test_old_notebooks_give_way_to_new_ones(server: ForkServer) -> None:
    for number in range(MAX_WARM + 2):
        assert ask("print(n)", Shared((f"n = {number}",), ISOLATE)) == f"{number}\n"
    until(lambda: len(alive(processes.WARM)) == MAX_WARM)
    assert ask("print(n)", Shared(("n = 0",), ISOLATE)) == "0\n"


def test_what_nobody_uses_is_closed(tmp_path: Path) -> None:
    long_ago = time.monotonic() - IDLE_SECONDS - 1
    (old, its_end), (new, other_end) = socket.socketpair(), socket.socketpair()
    with listen(tmp_path / "servidor") as listener, old, its_end, new, other_end:
        server = Server(listener, tmp_path)
        server.warm = {"vieja": _Member(old, used=long_ago), "nueva": _Member(new)}
        server._close_idle()
        assert list(server.warm) == ["nueva"] and its_end.recv(1) == b""


@pytest.mark.slow
def test_the_same_random_numbers_for_everyone(server: ForkServer) -> None:
    shared = Shared(("import random\nrandom.seed(11)",), ISOLATE)
    expected = f"{random.Random(11).random()}\n"
    assert [ask("print(random.random())", shared) for _ in range(2)] == [expected] * 2
