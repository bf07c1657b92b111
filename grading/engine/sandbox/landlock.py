"""Landlock: el proceso renuncia a los archivos que no se le conceden. No hace falta ser root.

Kernel de Linux 5.13 o posterior; https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # los mismos números en todas las arquitecturas
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15  # lo que admite un archivo
# Cuántos derechos conoce cada versión: 1, 2 (mover entre carpetas), 3 (recortar) y 5 (dispositivos).
_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 5: 16}
_NETWORK_FROM, _SCOPE_FROM = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi_version() -> int:
    """La versión de Landlock del kernel; 0 si no la tiene o está apagada."""
    return max(0, _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION))


def restrict_files(readable: Iterable[Path], writable: Iterable[Path], listed: Iterable[Path] = ()) -> None:
    """Deja leer ``readable``, leer y escribir ``writable`` y ver qué hay en ``listed``; nada más, ya siempre.

    Donde el kernel sabe hacerlo, cierra también TCP, los sockets abstractos y las señales hacia fuera.

    Raises
    ------
    OSError
        Si el kernel no acepta alguna regla.
    """
    abi = abi_version()
    everything = (1 << _ACCESS_BITS[max(version for version in _ACCESS_BITS if version <= abi)]) - 1
    attributes = _RulesetAttributes(
        everything, 0b11 if abi >= _NETWORK_FROM else 0, 0b11 if abi >= _SCOPE_FROM else 0
    )
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), _attributes_size(abi), 0)
    try:
        for path in listed:
            _allow(ruleset, path, _READ_DIR)
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in writable:
            _allow(ruleset, path, everything & ~_EXECUTE)
        forbid_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def forbid_new_privileges() -> None:
    """Ningún programa que se ejecute después ganará permisos; lo exigen Landlock y seccomp."""
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")


def _attributes_size(abi: int) -> int:
    # Un kernel antiguo rechaza los campos que no conoce.
    fields = 3 if abi >= _SCOPE_FROM else 2 if abi >= _NETWORK_FROM else 1
    return 8 * fields


def _allow(ruleset: int, path: Path, access: int) -> None:
    if not path.exists():
        return
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = access if path.is_dir() else access & _FILE_ONLY
        rule = _PathBeneath(allowed, parent)
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    result = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock, llamada {number}")
    return int(result)
