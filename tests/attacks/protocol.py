"""E. Ataques contra este motor: su canal, sus valores y su juez. No están en ninguna lista."""

# ruff: noqa: E501  (el código de los ataques va entero en textos)

from __future__ import annotations

from functools import partial

from tests.attacks.host import TRY
from tests.attacks.model import (
    ATTENTION,
    MASK,
    WRONG_ATTENTION,
    WRONG_MASK,
    Attack,
    code,
    ending,
    with_answers,
)

_attack = partial(
    Attack,
    section="E. Contra este motor",
    plain="nbgrader no tiene este canal",
    defence="el juez no se fía de nada de lo que lee",
    where="wire",
)
_CHANNEL = {
    "defence": "una respuesta forjada solo lleva valores, y la prueba los comprueba",
    "where": "channel, wire",
}

FRAME = f"""{TRY}
import fcntl
import json
import struct


def frame(header, payload=b"", sizes=None):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<II", *(sizes or (len(header), len(payload)))) + header + payload


def pipes(mode):
    for number in os.listdir("/proc/self/fd"):
        try:
            if "pipe" in os.readlink(f"/proc/self/fd/{{number}}") and fcntl.fcntl(int(number), fcntl.F_GETFL) & 3 == mode:
                yield int(number)
        except OSError:
            pass


def say(data):
    for number in pipes(1):
        while data:
            data = data[os.write(number, data) :]
"""
_EARLY = f"""{FRAME}
triu = np.triu(np.ones((7, 7)), 1)
array = {{"array": "<f8", "shape": [7, 7], "start": 0, "bytes": 392}}
values = {{"causal_mask": array, "attn_masked": array, "output_masked": array, "build_causal_mask": {{"function": 0, "name": "f"}}}}
for _ in range(20):
    say(frame({{}}))
    say(frame({{"values": values, "value": array, "arguments": None}}, triu.tobytes()))
    say(frame({{"done": True, "passed": True, "index": 0, "outputs": []}}))
"""
_TAKE_OVER = f"""{FRAME}
reader = next(iter(pipes(0)))


def receive():
    data = b""
    while len(data) < 8:
        data += os.read(reader, 8 - len(data))
    sizes = struct.unpack("<II", data)
    body = b""
    while len(body) < sum(sizes):
        body += os.read(reader, sum(sizes) - len(body))
    return json.loads(body[: sizes[0]])


say(frame({{"stdout": "", "stderr": "", "images": []}}))
while True:
    order = receive()
    arguments = order.get("arguments")
    say(frame({{"values": {{n: True for n in order.get("names", [])}}, "value": {{"dict": []}}, "arguments": arguments, "passed": True}}))
"""
_DEAF = f"""{FRAME}
import time

big = {{"array": "<f8", "shape": [7, 7], "start": 0, "bytes": 392}}
for _ in range(50):
    say(frame({{"values": {{"build_causal_mask": {{"function": 0, "name": "f"}}, "causal_mask": big}}, "value": big, "arguments": None}}, bytes(392)))
while True:
    time.sleep(1)
"""
_DEEP_TEXT = f"""{FRAME}
deep = b"[" * 900 + b"]" * 900
for _ in range(20):
    say(frame(b'{{"stdout": ' + deep + b', "stderr": 3, "images": ' + deep + b', "error": [' + deep + b', ' + deep + b', null]}}'))
"""
_GARBAGE = f"""{FRAME}
say(os.urandom(1_000_000))
"""
_HUGE = f"""{FRAME}
say(frame(b"x", sizes=(0xFFFFFFFF, 0xFFFFFFFF)))
"""
_DENSE = f"""{FRAME}
body = b"[" + b"{{}}," * 12_000_000 + b"0]"
say(frame(body))
"""
_NESTED = f"""{FRAME}
say(frame(b"[" * 2_000_000))
"""
_HALF = f"""{FRAME}
import time

say(frame(b"x" * 10, sizes=(1000, 0)))
while True:
    open(f"a{{time.monotonic()}}", "wb").write(bytes(10_000_000))
"""
_TRICKLE = f"""{FRAME}
import time

say(struct.pack("<II", 100_000, 0))
while True:
    say(b" ")
    time.sleep(0.05)
"""
_CLOSE = f"""{FRAME}
os.closerange(3, 256)
"""
_BACK = f"""{FRAME}
for mode in (0, 1):
    for number in pipes(mode):
        other = attempt(os.open, f"/proc/self/fd/{{number}}", os.O_RDWR | os.O_NONBLOCK)
        print(other, attempt(os.write, other, b"basura" * 10), attempt(os.read, other, 10))
print(attempt(os.open, f"/proc/{{os.getppid()}}/fd/3", os.O_RDWR))
"""


