"""Lo de nbgrader que es igual para todas las cuentas del hub."""

import sys
from pathlib import Path

from nbgrader.auth import JupyterHubAuthPlugin

c = get_config()  # noqa: F821  (lo define nbgrader al leer este archivo)

c.CourseDirectory.course_id = "lab11"
c.Exchange.root = str(Path(sys.prefix).parent / "exchange")
c.Exchange.timezone = "UTC"
c.Authenticator.plugin_class = JupyterHubAuthPlugin
# En la entrega no viajan las devoluciones anteriores ni las copias de JupyterLab.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback"]
