"""Entregas honradas con rarezas: ninguna pierde un punto."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.engine.pool import close_all
from grading.engine.sandbox import why_unavailable
from tests.attacks import bench
from tests.attacks.model import ATTENTION, MASK, grade_id, honest, insert_before, with_answers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_unavailable()), reason=f"sin encierro: {why_unavailable()}"),
]
FULL = 16.0
LIMITS = bench.Limits(cell_seconds=30, notebook_seconds=120)  # honradas pero lentas: con margen

MASK_CODE = """
def build_causal_mask(seq_len):
    return np.triu(np.ones((seq_len, seq_len), dtype=bool), k=1)


causal_mask = build_causal_mask(seq_len)
"""
CALL = "output_masked, attn_masked = attention(X, mask=causal_mask, return_attention=True)\n"


def attention_code(body: str, after: str = CALL) -> str:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"def causal_attention(Q, K, V):\n{lines}\n\n\n{after}"


STANDARD = """
scores = Q @ K.T / np.sqrt(Q.shape[1])
scores = np.where(build_causal_mask(len(Q)), -np.inf, scores)
weights = softmax(scores)
return weights @ V, weights
"""
NOISE = """
import logging
import sys
import warnings

from tqdm import tqdm

warnings.warn("un aviso cualquiera")
logging.basicConfig(level=logging.DEBUG)
logging.getLogger("mio").warning("otro")
for _ in tqdm(range(3), desc="barra"):
    print("trabajando", file=sys.stderr)
sys.stdout.flush()
print("ñandú ☃ 日本", end="", flush=True)
"""
IN_CALLS = """
import warnings

warnings.warn("dentro de la función")
print("Q:", Q.shape)
display(Q[:1])
"""
ATTENTIONS = {
    "avisos dentro de la función": IN_CALLS + STANDARD,
    "bucles y otros nombres": """
n, dim = Q.shape
pesos = np.zeros((n, n))
for fila in range(n):
    s = np.array([float(np.dot(Q[fila], K[j])) / dim**0.5 for j in range(fila + 1)])
    e = np.exp(s - max(s))
    pesos[fila, : fila + 1] = e / e.sum()
return [list(p) for p in pesos @ V], pesos.tolist()
""",
    "float64 explícito": """
Q, K, V = (np.asarray(part, dtype=np.float64) for part in (Q, K, V))
"""
    + STANDARD,
    "float32 a la salida": STANDARD.replace(
        "return weights @ V, weights", "return (weights @ V).astype(np.float64), weights.astype(np.float32)"
    ),
    "log-sum-exp": """
scores = np.where(build_causal_mask(len(Q)), -np.inf, Q @ K.T / np.sqrt(Q.shape[1]))
top = scores.max(axis=1, keepdims=True)
log_sum = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
weights = np.exp(scores - log_sum)
return weights @ V, weights
""",
    "−1e9 en vez de −inf": STANDARD.replace("-np.inf", "-1e9"),
    "arreglos no contiguos": STANDARD.replace(
        "return weights @ V, weights", "return np.asfortranarray(weights @ V), weights.T.copy().T[::1]"
    ),
    "tensores con gradiente": """
import torch

q, k, v = (torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (Q, K, V))
scores = (q @ k.T / q.shape[1] ** 0.5).masked_fill(torch.tensor(build_causal_mask(len(Q))), -torch.inf)
weights = scores.softmax(dim=-1)
return weights @ v, weights
""",
    "operaciones sobre copias": """
scores = Q.copy()
scores /= np.sqrt(Q.shape[1])
scores = scores @ K.T
scores[build_causal_mask(len(Q))] = -np.inf
scores -= scores.max(axis=1, keepdims=True)
np.exp(scores, out=scores)
scores /= scores.sum(axis=1, keepdims=True)
return scores @ V, scores
""",
    "diccionario con nombre": """
from collections import namedtuple

Result = namedtuple("Result", "output weights")
"""
    + STANDARD.replace("return weights @ V, weights", "return tuple(Result(weights @ V, weights))"),
}
COMPARE = """
import torch
import torch.nn.functional as F

