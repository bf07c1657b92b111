"""Copia las capas de BERT y de GPT-2 en los bloques del curso: son los mismos bloques.

BERT usa el bloque de Vaswani et al. con GELU; GPT-2, el mismo con la norma delante (*pre-norm*), la GELU
aproximada con tanh y máscara causal.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from codigo.blocks import TransformerEncoderBlock


def encoder_block_from_bert(layer: Any, config: Any) -> TransformerEncoderBlock:
    """El bloque del curso con los pesos de una ``BertLayer``, en modo de evaluación.

    Parameters
    ----------
    layer
        Una capa de ``BertModel.encoder.layer``.
    config
        La configuración del modelo.

    Raises
    ------
    ValueError
        Si la activación no es GELU.
    """
    _require_activation(config.hidden_act, "gelu")
    block = TransformerEncoderBlock(
        config.hidden_size,
        config.num_attention_heads,
        config.intermediate_size,
        activation=F.gelu,
        layer_norm_eps=config.layer_norm_eps,
    )
    own = layer.attention.self
    _join(block.self_attention.in_proj, [own.query, own.key, own.value])
    _copy(block.self_attention.out_proj, layer.attention.output.dense)
    _copy(block.attention_residual.norm, layer.attention.output.LayerNorm)
    _copy(block.feed_forward.linear1, layer.intermediate.dense)
    _copy(block.feed_forward.linear2, layer.output.dense)
    _copy(block.feed_forward_residual.norm, layer.output.LayerNorm)
    return block.eval()


def causal_block_from_gpt2(layer: Any, config: Any) -> TransformerEncoderBlock:
    """El bloque del curso con los pesos de un ``GPT2Block``; dale una máscara causal al llamarlo.

    Parameters
    ----------
    layer
        Una capa de ``GPT2Model.h``.
    config
        La configuración del modelo.

    Raises
    ------
    ValueError
        Si la activación no es la GELU aproximada.
    """
    _require_activation(config.activation_function, "gelu_new")
    block = TransformerEncoderBlock(
        config.n_embd,
        config.n_head,
        config.n_inner or 4 * config.n_embd,
        activation=_gelu_tanh,
        norm_first=True,
        layer_norm_eps=config.layer_norm_epsilon,
    )
    _copy_transposed(block.self_attention.in_proj, layer.attn.c_attn)
    _copy_transposed(block.self_attention.out_proj, layer.attn.c_proj)
    _copy(block.attention_residual.norm, layer.ln_1)
    _copy_transposed(block.feed_forward.linear1, layer.mlp.c_fc)
    _copy_transposed(block.feed_forward.linear2, layer.mlp.c_proj)
    _copy(block.feed_forward_residual.norm, layer.ln_2)
    return block.eval()


def _gelu_tanh(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


def _require_activation(given: Any, wanted: str) -> None:
    if given != wanted:
        raise ValueError(f"El bloque solo reproduce la activación {wanted!r}; el modelo usa {given!r}.")


def _copy(target: nn.Module, origin: Any) -> None:
    target.load_state_dict({"weight": origin.weight, "bias": origin.bias})


def _copy_transposed(target: nn.Module, origin: Any) -> None:
    # GPT-2 guarda sus capas lineales como (entrada, salida): la traspuesta de nn.Linear.
    target.load_state_dict({"weight": origin.weight.T, "bias": origin.bias})


def _join(target: nn.Module, parts: list[Any]) -> None:
    target.load_state_dict(
        {name: torch.cat([getattr(p, name) for p in parts]) for name in ("weight", "bias")}
    )
