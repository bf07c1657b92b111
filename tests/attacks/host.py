"""C. Ataques a quien corrige: sus archivos, sus procesos y sus canales."""

# ruff: noqa: E501  (el código de los ataques va entero en textos)

from __future__ import annotations

from functools import partial

from tests.attacks.model import COURSE, MARK, Attack, code, ending

_attack = partial(Attack, section="C. Quien corrige y su máquina")
_FILES = {"defence": "Landlock: solo puede escribir en su carpeta privada", "where": "sandbox"}
_CALLS = {"defence": "seccomp: ni señales, ni procesos nuevos, ni miradas a otros", "where": "sandbox"}
_KILLS_PARENT = "mata al proceso que corrige"

TRY = """
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)


def attempt(action, *arguments):
    try:
        return action(*arguments)
    except BaseException as error:
        return error
"""
_NEIGHBOUR = f"""
import glob
import json

for path in glob.glob("{COURSE}/submitted/*/*/parte1*.ipynb") + glob.glob("../../../submitted/*/*/parte1*.ipynb"):
    for cell in json.load(open(path))["cells"]:
        if cell["metadata"].get("nbgrader", {{}}).get("solution"):
            print("".join(cell["source"]))
            try:
                exec("".join(cell["source"]), globals())
            except Exception:
                pass
if "causal_mask" in globals():
    np.full = lambda *a, **k: None
"""
_GRADEBOOK = f"""{TRY}
import glob
import sqlite3

for path in glob.glob("{COURSE}/gradebook.db") + glob.glob("../../../gradebook.db") + ["{COURSE}/gradebook.db"]:
    def cheat():
        with sqlite3.connect(path, timeout=1) as database:
            database.execute("update grade set manual_score = 99, needs_manual_grade = 0")
    print(attempt(cheat))
    print(attempt(lambda: open(path, "ab").write(b"x")), attempt(os.truncate, path, 0) if "{COURSE}" == "" else "")
"""
_WRITE_AROUND = f"""{TRY}
import site
from pathlib import Path

import codigo

places = [*site.getsitepackages(), *codigo.__path__, "/tmp", "/var/tmp", "/dev/shm", "{COURSE}", "{COURSE}/source"]
places += [str(Path(p) / "__pycache__") for p in codigo.__path__]
places += [str(Path.home() / ".cache"), "/root/.cache", "/root", "/etc", "..", "../..", sys.prefix, sys.base_prefix]
for place in places:
    print(attempt(lambda: Path(place, "{MARK}.py").write_text("x = 1")))
    print(attempt(os.symlink, "/etc/passwd", f"{{place}}/{MARK}.txt"), attempt(os.mkdir, f"{{place}}/{MARK}"))
for path in [*Path(codigo.__path__[0]).glob("*.py")]:
    for action in (
        lambda: path.write_text("raise SystemExit"),
        lambda: path.unlink(),
        lambda: path.chmod(0),
        lambda: os.utime(path),
        lambda: os.rename(path, "x.py"),
        lambda: os.link(path, "enlace.py"),
    ):
        result = attempt(action)
        if not isinstance(result, OSError):
            print(path, result)
"""
_LINKS = f"""{TRY}
for number, target in enumerate(("{COURSE}/gradebook.db", "{COURSE}/submitted", "/etc/passwd", "/proc/1", "/")):
    print(attempt(os.symlink, target, f"enlace{{number}}"), attempt(os.listdir, f"enlace{{number}}"))
    print(attempt(lambda: open(f"enlace{{number}}", "ab").write(b"x")), attempt(os.link, target, f"duro{{number}}"))
os.symlink(".", "vuelta")
"""
_KILL = f"""{TRY}
import signal

targets = [os.getppid(), 1, -1, 0, -os.getpgrp(), -os.getppid(), *range(os.getppid() - 5, os.getpid())]
for pid in targets:
    attempt(os.kill, pid, signal.SIGKILL)
    for number in (62, 200, 129, 297, 234, 424, 434, 141, 160, 302):
        libc.syscall(number, pid, pid, 9, 9)
"""
_SIGNAL_BY_FCNTL = f"""{TRY}
import fcntl

reader, writer = os.pipe()
print(attempt(fcntl.fcntl, reader, 10, 9), attempt(fcntl.fcntl, reader, fcntl.F_SETOWN, os.getppid()))
print(attempt(fcntl.fcntl, reader, fcntl.F_SETFL, fcntl.fcntl(reader, fcntl.F_GETFL) | 0o20000))
os.write(writer, b"x")
"""
_PICKLE = """
import os
import pickle


class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/ataque11; kill -9 $PPID",))


causal_mask = np.array([Bomb(), pickle.dumps(Bomb())], dtype=object)


def build_causal_mask(n):
    return np.array([[Bomb()] * n] * n, dtype=object)


def causal_attention(Q, K, V):
    return Bomb(), {"__reduce__": Bomb(), b"\\x80\\x04": pickle.dumps(Bomb())}


output_masked, attn_masked = Bomb(), np.zeros((7, 7), dtype=[("a", "f8"), ("b", "O")])
"""
_PRY = f"""{TRY}
import glob

parent = os.getppid()
for pid in (parent, os.getpid() - 1, 1):
    for name in ("mem", "environ", "maps", "cmdline", "fd", "cwd", "root", "status", "task"):
        path = f"/proc/{{pid}}/{{name}}"
        for action in (lambda: open(path, "rb").read(100), lambda: os.listdir(path), lambda: os.readlink(path)):
            result = attempt(action)
            if isinstance(result, (bytes, str, list)) and not result == []:
                print("MIRÓ", path, result)
    for request in (16, 0x4206, 0x4208):
        if libc.ptrace(request, pid, 0, 0) == 0:
            print("PTRACE", pid)
    buffer = ctypes.create_string_buffer(64)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
    for number in (310, 311, 312, 438):
        if libc.syscall(number, pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0) > 0:
            print("LEYÓ", number)
print(glob.glob("/proc/[0-9]*"), sorted(os.environ), os.listdir("/proc/self/fd"))
print([os.readlink(f"/proc/self/fd/{{n}}") for n in (0, 1, 2)])
for number in (1, 4, 8):
    print("prctl", number, libc.prctl(number, 0, 0, 0, 0))
print(attempt(os.sched_setaffinity, parent, {{0}}), attempt(os.setpriority, os.PRIO_PROCESS, parent, 19))
import resource

print(attempt(resource.prlimit, parent, resource.RLIMIT_AS, (1, 1)), attempt(resource.prlimit, 0, resource.RLIMIT_AS, (1 << 20, 1 << 20)))
"""
_DAEMON = f"""{TRY}
import time


def stay():
    libc.prctl(15, b"{MARK}", 0, 0, 0)
    attempt(os.setsid)
    if attempt(os.fork) == 0:
        time.sleep(120)
        os._exit(0)


if attempt(os.fork) == 0:
    stay()
    os._exit(0)
for number, *arguments in ((57,), (58,), (56, 17, 0, 0, 0, 0), (435, ctypes.create_string_buffer(88), 88), (56, 0x4000 | 17, 0, 0, 0)):
    if libc.syscall(number, *arguments) == 0:
        stay()
        os._exit(0)
print(attempt(os.posix_spawn, "/bin/sleep", ["sleep", "120"], {{}}), attempt(os.execv, "/bin/sleep", ["{MARK}", "120"]))
import subprocess

print(attempt(subprocess.Popen, ["sleep", "120"]), attempt(os.system, "sleep 120 &"))
"""
_LEAVE_THREAD = f"""{TRY}
import threading
import time


def wait():
    libc.prctl(15, b"{MARK}", 0, 0, 0)
    time.sleep(120)


for _ in range(20):
    threading.Thread(target=wait).start()
"""
_NAMESPACES = f"""{TRY}
print([libc.unshare(flag) for flag in (0x10000000, 0x20000000, 0x40000000, 0x00020000)])
print(libc.mount(b"none", b".", b"tmpfs", 0, None), libc.chroot(b"."), libc.setns(3, 0), libc.umount2(b"/", 2))
print(attempt(os.setuid, 1000), attempt(os.chmod, ".", 0o777), attempt(os.mknod, "disco", 0o60666, os.makedev(8, 0)))
"""
_X32 = f"""{TRY}
libc.syscall(0x40000000 | 57)
"""
_POISON = """
import sys
import types

for name in [n for n in sys.modules if n.startswith(("grading", "codigo", "numpy"))]:
    fake = types.ModuleType(name)
    fake.__getattr__ = lambda attribute: (lambda *a, **k: True)
    sys.modules[name] = fake
import builtins

builtins.__import__ = lambda *a, **k: fake
"""
ATTACKS = (
    _attack(
        "33",
        "deja archivos para las siguientes, en todas partes",
        build=code(_WRITE_AROUND),
        plain="cambiaría el código del curso y el entorno",
        **_FILES,
    ),
    _attack(
        "33b",
        "enlaces simbólicos y duros en su carpeta",
        build=code(_LINKS),
        plain="escribiría fuera del curso",
        **_FILES,
    ),
    _attack("34", "escribe en gradebook.db", build=code(_GRADEBOOK), **_FILES),
    _attack("35", "copia la entrega de otra persona", build=code(_NEIGHBOUR), **_FILES),
    _attack("36", "`kill(getppid(), 9)`", build=code("import os\nos.kill(os.getppid(), 9)"), **_CALLS),
    _attack(
        "36b", "señales a todo, con todas las llamadas", build=code(_KILL), plain=_KILLS_PARENT, **_CALLS
    ),
    _attack(
        "36c", "señal a otro a través de `fcntl`", build=code(_SIGNAL_BY_FCNTL), plain=_KILLS_PARENT, **_CALLS
    ),
    _attack(
        "37a",
        "os._exit",
        build=code("import os\nos._exit(0)"),
        defence="un proceso que se cierra no aprueba nada",
        where="remote",
    ),
    _attack(
        "37b",
        "acceso a memoria inválido",
        build=code("import ctypes\nctypes.string_at(0)"),
        defence="un proceso que se cierra no aprueba nada",
        where="remote",
    ),
    _attack(
        "37c",
        "se cierra al llamar a su función",
        build=ending("import os\ncausal_attention = lambda *a: os._exit(0)"),
        defence="un proceso que se cierra no aprueba nada",
        where="remote",
    ),
    _attack(
        "38a",
        "sys.exit()",
        build=code("import sys\nsys.exit(0)"),
        defence="solo acaba su celda",
        where="player",
    ),
    _attack(
        "38b",
        "KeyboardInterrupt, SystemExit y GeneratorExit al llamar a su función",
        build=ending(
            "def causal_attention(*a):\n    raise SystemExit(0)\n\n\ndef build_causal_mask(n):\n    raise KeyboardInterrupt"
        ),
        defence="cualquier error es un fallo",
        where="player, remote",
    ),
    _attack(
        "39",
        "pickle con código dentro",
        build=lambda node: code(_PICKLE, last="")(node),
        defence="no se usa pickle",
        where="wire",
        plain="escribiría fuera del curso",
    ),
    _attack(
        "41",
        "mira la memoria, el entorno y los descriptores del juez",
        build=code(_PRY),
        plain="toca procesos de fuera",
        **_CALLS,
    ),
    _attack("42a", "procesos que se quedan", build=code(_DAEMON), plain="deja procesos", **_CALLS),
    _attack(
        "42b", "hilos que se quedan", build=code(_LEAVE_THREAD), defence="mueren con su proceso", where="pool"
    ),
    _attack(
        "42c",
        "espacios de nombres, montajes, dueño y permisos",
        build=code(_NAMESPACES),
        plain="necesita y usa root",
        **_CALLS,
    ),
    _attack("42d", "llamadas con números de otra arquitectura (x32)", build=code(_X32), **_CALLS),
    _attack(
        "42e",
        "módulos de Python cambiados por otros",
        build=code(_POISON),
        defence="el juez es otro proceso",
        where="judge",
    ),
)
