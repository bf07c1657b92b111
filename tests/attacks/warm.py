"""G. Ataques contra los procesos templados: su servidor, sus carpetas, lo que comparten y sus relojes."""

# ruff: noqa: E501  (el código de los ataques va entero en textos)

from __future__ import annotations

from functools import partial

from tests.attacks.host import TRY
from tests.attacks.model import MARK, Attack, code, ending

_attack = partial(
    Attack,
    section="G. Contra los procesos templados",
    plain="nbgrader no tiene estos procesos",
    defence="no los ve, ni tiene con qué llamarlos",
    where="sandbox",
)
_CLOCK = {"defence": "el reloj lo lleva el juez, y acaba con SIGKILL", "where": "remote", "spends": True}

_SERVER = f"""{TRY}
import glob
import socket
import tempfile

home = os.getcwd()
places = {{os.path.abspath(os.path.join(home, *[".."] * up, "servidor")) for up in range(6)}}
places |= {{path for root in ("/tmp", "/var/tmp", "/dev/shm") for path in glob.glob(root + "/lab11-templado-*/servidor")}}
for path in sorted(places):
    print(path, attempt(os.stat, path), attempt(os.listdir, os.path.dirname(path)))
    print(attempt(lambda: socket.socket(socket.AF_UNIX).connect(path)))
    print(libc.syscall(41, 1, 1, 0), libc.syscall(53, 1, 1, 0, 0))
"""
_DESCRIPTORS = f"""{TRY}
for number in range(3, 256):
    what = attempt(os.readlink, f"/proc/self/fd/{{number}}")
    if isinstance(what, str) and "pipe" not in what:
        print(number, what, attempt(os.write, number, b"basura" * 100), attempt(os.read, number, 1000))
        print(attempt(os.lseek, number, 0, 0), attempt(os.ftruncate, number, 0))
"""
_NAMES = f"""{TRY}
for name in (b"lab11-juez", b"lab11-templado", b"lab11-servidor", b"lab11-nivel", b"../../etc", b"{MARK}2"):
    print(libc.prctl(15, name, 0, 0, 0), attempt(lambda: open("/proc/self/comm", "w").write(name.decode())))
    print(attempt(lambda: open(f"/proc/{{os.getppid()}}/comm", "w").write(name.decode())))
libc.prctl(15, b"lab11-juez", 0, 0, 0)
"""
_ANCESTORS = f"""{TRY}
numbers = [int(name) for name in attempt(os.listdir, "/proc") or () if name.isdigit()] if isinstance(attempt(os.listdir, "/proc"), list) else []
for pid in {{os.getppid(), os.getppid() - 1, os.getpid() - 1, os.getpid() + 1, os.getppid() + 2, 1, *numbers}}:
    for name in ("mem", "maps", "environ", "cmdline", "cwd", "root/etc/passwd", "fd", "task", "status", "smaps_rollup", "syscall", "stack", "oom_score_adj", "ns/user"):
        path = f"/proc/{{pid}}/{{name}}"
        print(path, str(attempt(lambda: open(path, "rb").read(50)))[:60], str(attempt(os.listdir, path))[:60])
    print(attempt(lambda: open(f"/proc/{{pid}}/oom_score_adj", "w").write("1000")), attempt(lambda: open(f"/proc/{{pid}}/clear_refs", "w").write("1")))
"""
_FOLDERS = f"""{TRY}
home, others = os.getcwd(), ("..", "../gemelo", "../..", "../../..", "../../../..")
for other in others:
    for name in ("startup.py", "ipython_config.py", "sitecustomize.py", "{MARK}"):
        print(attempt(lambda: open(f"{{other}}/{{name}}", "w").write("raise SystemExit")))
    print(attempt(os.mkdir, f"{{other}}/{MARK}"), attempt(os.rename, home, f"{{other}}/{MARK}3"), attempt(os.rmdir, other))
    print(attempt(os.link, "/etc/hostname", f"{{other}}/{MARK}4"), attempt(os.symlink, "/", f"{{other}}/{MARK}5"))
for target in ("/", "..", "../gemelo", "../../..", "/etc", "/root", "/home"):
    print(attempt(os.symlink, target, "enlace-" + target.replace("/", "_").replace(".", "-")))
os.mkdir("rara")
for number in range(200):
    os.symlink("../..", f"rara/{{number}}")
print(attempt(os.mkfifo, "rara/tuberia"), attempt(os.chdir, "/"), attempt(os.chroot, "."))
"""
_SHARED = f"""{TRY}
for line in open("/proc/self/maps"):
    span, permissions, _, _, inode, *name = line.split()
    start, end = (int(part, 16) for part in span.split("-"))
    if "s" in permissions:
        print(span, permissions, name)
        if "w" in permissions:
            ctypes.memset(start, 0xFF, end - start)
import gc

for owner in gc.get_objects():
    if isinstance(owner, dict) and type(owner) is dict and "expected" in owner:
        owner.clear()
for array in gc.get_objects():
    if isinstance(array, np.ndarray) and array.flags.writeable and array.dtype.kind == "f":
        array[...] = 0.25
"""
_LOCKS = f"""{TRY}
import fcntl
import pathlib
import time

kept = []
for root in (pathlib.Path(np.__file__).parent, pathlib.Path(__import__("codigo").__file__).parent, pathlib.Path.home(), pathlib.Path("/usr/share")):
    for path in [*root.rglob("*.lock"), *root.rglob("*.py"), *root.rglob("*.gguf")][:60]:
        file = attempt(open, path, "rb")
        if not isinstance(file, BaseException):
            kept.append(file)
            attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            attempt(fcntl.fcntl, file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
print(len(kept))
while True:
    time.sleep(1)
"""
_STOPPED = """
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
"""
_LATE = """
import signal
import time


def late(*_):
    time.sleep(1)
    raise SystemExit


signal.signal(signal.SIGINT, late)
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""
_SLOW_VALUES = """
import time


