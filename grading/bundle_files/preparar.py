"""Prepara el entorno del curso en ``.venv``: ``python preparar.py``. La segunda vez no repite nada."""

import subprocess
import sys

OLDEST = (3, 11)


def main() -> int:
    """Devuelve el código de salida: 0 si todo fue bien."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print("Error: hace falta Python 3.11 o posterior, y este es el " + found + ".")
        print("Instala uno (https://www.python.org/downloads/) y repite la orden con él.")
        return 1
    from scripts.setup_environment import PYTHON, ROOT
    from scripts.setup_environment import main as set_up

    if set_up("student"):
        return 1
    models = subprocess.run([str(PYTHON), "-m", "codigo.pretrained"], cwd=ROOT)
    if models.returncode:
        print("Sigo sin los modelos: las partes 1 a 4 y 7 no los necesitan. Puedes repetir esta orden.")
    print("Ahora: python abrir.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
