"""Cuentas y grupos de verdad, de usar y tirar: con nombres propios, uno cada vez y sin dejar rastro."""

from __future__ import annotations

import grp
import os
import pwd
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock

LOCK = Path("/run/lab11-hub-test.lock")
SECONDS_FOR_ANOTHER_RUN = 900
OURS = re.compile(r"l11h\d+[a-z]+")  # nadie más pone estos nombres
FOLDERS = "lab11-hub-"
TOOLS = ("useradd", "userdel", "groupadd", "groupdel", "usermod", "chpasswd")


@dataclass(frozen=True)
class Account:
    """Una cuenta recién creada."""

    name: str
    password: str
    home: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Lo que da una orden dada por esta cuenta, con sus grupos."""
        own = pwd.getpwnam(self.name).pw_gid
        return subprocess.run(
            command, user=self.name, group=own, extra_groups=os.getgrouplist(self.name, own),
            cwd="/", env={"HOME": str(self.home), "PATH": os.defpath}, capture_output=True, text=True,
        )  # fmt: skip


@dataclass(frozen=True)
class Classroom:
    """Las cuentas de una clase y la carpeta, que todas pueden atravesar, en la que se monta todo."""

    folder: Path
    instructor: Account
    students: tuple[Account, Account]
    stranger: Account
    instructors_group: str
    students_group: str


@contextmanager
def classroom(venv: Path) -> Iterator[Classroom]:
    """Hace las cuentas y las borra al acabar, también si algo falla; antes, los restos de otra vez.

    Una sola a la vez en la máquina: si hay otra en marcha, espera.
    """
    with FileLock(LOCK, timeout=SECONDS_FOR_ANOTHER_RUN):
        _remove_everything()
        try:
            yield _make_classroom(_shared_folder(venv))
        finally:
            _remove_everything()


def _make_classroom(folder: Path) -> Classroom:
    mark = f"l11h{os.getpid()}"
    instructors, students = f"{mark}prof", f"{mark}alum"
    _call("groupadd", students)
    ana, bea = (_make_account(folder, mark + letter, students) for letter in "ab")
    instructor, stranger = (_make_account(folder, mark + letter) for letter in "px")
    return Classroom(folder, instructor, (ana, bea), stranger, instructors, students)


def _make_account(folder: Path, name: str, *groups: str) -> Account:
    account = Account(name, secrets.token_urlsafe(12), folder / "home" / name)
    more = ["-G", ",".join(groups)] if groups else []
    _call("useradd", "-m", "-b", str(folder / "home"), "-K", "HOME_MODE=0700", "-s", "/bin/sh", *more, name)
    _call("chpasswd", text=f"{name}:{account.password}")
    return account


def _parents(venv: Path) -> list[Path]:
    """Dónde montar la clase: mejor en el disco del entorno, que así se enlaza en lugar de copiarse."""
    usual = [Path("/var/tmp"), Path("/tmp"), Path("/opt")]
    return sorted(filter(Path.is_dir, usual), key=lambda path: path.stat().st_dev != venv.stat().st_dev)


def _shared_folder(venv: Path) -> Path:
    folder = _parents(venv)[0] / f"{FOLDERS}{os.getpid()}"
    folder.mkdir(mode=0o755)
    (folder / "home").mkdir(mode=0o755)
    return folder


def _remove_everything() -> None:
    for entry in filter(lambda entry: OURS.fullmatch(entry.pw_name), pwd.getpwall()):
        _end_processes(entry.pw_uid)
        _call("userdel", "-f", entry.pw_name)
    for group in filter(lambda group: OURS.fullmatch(group.gr_name), grp.getgrall()):
        _call("groupdel", group.gr_name)
    for parent in _parents(Path("/")):
        for folder in parent.glob(f"{FOLDERS}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _end_processes(uid: int) -> None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.uids().real == uid and process.status() != psutil.STATUS_ZOMBIE:
                process.kill()


def _call(*command: str, text: str = "") -> None:
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    assert result.returncode == 0, f"{command[0]}: {result.stderr}"
