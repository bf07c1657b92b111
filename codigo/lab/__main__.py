"""``python -m codigo.lab``: JupyterLab como lo necesita un estudiante, o con formgrader si corriges."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.resources import files
from pathlib import Path

from codigo.lab.index import INDEX, prepare

HERE = Path(str(files("codigo.lab")))
DEFAULT_EXCHANGE = "/usr/local/share/nbgrader/exchange"  # el que usa nbgrader si no se configura otro
FORMGRADER = "/formgrader/manage_assignments"


def main(arguments: list[str] | None = None) -> int:
    """Prepara la carpeta y arranca JupyterLab; las opciones que no son de aquí le llegan a él."""
    options, others = _parser().parse_known_args(arguments)
    try:
        if not options.formgrader:
            prepare(options.folder, options.copy_from, options.readings)
    except ValueError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    os.environ["JUPYTER_CONFIG_PATH"] = config_path(_roles(options.formgrader))
    start = FORMGRADER if options.formgrader else f"/lab/tree/{INDEX}"
    from jupyterlab.labapp import main as jupyterlab

    extensions = f"--LabApp.extra_labextensions_path={HERE / 'labextensions'}"
    jupyterlab([str(options.folder), f"--LabApp.default_url={start}", extensions, *others])
    return 0


def config_path(roles: list[str]) -> str:
    """El valor de ``JUPYTER_CONFIG_PATH`` con los ajustes de cada papel; el primero manda sobre los demás."""
    own = [str(HERE / "settings" / role) for role in roles]
    return os.pathsep.join([*own, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])])


def _roles(formgrader: bool) -> list[str]:
    optional = {"exchange": _exchange_exists(), "student": not formgrader}
    return [*(role for role, applies in optional.items() if applies), "everyone"]


def _exchange_exists() -> bool:
    """¿Hay una carpeta de intercambio de nbgrader? Sin ella, sus listas de tareas solo enseñan errores."""
    try:
        from codigo.lab.validation import course_config
    except ImportError:  # sin nbgrader no hay ni intercambio ni botón
        return False
    return Path(course_config().Exchange.get("root", DEFAULT_EXCHANGE)).is_dir()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m codigo.lab", description="Abre el Lab 11 en JupyterLab.")
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        help="carpeta de los cuadernos (o del curso, con --formgrader)",
    )
    parser.add_argument("--copy-from", type=Path, help="carpeta de la que se copian los que falten")
    parser.add_argument(
        "--readings", type=Path, help="carpeta de las lecturas, que se copian a una subcarpeta"
    )
    parser.add_argument("--formgrader", action="store_true", help="abre formgrader, para quien corrige")
    return parser


if __name__ == "__main__":
    sys.exit(main())
