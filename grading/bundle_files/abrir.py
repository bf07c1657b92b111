"""Abre JupyterLab con los cuadernos: ``python abrir.py``. Las opciones que se den pasan a JupyterLab.

Se trabaja en ``trabajo/``, con una copia de cada cuaderno de ``cuadernos/`` que aún no esté allí:
descomprimir encima una versión nueva del curso no pisa nada de lo hecho.
"""

import subprocess
import sys

from scripts.setup_environment import PYTHON, ROOT


def main(options: list[str]) -> int:
    """Devuelve el código de salida: 0 si todo fue bien."""
    if not PYTHON.exists():
        print("Falta preparar el entorno. Ejecuta antes: python preparar.py")
        return 1
    copies = ["--copy-from", "cuadernos", "--readings", "lecturas"]
    command = [str(PYTHON), "-m", "codigo.lab", *copies, "trabajo", *options]
    try:
        return subprocess.run(command, cwd=ROOT).returncode
    except KeyboardInterrupt:  # así se cierra JupyterLab
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
