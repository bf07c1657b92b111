"""La recogida de zips: ``nbgrader zip_collect``, que de lo descargado solo saca cuadernos.

El extractor de nbgrader se detiene en el primer zip roto, saca todo lo que haya dentro, pese lo que pese, y
deja que el nombre de un archivo de dentro diga de quién es la entrega. Aquí lo dice el zip, o su carpeta.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin

from grading.plain import printable
from grading.submissions import MAX_NOTEBOOK_BYTES, UnreadableError, read_submitted

MAX_MEMBERS = 1000
MAX_ZIP_BYTES = 4 * MAX_NOTEBOOK_BYTES  # lo que pueden ocupar, ya fuera, los cuadernos de un zip
# En «extracted/ESTUDIANTE/CUADERNO.ipynb», quién entrega qué.
EXTRACTED_NAME = r".*/extracted/(?P<student_id>[^/]+)/(?P<file_id>[^/]+)\.ipynb$"
# Los demás formatos de compresión no dejan acotar cuánto se saca de una vez.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (UnreadableError, zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
Notebook = tuple[str, bytes]


class NotebookExtractor(ExtractorPlugin):  # type: ignore[misc]
    """Saca los cuadernos de ``archive/ESTUDIANTE.zip`` y de ``archive/ESTUDIANTE/``."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        for path in _files(Path(archive_path)):
            student = path.relative_to(archive_path).parts[0].removesuffix(".zip")
            try:
                for name, content in _notebooks(path):
                    self._write(Path(extracted_path) / student / name, content)
            except _BROKEN as error:
                shown = printable(str(path.relative_to(archive_path)))
                self.log.warning("%s no se recoge entero: %s", shown, printable(str(error)))

    def _write(self, target: Path, content: bytes) -> None:
        if target.exists():
            self.log.warning("Repetido en la misma entrega: %s. Vale el primero.", printable(target.name))
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder) / name for name in sorted(names))


def _notebooks(path: Path) -> Iterator[Notebook]:
    """Los cuadernos de un archivo descargado, con su nombre y sin su carpeta."""
    if path.suffix == ".ipynb":
        yield path.name, read_submitted(path)
    elif path.suffix == ".zip":
        if path.is_symlink() or not path.is_file():
            raise UnreadableError("no es un archivo corriente")
        yield from _members(path)
    else:
        raise UnreadableError("no es un zip ni un cuaderno")


def _members(path: Path) -> Iterator[Notebook]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise UnreadableError(f"trae más de {MAX_MEMBERS} archivos")
        named = [(re.split(r"[/\\]", member.filename)[-1], member) for member in members]
        chosen = [(name, member) for name, member in named if name.endswith(".ipynb") and name[0] != "."]
        if sum(member.file_size for _, member in chosen) > MAX_ZIP_BYTES:
            raise UnreadableError(f"sus cuadernos pesan más de {MAX_ZIP_BYTES // 1_000_000} MB")
        for name, member in chosen:
            if member.compress_type not in _BOUNDED:
                raise UnreadableError("usa una compresión que no se admite: repítelo como zip corriente")
            yield name, archive.read(member)
