"""Lo que una entrega puede traer además del cuaderno, o en su lugar (filas 14 a 16).

Cada ataque deja el cuaderno con todo mal y luego toca su carpeta: la del curso que se ataca tiene al lado la
entrega honrada de una vecina.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat

from tests.attacks.model import (
    MASK,
    NEIGHBOUR,
    NOTEBOOK,
    Attack,
    honest,
    insert_before,
    released,
    wrong,
)

FILE = f"{NOTEBOOK}.ipynb"
_SOLUTIONS = f"../../../source/lab11/{FILE}"
_NEIGHBOURS = f"../../{NEIGHBOUR}/lab11/{FILE}"
_attack = partial(Attack, section="A. La estructura del cuaderno", build=wrong)
_closed = partial(
    _attack, defence="solo se abren archivos corrientes, sin seguir enlaces ni esperar", where="submissions"
)
_named = partial(
    _attack, defence="solo se mira el cuaderno que se llama como en la fuente", where="submissions"
)
_text = partial(_attack, defence="al motor solo le llega el texto del cuaderno", where="worker")

# Se hace pasar por un módulo: carga el de verdad, da por buenas todas las comprobaciones y se aparta.
SHADOW = """
import importlib, os, sys

_here, _name = os.path.split(os.path.abspath(globals().get("__file__", "x")))
_here = os.path.dirname(_here) if _name == "__init__.py" else _here
sys.path[:] = [path for path in sys.path if not os.path.abspath(path or ".").startswith(_here)]
_mine = sys.modules.pop(__name__, None)
try:
    importlib.import_module(__name__)
except ImportError:
    sys.modules[__name__] = _mine
import numpy as np
import codigo.checks as _checks

for _name in [n for n in dir(_checks) if n.startswith(("check", "require", "as_array"))]:
    setattr(_checks, _name, lambda *a, **k: np.ones((50, 50)))
np.allclose = np.array_equal = lambda *a, **k: True
"""
_LONG = "n" * 240


def _instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Quita el cuaderno y pone otra cosa con su nombre."""

    def place(folder: Path) -> None:
        (folder / FILE).unlink()
        make(folder / FILE)

    return place


def _link(target: str) -> Callable[[Path], None]:
    return _instead(lambda path: path.symlink_to(target))


def _socket(path: Path) -> None:
    # Un socket Unix no admite rutas largas: se hace cerca y se mueve.
    with socket.socket(socket.AF_UNIX) as listening:
        short = Path("/tmp") / f"lab11-{os.getpid()}.sock"
        listening.bind(str(short))
    shutil.move(short, path)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _half_character(path: Path) -> None:
    notebook = wrong(released())
    insert_before(notebook, MASK, "@ = 1")
    text = nbformat.writes(notebook)
    path.write_text(
        text.replace("@ = 1", r"x = 1  # \ud83d \u001b[2J\u001b[H\r ana 100 puntos"), encoding="utf-8"
    )


def _heavy(path: Path) -> None:
    notebook = wrong(released())
    notebook.cells[0].source += "x" * 60_000_000
    nbformat.write(notebook, path)


def _folder_link(level: int) -> Callable[[Path], None]:
    """La carpeta del laboratorio, o la del estudiante, es un enlace a la de la vecina."""

    def place(folder: Path) -> None:
        linked = folder if level == 0 else folder.parent
        target = linked.parent / NEIGHBOUR if level else linked.parent.parent / NEIGHBOUR / folder.name
        shutil.rmtree(linked)
        linked.symlink_to(os.path.relpath(target, linked.parent))

    return place


def _renamed(name: str) -> Callable[[Path], None]:
    def place(folder: Path) -> None:
        (folder / FILE).unlink()
        nbformat.write(honest(), folder / name)

    return place


