"""Los valores que cruzan entre el estudiante y el juez: por valor y sin nada que se pueda ejecutar.

Un valor es un árbol JSON; los números de los arreglos van aparte, en bytes. No se usa pickle. Lo que no se
sabe escribir llega como ``Opaque``: se sabe su tipo y nada más.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grading.engine import allowance as weights
from grading.engine.allowance import Allowance, Budget, TooHeavyError

MAX_ITEMS = 100_000
MAX_TEXT = 8_000_000  # lo que ocupan todos los textos de un mensaje, escritos en JSON
MAX_DEPTH = 20
_READABLE = frozenset(
    (
        "int",
        "float",
        "string",
        "list",
        "tuple",
        "set",
        "dict",
        "opaque",
        "function",
        "special",
        "array",
        "scalar",
        "tensor",
    )
)
_WEIGHT = {
    "int": weights.NUMBER,
    "float": weights.NUMBER,
    "scalar": weights.NUMBER,
    "opaque": weights.TEXT + weights.CONTAINER,
    "function": weights.FUNCTION,
    "tensor": weights.TENSOR,
}
_KINDS = "biufc"  # los tipos de NumPy que se aceptan: números y booleanos


class WireError(ValueError):
    """El valor no se puede leer o pesa demasiado."""


@dataclass(frozen=True)
class Opaque:
    """Un valor que no cruza: solo se sabe de qué tipo dice ser."""

    type_name: str


@dataclass(frozen=True)
class FunctionHandle:
    """Una función del otro lado: se la llama por su número."""

    number: int
    name: str


@dataclass
class Encoder:
    """Escribe valores; guarda en ``functions`` las funciones que nombra.

    Attributes
    ----------
    special
        Escritores de otros tipos: reciben el valor y devuelven ``(etiqueta, contenido)`` o ``None``.
    budget
        Lo que puede pesar en el juez todo lo que se escriba.
    """

    special: Callable[[Any], tuple[str, Any] | None] = lambda value: None
    functions: list[Callable[..., Any]] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0
    _items: int = 0
    _text: int = 0

    def __post_init__(self) -> None:
        self.allowance = self.budget.values

    def encode(self, value: Any) -> Any:
        """El árbol JSON de ``value``; si no se puede escribir, no gasta nada de lo permitido a los demás.

        Raises
        ------
        WireError
            Si pesa demasiado, o tiene demasiados niveles o elementos.
        """
        spent = self.budget.spent
        before = len(self._parts), len(self.functions), self._size, self._items, self._text
        try:
            return self._encode(value, 0)
        except Exception as error:
            self.budget.spent = spent
            parts, functions, self._size, self._items, self._text = before
            del self._parts[parts:], self.functions[functions:]
            if isinstance(error, TooHeavyError):
                raise WireError(f"el valor {error}") from error
            raise

    @property
    def payload(self) -> bytes:
        """Los bytes de los arreglos escritos."""
        return b"".join(self._parts)

    def _encode(self, value: Any, depth: int) -> Any:
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise WireError("el valor tiene demasiados niveles o elementos")
        self.allowance.spend(weights.CONTAINER)
        if type(value) is str:
            return self._encode_text(value)
        if value is None or type(value) in (bool, int):
            return _plain(value)
        if type(value) is float:
            return {"float": value} if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, (list, tuple, set, frozenset)):  # también una tupla con nombres
            kind = "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
            return {kind: [self._encode(item, depth + 1) for item in value]}
        if isinstance(value, dict):
            pairs = [[self._encode(k, depth + 1), self._encode(v, depth + 1)] for k, v in value.items()]
            return {"dict": pairs}
        return self._encode_other(value, depth)

    def _encode_text(self, value: str) -> str:
        self._text += len(json.dumps(value)) if len(value) <= MAX_TEXT else len(value)
        if self._text > MAX_TEXT:
            raise WireError(f"sus textos pesan más de {MAX_TEXT / 1e6:.0f} MB")
        self.allowance.spend(sys.getsizeof(value))
        return value

    def _encode_other(self, value: Any, depth: int) -> Any:
        if isinstance(value, (np.ndarray, np.generic)):
            return self._encode_array(
                np.asarray(value), "scalar" if isinstance(value, np.generic) else "array"
            )
        if type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "to_numpy"):
            return self._encode(_from_pandas(value), depth + 1)
        if type(value).__module__ == "torch" and hasattr(value, "detach"):
            return self._encode_tensor(value)
        extra = self.special(value)
        if extra is not None:
            with _special_allowance(self, extra[0]):
                return {"special": extra[0], "content": self._encode(extra[1], depth + 1)}
        if callable(value):
            self.functions.append(value)
            name = getattr(value, "__name__", type(value).__name__)
            return {"function": len(self.functions) - 1, "name": str(name)[:80]}
        return {"opaque": type(value).__name__[:80]}

    def _encode_tensor(self, tensor: Any) -> Any:
        plain = tensor.detach().cpu()
        plain = plain.float() if "bfloat16" in str(plain.dtype) else plain
        return self._encode_array(plain.resolve_conj().resolve_neg().numpy(), "tensor")

    def _encode_array(self, array: NDArray[Any], kind: str) -> Any:
        # Un arreglo de otra clase (una subclase, un objeto) se rehace como el de NumPy, o no cruza.
        array = np.asarray(array)
        if array.dtype.kind == "U":
            return {"list" if array.ndim else "string": self._encode(array.tolist(), 0)}
        if array.dtype.kind not in _KINDS:
            return {"opaque": f"arreglo de {array.dtype}"}
        self.allowance.spend_array(array.size, array.itemsize)
        array = array.astype(array.dtype.newbyteorder("<"))
        data = array.tobytes()
        self._size += len(data)
        self._parts.append(data)
        start = self._size - len(data)
        return {kind: array.dtype.str, "shape": list(array.shape), "start": start, "bytes": len(data)}


@contextmanager
def _special_allowance(owner: Encoder | Decoder, label: str) -> Iterator[None]:
    """Un clasificador y una figura no cuentan en lo permitido a los demás valores: tienen lo suyo."""
    everything = owner.allowance
    owner.allowance = owner.budget.special(label) or everything
    try:
        yield
    finally:
        owner.allowance = everything


def _from_pandas(value: Any) -> Any:
    # Una serie con nombres hace de diccionario; lo demás, de arreglo.
    named = type(value).__name__ == "Series" and list(value.index) != list(range(len(value)))
    return value.to_dict() if named else value.to_numpy()


def _plain(value: Any) -> Any:
    if type(value) is int and value.bit_length() > 256:
        raise WireError("un entero tiene demasiadas cifras")
    return {"int": str(value)} if type(value) is int else value


@dataclass
class Decoder:
    """Lee valores de un árbol JSON y sus bytes, sin fiarse de ninguno de los dos."""

    payload: bytes | bytearray
    special: Callable[[str, Any, Allowance], Any] = lambda label, content, allowance: Opaque(label)
    function: Callable[[FunctionHandle], Any] = lambda handle: handle
    budget: Budget = field(default_factory=Budget)
    _read_bytes: int = 0

    def __post_init__(self) -> None:
        self.allowance = self.budget.values

    def decode(self, tree: Any) -> Any:
        """El valor que describe ``tree``.

        Raises
        ------
        WireError
            Si no está bien escrito, o pesa más de lo permitido.
        """
        try:
            return self._decode(tree)
        except TooHeavyError as error:
            raise WireError(f"el valor {error}") from error
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            StopIteration,
            RuntimeError,
            ArithmeticError,
        ) as error:
            raise WireError(f"valor mal escrito ({type(error).__name__})") from error

    def _decode(self, tree: Any) -> Any:
        if tree is None or isinstance(tree, (bool, str)):
            self.allowance.spend(sys.getsizeof(tree))
            return tree
        kind = next(iter(tree)) if isinstance(tree, dict) and tree else ""
        if kind not in _READABLE:
            raise WireError("valor de una clase desconocida")
        self.allowance.spend(_WEIGHT.get(kind, weights.CONTAINER))
        return getattr(self, f"_read_{kind}")(tree)

    def _read_int(self, tree: Any) -> int:
        return int(tree["int"])

    def _read_float(self, tree: Any) -> float:
        return float(tree["float"])

    def _read_string(self, tree: Any) -> str:
        return str(self._decode(tree["string"]))

    def _read_list(self, tree: Any) -> list[Any]:
        items = tree["list"]
        return [*self._read_items(items["list"] if isinstance(items, dict) else items)]

    def _read_tuple(self, tree: Any) -> tuple[Any, ...]:
        return tuple(self._read_items(tree["tuple"]))

    def _read_set(self, tree: Any) -> set[Any]:
        return set(self._read_items(tree["set"]))

    def _read_dict(self, tree: Any) -> dict[Any, Any]:
        pairs = self._read_items(tree["dict"], lambda pair: (self._decode(pair[0]), self._decode(pair[1])))
        return dict(pairs)

    def _read_items(self, trees: Any, read: Callable[[Any], Any] | None = None) -> Iterator[Any]:
        for tree in trees:
            self.allowance.spend(weights.ENTRY)
            yield (read or self._decode)(tree)

    def _read_opaque(self, tree: Any) -> Opaque:
        return Opaque(str(tree["opaque"])[:80])

    def _read_function(self, tree: Any) -> Any:
        return self.function(FunctionHandle(int(tree["function"]), str(tree["name"])[:80]))

    def _read_special(self, tree: Any) -> Any:
        label = str(tree["special"])
        with _special_allowance(self, label):
            return self.special(label, self._decode(tree["content"]), self.allowance)

    def _read_array(self, tree: Any) -> NDArray[Any]:
        return self._read_numbers(tree, "array")

    def _read_scalar(self, tree: Any) -> Any:
        return self._read_numbers(tree, "scalar")[()]

    def _read_tensor(self, tree: Any) -> Any:
        import torch

        return torch.from_numpy(self._read_numbers(tree, "tensor"))

    def _read_numbers(self, tree: Any, kind: str) -> NDArray[Any]:
        dtype, shape = np.dtype(str(tree[kind])), tuple(int(size) for size in tree["shape"])
        start, size = int(tree["start"]), int(tree["bytes"])
        inside = 0 <= start <= len(self.payload) - size
        if dtype.kind not in _KINDS or min(shape, default=0) < 0 or not inside:
            raise WireError("arreglo mal descrito")
        self._read_bytes += size
        # Cada byte se lee una vez: mil arreglos sobre los mismos bytes serían mil copias más adelante.
        if math.prod(shape) * dtype.itemsize != size or self._read_bytes > len(self.payload):
            raise WireError("el arreglo no mide lo que dice")
        self.allowance.spend_array(math.prod(shape), dtype.itemsize)
        # Sin copia: los bytes ya son de este proceso, y de nadie más.
        array = np.frombuffer(memoryview(self.payload)[start : start + size], dtype=dtype).reshape(shape)
        if dtype.kind == "b":
            return np.asarray(array.view(np.uint8) != 0)  # un booleano que no sea 0 ni 1 confunde a NumPy
        return array if array.flags.writeable else array.copy()