from codigo.attention import scaled_dot_product_attention

expected, _ = scaled_dot_product_attention(X, X, X, create_causal_mask(7))
t = torch.tensor(X)[None]
assert np.allclose(F.scaled_dot_product_attention(t, t, t, is_causal=True)[0].numpy(), expected)
"""
IMPORT = "from codigo.transformers import create_causal_mask\n"
# Comparar con lo que ya está hecho no es usarlo: la función se escribe aparte.
COMPARED = {
    "antes de escribirla": IMPORT + COMPARE + attention_code(STANDARD),
    "después": IMPORT
    + attention_code(
        STANDARD, COMPARE + "assert np.allclose(causal_attention(X, X, X)[0], expected)\n" + CALL
    ),
    "dentro de otra función": IMPORT
    + "def compare():\n    "
    + COMPARE.strip().replace("\n", "\n    ")
    + "\n\n\ncompare()\n"
    + attention_code(STANDARD),
}

MASKS = {
    "máscara de enteros": MASK_CODE.replace("dtype=bool", "dtype=int"),
    "máscara con create_causal_mask": MASK_CODE.replace(
        "return np.triu(np.ones((seq_len, seq_len), dtype=bool), k=1)", "return create_causal_mask(seq_len)"
    ),
    "con ruido en stderr": NOISE + MASK_CODE,
    "otra semilla global": "import random\n\nnp.random.seed(7)\nrandom.seed(7)\n" + MASK_CODE,
    "imports repetidos y en otro orden": "import numpy\nimport numpy as np\nfrom math import *\nimport os\n"
    + MASK_CODE,
    "magia de tiempo": MASK_CODE + "\n%time build_causal_mask(50)\n%timeit -n1 -r1 build_causal_mask(5)\n",
    "%matplotlib inline y ayuda": "%matplotlib inline\n" + MASK_CODE + "\nnp.triu?\n%load_ext autoreload\n",
    "órdenes del sistema": "!pip install numpy\n%pip install torch\nfiles = !ls\n" + MASK_CODE,
    "última línea con valor": MASK_CODE + "\ncausal_mask\n",
    "figura a medias": MASK_CODE + "\nplt.figure()\nplt.imshow(causal_mask)\nplt.show()\nplt.close('all')\n",
    "función con decorador y tipos": """
import functools


