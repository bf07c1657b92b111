"""La orden: qué mide, qué guarda y dónde escribe, con mediciones falsas."""

import importlib
import json
import subprocess
from dataclasses import asdict

import pytest
import torch

from bench import attention, cli, gpu, subjects, threads, worker
from bench.results import Outcome, load_sections
from bench.subjects import SUBJECTS, Options, Subject
from tests.bench.made_up import comparison, everything


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Un sitio donde escribir, y mediciones que no miden."""
    outcomes = {name: one.outcome for name, one in everything().items()}

    def fake(name, subject):
        def measure(options, advance):
            advance()
            return outcomes.get(name, Outcome())

        return Subject(subject.about, lambda _: 1, measure, subject.usual)

    monkeypatch.setattr(cli, "SUBJECTS", {name: fake(name, one) for name, one in SUBJECTS.items()})
    monkeypatch.setattr(cli, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(cli, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(cli, "RESULTS", tmp_path / "r.json")
    monkeypatch.setattr(cli, "QUICK_FOLDER", tmp_path / "prueba")
    return tmp_path


def test_without_names_it_measures_the_usual(folder):
    assert cli.main([]) == 0
    usual = {name for name, subject in SUBJECTS.items() if subject.usual()}
    assert set(load_sections(folder / "r.json")) == usual
    assert {"memory"} <= set(SUBJECTS) - usual
    assert (folder / "docs" / "rendimiento.md").exists()


def test_measuring_one_keeps_the_others(folder):
    cli.main(["bert"])
    cli.main(["imports"])
    assert list(load_sections(folder / "r.json")) == ["bert", "imports"]


def test_a_trial_does_not_touch_the_real_report(folder):
    cli.main(["--quick", "bert"])
    assert (folder / "prueba" / "rendimiento.md").exists()
    assert not (folder / "docs").exists() and not (folder / "r.json").exists()


def test_redrawing_measures_nothing(folder, monkeypatch):
    cli.main(["bert"])
    before = (folder / "docs" / "rendimiento.md").read_text(encoding="utf-8")
    (folder / "docs" / "rendimiento.md").unlink()
    monkeypatch.setattr(cli, "SUBJECTS", {})
    cli.main(["--redraw"])
    assert (folder / "docs" / "rendimiento.md").read_text(encoding="utf-8") == before


def test_what_was_measured_before_a_failure_is_kept(folder, monkeypatch):
    def fails(options, advance):
        raise RuntimeError("no")

    monkeypatch.setitem(cli.SUBJECTS, "imports", Subject("x", lambda _: 1, fails))
    with pytest.raises(RuntimeError):
        cli.main(["bert", "imports"])
    assert list(load_sections(folder / "r.json")) == ["bert"]


def test_an_unknown_name_is_an_error(capsys):
    with pytest.raises(SystemExit):
        cli.main(["nada"])
    assert "nada" in capsys.readouterr().err


def test_the_help_lists_what_can_be_measured(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert all(f"  {name}" in said and subject.about in said for name, subject in SUBJECTS.items())


def test_one_thread_and_all():
    assert threads.thread_counts(6) == [1, 6] and threads.thread_counts(1) == [1]
    assert threads.thread_counts()[-1] == threads.usable_cores()


def test_each_thread_count_has_its_own_process(monkeypatch):
    calls = []

    def fake(command, env, **kwargs):
        calls.append((command, env))
        outcome = Outcome((comparison(threads=3),))
        return subprocess.CompletedProcess(command, 0, f"ruido\n{json.dumps(asdict(outcome))}\n", "")

    monkeypatch.setattr(subprocess, "run", fake)
    outcome = threads.measure_with_threads("bert", 3, quick=True)
    ((command, environment),) = calls
    assert outcome.comparisons == (comparison(threads=3),)
    assert command[1:] == ["-m", "bench.worker", "bert", "--threads", "3", "--device", "cpu", "--quick"]
    assert {environment[name] for name in threads.VARIABLES} == {"3"}


def test_a_worker_that_fails_says_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "DifferentResultsError: difieren")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
    with pytest.raises(RuntimeError, match="difieren"):
        threads.measure_with_threads("bert", 1, quick=True)


def test_every_threaded_subject_has_a_worker():
    assert set(worker.SUBJECTS) <= set(SUBJECTS)
    assert all(callable(importlib.import_module(f"bench.{name}").measure) for name in worker.SUBJECTS)


def test_numpy_is_not_measured_on_a_gpu():
    with pytest.raises(ValueError, match="procesador"):
        attention.measure(1, torch.device("cuda"), quick=True)


def test_a_worker_writes_what_it_measures(capsys, monkeypatch):
    def fake(threads, device, quick):
        assert device == torch.device("cpu") and quick
        return Outcome((comparison(threads=threads),))

    monkeypatch.setattr("bench.bert.measure", fake)
    worker.main(["bert", "--threads", "1", "--quick"])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["comparisons"][0]["threads"] == 1


def test_the_steps_are_those_announced(monkeypatch):
    """La barra avanza justo lo que se dijo, en lo que no arranca otros procesos de verdad."""
    monkeypatch.setattr(subjects, "measure_with_threads", lambda *_: Outcome())
    monkeypatch.setattr(gpu, "measure_with_threads", lambda *_: Outcome())
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: True)
    for name in ("attention", "blocks", "bert", "gpu"):
        steps = []
        SUBJECTS[name].measure(Options(), lambda steps=steps: steps.append(1))
        assert len(steps) == SUBJECTS[name].steps(Options())


def test_without_a_gpu_asking_for_it_is_an_error(monkeypatch):
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="GPU"):
        gpu.measure(quick=True)
