"""Las herramientas de quien corrige: versión de estudiante, corrección, devolución y notas.

Se usan con ``make`` o con ``python -m grading``. Todo pasa por nbgrader y por sus puntos de extensión:
lo que aquí se hace también ocurre con ``nbgrader generate_assignment``, ``nbgrader autograde`` y el
botón de formgrader, porque ``nbgrader_config.py`` registra los mismos preprocesadores.
"""

import os
import sys
from pathlib import Path

# nbgrader llama a `alembic` por su nombre: debe encontrar el de este entorno aunque nadie lo haya activado.
_BIN = str(Path(sys.executable).parent)
if _BIN not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join(filter(None, [_BIN, os.environ.get("PATH")]))
