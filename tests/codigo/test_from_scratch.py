"""Lo que se exige escribir desde cero: se vigila que no se use lo hecho, o se retira sin vuelta atrás."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from codigo import attention, checks
from codigo.masks import create_causal_mask
from codigo.torch_attention import MultiHeadAttention

ALIAS = attention.scaled_dot_product_attention
FUSED_ALIAS = F.scaled_dot_product_attention
Q = np.random.default_rng(0).normal(size=(3, 4))
TENSOR = torch.from_numpy(Q)[None]
SELF_ATTENTION = attention.SelfAttentionNumPy(4, seed=0)
MULTI_HEAD = attention.MultiHeadAttentionNumPy(4, 2, seed=0)
OUR_TORCH = MultiHeadAttention(4, 2).double()


def torch_mha(training, gradient=False):
    module = nn.MultiheadAttention(4, 2, batch_first=True).double().train(training)
    with torch.set_grad_enabled(gradient):
        return module(TENSOR, TENSOR, TENSOR)


def torch_encoder_layer():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).double().eval()
    with torch.no_grad():
        return layer(TENSOR)


def in_a_thread():
    thread = threading.Thread(target=ALIAS, args=(Q, Q, Q))
    thread.start()
    thread.join()


def inside_a_helper():
    def helper(values):
        return [ALIAS(values, values, values) for _ in range(2)]

    return helper(Q)


FORBIDDEN = {
    "reference": (lambda: attention.scaled_dot_product_attention(Q, Q, Q), "scaled_dot_product_attention"),
    "alias": (lambda: ALIAS(Q, Q, Q), "scaled_dot_product_attention"),
    "nested": (inside_a_helper, "scaled_dot_product_attention"),
    "internal": (lambda: attention._attend(Q, Q, Q, None), "_attend"),
    "self_attention": (lambda: SELF_ATTENTION(Q), "SelfAttentionNumPy.__call__"),
    "multi_head": (lambda: MULTI_HEAD(Q), "MultiHeadAttentionNumPy.__call__"),
    "course_torch_module": (lambda: OUR_TORCH(TENSOR), "MultiHeadAttention.forward"),
    "course_torch_module_with_weights": (
        lambda: OUR_TORCH(TENSOR, return_attention=True),
        "MultiHeadAttention.forward",
    ),
    "F": (lambda: F.scaled_dot_product_attention(TENSOR, TENSOR, TENSOR), "scaled_dot_product_attention"),
    "F_alias": (lambda: FUSED_ALIAS(TENSOR, TENSOR, TENSOR), "scaled_dot_product_attention"),
    "mha_training": (lambda: torch_mha(True), "multi_head_attention_forward"),
    "mha_eval": (lambda: torch_mha(False), "_native_multi_head_attention"),
    "mha_eval_with_gradient": (lambda: torch_mha(False, True), "multi_head_attention_forward"),
    "encoder_layer_eval": (torch_encoder_layer, "_transformer_encoder_layer_fwd"),
    "thread": (in_a_thread, "scaled_dot_product_attention"),
    "two_calls": (lambda: (ALIAS(Q, Q, Q), MULTI_HEAD(Q)), "scaled_dot_product_attention"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_detects_ready_made_attention(case):
    call, used = FORBIDDEN[case]
    message = rf"`my_attention` debe escribirse desde cero; usa `{re.escape(used)}`, que ya lo da hecho\.$"
    with pytest.raises(AssertionError, match=message), checks.written_from_scratch("my_attention"):
        call()


STUDENT = """
import numpy as np
from codigo.masks import create_causal_mask
from codigo.transformers import create_causal_mask as from_the_face

def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def {name}(Q, K, V):
    mask = create_causal_mask(len(Q)) & from_the_face(len(Q))
    weights = softmax(np.where(mask, -np.inf, Q @ K.T / np.sqrt(Q.shape[-1])))
    return weights @ V, weights