def _extra(folder: Path) -> None:
    """Cuadernos y archivos de más, con nombres que dan problemas."""
    names = ("..ipynb", "a\nb.ipynb", "-rf.ipynb", "$(touch x).ipynb", "ñ\u202egpj.ipynb", f"{_LONG}.ipynb")
    for name in (*names, "copia.ipynb", "PARTE1_SELF_ATTENTION.ipynb"):
        nbformat.write(honest(), folder / name)
    (folder / os.fsdecode(b"\xff\xfe.ipynb")).write_bytes(b"x")
    (folder / "enlace").symlink_to(_SOLUTIONS)
    (folder / "bucle").symlink_to(".")
    os.mkfifo(folder / "tubería")


def _files(*names: str) -> Callable[[Path], None]:
    """Deja el mismo código con cada uno de esos nombres."""

    def place(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(SHADOW, encoding="utf-8")

    return place


def _path_file(folder: Path) -> None:
    _files("numpy.py")(folder)
    for name in ("a.pth", "lab11.egg-link"):
        (folder / name).write_text(f"{folder}\nimport sys; sys.path.insert(0, {str(folder)!r})\n")


_OTHERS_MODULES = ("numpy.py", "torch.py", "random.py")
_OWN_PACKAGE = ("codigo/__init__.py", "codigo/transformers.py")
_PYTHON_STARTUP = ("sitecustomize.py", "usercustomize.py", "conftest.py")
_CONFIGURATIONS = (
    "ipython_config.py",
    "ipython_kernel_config.py",
    "jupyter_nbconvert_config.py",
    "jupyter_server_config.py",
    "nbgrader_config.py",
    ".ipython/profile_default/startup/00-antes.py",
)

FOLDERS = (
    _text(
        "14h",
        "celda añadida con medio carácter Unicode y códigos de terminal",
        place=_instead(_half_character),
        defence="se cambian por un punto antes de apuntarlos",
        where="plain",
    ),
    _closed("15a", "el cuaderno es un enlace al de la fuente", place=_link(_SOLUTIONS)),
    _closed("15b", "el cuaderno es un enlace al de una vecina", place=_link(_NEIGHBOURS)),
    _closed("15c", "el cuaderno es un enlace a /etc/passwd", place=_link("/etc/passwd")),
    _closed("15d", "el cuaderno es un enlace a sí mismo", place=_link(FILE)),
    _closed(
        "15e", "el cuaderno es un enlace a /dev/zero", place=_link("/dev/zero"), plain="agotaría la máquina"
    ),
    _closed("15f", "el cuaderno es una carpeta", place=_instead(Path.mkdir)),
    _closed("15g", "el cuaderno es una tubería en la que nadie escribe", place=_instead(os.mkfifo)),
    _closed("15h", "el cuaderno es un socket", place=_instead(_socket)),
    _closed("15i", "el cuaderno es un archivo disperso de 1 TB", place=_instead(_sparse)),
    _closed("15j", "un cuaderno de 60 MB", place=_instead(_heavy)),
    _closed("15k", "su carpeta `lab11` es un enlace a la de una vecina", place=_folder_link(0)),
    _closed("15l", "su carpeta es un enlace a la de una vecina", place=_folder_link(1)),
    _named("15m", "el cuaderno con otro nombre", place=_renamed(f"{NOTEBOOK} (1).ipynb")),
    _named("15n", "cuadernos de más, con nombres raros; enlaces y una tubería al lado", place=_extra),
    _text("16a", "`numpy.py`, `torch.py` y `random.py`", place=_files(*_OTHERS_MODULES)),
    _text("16b", "un paquete `codigo` propio", place=_files(*_OWN_PACKAGE)),
    _text("16c", "`sitecustomize.py`, `usercustomize.py` y `conftest.py`", place=_files(*_PYTHON_STARTUP)),
    _text("16d", "configuración de IPython, Jupyter y nbgrader", place=_files(*_CONFIGURATIONS)),
    _text("16e", "`.pth` y `.egg-link` hacia su carpeta", place=_path_file),
)
