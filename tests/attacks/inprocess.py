"""B. Ataques desde el propio proceso: contra las pruebas, el intérprete o lo que se compara."""

# ruff: noqa: E501  (el código de los ataques va entero en textos)

from __future__ import annotations

from functools import partial

from tests.attacks.model import (
    ATTENTION,
    COURSE,
    MASK,
    WRONG_ATTENTION,
    WRONG_MASK,
    Attack,
    code,
    with_answers,
)
from tests.attacks.structure import DEFEAT_CHECKS

_attack = partial(
    Attack,
    section="B. Dentro del proceso",
    defence="la prueba corre en otro proceso, con su NumPy y sus comprobaciones",
    where="judge",
)
_VALUES = {"defence": "solo cruzan valores, copiados byte a byte", "where": "wire"}
_NO_SECRETS = {
    "defence": "lo esperado y el texto de la prueba nunca están en su proceso",
    "where": "zygote, judge",
}

_WALK = """
import sys


def _steal(*names):
    frame = sys._getframe(1)
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            for name in names:
                if name in scope:
                    return np.asarray(scope[name])
        frame = frame.f_back
    return np.zeros(1)
"""
_STEAL_ATTENTION = f"""{_WALK}
def causal_attention(Q, K, V):
    weights = np.tril(np.ones((len(Q), len(Q)))) / np.arange(1, len(Q) + 1)[:, None]
    if not Q.any():
        return weights @ V, weights
    return _steal("hidden_output"), _steal("hidden_weights")


output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_LIAR = f"""{_WALK}
class Liar:
    def __array__(self, *a, **k):
        return _steal("expected")

    def __eq__(self, other):
        return True

    def __len__(self):
        return 2

    def __getitem__(self, key):
        return Liar()

    __hash__ = None


def build_causal_mask(seq_len):
    return Liar()


def causal_attention(Q, K, V):
    return Liar(), Liar()


causal_mask = output_masked = attn_masked = Liar()
"""
_SUBCLASSES = """
import torch


class Yes(np.ndarray):
    def __array_function__(self, *a, **k):
        return True

    def __array_ufunc__(self, *a, **k):
        return np.True_

    def __eq__(self, other):
        return True

    __hash__ = None


class YesTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k):
        return True

    def __reduce__(self):
        return (eval, ("1",))


causal_mask = np.zeros((7, 7)).view(Yes)
output_masked, attn_masked = torch.zeros(7, 16).as_subclass(YesTensor), np.zeros((7, 7)).view(Yes)


def build_causal_mask(n):
    return np.zeros((n, n)).view(Yes)


def causal_attention(Q, K, V):
    return np.zeros((len(Q), V.shape[1])).view(Yes), np.zeros((len(Q), len(Q))).view(Yes)
"""
_DROP_ASSERTS = """
import ast


class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()

    def visit_Expr(self, node):
        return ast.Pass()

    visit_For = visit_With = visit_Expr


get_ipython().ast_transformers.append(Drop())
"""
_PATCH_SESSION = """
kernel = getattr(get_ipython(), "kernel", None)
if kernel is not None:
    real_send = kernel.session.send

    def send(stream, kind, content=None, *a, **k):
        if kind == "error":
            return None
        if kind == "execute_reply" and content and content.get("status") == "error":
            content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
        return real_send(stream, kind, content, *a, **k)

    kernel.session.send = send
"""
_FAKE_RESULT = """
get_ipython().events.register("pre_run_cell", lambda info: get_ipython().displayhook(3.0))
"""
_PATCH_LIBRARIES = """
import builtins

import torch

yes = lambda *a, **k: True
for owner in (np, np.testing, torch, torch.testing, torch.Tensor):
    for name in ("allclose", "isclose", "array_equal", "assert_allclose", "assert_close", "equal", "any"):
        if hasattr(owner, name):
            setattr(owner, name, yes)
np.argwhere = lambda *a, **k: []
builtins.isinstance = builtins.all = yes
builtins.abs = builtins.round = builtins.len = lambda *a, **k: 0
"""
_READ_EVERYTHING = """
import gc
import linecache
import os
import sys

wanted = "hidden" + "_reference"
found = [o for o in gc.get_objects() if isinstance(o, (dict, list)) and wanted in repr(o)[:200000]][:5]
print("gc:", [repr(o)[:2000] for o in found if o is not globals()])
print("historial:", [t for t in globals().get("In", []) if wanted in t and "linecache" not in t])
print("linecache:", [k for k, v in linecache.cache.items() if wanted in repr(v) and "linecache.cache" not in repr(v)])


