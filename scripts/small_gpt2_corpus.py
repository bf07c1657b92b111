"""El texto con el que se entrena el GPT-2 pequeño: descarga, comprobación y limpieza.

Son dos obras de dominio público que llegan dentro de paquetes de Debian, cuya versión y cuyo resumen
SHA-256 están fijados: el mismo programa da siempre el mismo texto. Los paquetes se leen aquí mismo, sin
``dpkg``, así que también valen macOS y Windows.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import tarfile
import unicodedata
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

POOL = "https://deb.debian.org/debian/pool/main"
HELD_OUT_EVERY = 10

# Relatos y sentencias; fuera quedan leyes, censos, salmos, profetas y cartas.
BIBLE_BOOKS = {
    "Gen", "Exod", "Josh", "Judg", "Ruth", "1Sam", "2Sam", "1Kgs", "2Kgs", "Esth", "Prov", "Eccl", "Dan",
    "Jonah", "Matt", "Mark", "Luke", "John", "Acts",
}  # fmt: skip

# Ortografía de 1909 → la de hoy, en las palabras que más se repiten.
MODERN_SPELLING = {
    "á": "a", "é": "e", "ó": "o", "ú": "u", "fué": "fue", "fuí": "fui", "vió": "vio", "ví": "vi",
    "dió": "dio", "dí": "di", "crió": "crio", "guió": "guio", "fió": "fio", "tí": "ti", "pié": "pie",
    "piés": "pies", "há": "ha", "hé": "he", "yá": "ya", "oir": "oír", "reir": "reír",
}  # fmt: skip


class CorpusError(Exception):
    """El texto no se pudo obtener, o no es el que se esperaba."""


Reader = Callable[[dict[str, bytes]], list[str]]


@dataclass(frozen=True)
class Source:
    """Una obra: de qué paquete sale, con qué licencia y cómo se lee.

    ``folder`` es la carpeta o el archivo del paquete que se lee; ``repeats``, cuántas veces entra la obra en
    el texto de entrenamiento (para que la corta no se pierda entre la larga).
    """

    name: str
    title: str
    licence: str
    url: str
    sha256: str
    folder: str
    repeats: int
    read: Reader


@dataclass(frozen=True)
class Split:
    """Los documentos de una obra: los que entrenan y los que se apartan para medir."""

    source: Source
    train: list[str]
    held_out: list[str]


def load_corpus(cache: Path) -> list[Split]:
    """Descarga (si hace falta), lee y reparte las obras de ``SOURCES``.

    Parameters
    ----------
    cache : Path
        Carpeta en la que quedan los paquetes descargados.

    Returns
    -------
    list of Split
        Una entrada por obra; se aparta un documento de cada ``HELD_OUT_EVERY``.

    Raises
    ------
    CorpusError
        Si un paquete no se puede descargar o su contenido no es el esperado.
    """
    return [_split(source, source.read(_package_files(source, cache))) for source in SOURCES]


def _split(source: Source, documents: list[str]) -> Split:
    held_out = documents[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]
    train = [text for i, text in enumerate(documents, start=1) if i % HELD_OUT_EVERY]
    return Split(source, train, held_out)


def _package_files(source: Source, cache: Path) -> dict[str, bytes]:
    """Nombre → contenido de cada archivo de ``source.folder``."""
    archive = _download(source, cache)
    with tarfile.open(fileobj=io.BytesIO(_ar_member(archive, "data.tar"))) as tar:
        members = [m for m in tar if m.isfile() and m.name.startswith(f"./{source.folder}")]
        return {Path(m.name).name: tar.extractfile(m).read() for m in members}


def _download(source: Source, cache: Path) -> bytes:
    """Los bytes del paquete, de ``cache`` o de la red, con el resumen comprobado."""
    path = cache / source.url.rsplit("/", 1)[1]
    data = path.read_bytes() if path.exists() else _fetch(source.url, path)
    digest = hashlib.sha256(data).hexdigest()
    if digest != source.sha256:
        raise CorpusError(
            f"{path.name} no es el paquete esperado: su SHA-256 es {digest} y debe ser {source.sha256}. "
            f"Si {path} existe, borra ese archivo y repite la orden."
        )
    if not path.exists():
        _write_atomically(path, data)
    return data


def _fetch(url: str, path: Path) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.read()
    except OSError as error:
        raise CorpusError(
            f"no se pudo descargar {url} ({error}). Comprueba la conexión, o busca {path.name} en "
            f"https://snapshot.debian.org, déjalo en {path.parent} y repite la orden."
        ) from error


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)


def _ar_member(archive: bytes, prefix: str) -> bytes:
    """El primer miembro de un ``.deb`` (que es un archivo ``ar``) cuyo nombre empieza por ``prefix``."""
    position = len(b"!<arch>\n")
    while position < len(archive):
        header = archive[position : position + 60]
        start, size = position + 60, int(header[48:58])
        if header.startswith(prefix.encode()):
            return archive[start : start + size]
        position = start + size + size % 2  # cada miembro empieza en posición par
    raise CorpusError(f"el paquete no contiene «{prefix}»; ¿es un .deb? Borra el archivo y repite la orden.")


def read_novel(files: dict[str, bytes]) -> list[str]:
    """Los capítulos de la novela, que está en una cadena de un programa de PHP.

    Parameters
    ----------
    files : dict
        Los archivos del paquete; se usa ``Text.php``.

    Returns
    -------
    list
        Un texto por capítulo, con sus párrafos separados por saltos de línea.
    """
    program = files["Text.php"].decode("utf-8")
    text = program.split("<<<'EOT'\n", 1)[1].rsplit("\nEOT;", 1)[0]
    text = re.sub(r"^-[IVX]+-\n", "", text, flags=re.MULTILINE)
    return [_dialogue_dashes(_tidy(chapter)) for chapter in text.split("\n\n")]


def _dialogue_dashes(text: str) -> str:
    """Cambia los guiones que abren y cierran un diálogo por rayas, con los espacios del español."""
    text = re.sub(r"^- ", "—", text, flags=re.MULTILINE)
    text = re.sub(r" ?- (?=[.,;:])", "—", text)
    return re.sub(r" ?- (?=\S)", " —", text)


def read_bible(files: dict[str, bytes]) -> list[str]:
    """Los capítulos de los libros de ``BIBLE_BOOKS``, sin versículos ni marcas.

    Parameters
    ----------
    files : dict
        Los archivos de un módulo SWORD de tipo ``zText`` con un libro por bloque.

    Returns
    -------
    list
        Un texto por capítulo, en un solo párrafo y con la ortografía de hoy.
    """
    books = [*_sword_blocks(files, "ot"), *_sword_blocks(files, "nt")]
    chosen = [book for book in books if _book_name(book) in BIBLE_BOOKS]
    if len(chosen) != len(BIBLE_BOOKS):
        raise CorpusError(f"se esperaban {len(BIBLE_BOOKS)} libros y hay {len(chosen)}.")
    return [_bible_prose(chapter) for book in chosen for chapter in _chapters(book)]


def _sword_blocks(files: dict[str, bytes], testament: str) -> Iterator[str]:
    """Cada bloque descomprimido; el índice guarda (posición, tamaño, tamaño original) en 12 bytes."""
    data = files[f"{testament}.bzz"]
    for start, size, _ in struct.iter_unpack("<III", files[f"{testament}.bzs"]):
        yield zlib.decompress(data[start : start + size]).decode("utf-8")


def _book_name(book: str) -> str:
    match = re.search(r'<div [^>]*osisID="([^"]+)"[^>]*type="book"', book)
    return match[1] if match else ""


def _chapters(book: str) -> list[str]:
    return re.split(r"<chapter n=[^>]*/>", book)[1:]


def _bible_prose(chapter: str) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"</?w\b[^>]*>", "", chapter)))
    text = re.sub(r" (?=[,.;:?!)])", "", text)
    text = re.sub(r"\b[A-ZÁÉÍÓÚÜÑ]{2,}\b", lambda word: word[0].capitalize(), text)  # «EN el principio»
    return _modernise(_tidy(text).replace(", Y ", ", y "))  # un versículo puede empezar a media frase


def _modernise(text: str) -> str:
    table = MODERN_SPELLING | {old.capitalize(): new.capitalize() for old, new in MODERN_SPELLING.items()}
    return re.sub(r"\w+", lambda word: table.get(word[0], word[0]), text)


def _tidy(text: str) -> str:
    """Unicode en forma NFC y ningún espacio de más."""
    lines = unicodedata.normalize("NFC", text).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


SOURCES = (
    Source(
        name="trafalgar",
        title="Benito Pérez Galdós, «Trafalgar» (1873)",
        licence="dominio público (el autor murió en 1920); la copia digital es la 16961 de Project "
        "Gutenberg, sin su cabecera, tal como la trae FakerPHP",
        url=f"{POOL}/p/php-faker/php-faker_1.20.0+dfsg-1_all.deb",
        sha256="25dc2058d5d33aae702c9a59aa0b13046d46536022c7774fa3042fd601dd7b6f",
        folder="usr/share/php/Faker/Provider/es_ES/Text.php",
        repeats=3,
        read=read_novel,
    ),
    Source(
        name="reina-valera",
        title="Biblia, versión Reina-Valera de 1909: libros narrativos y sapienciales",
        licence="dominio público (así lo declaran eBible.org y el paquete de Debian)",
        url=f"{POOL}/s/sword-text-sparv/sword-text-sparv_2.60-1_all.deb",
        sha256="5c87f9b2bc97457e8a872f5bae7ea7ce59cb3de1dcee73e4d4740451863694cf",
        folder="usr/share/sword/modules/texts/ztext/spaRV1909eb/",
        repeats=1,
        read=read_bible,
    ),
)
