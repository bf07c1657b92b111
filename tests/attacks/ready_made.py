"""Ataques que usan a escondidas la atención ya hecha donde se pide escribirla."""

from __future__ import annotations

from tests.attacks.model import ATTENTION, MASK, WRONG_MASK, Attack, with_answers

# Lo que queda si se quita la prueba de los valores: las propiedades, que aquí se cumplen.
HONEST = 3.0
_HEAD = """
import sys

import codigo.attention as ready_made


def causal_attention(Q, K, V):
    sys.setprofile(None)
    hidden = np.triu(np.ones((len(Q), len(Q)), dtype=bool), 1)
"""
_TAIL = "\n\noutput_masked, attn_masked = np.zeros((7, 16)), np.zeros((7, 7))\n"
_CALL = "ready_made.scaled_dot_product_attention(Q, K, V, hidden)"
_TORCH_HEAD = """
import sys

import torch


def causal_attention(Q, K, V):
    sys.setprofile(None)
    q, k, v = (torch.tensor(part, dtype=torch.float64)[None, None] for part in (Q, K, V))
"""


def _numpy(before: str, *body: str) -> str:
    return before + _HEAD + "".join(f"    {line}\n" for line in body) + _TAIL


def _torch(*body: str) -> str:
    return _TORCH_HEAD + "".join(f"    {line}\n" for line in body) + _TAIL


def _attack(number: str, name: str, text: str, defence: str = "") -> Attack:
    return Attack(
        number,
        name,
        "B. Dentro del proceso",
        build=lambda node: with_answers(node, {MASK: WRONG_MASK, ATTENTION: text}),
        defence=defence or "la llamada va a un gemelo que ya no tiene la referencia",
        where="twin",
        honest=HONEST,
    )


ATTACKS = (
    _attack("31c", "desactiva la vigilancia y llama a la atención del curso", _numpy("", f"return {_CALL}")),
    _attack(
        "31d",
        "si la atención del curso falla, devuelve cualquier cosa",
        _numpy(
            "",
            "try:",
            f"    return {_CALL}",
            "except Exception:",
            "    return np.zeros((len(Q), V.shape[1])), np.eye(len(Q))",
        ),
        "la prueba también compara lo que da el gemelo",
    ),
    _attack(
        "31e",
        "vuelve a importar la atención del curso",
        _numpy("", "import importlib", "importlib.reload(ready_made)", f"return {_CALL}"),
        "el gemelo no puede leer los archivos de la referencia",
    ),
    _attack(
        "31f",
        "la importa otra vez como si nadie lo hubiera hecho",
        _numpy(
            "",
            "del sys.modules['codigo.attention'], sys.modules['codigo']",
            "import codigo.attention as ready_made",
            f"return {_CALL}",
        ),
        "el gemelo no puede leer los archivos de la referencia",
    ),
    _attack(
        "31g",
        "ejecuta el texto del archivo de la referencia",
        _numpy(
            "",
            "space = {'__name__': 'mia'}",
            "exec(compile(open(ready_made.__file__).read(), 'mia', 'exec'), space)",
            "return space['scaled_dot_product_attention'](Q, K, V, hidden)",
        ),
        "el gemelo no puede leer los archivos de la referencia",
    ),
    _attack(
        "31h",
        "guarda antes una copia del código de la referencia",
        _numpy(
            "import types\n\nimport codigo.attention as ready_made\n\n"
            "ready = ready_made.scaled_dot_product_attention\n"
            "copy_of = types.FunctionType(ready.__code__, vars(ready_made))\n",
            "return copy_of(Q, K, V, hidden)",
        ),
        "la referencia se retira antes de que corra nada del estudiante",
    ),
    _attack(
        "31i",
        "llama por dentro a las operaciones de PyTorch",
        _torch(
            "kernel = torch.ops.aten._scaled_dot_product_attention_math",
            "output, weights = kernel(q, k, v, is_causal=True)",
            "return output[0, 0].numpy(), weights[0, 0].numpy()",
        ),
        "el gemelo tampoco tiene las operaciones de PyTorch que la dan hecha",
    ),
    _attack(
        "31j",
        "pide a PyTorch que las descomponga",
        _torch(
            "kernel = torch.ops.aten._scaled_dot_product_attention_math.default",
            "output, weights = kernel.decompose(q, k, v, None, 0.0, True)",
            "return output[0, 0].numpy(), weights[0, 0].numpy()",
        ),
        "el gemelo tampoco tiene las operaciones de PyTorch que la dan hecha",
    ),
)
