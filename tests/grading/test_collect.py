"""``nbgrader zip_collect`` con zips de todas clases: cada cual con lo suyo, y nadie detiene a los demás."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grading.course import PROJECT_ROOT
from grading.lms import archive

NAME = "parte1_self_attention.ipynb"
HONEST, FORGED = b'{"de": "ana"}', b'{"de": "otra"}'


def write_zip(path: Path, members: dict[str, bytes], mode: int = 0, kind: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = kind, mode << 16
            archive.writestr(member, content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Un curso con su versión de estudiante y la carpeta de lo descargado, vacía."""
    root = tmp_path / "curso"
    (root / "downloaded" / "lab11" / "archive").mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "nbgrader_config.py", root)
    shutil.copytree(PROJECT_ROOT / "release", root / "release")
    return root


def collected(root: Path) -> tuple[dict[str, bytes], str]:
    """Lo que queda en ``submitted/`` y lo que dice la orden."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "zip_collect", "lab11"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
    )
    assert done.returncode == 0, done.stderr
    found = [path for path in (root / "submitted").rglob("*") if path.is_file()]
    return {str(path.relative_to(root / "submitted")): path.read_bytes() for path in found}, done.stderr


@pytest.mark.slow
def test_each_one_gets_only_what_is_theirs(root: Path) -> None:
    given = root / "downloaded" / "lab11" / "archive"
    write_zip(given / "ana.zip", {f"lab11/{NAME}": HONEST, "__MACOSX/._x.ipynb": b"x", "numpy.py": b"x"})
    (given / "eva").mkdir()
    (given / "eva" / NAME).write_bytes(HONEST)
    write_zip(given / "eva" / "z.zip", {NAME: FORGED})
    write_zip(given / "fuera.zip", {f"../../../../../{NAME}": HONEST, "/tmp/lab11-fuera.ipynb": HONEST})
    write_zip(given / "ajena.zip", {f"extracted/ana/{NAME}": FORGED, "ana_parte2.ipynb": FORGED})
    write_zip(given / "enlace.zip", {NAME: b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    (given / "rota.zip").write_bytes(b"PK\x03\x04 no es un zip")
    (given / "suelta.zip").symlink_to("ana.zip")
    files, said = collected(root)
    assert files == {
        f"ana/lab11/{NAME}": HONEST,
        f"eva/lab11/{NAME}": HONEST,
        f"fuera/lab11/{NAME}": HONEST,
        "fuera/lab11/lab11-fuera.ipynb": HONEST,
        f"ajena/lab11/{NAME}": FORGED,
        "ajena/lab11/ana_parte2.ipynb": FORGED,
    }
    assert not Path("/tmp/lab11-fuera.ipynb").exists() and [path.name for path in root.parent.iterdir()] == [
        "curso"
    ]
    assert "rota.zip no se recoge entero" in said and "suelta.zip no se recoge entero" in said
    assert "Repetido en la misma entrega" in said
    assert "no es un archivo corriente (un enlace, un dispositivo…)" in said
    assert said.count("su ruta sale de la carpeta; se recoge solo con su nombre") == 2


def notebooks(path: Path) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Lo que se saca del zip, y lo que se avisa."""
    said: list[str] = []
    with archive.open_zip(path) as opened:
        return list(archive.read_notebooks(opened, archive.members(opened), said.append)), said


def test_bombs_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "ana.zip"
    write_zip(path, {"a.ipynb": bytes(archive.MAX_ZIP_BYTES + 1)})
    with pytest.raises(archive.UnreadableError, match="pesan más de 200 MB"):
        notebooks(path)
    write_zip(path, {f"{number}.txt": b"" for number in range(archive.MAX_MEMBERS + 1)})
    with pytest.raises(archive.UnreadableError, match="más de 1000 archivos"):
        notebooks(path)
    write_zip(path, {"a.ipynb": HONEST}, kind=zipfile.ZIP_BZIP2)
    found, said = notebooks(path)
    assert found == [] and "usa una compresión que no se admite" in said[0]


def test_a_zip_that_lies_about_its_size_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "ana.zip"
    write_zip(path, {"a.ipynb": bytes(10_000_000)})
    size = (10_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    found, said = notebooks(path)
    assert found == [] and "a.ipynb no se recoge" in said[0]


def test_zips_inside_zips_stay_inside(tmp_path: Path) -> None:
    write_zip(tmp_path / "dentro.zip", {NAME: HONEST})
    write_zip(tmp_path / "ana.zip", {"dentro.zip": (tmp_path / "dentro.zip").read_bytes()})
    assert notebooks(tmp_path / "ana.zip") == ([], [])
