"""Los cuadernos de un zip ajeno, sin sacar nada a disco ni fiarse de lo que dice de sí mismo."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grading.plain import printable
from grading.submissions import MAX_NOTEBOOK_BYTES, UnreadableError

MAX_MEMBERS = 1000
MAX_ZIP_BYTES = 8 * MAX_NOTEBOOK_BYTES  # lo que pueden ocupar, ya fuera, los cuadernos de una entrega
BROKEN = (
    UnreadableError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
# Los demás formatos de compresión no dejan acotar cuánto se saca de una vez.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _UTF8 = 0x1, 0x800  # bits de la cabecera de cada archivo
_DRIVE = re.compile(r"[A-Za-z]:")
Report = Callable[[str], None]


@dataclass(frozen=True)
class Member:
    """Un archivo de dentro de un zip.

    Attributes
    ----------
    parts
        Su ruta, con los nombres ya descifrados.
    info
        Lo que el zip dice de él.
    alias
        El nombre con el que se recoge, si no es el que trae.
    """

    parts: tuple[str, ...]
    info: zipfile.ZipInfo
    alias: str = ""

    @property
    def name(self) -> str:
        """El nombre sin carpetas con el que se recoge."""
        return self.alias or self.parts[-1]

    @property
    def shown(self) -> str:
        """La ruta, para enseñarla."""
        return printable("/".join(self.parts), 120)

    @property
    def strays(self) -> bool:
        """Si al sacarlo tal cual acabaría fuera de su carpeta."""
        return ".." in self.parts or self.parts[0] == "" or bool(_DRIVE.match(self.parts[0]))

    def is_a(self, suffix: str) -> bool:
        """Si lleva esa terminación y no es de los que dejan ocultos los sistemas."""
        hidden = self.name.startswith(".") or "__MACOSX" in self.parts
        return self.name.lower().endswith(suffix) and not hidden


def members(archive: zipfile.ZipFile, limit: int = MAX_MEMBERS) -> list[Member]:
    """Los archivos de un zip.

    Raises
    ------
    UnreadableError
        Si son más de ``limit``.
    """
    infos = archive.infolist()
    if len(infos) > limit:
        raise UnreadableError(f"trae más de {limit} archivos")
    return [Member(_parts(info), info) for info in infos if not info.is_dir()]


def open_zip(source: Path | IO[bytes]) -> zipfile.ZipFile:
    """Abre un zip.

    Raises
    ------
    UnreadableError
        Si es un enlace o no es un archivo corriente.
    """
    if isinstance(source, Path) and (source.is_symlink() or not source.is_file()):
        raise UnreadableError("no es un archivo corriente")
    return zipfile.ZipFile(source)


def read_member(archive: zipfile.ZipFile, member: Member) -> bytes:
    """El contenido de un archivo del zip.

    Raises
    ------
    UnreadableError
        Si está cifrado, es un enlace o un dispositivo, o pesa demasiado.
    """
    info, mode = member.info, member.info.external_attr >> 16
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableError("está cifrado: pide que se entregue sin contraseña")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise UnreadableError("no es un archivo corriente (un enlace, un dispositivo…)")
    if info.compress_type not in _BOUNDED:
        raise UnreadableError("usa una compresión que no se admite: repítelo como zip corriente")
    if info.file_size > MAX_NOTEBOOK_BYTES:
        raise UnreadableError(f"pesa más de {MAX_NOTEBOOK_BYTES // 1_000_000} MB")
    return archive.read(info)  # zipfile no saca más de lo declarado, y comprueba la suma


def read_notebooks(
    archive: zipfile.ZipFile, found: list[Member], report: Report
) -> Iterator[tuple[str, bytes]]:
    """Los cuadernos de ``found``, con su nombre y sin su carpeta; de lo que no se recoge, una línea.

    Raises
    ------
    UnreadableError
        Si entre todos pesan demasiado.
    """
    chosen = [member for member in found if member.is_a(".ipynb")]
    if sum(member.info.file_size for member in chosen) > MAX_ZIP_BYTES:
        raise UnreadableError(f"sus cuadernos pesan más de {MAX_ZIP_BYTES // 1_000_000} MB")
    seen: dict[str, str] = {}
    for member in chosen:
        try:
            name = _new_name(member, seen, report)
            yield name, read_member(archive, member)
        except BROKEN as error:
            report(f"{member.shown} no se recoge: {printable(str(error))}")


def nested(content: bytes) -> zipfile.ZipFile:
    """El zip que hay dentro de otro."""
    return zipfile.ZipFile(io.BytesIO(content))


def _new_name(member: Member, seen: dict[str, str], report: Report) -> str:
    name = _DRIVE.sub("", member.name)
    if not name.isprintable():
        raise UnreadableError("su nombre lleva caracteres que no se ven")
    if member.strays:
        report(f"{member.shown}: su ruta sale de la carpeta; se recoge solo con su nombre.")
    other = seen.setdefault(name.casefold(), name)
    if other is not name:
        same = "repetido en la misma entrega" if other == name else f"solo cambia en mayúsculas de {other}"
        raise UnreadableError(same)
    return name


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part) for part in re.split(r"[/\\]", _decoded(info)))


def _decoded(info: zipfile.ZipInfo) -> str:
    """El nombre: muchos programas lo escriben en UTF-8 sin decirlo, y zipfile lo lee entonces como cp437."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
