"""Configuración del hub. La copia el instalador a PREFIJO/hub; lo que se elige está en settings.json."""

import grp
import json
import os
import pwd
import sys
from pathlib import Path

from jupyterhub.auth import PAMAuthenticator

from codigo.lab.__main__ import HERE, config_path

c = get_config()  # noqa: F821  (lo define JupyterHub al leer este archivo)

PREFIX = Path(sys.prefix).parent
BIN = Path(sys.prefix) / "bin"
STATE = PREFIX / "hub"
SETTINGS = json.loads((PREFIX / "settings.json").read_text(encoding="utf-8"))
PORTS = SETTINGS["ports"]
# Los grupos del sistema, y los del hub por los que pregunta nbgrader.
HUB_GROUPS = {SETTINGS["instructors_group"]: "formgrade-lab11", SETTINGS["students_group"]: "nbgrader-lab11"}

# Solo esta máquina: hacia fuera hace falta delante un servidor con TLS (docs/jupyterhub.md).
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORTS['public']}"
c.JupyterHub.hub_port = PORTS["hub"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORTS['proxy']}"
c.ConfigurableHTTPProxy.command = [sys.executable, str(STATE / "proxy.py")]
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{STATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.JupyterHub.template_paths = [str(STATE / "templates")]


class CourseAuthenticator(PAMAuthenticator):
    """Entra quien tiene cuenta en la máquina y está en un grupo del curso; ese grupo dice qué es."""

    async def authenticate(self, handler, data):
        """La cuenta y sus grupos del hub, o ``None`` si la contraseña no es la suya."""
        found = await super().authenticate(handler, data)
        if found is None:
            return None
        name = found if isinstance(found, str) else found["name"]
        return {"name": name, "groups": [HUB_GROUPS[group] for group in _groups_of(name)]}


def _groups_of(name):
    gids = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
    return [group for group in HUB_GROUPS if grp.getgrnam(group).gr_gid in gids]


c.JupyterHub.authenticator_class = CourseAuthenticator
c.Authenticator.manage_groups = True
c.LocalAuthenticator.allowed_groups = set(HUB_GROUPS)

# Cada servidor puede preguntar al hub en qué grupos está su dueño: así sabe nbgrader en qué cursos está.
c.JupyterHub.load_roles = [
    {
        "name": "server",
        "scopes": [
            "users:activity!user",
            "access:servers!server",
            "read:users:name!user",
            "read:users:groups!user",
        ],
    }
]

c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.env_keep = []  # nada del entorno de root
c.Spawner.environment = {"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
# JupyterLab como lo abre «make lab»: en español y con el botón Validar del curso.
c.Spawner.args = [f"--LabApp.extra_labextensions_path={HERE / 'labextensions'}"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300


def prepare(spawner):
    """Cierra la carpeta personal y pone los ajustes de cada papel; quien da el curso entra por formgrader."""
    name = spawner.user.name
    os.chmod(pwd.getpwnam(name).pw_dir, 0o700)
    settings = config_path(["exchange", "student", "everyone"])
    if SETTINGS["instructors_group"] in _groups_of(name):
        settings = f"{PREFIX / 'instructor'}:{config_path(['everyone'])}"
        # En JupyterLab, formgrader va en un marco, que JupyterHub prohíbe; en su propia página funciona.
        spawner.default_url = "/formgrader/manage_assignments"
    spawner.environment = {**spawner.environment, "JUPYTER_CONFIG_PATH": settings}


c.Spawner.pre_spawn_hook = prepare
