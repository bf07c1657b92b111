"""``codigo.transformers``: qué nombres da, qué carga cada uno y su convivencia con Hugging Face."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codigo import transformers as face

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "matplotlib", "transformers")
NUMPY_NAMES = (
    "SelfAttentionNumPy",
    "MultiHeadAttentionNumPy",
    "PositionalEncodingSinusoidal",
    "create_causal_mask",
)
FIGURE_NAMES = (
    "visualize_attention_weights",
    "visualize_multi_head_attention",
    "visualize_positional_encoding",
)
TORCH_NAMES = (
    "PositionwiseFeedForward",
    "TransformerEncoderBlock",
    "TransformerDecoderBlock",
    "TransformerModel",
)
HUGGING_FACE_NAMES = ("BERTSentimentClassifier", "GPT2TextGenerator", "compare_attention_patterns")


def run_python(code, *flags):
    """Ejecuta ``code`` en un intérprete nuevo, fuera del repositorio, y devuelve el resultado."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(
        [sys.executable, *flags, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        cwd=ROOT.anchor,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result


# --- Los nombres -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", face.__all__)
def test_each_name_can_be_imported(name):
    value = getattr(importlib.import_module("codigo.transformers"), name)
    assert value.__name__ == name
    assert value.__module__.startswith("codigo.")
    assert value.__doc__
    assert getattr(face, name) is value


@pytest.mark.parametrize("name", NUMPY_NAMES + FIGURE_NAMES + TORCH_NAMES + HUGGING_FACE_NAMES)
def test_contract_names_are_present(name):
    assert name in face.__all__


def test_star_import_gives_public_names():
    namespace = {}
    exec("from codigo.transformers import *", namespace)
    assert set(face.__all__) == set(namespace) - {"__builtins__"}


def test_dir_gives_sorted_names():
    assert dir(face) == sorted(face.__all__)
    assert len(set(face.__all__)) == len(face.__all__)


@pytest.mark.parametrize("name", ["DoesNotExist", "self_attention_numpy", "BertModel", "torch"])
def test_unknown_name(name):
    with pytest.raises(AttributeError, match=f"codigo.transformers no tiene el nombre '{name}'") as error:
        getattr(face, name)
    assert "SelfAttentionNumPy" in str(error.value)
    assert not hasattr(face, name)


def test_import_of_unknown_name():
    with pytest.raises(ImportError, match="DoesNotExist"):
        exec("from codigo.transformers import DoesNotExist", {})


# --- Qué carga cada nombre ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NUMPY_NAMES)
def test_numpy_name_loads_nothing_heavy(name):
    code = f"""
import sys
from codigo.transformers import {name}
print([package for package in {HEAVY} if package in sys.modules], "numpy" in sys.modules)
"""
    result = run_python(code, "-W", "error")
    assert result.stdout.strip() == "[] True"
    assert result.stderr == ""


def imported_packages(code):
    """Los paquetes que ``python -X importtime`` dice que se importan."""
    lines = run_python(code, "-X", "importtime").stderr.splitlines()
    return {
        line.rpartition("|")[2].strip().partition(".")[0] for line in lines if line.startswith("import time:")
    }


def test_importtime_sees_nothing_heavy():
    packages = imported_packages("from codigo.transformers import SelfAttentionNumPy")
    assert {"numpy", "codigo"} <= packages
    assert packages.isdisjoint(HEAVY)


def test_face_alone_does_not_load_numpy():
    packages = imported_packages("import codigo.transformers")
    assert "codigo" in packages
    assert packages.isdisjoint({*HEAVY, "numpy"})


def test_torch_name_does_not_load_hugging_face():
    code = f"""
import sys
from codigo.transformers import {", ".join(TORCH_NAMES)}
print([package for package in {HEAVY} if package in sys.modules])
"""
    assert run_python(code).stdout.strip() == "['torch']"


def test_figure_does_not_load_torch():
    code = f"""
import sys
from codigo.transformers import {", ".join(FIGURE_NAMES)}
print([package for package in {HEAVY} if package in sys.modules])
"""
    assert run_python(code).stdout.strip() == "['matplotlib']"


# --- Junto a Hugging Face ------------------------------------------------------------------------------

IMPORTS = {
    "hugging_face_first": "import transformers\nimport codigo.transformers as face",
    "codigo_first": ("import codigo.transformers as face\nface.TransformerEncoderBlock\nimport transformers"),
}
TOGETHER = """
import torch
from codigo.transformers import TransformerEncoderBlock
from transformers import BertConfig, BertModel

assert face is not transformers and face.__file__ != transformers.__file__
assert not hasattr(face, "BertModel") and not hasattr(transformers, "SelfAttentionNumPy")
config = BertConfig(
    vocab_size=11, hidden_size=12, num_hidden_layers=1, num_attention_heads=3, intermediate_size=8
)
with torch.no_grad():
    hidden = BertModel(config).eval()(torch.arange(5)[None]).last_hidden_state
    print(tuple(TransformerEncoderBlock(12, 3, 8).eval()(hidden).shape))
print(face.__name__, transformers.__name__)
"""


@pytest.mark.parametrize("order", IMPORTS)
def test_coexists_with_hugging_face(order):
    lines = run_python(IMPORTS[order] + TOGETHER).stdout.splitlines()
    assert lines == ["(1, 5, 12)", "codigo.transformers transformers"]


# --- Paquetes que faltan -------------------------------------------------------------------------------

BLOCKERS = {
    "sys_modules": "import sys\nfor name in {missing}: sys.modules[name] = None\n",
    "finder": """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
""",
}
BLOCKER = pytest.mark.parametrize("blocker", BLOCKERS)


@BLOCKER
@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("torch", "TransformerModel"),
        ("torch", "TransformerEncoderBlock"),
        ("matplotlib", "visualize_attention_weights"),
        ("numpy", "SelfAttentionNumPy"),
    ],
)
def test_missing_package_is_named(blocker, package, name):
    code = f"""{BLOCKERS[blocker].format(missing=[package])}
try:
    from codigo.transformers import {name}
except ImportError as error:
    print(error.name.partition(".")[0], error)
"""
    printed = run_python(code).stdout
    assert printed.startswith(f"{package} {name} necesita el paquete «{package}")
    assert "pip install" in printed


@BLOCKER
def test_numpy_is_enough_for_numpy_names(blocker):
    code = f"""{BLOCKERS[blocker].format(missing=list(HEAVY))}
from codigo.transformers import {", ".join(NUMPY_NAMES)}
mask = create_causal_mask(5)
X = PositionalEncodingSinusoidal(6)([[0.0] * 6] * 5)
print(SelfAttentionNumPy(6)(X, mask).shape, MultiHeadAttentionNumPy(6, 3)(X, mask).shape)
"""
    assert run_python(code).stdout.strip() == "(5, 6) (5, 6)"


def test_other_names_work_after_error():
    code = f"""{BLOCKERS["sys_modules"].format(missing=["torch"])}
import codigo.transformers as face
try:
    face.TransformerModel
except ImportError:
    print(face.SelfAttentionNumPy.__name__)
"""
    assert run_python(code).stdout.strip() == "SelfAttentionNumPy"
