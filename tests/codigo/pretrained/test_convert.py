"""La conversión: pesos de 8 bits de ONNX y archivos GGUF, con sus nombres de Hugging Face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from codigo.generation import GPT2TextGenerator
from codigo.pretrained.catalog import EMBEDDED
from codigo.pretrained.convert import convert_onnx_bert, read_onnx_weights
from codigo.pretrained.folders import embedded_folder
from codigo.sentiment import BERTSentimentClassifier

QUERY = "encoder.layer.0.attention.self.query"


@pytest.fixture
def onnx_file(tmp_path: Path) -> Path:
    """Una tabla de vectores, un producto de 8 bits y un sesgo, con los nombres que usa ONNX."""
    rng = np.random.default_rng(0)
    tensors = {
        "embeddings.word_embeddings.weight_quantized": rng.integers(0, 256, (5, 3)).astype(np.uint8),
        "embeddings.word_embeddings.weight_scale": np.float32(0.5),
        "embeddings.word_embeddings.weight_zero_point": np.uint8(128),
        "onnx::MatMul_7_quantized": rng.integers(-128, 128, (3, 4)).astype(np.int8),
        "onnx::MatMul_7_scale": rng.random(4).astype(np.float32),
        "onnx::MatMul_7_zero_point": np.array([0, 1, -2, 3], dtype=np.int8),
        f"{QUERY}.bias": rng.random(4).astype(np.float32),
    }
    nodes = [
        helper.make_node(
            "Gather",
            ["embeddings.word_embeddings.weight_quantized", "ids"],
            ["x"],
            name="/embeddings/word_embeddings/Gather",
        ),
        helper.make_node(
            "MatMulInteger",
            ["x", "onnx::MatMul_7_quantized", "zero", "onnx::MatMul_7_zero_point"],
            ["y"],
            name=f"/{QUERY.replace('.', '/').replace('layer/0', 'layer.0')}/MatMul_quant",
        ),
        helper.make_node("Identity", ["y"], ["z"], name="/encoder/Identity"),
    ]
    output = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()]
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(helper.make_graph(nodes, "bert", [], [output], initializers)), str(path))
    return path


def test_weights_are_dequantized_and_named(onnx_file: Path) -> None:
    raw = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(onnx_file)).graph.initializer}
    weights = read_onnx_weights(onnx_file)
    assert set(weights) == {"embeddings.word_embeddings.weight", f"{QUERY}.weight", f"{QUERY}.bias"}
    table = (raw["embeddings.word_embeddings.weight_quantized"].astype(float) - 128) * 0.5
    np.testing.assert_allclose(weights["embeddings.word_embeddings.weight"], table)
    levels = raw["onnx::MatMul_7_quantized"].astype(float) - raw["onnx::MatMul_7_zero_point"]
    np.testing.assert_allclose(
        weights[f"{QUERY}.weight"], (levels * raw["onnx::MatMul_7_scale"]).T, rtol=1e-6
    )
    assert weights[f"{QUERY}.weight"].flags.c_contiguous


def test_weights_that_do_not_fit_are_refused(onnx_file: Path, tiny_bert: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((tiny_bert / "config.json").read_text())
    with pytest.raises((ValueError, RuntimeError), match=r"no encajan|size mismatch"):
        convert_onnx_bert(tmp_path, tmp_path / "out")


@pytest.mark.slow
def test_the_embedded_bert_is_what_the_catalog_says() -> None:
    bert = BERTSentimentClassifier("bge-small-en")
    config = bert.model.config
    assert (config.num_hidden_layers, config.num_attention_heads, config.hidden_size) == (12, 12, 384)
    maps = bert.get_attention_maps(["The quick brown fox jumps over the lazy dog"])[0]
    assert maps.shape == (12, 12, 11, 11)
    previous = maps[0][:, np.arange(1, 11), np.arange(10)].mean(axis=-1)  # (12,) peso del token anterior
    assert previous.max() > 0.95  # una cabeza de la capa 0 mira al token anterior


@pytest.mark.slow
def test_sentences_of_like_meaning_are_close() -> None:
    bert = BERTSentimentClassifier("bge-small-en")
    sentences = ["A man is eating food.", "Someone is having a meal.", "The stock market fell sharply."]
    batch = bert.tokenizer(sentences, padding=True, return_tensors="pt")
    vectors = bert.model.bert(**batch).last_hidden_state[:, 0].detach().numpy()  # (3, 384): [CLS]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.75 > far


@pytest.mark.slow
def test_the_embedded_decoder_knows_the_capital_of_france() -> None:
    generator = GPT2TextGenerator("smollm2-135m")
    likely = [
        token.strip() for token, _ in generator.get_next_token_probabilities("The capital of France is")
    ]
    assert "Paris" in likely
    assert generator.model.config.model_type == "llama"
    assert sum(p.numel() for p in generator.model.parameters()) == pytest.approx(134.5e6, rel=0.001)


@pytest.mark.slow
def test_the_small_gpt2_is_a_gpt2() -> None:
    generator = GPT2TextGenerator("gpt2-lab11")
    assert generator.model.config.model_type == "gpt2" and generator.context_length >= 256
    text = generator.generate("En el principio", max_length=40, seed=1)[0]
    assert text.startswith("En el principio") and len(text) > 40
    folder = embedded_folder(EMBEDDED["gpt2-lab11"])
    assert folder and sum(path.stat().st_size for path in folder.iterdir()) < 8e6
