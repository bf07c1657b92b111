"""Seccomp: el proceso renuncia a llamadas al sistema. No hace falta ser root.

Ni procesos nuevos, ni programas nuevos, ni red, ni señales o miradas a otros procesos, ni cambios de permisos
o de dueño (Landlock no los cubre). Lo demás sigue, con hilos incluidos. Lo denegado da ``EPERM``: el código
del estudiante ve un ``PermissionError`` y puede seguir.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from grading.engine.sandbox.landlock import forbid_new_privileges

_LOAD, _EQUAL, _GREATER_EQUAL, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # desplazamientos en struct seccomp_data
_FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT = 16, 24, 32
_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000
_DENY, _UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_X32_BIT = 0x40000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15
_CLONE_THREAD = 0x00010000

_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}

# nombre: número en x86_64 y en aarch64 (−1, no existe).
_DENIED: dict[str, tuple[int, int]] = {
    # procesos y programas nuevos
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154),
    # otros procesos
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "sched_setscheduler": (144, 119),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # red y memoria compartida con otros
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242), "shmget": (29, 194),
    "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # memoria y disco que los límites no cuentan; y los propios límites
    "memfd_create": (319, 279), "fallocate": (285, 47), "setrlimit": (160, 164),
    # dueño, permisos y fechas de los archivos; recortar por nombre (Landlock lo cubre desde la versión 3)
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1),
    "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "truncate": (76, 45), "mknod": (133, -1), "mknodat": (259, 33),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    "inotify_init1": (294, 26), "inotify_init": (253, -1),
    # montajes y espacios de nombres
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # puertas del kernel
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "memfd_secret": (447, 447), "personality": (135, 92),
    "modify_ldt": (154, -1), "iopl": (172, -1), "ioperm": (173, -1), "syslog": (103, 116),
    # la máquina y la identidad
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161),
    "setdomainname": (171, 162), "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145),
    "setregid": (114, 143), "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159),
    "setfsuid": (122, 151), "setfsgid": (123, 152), "capset": (126, 91),
}  # fmt: skip
_KILL, _TGKILL, _CLONE, _CLONE3 = (62, 129), (234, 131), (56, 220), (435, 435)
_PRLIMIT, _PRCTL, _FCNTL, _AFFINITY = (302, 261), (157, 167), (72, 25), (203, 122)

_libc = ctypes.CDLL(None, use_errno=True)
_Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_supported() -> bool:
    """¿Se conocen los números de las llamadas de esta arquitectura?"""
    return platform.machine() in _AUDIT_ARCHITECTURE


def restrict_calls() -> None:
    """Instala el filtro en este proceso y en los hilos que cree; no tiene vuelta atrás.

    Raises
    ------
    OSError
        Si el kernel no lo acepta.
    """
    forbid_new_privileges()
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in _build(platform.machine()))
    program = _Program(len(code) // 8, code)
    if _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


def _build(machine: str) -> list[_Instruction]:
    column = _COLUMN[machine]
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _AUDIT_ARCHITECTURE[machine]),  # llamadas de 32 bits: otros números
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        *([(_GREATER_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)] if machine == "x86_64" else []),
    ]
    for numbers in _DENIED.values():
        if numbers[column] >= 0:
            code += _when(numbers[column], [(_RETURN, 0, 0, _DENY)])
    code += _when(
        _CLONE3[column], [(_RETURN, 0, 0, _UNKNOWN)]
    )  # sus argumentos no se pueden mirar: glibc usa clone
    code += _when(_CLONE[column], _allow_if(_BITS, _CLONE_THREAD))
    for numbers in (_KILL, _TGKILL):
        code += _when(numbers[column], _allow_if(_EQUAL, os.getpid()))
    code += _when(_AFFINITY[column], _allow_if(_EQUAL, 0))
    code += _when(_PRLIMIT[column], _only_asks())
    code += _when(_PRCTL[column], _deny_if(_FIRST_ARGUMENT, (_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE)))
    # Con estas, el kernel mandaría una señal a otro proceso en su nombre.
    code += _when(_FCNTL[column], _deny_if(_SECOND_ARGUMENT, (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX)))
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _when(number: int, body: list[_Instruction]) -> list[_Instruction]:
    """``body`` si la llamada es ``number``; acaba siempre en un veredicto: el acumulador no se pierde."""
    return [(_EQUAL, 0, len(body), number), *body]


def _allow_if(test: int, value: int) -> list[_Instruction]:
    """Veredicto según el primer argumento."""
    return [
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (test, 0, 1, value),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]


def _deny_if(argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    """Denegada si el argumento es alguno de ``values``."""
    steps = [step for value in values for step in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, _DENY))]
    return [(_LOAD, 0, 0, argument), *steps, (_RETURN, 0, 0, _ALLOW)]


def _only_asks() -> list[_Instruction]:
    """``prlimit`` sobre uno mismo y sin límite nuevo: el puntero, de 64 bits, debe ser nulo."""
    code: list[_Instruction] = []
    for word in (_FIRST_ARGUMENT, _THIRD_ARGUMENT, _THIRD_ARGUMENT + 4):
        code += [(_LOAD, 0, 0, word), (_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _DENY)]
    return [*code, (_RETURN, 0, 0, _ALLOW)]