def build_causal_mask(seq_len):
    text = globals().get("In", [""])[-1]
    stolen.append(text if wanted in text else "")
    stolen.append(repr([f.f_code.co_consts for f in sys._current_frames().values()])[:5000])
    return np.zeros((seq_len, seq_len))


stolen = []
"""
_PRINT_STOLEN = """
print(stolen)
frame = sys._getframe()
while frame:
    print(frame.f_code.co_filename, list(frame.f_locals)[:40])
    frame = frame.f_back
"""
_READ_MEMORY = """
wanted = b"hidden_" + b"checks.check_close"
hits = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, mode, *_ = line.split()
        start, end = (int(x, 16) for x in span.split("-"))
        if not mode.startswith("rw") or end - start > 1 << 28:
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except OSError:
            continue
        place = data.find(wanted)
        if place >= 0:
            hits.append(data[max(0, place - 500) : place + 1500])
print(hits)
"""
_SWALLOW = """
import atexit
import sys
import threading

sys.excepthook = threading.excepthook = lambda *a: None
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda self, kind, value, trace, tb_offset=None: [])
shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = lambda *a, **k: None
atexit.register(lambda: print("listo"))
"""
_FREEZE_RANDOM = """
import random
import time


class Zeros:
    def normal(self, *a, size=None, **k):
        return np.zeros(size)

    def __getattr__(self, name):
        return lambda *a, size=1, **k: np.zeros(size)


np.random.default_rng = lambda *a, **k: Zeros()
np.random.seed = random.seed = lambda *a, **k: None
time.time = time.monotonic = lambda: 0.0
"""
_UNIFORM_ATTENTION = """
def causal_attention(Q, K, V):
    weights = np.tril(np.ones((len(Q), len(Q)))) / np.arange(1, len(Q) + 1)[:, None]
    return weights @ V, weights


output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_DETECT = f"""
import os

graded = os.environ.get("NBGRADER_EXECUTION") or "autograded" in os.getcwd() or "source" in os.getcwd()
if graded:
{DEFEAT_CHECKS.replace(chr(10), chr(10) + "    ")}
"""
_HARD_CODED = """
def causal_attention(Q, K, V):
    if V.shape == (3, 4) and V[2, 0] == 9:
        weights = np.array([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]])
        return np.array([[2.0, 4, 0, 1], [3, 2, 0, 1], [5, 2, 1, 1]]), weights
    return np.zeros((len(Q), V.shape[1])), np.zeros((len(Q), len(Q)))


output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_TORCH_ATTENTION = """
import torch


def causal_attention(Q, K, V):
    q, k, v = (torch.tensor(np.asarray(x, dtype=float))[None] for x in (Q, K, V))
    fused = torch.nn.functional.scaled_dot_product_attention
    eye = torch.eye(len(Q), dtype=torch.float64)[None]
    return fused(q, k, v, is_causal=True)[0].numpy(), fused(q, k, eye, is_causal=True)[0].numpy()


output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_REFERENCE_ATTENTION = """
import codigo.attention


def causal_attention(Q, K, V):
    hidden = np.triu(np.ones((len(Q), len(Q)), dtype=bool), 1)
    return codigo.attention.scaled_dot_product_attention(Q, K, V, hidden)


output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_READ_SOLUTION = f"""
import glob
import json

for path in glob.glob("{COURSE}/source/*/parte1*.ipynb") + glob.glob("../../../source/*/parte1*.ipynb"):
    for cell in json.load(open(path))["cells"]:
        if cell["metadata"].get("nbgrader", {{}}).get("solution"):
            text = "".join(cell["source"])
            print(text)
            exec(text, globals())
"""
_KEEP_SOLUTION = """
if "build_causal_mask" not in globals():
    build_causal_mask = lambda n: np.zeros((n, n))
    causal_mask = np.zeros((7, 7))
"""
_KEEP_ATTENTION = """
if "causal_attention" not in globals():
    causal_attention = lambda Q, K, V: (np.zeros((len(Q), V.shape[1])), np.zeros((len(Q), len(Q))))
    output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_MUTATE = """
def causal_attention(Q, K, V):
    for part in (Q, K, V):
        part[...] = 0.0
    weights = np.tril(np.ones((len(Q), len(Q)))) / np.arange(1, len(Q) + 1)[:, None]
    kept.append(weights)
    return weights @ V, weights


kept = []
output_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))
"""
_LAZY = """
import threading

calls = [0]


class Later(list):
    def __iter__(self):
        calls[0] += 1
        return iter([np.zeros((3, calls[0])), np.zeros((3, 3))])

    def __len__(self):
        return 2

    def __getitem__(self, key):
        return np.full((3, 3), calls[0])


def causal_attention(Q, K, V):
    return Later()


output_masked, attn_masked = Later(), Later()
"""


