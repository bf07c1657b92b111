"""Decide de dónde sale un modelo y lo dice: carpeta, caché, hub o el que trae el curso."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codigo.pretrained.catalog import EMBEDDED, QUICK_STAND_INS, STAND_INS
from codigo.pretrained.errors import ModelUnavailableError
from codigo.pretrained.folders import embedded_folder, missing_files
from codigo.pretrained.hub import download, find_in_cache

SOURCE_VARIABLE = "LAB11_MODELS"
SOURCES = ("auto", "cache", "hub", "embedded", "quick")


@dataclass(frozen=True)
class ResolvedModel:
    """Un modelo listo para cargar.

    Attributes
    ----------
    requested
        El nombre que se pidió, por ejemplo ``"gpt2"``.
    name
        El nombre verdadero del modelo que se usará.
    folder
        La carpeta con la configuración, los pesos y el tokenizador.
    message
        Qué se usa y por qué, en una o dos frases.
    """

    requested: str
    name: str
    folder: Path
    message: str


# Cada sitio devuelve la carpeta y el nombre verdadero, o ``None`` y el motivo de no servir.
_Place = Callable[[str], tuple[tuple[Path, str] | None, str]]


def resolve_model(name: str, source: str | None = None) -> ResolvedModel:
    """Busca ``name``: carpeta, caché de Hugging Face, hub y, por último, el modelo del curso.

    Parameters
    ----------
    name
        Carpeta, nombre del hub (``"gpt2"``) o de un modelo del curso (``"gpt2-lab11"``).
    source
        ``"auto"`` (el orden de arriba), ``"cache"``, ``"hub"``, ``"embedded"`` (el del curso) o ``"quick"``
        (el del curso más rápido). Si falta, decide la variable de entorno ``LAB11_MODELS``; si no,
        ``"auto"``.

    Returns
    -------
    El modelo, con un mensaje que dice cuál es y por qué.

    Raises
    ------
    ValueError
        Si el nombre está vacío o la procedencia no existe.
    ModelUnavailableError
        Si no está donde se pidió, o la carpeta está a medias.
    """
    wanted = _require_source(source)
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"model_name debe ser un nombre o una carpeta; se dio {name!r}.")
    if _is_folder(name):
        return _from_folder(name)
    if name in EMBEDDED:
        return _from_places(name, {"del curso": _course_model({name: (name,)})})
    return _from_places(name, _places(wanted))


def _require_source(source: str | None) -> str:
    wanted = source or os.environ.get(SOURCE_VARIABLE) or "auto"
    if wanted not in SOURCES:
        origin = "source" if source else f"la variable {SOURCE_VARIABLE}"
        raise ValueError(f"{origin} debe ser {', '.join(SOURCES[:-1])} o {SOURCES[-1]}; se dio {wanted!r}.")
    return wanted


def _is_folder(name: str) -> bool:
    looks_like_path = name.startswith((".", "~", os.sep)) or "\\" in name or name.count("/") > 1
    return looks_like_path or (Path(name) / "config.json").is_file()


def _from_folder(name: str) -> ResolvedModel:
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise ModelUnavailableError(
            f"La carpeta {name!r} no existe. Da una carpeta hecha con save_pretrained o un nombre del hub."
        )
    missing = missing_files(folder)
    if missing:
        raise ModelUnavailableError(
            f"La carpeta {name!r} está a medias: falta {', '.join(missing)}. Vuelve a guardar ahí el "
            "modelo y el tokenizador con save_pretrained, o a copiarla entera."
        )
    return ResolvedModel(name, folder.name, folder, f"Modelo de la carpeta «{name}».")


def _places(source: str) -> Mapping[str, _Place]:
    cache, hub = {"de la caché": _named(find_in_cache)}, {"del hub": _named(download)}
    course = {"del curso": _course_model(STAND_INS)}
    return {
        "auto": {**cache, **hub, **course},
        "cache": cache,
        "hub": hub,
        "embedded": course,
        "quick": {"del curso": _course_model(QUICK_STAND_INS)},
    }[source]


def _named(find: Callable[[str], tuple[Path | None, str]]) -> _Place:
    def place(name: str) -> tuple[tuple[Path, str] | None, str]:
        folder, reason = find(name)
        return (None if folder is None else (folder, name)), reason

    return place


def _course_model(stand_ins: Mapping[str, tuple[str, ...]]) -> _Place:
    def place(name: str) -> tuple[tuple[Path, str] | None, str]:
        if name not in stand_ins:
            return None, f"el curso no trae sustituto (los tiene para {' y '.join(_short_names())})"
        reasons: list[str] = []
        for candidate in stand_ins[name]:
            folder = embedded_folder(EMBEDDED[candidate])
            if folder is not None:
                return (folder, candidate), "; ".join(reasons)
            reasons.append(f"{candidate} no está preparado («make models» lo prepara)")
        return None, "; ".join(reasons)

    return place


def _short_names() -> list[str]:
    return [name for name in STAND_INS if "/" not in name]


def _from_places(name: str, places: Mapping[str, _Place]) -> ResolvedModel:
    reasons = []
    for where, place in places.items():
        found, reason = place(name)
        if reason:
            reasons.append(reason)
        if found:
            return ResolvedModel(name, found[1], found[0], _message(name, found[1], where, reasons))
    raise ModelUnavailableError(
        f"No se puede usar el modelo {name!r}: {'; '.join(reasons)}. Da la carpeta de un modelo, prepara "
        f"los del curso con «make models» o cambia la procedencia ({SOURCE_VARIABLE}: "
        f"{', '.join(SOURCES)})."
    )


def _message(requested: str, name: str, where: str, reasons: list[str]) -> str:
    if name not in EMBEDDED:
        return f"Modelo {name}, {where} de Hugging Face."
    model, why = EMBEDDED[name], f" Motivo: {'; '.join(reasons)}." if reasons else ""
    instead = "" if requested == name else f" en lugar de {requested}"
    return f"Modelo del curso {name}{instead}: {model.summary}. Licencia {model.license}.{why}"
