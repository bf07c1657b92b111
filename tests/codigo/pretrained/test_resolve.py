"""De dónde sale cada modelo, qué se dice y qué pasa cuando está a medias."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from codigo.generation import GPT2TextGenerator
from codigo.pretrained import ModelUnavailableError, folders, hub, loading, resolve_model
from codigo.pretrained.catalog import EMBEDDED, STAND_INS
from codigo.pretrained.resolve import SOURCE_VARIABLE
from codigo.sentiment import BERTSentimentClassifier


@pytest.fixture(autouse=True)
def nothing_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ni caché de Hugging Face ni modelos preparados: todo en carpetas nuevas."""
    monkeypatch.delenv(SOURCE_VARIABLE, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr(folders, "_search_path", lambda: (tmp_path / "shared", tmp_path / "personal"))
    return tmp_path


def prepare(folder: Path, model: Path) -> Path:
    """Copia un modelo diminuto como si el curso lo hubiera preparado."""
    shutil.copytree(model, folder)
    folders.write_manifest(folder)
    return folder


def put_in_cache(cache: Path, name: str, model: Path) -> Path:
    """Escribe ``model`` como lo deja una descarga del hub."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / "0123"
    shutil.copytree(model, snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0123")
    return snapshot


def test_a_folder_made_by_save_pretrained(tiny_bert: Path, tiny_gpt2: Path) -> None:
    for folder in (tiny_bert, tiny_gpt2):
        found = resolve_model(str(folder))
        assert found.folder == folder and found.message == f"Modelo de la carpeta «{folder}»."
    assert BERTSentimentClassifier(str(tiny_bert)).predict(["the film"])[1].shape == (1, 2)
    assert GPT2TextGenerator(str(tiny_gpt2)).generate("a", 9, seed=1)[0].startswith("a")


def test_a_relative_folder(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_bert.parent)
    assert resolve_model("./bert").folder == resolve_model("bert").folder == tiny_bert


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"no existe\. Da una carpeta hecha con save_pretrained"):
        resolve_model(str(tmp_path / "nada"))


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("model.safetensors", "falta los pesos"),
        ("tokenizer.json", "falta el tokenizador"),
        ("config.json", "config"),
    ],
)
def test_a_folder_copied_by_halves(tiny_bert: Path, tmp_path: Path, lost: str, message: str) -> None:
    shutil.copytree(tiny_bert, tmp_path / "half")
    (tmp_path / "half" / lost).unlink()
    with pytest.raises(ModelUnavailableError, match=message):
        BERTSentimentClassifier(str(tmp_path / "half"))


def test_weights_cut_short(tiny_gpt2: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_gpt2, tmp_path / "cut")
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelUnavailableError, match="incompleto o dañado"):
        GPT2TextGenerator(str(tmp_path / "cut"))


def test_a_missing_shard_is_named(tiny_gpt2: Path, tmp_path: Path) -> None:
    GPT2TextGenerator(str(tiny_gpt2)).model.save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    shutil.copy(tiny_gpt2 / "tokenizer.json", tmp_path / "shards")
    assert resolve_model(str(tmp_path / "shards")).folder == tmp_path / "shards"
    lost = sorted((tmp_path / "shards").glob("model-*.safetensors"))[1]
    lost.unlink()
    with pytest.raises(ModelUnavailableError, match=lost.name):
        resolve_model(str(tmp_path / "shards"))


@pytest.mark.parametrize("name", ["gpt2", "openai-community/gpt2"])
def test_the_cache_comes_first(name: str, tiny_gpt2: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "shared" / "smollm2-135m", tiny_gpt2)
    snapshot = put_in_cache(tmp_path / "hf", name, tiny_gpt2)
    found = resolve_model(name)
    assert found.folder == snapshot and found.name == name
    assert found.message == f"Modelo {name}, de la caché de Hugging Face."


def test_half_a_download_in_the_cache_is_said(tiny_gpt2: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "shared" / "smollm2-135m", tiny_gpt2)
    (put_in_cache(tmp_path / "hf", "gpt2", tiny_gpt2) / "model.safetensors").unlink()
    found = resolve_model("gpt2")
    assert found.folder == tmp_path / "shared" / "smollm2-135m"
    assert "su copia en la caché está a medias (falta los pesos" in found.message


@pytest.mark.parametrize("place", ["shared", "personal"])
def test_the_course_model_says_what_it_is_and_why(tiny_bert: Path, tmp_path: Path, place: str) -> None:
    folder = prepare(tmp_path / place / "bge-small-en", tiny_bert)
    found = resolve_model("bert-base-uncased")
    assert (found.folder, found.name, found.requested) == (folder, "bge-small-en", "bert-base-uncased")
    for words in ("en lugar de bert-base-uncased", "Licencia MIT", "no está en la caché", "HF_HUB_OFFLINE=1"):
        assert words in found.message


def test_an_unprepared_stand_in_is_said(tmp_path: Path) -> None:
    found = resolve_model("gpt2", "embedded")
    assert found.name == "gpt2-lab11" and found.folder == EMBEDDED_GPT2
    assert "smollm2-135m no está preparado («make models» lo prepara)" in found.message


EMBEDDED_GPT2 = folders.DATA / "gpt2-lab11"


def test_quick_takes_the_small_one(tiny_gpt2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path / "shared" / "smollm2-135m", tiny_gpt2)
    assert resolve_model("gpt2").name == "smollm2-135m"
    monkeypatch.setenv(SOURCE_VARIABLE, "quick")
    assert resolve_model("gpt2").name == "gpt2-lab11"
    assert resolve_model("gpt2", "embedded").name == "smollm2-135m"  # el argumento manda


def test_a_course_model_by_its_own_name() -> None:
    found = resolve_model("gpt2-lab11")
    assert found.folder == EMBEDDED_GPT2 and "en lugar de" not in found.message


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("bert-base-uncased", "embedded", "bge-small-en no está preparado"),
        ("bert-base-uncased", "cache", "no está en la caché"),
        ("gpt2", "hub", "HF_HUB_OFFLINE=1 impide usar el hub"),
        ("smollm2-135m", None, "«make models» lo prepara"),
        ("someone/something", None, "no trae sustituto .*los tiene para bert-base-uncased y gpt2"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_reason(name: str, source: str | None, reason: str) -> None:
    with pytest.raises(ModelUnavailableError, match=reason) as error:
        resolve_model(name, source)
    assert repr(name) in str(error.value) and "make models" in str(error.value)


def test_an_unknown_source(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="source debe ser auto, cache, hub, embedded o quick; se dio 'nube'"):
        resolve_model("gpt2", "nube")
    monkeypatch.setenv(SOURCE_VARIABLE, "luna")
    with pytest.raises(ValueError, match=r"la variable LAB11_MODELS debe ser .* se dio 'luna'"):
        resolve_model("gpt2")


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_an_empty_name(name: object) -> None:
    with pytest.raises(ValueError, match="model_name debe ser un nombre o una carpeta"):
        resolve_model(name)


def test_the_choice_is_said_once(tiny_bert: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loading._announced.clear()
    for _ in range(2):
        BERTSentimentClassifier(str(tiny_bert))
    output = capsys.readouterr()
    assert output.out == f"Modelo de la carpeta «{tiny_bert}».\n" and output.err == ""


def test_weights_are_loaded_in_32_bits(tiny_gpt2: Path, tmp_path: Path) -> None:
    generator = GPT2TextGenerator(str(tiny_gpt2))
    generator.model.half().save_pretrained(tmp_path)
    generator.tokenizer.save_pretrained(tmp_path)
    loaded = GPT2TextGenerator(str(tmp_path))
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}
    assert not loaded.model.training


def test_every_stand_in_is_in_the_catalog() -> None:
    assert {name for names in STAND_INS.values() for name in names} <= set(EMBEDDED)
    assert hub.PATIENCE <= 10