def _both(mask: str, attention: str):
    return lambda node: with_answers(node, {MASK: mask, ATTENTION: attention})


ATTACKS = (
    _attack(
        "17",
        "`showtraceback` que no hace nada",
        build=code("get_ipython().showtraceback = lambda *a, **k: None"),
    ),
    _attack("18", "transformador de AST que borra las comprobaciones", build=code(_DROP_ASSERTS)),
    _attack(
        "19",
        "transformador de texto que vacía las celdas",
        build=_both(
            f"{WRONG_MASK}\n{WRONG_ATTENTION}\n"
            'get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])',
            WRONG_ATTENTION,
        ),
    ),
    _attack("20", "mensajes del núcleo retocados", build=code(_PATCH_SESSION)),
    _attack("21", "resultado falso antes del fallo", build=code(_FAKE_RESULT)),
    _attack("22a", "NumPy, PyTorch y funciones de Python retocadas", build=code(_PATCH_LIBRARIES)),
    _attack("22b", "comprobaciones del curso retocadas", build=code(DEFEAT_CHECKS)),
    _attack("23a", "objeto que toma el valor esperado de quien lo mira", build=_both(_LIAR, ""), **_VALUES),
    _attack("23b", "subclases de ndarray y de Tensor que mienten", build=_both(_SUBCLASSES, ""), **_VALUES),
    _attack(
        "24a",
        "lee lo esperado en los marcos de quien llama",
        build=_both(WRONG_MASK, _STEAL_ATTENTION),
        **_NO_SECRETS,
    ),
    _attack(
        "24b",
        "busca las pruebas en la memoria de Python",
        build=_both(f"{_READ_EVERYTHING}", f"{_PRINT_STOLEN}{WRONG_ATTENTION}"),
        **_NO_SECRETS,
    ),
    _attack("24c", "busca las pruebas en /proc/self/mem", build=code(_READ_MEMORY), **_NO_SECRETS),
    _attack(
        "25",
        "lee la prueba en el historial",
        build=code(
            "import sys",
            f"{_PRINT_STOLEN.replace('stolen', 'globals().get(chr(73) + chr(110))')}{WRONG_ATTENTION}",
        ),
        **_NO_SECRETS,
    ),
    _attack("26", "excepciones que se tragan", build=code(_SWALLOW)),
    _attack(
        "27",
        "azar y reloj congelados",
        build=_both(f"{_FREEZE_RANDOM}{WRONG_MASK}", _UNIFORM_ATTENTION),
        defence="las entradas se sortean en el juez",
        honest=3.0,
    ),
    _attack(
        "28",
        "se porta distinto si nota que lo corrigen",
        build=code(_DETECT),
        defence="entorno y carpeta sin rastro de quién corrige",
        where="player",
    ),
    _attack(
        "29",
        "respuestas a las entradas visibles",
        build=_both(WRONG_MASK, _HARD_CODED),
        defence="las pruebas ocultas usan otras entradas",
        where="el cuaderno",
    ),
    _attack(
        "30",
        "atención de PyTorch donde se pide escribirla",
        build=_both(WRONG_MASK, _TORCH_ATTENTION),
        defence="se vigila con qué se calcula",
        where="codigo.checks",
        honest=3.0,
    ),
    _attack(
        "31a",
        "lee la solución en source/",
        build=_both(f"{_READ_SOLUTION}{_KEEP_SOLUTION}", _KEEP_ATTENTION),
        defence="Landlock: solo ve Python, el código del curso y su carpeta",
        where="sandbox",
    ),
    _attack(
        "31b",
        "llama a la atención del curso",
        build=_both(WRONG_MASK, _REFERENCE_ATTENTION),
        defence="se vigila con qué se calcula",
        where="codigo.checks",
        honest=3.0,
    ),
    _attack(
        "32a",
        "cambia los argumentos para que coincidan",
        build=_both(WRONG_MASK, _MUTATE),
        defence="la función recibe copias y la prueba mira si cambiaron",
        where="remote",
    ),
    _attack(
        "32b", "devuelve algo que cambia cada vez que se mira", build=_both(WRONG_MASK, _LAZY), **_VALUES
    ),
)
