"""La página de inicio de los cuadernos: qué partes hay, cuánto se tarda en cada una y qué se entrega."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

INDEX = "indice.md"
READINGS = "lecturas"  # subcarpeta, para que lo que se entrega quede solo arriba
_TITLE = re.compile(r"^# (.+)$", flags=re.MULTILINE)
_PAGE = """\
# Lab 11: Transformers

Abre las partes por orden; las lecturas, cuando quieras. En cada una: **predice** antes de ejecutar,
**ejecuta** y **explica** la diferencia.

| parte | tiempo | se entrega |
|---|---|---|
{rows}

**Para comprobar un cuaderno**, pulsa *Validar*, en su barra: lo guarda, lo ejecuta desde el principio y dice
qué pruebas pasan y, de las que no, qué mirar.

**Para entregar**, guarda y entrega los `.ipynb` con su nombre.
"""


def prepare(folder: Path, released: Path | None = None, readings: Path | None = None) -> Path:
    """Copia en ``folder`` los cuadernos de ``released`` que falten y escribe el índice; devuelve su ruta.

    Los de ``readings`` van a una subcarpeta. Lo que ya está no se toca: es el trabajo de alguien.

    Raises
    ------
    ValueError
        Si al acabar no hay ningún cuaderno en ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _copy_missing(released, folder)
    _copy_missing(readings, folder / READINGS, copy=_copy_unpaired)
    notebooks = sorted(folder.glob("parte*.ipynb"))
    if not notebooks:
        raise ValueError(f"en {folder} no hay ningún cuaderno del curso (parte….ipynb): indica su carpeta.")
    notebooks += sorted((folder / READINGS).glob("*.ipynb"))
    rows = "\n".join(_row(notebook, folder) for notebook in notebooks)
    index = folder / INDEX
    index.write_text(_PAGE.format(rows=rows), encoding="utf-8")
    return index


def _copy_missing(
    source: Path | None, folder: Path, copy: Callable[[Path, Path], object] = shutil.copy
) -> None:
    if source is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(source.glob("*.ipynb")):
        if not (folder / notebook.name).exists():
            copy(notebook, folder / notebook.name)


def _copy_unpaired(source: Path, target: Path) -> None:
    """Sin lo que haría a JupyterLab escribir al lado la pareja ``.py``, que es de quien cambia el curso."""
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata.pop("jupytext", None)
    nbformat.write(notebook, target)


def _row(path: Path, folder: Path) -> str:
    """La fila de un cuaderno, con lo que dice su primera celda; si no se puede leer, solo su nombre."""
    try:
        text = nbformat.read(path, as_version=4).cells[0].source
    except Exception:  # un cuaderno roto no impide abrir los demás
        text = ""
    found = _TITLE.search(text)
    title = found[1] if found else path.stem
    link = path.relative_to(folder).as_posix()
    return f"| [{title}]({link}) | {_field(text, 'Tiempo')} | {_field(text, 'Se entrega')} |"


def _field(text: str, name: str) -> str:
    found = re.search(rf"^\| {name} \| (.+?) \|$", text, flags=re.MULTILINE)
    return found[1] if found else ""
