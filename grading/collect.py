"""La recogida de zips: ``nbgrader zip_collect``, que de lo descargado solo saca cuadernos.

El extractor de nbgrader se detiene en el primer zip roto, saca todo lo que haya dentro, pese lo que pese, y
deja que el nombre de un archivo de dentro diga de quién es la entrega. Aquí lo dice el zip, o su carpeta;
solo en el zip de toda una clase, que hizo el LMS y hay que decir que lo es, lo dicen los nombres de dentro.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nbgrader.plugins import ExtractorPlugin
from nbgrader.utils import find_all_notebooks
from traitlets import Bool, List, Unicode

from grading.errors import CourseError
from grading.lms.archive import BROKEN, members, open_zip, read_notebooks
from grading.lms.classzip import class_notebooks, looks_like_class
from grading.lms.roster import read_roster
from grading.plain import printable
from grading.submissions import UnreadableError, read_submitted

# En «extracted/ESTUDIANTE/CUADERNO.ipynb», quién entrega qué.
EXTRACTED_NAME = r".*/extracted/(?P<student_id>[^/]+)/(?P<file_id>[^/]+)\.ipynb$"
Submitted = tuple[str, str, bytes]


class NotebookExtractor(ExtractorPlugin):  # type: ignore[misc]
    """Saca los cuadernos de ``archive/ESTUDIANTE.zip``, de ``archive/ESTUDIANTE/`` y del zip de una clase."""

    whole_class = Bool(
        False, help="los zips son los de toda la clase, como los dan Moodle y Canvas, y no uno por estudiante"
    ).tag(config=True)
    roster = Unicode("", help="CSV con la lista de la clase: da a cada uno su identificador").tag(config=True)
    notices = List(help="lo que no se pudo recoger, y por qué")

    def extract(self, archive_path: str, extracted_path: str) -> None:
        for path in _files(Path(archive_path)):
            shown = printable(str(path.relative_to(archive_path)))
            try:
                for student, name, content in self._submitted(path, Path(archive_path)):
                    self._write(Path(extracted_path) / student / name, content)
            except (*BROKEN, CourseError) as error:
                self.tell(f"{shown} no se recoge entero: {printable(str(error), 300)}")

    def tell(self, notice: str) -> None:
        """Avisa, y lo apunta para quien llame."""
        self.notices = [*self.notices, notice]
        self.log.warning("%s", notice)

    def _submitted(self, path: Path, root: Path) -> Iterator[Submitted]:
        if self.whole_class and path.suffix.lower() == ".zip":
            roster = read_roster(Path(self.roster)) if self.roster else None
            yield from class_notebooks(path, roster, self._known(), self.tell)
            return
        student = path.relative_to(root).parts[0].removesuffix(".zip")
        yield from ((student, name, content) for name, content in self._notebooks(path))

    def _notebooks(self, path: Path) -> Iterator[tuple[str, bytes]]:
        """Los cuadernos de un archivo descargado, con su nombre y sin su carpeta."""
        if path.suffix == ".ipynb":
            yield path.name, read_submitted(path)
        elif path.suffix.lower() == ".zip":
            with open_zip(path) as archive:
                found = members(archive)
                if kind := looks_like_class(found):
                    self.tell(
                        f"{printable(path.name)} parece el zip de toda una clase de {kind.capitalize()}. Si "
                        "lo es, usa `make collect ZIP=…` o añade --NotebookExtractor.whole_class=True."
                    )
                yield from read_notebooks(
                    archive, found, lambda text: self.tell(f"{printable(path.name)}: {text}")
                )
        else:
            raise UnreadableError("no es un zip ni un cuaderno")

    def _known(self) -> frozenset[str]:
        course = self.parent.coursedir
        released = course.format_path(course.release_directory, ".", course.assignment_id)
        return frozenset(find_all_notebooks(released))

    def _write(self, target: Path, content: bytes) -> None:
        if target.exists():
            self.tell(f"Repetido en la misma entrega: {printable(target.name)}. Vale el primero.")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder) / name for name in sorted(names))
