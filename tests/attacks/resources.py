"""D. Ataques a los recursos y a la red."""

from __future__ import annotations

from functools import partial

from tests.attacks.host import TRY
from tests.attacks.model import LISTENERS, Attack, code, ending

_HURTS = "agotaría la máquina"
_attack = partial(Attack, section="D. Recursos y red", plain=_HURTS, spends=True)
_CLOCK = {"defence": "reloj por celda y por cuaderno; primero SIGINT, después SIGKILL", "where": "remote"}
_KERNEL = {"defence": "límites del kernel (memoria, tamaño de archivo, descriptores)", "where": "sandbox"}
_LOOK = {"defence": "se mira cada poco lo que ocupan sus archivos y sus hilos", "where": "remote"}
_CAP = {"defence": "tope a lo que se guarda de cada celda y a cada mensaje", "where": "outputs, channel"}

_DEAF_LOOP = """
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
"""
_FLOOD = """
import sys

line = "x" * 1000 + "\\n"
while True:
    sys.stdout.write(line * 100)
    sys.stderr.write(line * 100)
"""
_RAW_FLOOD = """
import os

block = b"x" * 65536
while True:
    os.write(1, block)
    os.write(2, block)
"""
_DISPLAY_FLOOD = """
from IPython.display import Image, display

image = b"\\x89PNG\\r\\n\\x1a\\n" + b"0" * 500_000
for _ in range(400):
    display(Image(data=image, format="png"))
    display({"text/html": "<script>alert(1)</script>", "text/plain": "x"}, raw=True)
"""
_MEMORY = """
kept = []
while True:
    kept.append(bytearray(50_000_000))
"""
_MAPS = f"""{TRY}
import mmap

kept = []
while not isinstance(kept[-1] if kept else None, BaseException):
    kept.append(attempt(mmap.mmap, -1, 100_000_000))
    if not isinstance(kept[-1], BaseException):
        kept[-1][::4096] = b"x" * len(kept[-1][::4096])
print(len(kept), attempt(os.memfd_create, "x"), libc.shmget(0, 1 << 30, 0o1600))
del kept
"""
_FORKS = f"""{TRY}
import subprocess

for _ in range(1000):
    if attempt(os.fork) == 0:
        while True:
            os.fork()
print(attempt(subprocess.run, ["sh", "-c", ":(){{ :|:& }};:"]), attempt(os.popen, "yes"))
import multiprocessing

print(attempt(lambda: multiprocessing.get_context("fork").Process(target=print).start()))
"""
_THREADS = """
import threading
import time

threading.stack_size(32 * 1024)
while True:
    try:
        threading.Thread(target=time.sleep, args=(60,)).start()
    except RuntimeError:
        time.sleep(0.01)
"""
_ONE_FILE = """
with open("grande", "wb", 0) as file:
    while True:
        if not file.write(bytes(10_000_000)):
            break
"""
_MANY_FILES = """
number = 0
while True:
    with open(f"archivo{number}", "wb", 0) as file:
        file.write(bytes(5_000_000))
    number += 1
"""
_EMPTY_FILES = """
number = 0
while True:
    open(f"vacio{number}", "w").close()
    number += 1
"""
_UNLINKED = """
import os

kept = []
while True:
    kept.append(open("oculto", "wb", 0))
    kept[-1].write(bytes(20_000_000))
    os.unlink("oculto")
"""
_DEEP_FOLDERS = """
import os

for _ in range(3000):
    os.mkdir("a")
    os.chdir("a")
open("fondo", "w").write("x")
while True:
    pass
"""
_CLOSED_FOLDER = """
import os

os.umask(0)
os.mkdir("cerrada", 0o300)
open("cerrada/dentro", "w").write("x")
os.mkdir("muda", 0)
"""
_SPARSE = f"""{TRY}
with open("disperso", "wb", 0) as file:
    print(attempt(file.truncate, 1 << 40), attempt(os.posix_fallocate, file.fileno(), 0, 1 << 36))
    print(libc.fallocate(file.fileno(), 1, ctypes.c_long(0), ctypes.c_long(1 << 36)))
    print(attempt(lambda: (file.seek(1 << 40), file.write(b"x"))))
"""
_DESCRIPTORS = f"""{TRY}
import resource

print(attempt(resource.setrlimit, resource.RLIMIT_NOFILE, (100_000, 100_000)))
kept = []
while not isinstance(result := attempt(os.open, "/dev/null", os.O_RDONLY), BaseException):
    kept.append(result)
print(len(kept), result)
"""
_NETWORK = f"""{TRY}
import socket
import urllib.request

address = {LISTENERS}
for port in address["tcp"]:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        print(attempt(lambda: socket.socket(family, socket.SOCK_STREAM).connect((host, port))))
        print(attempt(lambda: socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", (host, port))))
    print(attempt(urllib.request.urlopen, f"http://127.0.0.1:{{port}}/", None, 2))
for path in address["unix"]:
    print(attempt(lambda: socket.socket(socket.AF_UNIX).connect(path)))
for number in (41, 42, 49, 53, 425):
    print(number, libc.syscall(number, 2, 1, 0, 0))
"""
ATTACKS = (
    _attack("43a", "bucle sin fin", build=ending("while True:\n    pass"), **_CLOCK),
    _attack("43b", "bucle sin fin que no atiende a SIGINT", build=ending(_DEAF_LOOP), **_CLOCK),
    _attack(
        "43c",
        "bucle sin fin al llamar a su función",
        build=ending("def causal_attention(*a):\n    while True:\n        pass"),
        **_CLOCK,
    ),
    _attack(
        "43d",
        "expresión regular sin fin, en C",
        build=ending('import re\nre.match(r"(a+)+$", "a" * 60 + "b")'),
        **_CLOCK,
    ),
    _attack("44a", "inunda `stdout` y `stderr`", build=ending(_FLOOD), **_CAP),
    _attack("44b", "inunda los descriptores 1 y 2", build=ending(_RAW_FLOOD), **_CAP),
    _attack("44c", "200 MB de imágenes y HTML con código", build=ending(_DISPLAY_FLOOD), **_CAP),
    _attack("44d", "mensaje de error de 100 MB", build=ending('raise ValueError("x" * 100_000_000)'), **_CAP),
    _attack("45a", "memoria sin fin", build=ending(_MEMORY), **_KERNEL),
    _attack("45b", "memoria sin fin con `mmap`, `memfd` y `shm`", build=ending(_MAPS), **_KERNEL),
    _attack(
        "45c",
        "procesos sin fin",
        build=code(_FORKS),
        defence="seccomp: no hay procesos nuevos",
        where="sandbox",
    ),
    _attack("45d", "hilos sin fin", build=ending(_THREADS), **_LOOK),
    _attack("45e", "un archivo sin fin", build=ending(_ONE_FILE), **_KERNEL),
    _attack("45f", "archivos sin fin", build=ending(_MANY_FILES), **_LOOK),
    _attack("45g", "archivos vacíos sin fin", build=ending(_EMPTY_FILES), **_LOOK),
    _attack("45h", "archivos borrados pero abiertos, sin fin", build=ending(_UNLINKED), **_LOOK),
    _attack("45i", "3 000 carpetas, una dentro de otra", build=ending(_DEEP_FOLDERS), **_LOOK),
    _attack(
        "45j",
        "carpetas sin permiso de lectura",
        build=ending(_CLOSED_FOLDER),
        defence="se borran igual",
        where="pool",
    ),
    _attack(
        "45k",
        "archivo disperso de 1 TB y espacio reservado",
        build=code(_SPARSE),
        defence="límite de tamaño de archivo; `fallocate` denegada",
        where="sandbox",
    ),
    _attack("45l", "descriptores sin fin", build=code(_DESCRIPTORS), **_KERNEL),
    _attack(
        "46",
        "red: TCP, UDP, HTTP y sockets Unix",
        build=code(_NETWORK),
        defence="seccomp: no hay sockets",
        where="sandbox",
        plain="",
        spends=False,
    ),
)
