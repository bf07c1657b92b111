"""La extensión del servidor de Jupyter que atiende al botón *Validar*.

Ocupa el lugar de la de nbgrader, que valida dentro del propio servidor (mientras dura, nada más responde) y
enseña el código de cada prueba y el rastro del error antes que el mensaje.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.validate_assignment.handlers import (
    NbGraderVersionHandler,
    ValidateAssignmentHandler,
)
from tornado import web


class ValidateHandler(ValidateAssignmentHandler):  # type: ignore[misc]
    """Como el de nbgrader, en otro proceso y con el validador del curso."""

    @web.authenticated
    async def post(self) -> None:
        """Valida el cuaderno ``path``, que llega en la dirección o en el cuerpo, y contesta en JSON."""
        path = self.get_argument("path", "") or self.get_json_body()["path"]
        self.finish(json.dumps(await asyncio.to_thread(self.validate_notebook, path)))

    def validate_notebook(self, path: str) -> dict[str, Any]:
        """El resultado en la forma que espera la página: ``success`` y ``value``."""
        run = subprocess.run(
            [sys.executable, "-m", "codigo.lab.validation", str(self._notebook(path))],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if run.returncode:
            self.log.error(run.stderr)
            return {"success": False, "value": run.stderr.strip().rsplit("\n", 1)[-1]}
        return {"success": True, "value": json.loads(run.stdout)}

    def _notebook(self, path: str) -> Path:
        root = Path(self.contents_manager.root_dir).resolve()
        notebook = (root / path).resolve()
        if not notebook.is_relative_to(root):
            raise web.HTTPError(403, f"{path} está fuera de la carpeta de trabajo.")
        return notebook


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    handlers = [
        (r"/assignments/validate", ValidateHandler),
        (r"/nbgrader_version", NbGraderVersionHandler),  # lo pregunta la lista de tareas de nbgrader
    ]
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*$", [(url_path_join(base, path), handler) for path, handler in handlers])