def forged(values: str, size: int = 4_000_000) -> str:
    """Contesta a «get» con un valor escrito a mano: cambia lo que el jugador manda, no lo que calcula."""
    return f"""{TRY}
import grading.engine.player as player
from grading.engine.wire import Encoder


def forged(self, order, payload=b""):
    tree = {values}
    return {{"values": {{n: tree for n in order["names"]}}, "value": tree, "arguments": tree}}, bytes({size})


player.Player._get = player.Player._call = forged
import gc

for owner in [o for o in gc.get_objects() if type(o) is dict and set(o) == {{"run", "get", "call"}}]:
    for name in ("get", "call"):
        owner[name] = (lambda order, payload: forged(None, order | {{"names": order.get("names", [])}}))
"""


FORGED = {
    "forma absurda con 0 elementos": '{"array": "<f8", "shape": [2**40, 0], "start": 0, "bytes": 0}',
    "forma que desborda": '{"array": "<f8", "shape": [2**62, 2**62], "start": 0, "bytes": 0}',
    "forma negativa": '{"array": "<f8", "shape": [-1, -8], "start": 0, "bytes": 64}',
    "bytes de fuera del mensaje": '{"array": "<f8", "shape": [7, 7], "start": -392, "bytes": 392}',
    "tipo objeto": '{"array": "O", "shape": [7, 7], "start": 0, "bytes": 392}',
    "tipo estructurado": '{"array": "f8,O", "shape": [7], "start": 0, "bytes": 112}',
    "tipo con un arreglo enorme dentro": '{"array": "(1000000,)f8", "shape": [1], "start": 0, "bytes": 8000000}',
    "tipo que no es un texto": '{"array": ["f8", "O"], "shape": [7], "start": 0, "bytes": 8}',
    "mil arreglos sobre los mismos bytes": '{"list": [{"array": "|u1", "shape": [4000000], "start": 0, "bytes": 4000000}] * 1000}',
    "booleanos que valen 77": '{"array": "|b1", "shape": [7, 7], "start": 3, "bytes": 49}',
    "clases por fuerza bruta": '{"special": "classifier", "content": {"dict": [["num_labels", {"int": "1000000000"}], ["training_losses", None], ["state", {"dict": []}]]}}',
    "figura de 100 000 ejes": '{"special": "figure", "content": {"list": [{"dict": []}] * 100000}}',
    "figura sin nada dentro": '{"special": "figure", "content": {"int": "3"}}',
    "especial desconocido": '{"special": "__class__", "content": None}',
    "entero de un millón de cifras": '{"int": "9" * 1_000_000}',
    "número que no lo es": '{"float": "nan"}',
    "clave que no admite diccionario": '{"dict": [[{"list": []}, None]]}',
    "conjunto de listas": '{"set": [{"list": []}]}',
    "árbol de 900 niveles": "json_tree(900)",
    "nombre de método": '{"numbers": 1, "tree": 2}',
    "objeto vacío (StopIteration)": "{}",
    "función con número imposible": '{"function": 10**30, "name": 3}',
    "lista en vez de árbol": "[[[]]]",
    "valores que no son un diccionario": '"x"',
}
TREE = """
def json_tree(depth):
    return {"list": [json_tree(depth - 1)]} if depth else None


import sys

sys.setrecursionlimit(5000)
"""
_EVIL_OBJECTS = """
class Evil:
    def __getattr__(self, name):
        raise SystemExit(name)

    def __repr__(self):
        raise KeyboardInterrupt

    __str__ = __eq__ = __hash__ = __len__ = __iter__ = __array__ = __bool__ = __repr__


class EvilError(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


class Keys(dict):
    def items(self):
        return [([], {}), (Evil(), Evil())] * 3

    def __contains__(self, key):
        return True


def build_causal_mask(n):
    raise EvilError


def causal_attention(Q, K, V):
    return Keys(), (Evil() for _ in range(3))


causal_mask, output_masked, attn_masked = Evil(), Keys(a=1), (i for i in range(10**9))
"""
_HUGE_VALUES = """
deep = []
for _ in range(100_000):
    deep = [deep]
causal_mask, output_masked = deep, [0.5] * 1_000_000
attn_masked = 10 ** 1_000_000


def build_causal_mask(n):
    return {i: i for i in range(1_000_000)}


def causal_attention(Q, K, V):
    cycle = []
    cycle.append(cycle)
    return cycle, np.broadcast_to(np.zeros(1), (1 << 20, 1 << 20))
"""
_BIG_ARRAY = """
causal_mask = np.ones((60_000_000,), dtype=np.uint8)
output_masked = attn_masked = np.ones((7, 4_000_000), dtype=np.uint8)


def build_causal_mask(n):
    return causal_mask


def causal_attention(Q, K, V):
    return output_masked, attn_masked
"""
_STOP_ITERATION = """
def build_causal_mask(n):
    raise StopIteration


def causal_attention(Q, K, V):
    raise StopAsyncIteration


causal_mask, output_masked, attn_masked = (np.zeros((7, 7)),) * 3
"""
_NAMES = """
__builtins__ = {}
check_shape = check_close = check_no_future = check_rows_sum_to_one = require_defined = lambda *a, **k: np.ones((3, 3))
arguments_untouched, np_real = None, np


class Fake:
    def __getattr__(self, name):
        return lambda *a, **k: True


np_fake = Fake()
globals().update(isinstance=lambda *a: True, len=lambda x: 2, abs=lambda x: 0, globals=lambda: {}, range=lambda *a: [])
"""
_LIAR_CLASSIFIER = """
import matplotlib.figure
from codigo.transformers import BERTSentimentClassifier


class Figure(matplotlib.figure.Figure):
    @property
    def axes(self):
        raise SystemExit


class Classifier(BERTSentimentClassifier):
    def __init__(self):
        self.num_labels, self.training_losses, self.model = 10**9, [1e308] * 100, self

    def state_dict(self):
        return {"x": np.zeros(3)}


causal_mask, output_masked, attn_masked = Figure(), Classifier(), matplotlib.figure.Figure()
build_causal_mask, causal_attention = Figure, Classifier
"""
_OVER_TIME = """
calls = 0


def causal_attention(Q, K, V):
    global calls
    calls += 1
    T = len(Q)
    weights = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
    return (weights @ V, weights) if calls % 2 else (V * np.nan, weights * np.nan)


output_masked, attn_masked = causal_attention(X, X, X)
"""


