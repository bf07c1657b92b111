"""Pasa los pesos de las ruedas al formato de Hugging Face, en coma flotante de 16 bits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Los nombres de los nodos de ONNX: «/encoder/layer.0/attention/self/query/MatMul_quant».
_NODE_PATH = re.compile(r"/(?P<path>.+)/(?:MatMul|Gather)\w*$")


def convert_onnx_bert(source: Path, target: Path) -> None:
    """Un BERT de ONNX con pesos de 8 bits, a ``target`` al estilo de ``save_pretrained``.

    Parameters
    ----------
    source
        Carpeta con ``config.json``, ``model.onnx`` y los archivos del tokenizador.
    target
        Carpeta nueva, ya creada.

    Raises
    ------
    ValueError
        Si falta o sobra algún peso.
    """
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    config = BertConfig.from_json_file(source / "config.json")
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.tensor(value) for name, value in read_onnx_weights(source / "model.onnx").items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if [name for name in missing if not name.endswith("_ids")] or unexpected:
        raise ValueError(f"Los pesos no encajan: faltan {missing} y sobran {unexpected}.")
    model.half().save_pretrained(target)
    AutoTokenizer.from_pretrained(source, model_max_length=config.max_position_embeddings).save_pretrained(
        target
    )


def read_onnx_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Los pesos de un BERT en ONNX por su nombre en Hugging Face, ya sin cuantizar."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {name: value for name, value in tensors.items() if name.endswith((".weight", ".bias"))}
    for node in graph.node:
        module, quantized = _NODE_PATH.match(node.name), _quantized_input(node, tensors)
        if module and quantized:
            weights[module["path"].replace("/", ".") + ".weight"] = _dequantize(node, quantized, tensors)
    return weights


def _quantized_input(node: Any, tensors: dict[str, NDArray[Any]]) -> str:
    """El nombre, sin el sufijo, del peso de 8 bits que usa ``node``; vacío si no usa ninguno."""
    names = [name for name in node.input if name.endswith("_quantized") and name in tensors]
    return names[0].removesuffix("_quantized") if names else ""


def _dequantize(node: Any, name: str, tensors: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    levels = tensors[f"{name}_quantized"].astype(np.float32)
    # Una escala y un cero por columna de salida en los productos; uno solo en las tablas de vectores.
    values = (levels - tensors[f"{name}_zero_point"].astype(np.float32)) * tensors[f"{name}_scale"]
    # ONNX multiplica x W con W (entrada, salida); nn.Linear guarda la traspuesta.
    return np.ascontiguousarray(values.T if node.op_type == "MatMulInteger" else values)


def convert_gguf(source: Path, target: Path) -> None:
    """El decodificador de un archivo GGUF, a ``target`` al estilo de ``save_pretrained``.

    Parameters
    ----------
    source
        Carpeta con un solo archivo ``.gguf``.
    target
        Carpeta nueva, ya creada.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    (file,) = source.glob("*.gguf")
    model = AutoModelForCausalLM.from_pretrained(
        source,
        gguf_file=file.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
    )
    model.half().save_pretrained(target)
    AutoTokenizer.from_pretrained(source, gguf_file=file.name).save_pretrained(target)
