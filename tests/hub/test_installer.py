"""Lo que se puede probar del instalador sin ser root ni crear cuentas."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.__main__ import main
from hub.files import copy_folder
from hub.interpreter import _look_beside


def test_what_is_copied_can_be_read_by_all_and_changed_by_nobody_else(tmp_path: Path) -> None:
    source, target = tmp_path / "de", tmp_path / "a"
    source.mkdir(mode=0o700)
    for name, mode in (("cerrado", 0o600), ("de_grupo", 0o664), ("orden", 0o755), ("fuera", 0o644)):
        (source / name).write_text(name)
        (source / name).chmod(mode)
    copy_folder(source, target, "fue*")
    found = {path.name: path.stat().st_mode & 0o777 for path in target.iterdir()}
    assert found == {"cerrado": 0o644, "de_grupo": 0o644, "orden": 0o755}
    assert target.stat().st_mode & 0o777 == 0o755
    assert (source / "cerrado").stat().st_mode & 0o777 == 0o600


def test_a_copied_python_looks_for_its_library_beside_it() -> None:
    program = b"antes\0/home/ana/.pyenv/versions/3.11.7/lib\0luego"
    changed = _look_beside(program, Path("/home/ana/.pyenv/versions/3.11.7/lib"))
    assert len(changed) == len(program)
    assert changed.replace(b"\0", b" ").split() == [b"antes", b"$ORIGIN/../lib", b"luego"]


def test_a_path_where_the_new_one_does_not_fit_stays() -> None:
    assert _look_beside(b"\0/py/lib\0", Path("/py/lib")) == b"\0/py/lib\0"


@pytest.mark.parametrize(
    ("instructor", "prefix", "says"),
    [
        ("", "/opt/lab11", "make hub INSTRUCTOR=cuenta"),
        ("no-hay-tal-cuenta", "/opt/lab11", "no existe la cuenta no-hay-tal-cuenta"),
        ("root", "lab11", "ruta absoluta"),
        ("root", "CERRADA/lab11", "no pueden entrar"),
    ],
)
def test_what_cannot_be_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    instructor: str,
    prefix: str,
    says: str,
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    prefix = prefix.replace("CERRADA", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["hub", "--instructor", instructor, "--prefix", prefix])
    assert main() == 1
    assert says in capsys.readouterr().err


def test_only_root_can(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("sys.argv", ["hub", "--instructor", "root"])
    assert main() == 1
    assert "ser root" in capsys.readouterr().err