def _all(text: str):
    return lambda node: with_answers(node, {MASK: text, ATTENTION: ""})


def _forging(values: str):
    return lambda node: with_answers(
        node, {MASK: WRONG_MASK, ATTENTION: f"{WRONG_ATTENTION}{TREE}{forged(values)}"}
    )


ATTACKS = (
    _attack("E1", "respuestas forjadas por adelantado", build=code(_EARLY), **_CHANNEL),
    _attack("E2", "el estudiante contesta en lugar del jugador", build=code(_TAKE_OVER), **_CHANNEL),
    _attack("E3", "basura en el canal", build=code(_GARBAGE), **_CHANNEL),
    _attack("E4", "mensaje que dice medir 8 GB", build=code(_HUGE), **_CHANNEL),
    _attack("E5", "mensaje de 36 MB con 12 millones de objetos", build=code(_DENSE), **_CHANNEL),
    _attack("E6", "JSON con 2 millones de niveles", build=code(_NESTED), **_CHANNEL),
    _attack("E7", "medio mensaje, y mientras llena el disco", build=ending(_HALF), spends=True, **_CHANNEL),
    _attack("E8", "un mensaje letra a letra", build=ending(_TRICKLE), spends=True, **_CHANNEL),
    _attack("E9", "cierra todos los descriptores", build=code(_CLOSE), **_CHANNEL),
    _attack("E10", "reabre las tuberías por /proc/self/fd", build=code(_BACK), **_CHANNEL),
    _attack("E11", "objetos que fallan de todas las maneras al mirarlos", build=_all(_EVIL_OBJECTS)),
    _attack("E12", "valores demasiado hondos, largos o grandes", build=_all(_HUGE_VALUES)),
    _attack("E13", "arreglos de 60 MB donde no hacen falta", build=_all(_BIG_ARRAY)),
    _attack("E14", "StopIteration para cortar la prueba", build=_all(_STOP_ITERATION), where="remote"),
    _attack(
        "E15",
        "nombres de la prueba y de Python redefinidos",
        build=code(_NAMES),
        defence="el juez solo toma los nombres que define la solución",
        where="judge",
    ),
    _attack("E16", "clasificador y figura que mienten", build=_all(_LIAR_CLASSIFIER), where="special"),
    _attack(
        "E17",
        "función que cambia de respuesta con el tiempo",
        build=lambda node: with_answers(node, {MASK: WRONG_MASK, ATTENTION: _OVER_TIME}),
        where="judge",
    ),
    _attack("E18", "contesta por adelantado y no vuelve a leer", build=code(_DEAF), spends=True, **_CHANNEL),
    _attack("E19", "listas hondas donde se espera un texto", build=code(_DEEP_TEXT), **_CHANNEL),
    *(
        _attack(f"E{20 + number}", f"valor forjado: {name}", build=_forging(values))
        for number, (name, values) in enumerate(FORGED.items())
    ),
)
