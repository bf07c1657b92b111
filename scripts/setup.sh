#!/bin/sh
# Busca un Python que sirva y le deja el trabajo a setup_environment.py. Uso: sh scripts/setup.sh [course|hub|dev]
set -eu
cd "$(dirname "$0")/.."

suitable() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
    if suitable "$candidate"; then
        exec "$candidate" scripts/setup_environment.py "${1:-course}"
    fi
done

found=$(python3 --version 2>&1 || python --version 2>&1 || echo "ninguno")
cat >&2 <<MESSAGE
Error: hace falta Python 3.11 o posterior, y aquí se encontró: $found.
Qué hacer: instala uno (https://www.python.org/downloads/, o «sudo apt install python3 python3-venv»)
y repite la orden. Si ya está instalado con otro nombre, dilo así: make setup PYTHON=/ruta/a/python3.12
MESSAGE
exit 1