def log(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@log
def build_causal_mask(seq_len: int) -> "np.ndarray":
    return np.arange(seq_len)[None, :] > np.arange(seq_len)[:, None]


causal_mask = build_causal_mask(seq_len=seq_len)
""",
    "lambda": "build_causal_mask = lambda n: [[j > i for j in range(n)] for i in range(n)]\n"
    "causal_mask = np.array(build_causal_mask(7))\n",
    "clase que se puede llamar": """
class Mask:
    def __call__(self, seq_len):
        return ~np.tril(np.ones((seq_len, seq_len), dtype=bool))


build_causal_mask = Mask()
causal_mask = build_causal_mask(7)
""",
    "archivos temporales": """
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    np.save(Path(folder) / "m.npy", np.ones(3))
    np.load(Path(folder) / "m.npy")
with tempfile.TemporaryFile() as file:
    file.write(b"x")
Path("salida.txt").write_text("x")
plt.imsave("m.png", np.eye(3))
"""
    + MASK_CODE,
    "hilos y copias profundas": """
import copy
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(4) as executor:
    list(executor.map(abs, range(50)))
copy.deepcopy({"a": np.ones(3)})
"""
    + MASK_CODE,
}


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    yield
    close_all()


def assert_full_marks(text: str) -> None:
    grade = bench.engine(text, LIMITS)
    assert bench.points(grade) == FULL, (grade.scores, bench.shown(grade)[-3000:])


@pytest.mark.parametrize("name", MASKS)
def test_mask(name: str) -> None:
    assert_full_marks(nbformat.writes(with_answers(honest(), {MASK: MASKS[name]})))


@pytest.mark.parametrize("name", ATTENTIONS)
def test_attention(name: str) -> None:
    answers = {MASK: MASK_CODE, ATTENTION: attention_code(ATTENTIONS[name])}
    assert_full_marks(nbformat.writes(with_answers(honest(), answers)))


@pytest.mark.parametrize("name", COMPARED)
def test_compared_with_the_ready_made(name: str) -> None:
    assert_full_marks(nbformat.writes(with_answers(honest(), {ATTENTION: COMPARED[name]})))


def _helpers(node: NotebookNode) -> None:
    insert_before(node, MASK, "def my_helper(n):\n    return np.triu(np.ones((n, n), dtype=bool), 1)\n")
    insert_before(node, "test_ej1_mascara", "print(build_causal_mask(4))\ndisplay(causal_mask)")
    insert_before(node, ATTENTION, "!pip install numpy\n%pip install torch")
    insert_before(node, "test_ej1_frase", "esto_no_existe")  # una prueba suya que quedó rota
    node.cells.append(new_code_cell("1 / 0"))
    node.cells.append(new_markdown_cell("Mis notas: <b>hola</b>"))
    for cell in node.cells:
        if grade_id(cell) == MASK:
            cell.source = "def build_causal_mask(n):\n    return my_helper(n)\n\n\ncausal_mask = my_helper(7)"


def _executed(node: NotebookNode) -> None:
    for number, cell in enumerate(node.cells):
        if cell.cell_type == "code":
            cell.execution_count = 500 - number
            cell.outputs = [nbformat.v4.new_output("stream", text="viejo\n")]


def _vscode(node: NotebookNode) -> None:
    node.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": ".venv (3.12.1)", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "version": "3.12.1"},
            "vscode": {"interpreter": {"hash": "abc"}},
        }
    )
    for cell in node.cells:
        cell.metadata["vscode"] = {"languageId": "python"}
        cell["id"] = f"#VSC-{node.cells.index(cell):04x}".replace("#", "")


def _colab(node: NotebookNode) -> None:
    node.metadata["colab"] = {"provenance": [], "toc_visible": True}
    node.metadata["accelerator"] = "GPU"
    node.nbformat_minor = 0
    for number, cell in enumerate(node.cells):
        cell.pop("id", None)
        cell.metadata["id"] = f"colab{number}"
        if cell.cell_type == "code":
            cell.metadata["executionInfo"] = {"status": "ok", "elapsed": 3, "user": {"displayName": "Ana"}}
            cell.metadata["outputId"] = "3f"
    insert_before(node, MASK, "from google.colab import drive\ndrive.mount('/content/drive')")


def _jupyterlite(node: NotebookNode) -> None:
    node.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    node.metadata["language_info"] = {"codemirror_mode": {"name": "python", "version": 3}, "name": "python"}
    for cell in node.cells:
        cell.metadata["trusted"] = True


def _without_ids(node: NotebookNode) -> None:
    node.nbformat_minor = 4
    for cell in node.cells:
        cell.pop("id", None)


def _collapsed(node: NotebookNode) -> None:
    for cell in node.cells:
        cell.metadata["collapsed"] = cell.metadata["deletable"] = cell.metadata["editable"] = True
        cell.metadata["tags"] = ["mia"]


EDITORS: dict[str, Callable[[NotebookNode], None]] = {
    "celdas propias": _helpers,
    "ejecutado en otro orden": _executed,
    "VS Code": _vscode,
    "Colab": _colab,
    "JupyterLite": _jupyterlite,
    "sin identificadores (nbformat 4.4)": _without_ids,
    "celdas plegadas y etiquetadas": _collapsed,
}


@pytest.mark.parametrize("name", EDITORS)
def test_editor(name: str) -> None:
    node = honest()
    EDITORS[name](node)
    assert_full_marks(nbformat.writes(node))


def test_windows_line_ends() -> None:
    tree = json.loads(nbformat.writes(honest()))
    for cell in tree["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    assert_full_marks(json.dumps(tree, ensure_ascii=True, indent=4).replace("\n", "\r\n"))


def test_source_as_one_text_and_byte_order_mark() -> None:
    tree = json.loads(nbformat.writes(honest()))
    for cell in tree["cells"]:
        cell["source"] = "".join(cell["source"])
    assert_full_marks(json.dumps(tree))