class Slow(dict):
    def items(self):
        time.sleep(1)
        for number in range(1000):
            time.sleep(0.5)
            yield number, number


causal_mask = output_masked = attn_masked = Slow()


def build_causal_mask(n):
    return Slow()


def causal_attention(Q, K, V):
    return Slow(), Slow()
"""
_PRIORITY = f"""{TRY}
import resource

print(attempt(os.nice, -20), attempt(os.setpriority, os.PRIO_PROCESS, os.getppid(), 19))
for kind in range(16):
    print(kind, attempt(resource.prlimit, os.getppid(), kind, (0, 0)), attempt(resource.setrlimit, kind, (2**62, 2**62)))
print(attempt(os.sched_setaffinity, os.getppid(), {{0}}), attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50)))
print(attempt(lambda: open("/proc/self/oom_score_adj", "w").write("-1000")))
"""

ATTACKS = (
    _attack("G1", "llama al servidor que bifurca los procesos", build=code(_SERVER)),
    _attack("G2", "usa lo que haya heredado abierto", build=code(_DESCRIPTORS), where="zygote"),
    _attack("G3", "se pone el nombre de un juez, y se lo cambia a otros", build=code(_NAMES)),
    _attack("G4", "mira y toca a sus antepasados por /proc", build=code(_ANCESTORS)),
    _attack(
        "G5", "deja trampas en las carpetas de los procesos templados", build=code(_FOLDERS), spends=True
    ),
    _attack(
        "G6",
        "escribe en la memoria que comparte con el juez",
        build=code(_SHARED),
        defence="cada uno tiene su copia en cuanto alguien escribe",
        where="zygote",
        spends=True,
    ),
    _attack("G7", "cierra con candado los archivos que leen todos", build=ending(_LOCKS), **_CLOCK),
    _attack("G8", "se detiene a sí mismo", build=ending(_STOPPED), **_CLOCK),
    _attack("G9", "se deja interrumpir tarde y mal", build=ending(_LATE), **_CLOCK),
    _attack("G10", "valores que tardan en mirarse", build=ending(_SLOW_VALUES), **_CLOCK),
    _attack("G11", "cambia la prioridad y los límites, los suyos y los del juez", build=code(_PRIORITY)),
)