"""


@pytest.mark.parametrize("name", ["scaled_dot_product_attention", "multi_head_attention_forward", "_attend"])
def test_allows_own_function_with_same_name(name):
    namespace = {}
    exec(compile(STUDENT.format(name=name), "<celda>", "exec"), namespace)
    with checks.written_from_scratch("my_attention"):
        output, weights = namespace[name](Q, Q, Q)
    reference, _ = attention.scaled_dot_product_attention(Q, Q, Q, create_causal_mask(3))
    np.testing.assert_allclose(output, reference)
    checks.check_no_future("w", weights)


ALLOWED = {
    "mask": lambda: create_causal_mask(4),
    "torch_softmax": lambda: TENSOR.softmax(-1) @ TENSOR.transpose(-1, -2),
    "linear_layer": lambda: nn.Linear(4, 4).double()(TENSOR),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_allows_what_is_not_attention(case):
    with checks.written_from_scratch("my_attention"):
        assert ALLOWED[case]() is not None


def test_does_not_watch_outside_block():
    with checks.written_from_scratch("my_attention"):
        pass
    assert ALIAS(Q, Q, Q)[0].shape == Q.shape


@pytest.fixture
def own_profile():
    def profile(frame, event, argument):
        return None

    before = sys.getprofile()
    sys.setprofile(profile)
    yield profile
    sys.setprofile(before)


def nothing():
    return None


def fails():
    raise RuntimeError("error del estudiante")


@pytest.mark.parametrize(
    ("call", "error"),
    [(nothing, None), (fails, RuntimeError), (lambda: ALIAS(Q, Q, Q), AssertionError)],
    ids=["success", "own_error", "forbidden"],
)
def test_restores_profile_function(own_profile, call, error):
    raised = None
    try:
        with checks.written_from_scratch("my_attention"):
            call()
    except Exception as caught:
        raised = type(caught)
    assert sys.getprofile() is own_profile
    assert raised is error


def test_restores_profile_function_of_threads(own_profile):
    """La de los hilos es otra: no debe quedarse con la del hilo que abrió el bloque."""
    before = threading.getprofile()
    try:
        with checks.written_from_scratch("my_attention"):
            nothing()
        assert threading.getprofile() is before
    finally:
        threading.setprofile(before)


# Cada uno se intenta en un proceso nuevo, después de retirar lo hecho; «guardado» se tomó antes.
TAKEN_AWAY = {
    "reference": "attention.scaled_dot_product_attention(Q, Q, Q)",
    "alias": "guardado(Q, Q, Q)",
    "class": "attention.SelfAttentionNumPy(4)",
    "made_before": "objeto(Q)",
    "course_torch": "MultiHeadAttention(4, 2)",
    "F": "F.scaled_dot_product_attention(t, t, t)",
    "F_gradient": "F.scaled_dot_product_attention(t.requires_grad_(), t, t)",
    "operation": "torch.ops.aten.scaled_dot_product_attention(t, t, t)",
    "math": "torch.ops.aten._scaled_dot_product_attention_math(t, t, t)",
    "flash": "torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(t[None], t[None], t[None])",
    "decomposed": "torch.ops.aten._scaled_dot_product_attention_math.default.decompose(t, t, t)",
    "script": "torch.jit.script(lambda_de_torch)(t)",
    "mha_training": "mha.train()(t, t, t)",
    "mha_eval": "mha.eval()(t, t, t)",
    "mha_without_weights": "mha.eval()(t, t, t, need_weights=False)",
    "encoder_layer": "nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval()(t)",
    "sampling": "TemperatureLogitsWarper(0.5)",
}
STILL_THERE = {
    "mask": "create_causal_mask(4)",
    "softmax": "F.softmax(t, dim=-1) @ t.mT",
    "linear": "nn.Linear(4, 4)(t)",
}
PROGRAM = """
import warnings
warnings.simplefilter("error")
import numpy as np, torch, torch.nn.functional as F
from torch import nn
from transformers import TemperatureLogitsWarper
from codigo import attention, from_scratch
from codigo.masks import create_causal_mask
from codigo.torch_attention import MultiHeadAttention
Q, t = np.ones((3, 4)), torch.ones(1, 3, 4)
guardado, objeto = attention.scaled_dot_product_attention, attention.SelfAttentionNumPy(4)
mha = nn.MultiheadAttention(4, 2, batch_first=True)
def lambda_de_torch(x: torch.Tensor):
    return F.scaled_dot_product_attention(x, x, x)
from_scratch.take_away()
warnings.simplefilter("ignore")  # torch.jit.script está anticuado, pero existe
for name, text in CASES.items():
    try:
        eval(text)
        print(name, "vale")
    except Exception as error:
        print(name, "retirada" if "desde cero; `" in str(error) else repr(error))
"""


def test_what_is_taken_away_does_not_come_back_by_any_door(tmp_path):
    # En un archivo: torch.jit.script necesita leer el texto de la función.
    program = tmp_path / "programa.py"
    program.write_text(PROGRAM.replace("CASES", repr(TAKEN_AWAY | STILL_THERE)), encoding="utf-8")
    run = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    told = dict(line.split(" ", 1) for line in run.stdout.splitlines())
    assert told == dict.fromkeys(TAKEN_AWAY, "retirada") | dict.fromkeys(STILL_THERE, "vale")
    assert run.stderr == ""
