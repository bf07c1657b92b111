"""Los pasos del instalador. Se puede repetir: rehace lo suyo y no toca ni el curso ni las entregas."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from hub.environment import ROOT, copy_environment, install_course
from hub.errors import HubError
from hub.files import call
from hub.interpreter import provide_python
from hub.settings import Settings

COURSE = "lab11"
COURSE_FOLDER = "lab11-curso"  # «lab11» es donde cae una tarea que se recoge
CONFIGURATION = "jupyterhub_config.py"
CONFIG = Path(__file__).resolve().parent / "config"


def install(settings: Settings, environment: Path, python: Path | None, say: Callable[[str], None]) -> None:
    """Deja el hub listo para arrancar.

    Parameters
    ----------
    settings
        Dónde y para quién.
    environment
        El entorno de Python que se copia.
    python
        El intérprete que usarán todos; si falta, el de este proceso o una copia.
    say
        Recibe una frase al empezar cada paso.

    Raises
    ------
    HubError
        Si no se es root, falta la cuenta o un paso no se puede dar.
    """
    account = _check(settings)
    say(f"Grupos {settings.instructors_group} y {settings.students_group}")
    instructors, students = _make_group(settings.instructors_group), _make_group(settings.students_group)
    call(["usermod", "-aG", settings.instructors_group, account.pw_name])
    say(f"Entorno de Python en {settings.environment}")
    _install_environment(settings, environment, python, instructors)
    say(f"Configuración en {settings.state} e intercambio en {settings.exchange}")
    _write_configuration(settings, instructors)
    _make_exchange(settings.exchange, account.pw_uid, instructors, students)
    say(f"Curso de {account.pw_name} en {_make_course(account)}")
    say(f"Hecho. Se arranca con: {settings.environment}/bin/jupyterhub -f {settings.state}/{CONFIGURATION}")


def _check(settings: Settings) -> pwd.struct_passwd:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise HubError("hace falta Linux y ser root (sudo): se crean grupos y carpetas de varias cuentas.")
    if not settings.instructor:
        raise HubError("di quién da el curso: make hub INSTRUCTOR=cuenta")
    if not settings.prefix.is_absolute():
        raise HubError(f"--prefix debe ser una ruta absoluta; se dio {settings.prefix}.")
    closed = [
        parent for parent in settings.prefix.parents if parent.exists() and not parent.stat().st_mode & 1
    ]
    if closed:
        raise HubError(f"los demás no pueden entrar en {closed[0]}: elige otra carpeta con --prefix.")
    return _account(settings.instructor)


def _account(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise HubError(
            f"no existe la cuenta {name}: créala con «useradd -m -K HOME_MODE=0700 {name}» y ponle "
            f"contraseña con «passwd {name}»."
        ) from None


def _make_group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        call(["groupadd", name])
        return grp.getgrnam(name).gr_gid


def _install_environment(settings: Settings, source: Path, python: Path | None, instructors: int) -> None:
    _make_folder(settings.prefix, 0o755)
    interpreter = provide_python(python, settings.prefix / "python")
    copy_environment(source, settings.environment, interpreter)
    install_course(settings.python, instructors)


def _make_folder(path: Path, mode: int, owner: int = 0, group: int = 0) -> None:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, owner, group)
    path.chmod(mode)


def _write_configuration(settings: Settings, instructors: int) -> None:
    everyone, own = settings.environment / "etc" / "jupyter", settings.prefix / "instructor"
    _make_folder(settings.state, 0o700)
    _make_folder(own, 0o750, 0, instructors)
    _copy_files(CONFIG / "everyone", everyone)
    _copy_files(CONFIG / "instructor", own)
    _copy_files(CONFIG / "templates", settings.state / "templates")
    _write(settings.prefix / "settings.json", settings.to_json())
    for name in (CONFIGURATION, "proxy.py"):
        _write(settings.state / name, (CONFIG / name).read_text("utf-8"))
    service = (CONFIG / "lab11-hub.service").read_text("utf-8").replace("@PREFIX@", str(settings.prefix))
    _write(settings.state / "lab11-hub.service", service)


def _copy_files(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            _write(target / path.relative_to(source), path.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # podría ser un enlace al entorno del que se copió
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def _make_exchange(exchange: Path, owner: int, instructors: int, students: int) -> None:
    """Las carpetas que haría nbgrader, más cerradas: el dueño es quien da el curso.

    nbgrader exige que todos puedan escribir en la raíz; con el bit pegajoso nadie cambia lo de otro. En
    ``inbound`` se deja una entrega, pero no se ve cuáles hay; en ``feedback`` se lee lo que se sabe nombrar.
    """
    _make_folder(exchange, 0o1777)
    _make_folder(exchange / COURSE, 0o750, owner, students)
    _make_folder(exchange / COURSE / "outbound", 0o755, owner, instructors)
    _make_folder(exchange / COURSE / "inbound", 0o3733, owner, instructors)
    _make_folder(exchange / COURSE / "feedback", 0o711, owner, instructors)


def _make_course(account: pwd.struct_passwd) -> Path:
    """La carpeta del curso, con los cuadernos que aún no estén en ella."""
    course = Path(account.pw_dir) / COURSE_FOLDER
    source = course / "source" / COURSE
    source.mkdir(parents=True, exist_ok=True)
    for path in (ROOT / "source" / COURSE).iterdir():
        if path.is_file() and not (source / path.name).exists():
            shutil.copy(path, source)
    # formgrader pone sus plantillas por encima de toda configuración, menos de la que haya en esta carpeta.
    shutil.copy(CONFIG / "instructor" / "nbgrader_config.py", course)
    for path in (course, *course.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    course.chmod(0o700)
    return course
