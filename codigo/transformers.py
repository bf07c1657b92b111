"""La cara pública del curso: ``from codigo.transformers import NOMBRE``.

Cada nombre se carga cuando se pide, y solo con lo que necesita: los de NumPy no importan ni
PyTorch ni Matplotlib, y los de PyTorch no importan Hugging Face.

La carpeta ``codigo/`` no debe ponerse en ``sys.path``: este archivo se llama como el paquete
``transformers`` de Hugging Face y uno ocultaría al otro. Impórtalo siempre como
``codigo.transformers``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codigo.attention import MultiHeadAttentionNumPy as MultiHeadAttentionNumPy
    from codigo.attention import SelfAttentionNumPy as SelfAttentionNumPy
    from codigo.blocks import PositionwiseFeedForward as PositionwiseFeedForward
    from codigo.blocks import TransformerDecoderBlock as TransformerDecoderBlock
    from codigo.blocks import TransformerEncoderBlock as TransformerEncoderBlock
    from codigo.figures import visualize_attention_weights as visualize_attention_weights
    from codigo.figures import visualize_multi_head_attention as visualize_multi_head_attention
    from codigo.figures import visualize_positional_encoding as visualize_positional_encoding
    from codigo.generation import GPT2TextGenerator as GPT2TextGenerator
    from codigo.layer_patterns import compare_attention_patterns as compare_attention_patterns
    from codigo.masks import create_causal_mask as create_causal_mask
    from codigo.model import TransformerModel as TransformerModel
    from codigo.positional import PositionalEncodingSinusoidal as PositionalEncodingSinusoidal
    from codigo.sentiment import BERTSentimentClassifier as BERTSentimentClassifier

MODULE_OF = {
    "SelfAttentionNumPy": "codigo.attention",
    "MultiHeadAttentionNumPy": "codigo.attention",
    "PositionalEncodingSinusoidal": "codigo.positional",
    "create_causal_mask": "codigo.masks",
    "visualize_attention_weights": "codigo.figures",
    "visualize_multi_head_attention": "codigo.figures",
    "visualize_positional_encoding": "codigo.figures",
    "PositionwiseFeedForward": "codigo.blocks",
    "TransformerEncoderBlock": "codigo.blocks",
    "TransformerDecoderBlock": "codigo.blocks",
    "TransformerModel": "codigo.model",
    "BERTSentimentClassifier": "codigo.sentiment",
    "GPT2TextGenerator": "codigo.generation",
    "compare_attention_patterns": "codigo.layer_patterns",
}

__all__ = list(MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"codigo.transformers no tiene el nombre {name!r}; tiene: {', '.join(__all__)}.")
    value = getattr(_import_or_explain(MODULE_OF[name], name), name)
    globals()[name] = value
    return value


def _import_or_explain(module: str, wanted: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{wanted} necesita el paquete «{error.name}», que no está instalado en este entorno. "
            "Instálalo con: pip install -r requirements.txt",
            name=error.name,
        ) from error


def __dir__() -> list[str]:
    return sorted(__all__)
