"""``python -m hub``: la línea de órdenes del instalador. Hay que ser root."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hub.errors import HubError
from hub.install import install
from hub.settings import Ports, Settings


def main() -> int:
    """Instala y devuelve el código de salida."""
    options = _parser().parse_args()
    settings = Settings(
        prefix=options.prefix,
        instructor=options.instructor,
        instructors_group=options.instructors_group,
        students_group=options.students_group,
        ports=Ports(*options.ports),
    )
    try:
        install(settings, options.environment, options.python, print)
    except HubError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub", description="Monta el curso en un JupyterHub.")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--instructor", required=True, help="cuenta de quien da el curso; debe existir")
    parser.add_argument("--prefix", type=Path, default=Path("/opt/lab11"), help="carpeta que se crea")
    parser.add_argument("--instructors-group", default="formgrade-lab11", help="grupo de quien da el curso")
    parser.add_argument("--students-group", default="nbgrader-lab11", help="grupo de los estudiantes")
    parser.add_argument("--environment", type=Path, default=root / ".venv", help="entorno que se copia")
    parser.add_argument(
        "--python", type=Path, help="Python que todos puedan usar; si falta, el de este entorno o una copia"
    )
    ports = Ports()
    parser.add_argument(
        "--ports",
        type=int,
        nargs=3,
        metavar=("PÚBLICO", "PROXY", "HUB"),
        default=(ports.public, ports.proxy, ports.hub),
        help="los tres puertos, solo de esta máquina (por defecto, %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
