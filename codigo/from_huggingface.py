"""Copia las capas de BERT y de GPT-2 en los bloques del curso, y un Marian en el modelo: son los mismos.

BERT usa el bloque de Vaswani et al. con GELU; GPT-2, el mismo con la norma delante (*pre-norm*), la GELU
aproximada con tanh y máscara causal. Marian, con el que se hacen traductores, es el codificador-decodificador
de Vaswani et al. sin las normas del final de cada pila.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from codigo.blocks import Activation, TransformerEncoderBlock, relu
from codigo.model import TransformerModel
from codigo.torch_attention import MultiHeadAttention

ACTIVATIONS: dict[str, Activation] = {"relu": relu, "gelu": F.gelu, "swish": F.silu}


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


def transformer_from_marian(marian: Any) -> TransformerModel:
    """El modelo del curso con los pesos de un ``MarianMTModel``, en modo de evaluación.

    Parameters
    ----------
    marian
        Un ``MarianMTModel`` con tantas capas en el codificador como en el decodificador, y capas iguales.

    Raises
    ------
    ValueError
        Si las dos pilas no son iguales, no se escalan los embeddings por √d_model o la activación no es
        ReLU, GELU ni *swish*.

    References
    ----------
    Junczys-Dowmunt et al. (2018), «Marian: Fast Neural Machine Translation in C++», arXiv 1804.00344.

    Examples
    --------
    >>> from transformers import MarianConfig, MarianMTModel
    >>> sizes = {"d_model": 12, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24}
    >>> sizes |= {f"{stack}_layers": 2 for stack in ("encoder", "decoder")}
    >>> sizes |= {f"{stack}_attention_heads": 3 for stack in ("encoder", "decoder")}
    >>> config = MarianConfig(vocab_size=11, pad_token_id=0, scale_embedding=True, **sizes)
    >>> model = transformer_from_marian(MarianMTModel(config))
    >>> model.greedy_decode(torch.tensor([[3, 1, 4, 1]]), start_token=0, num_tokens=6).shape
    torch.Size([1, 6])
    """
    config, core = marian.config, marian.model
    model = _model_for(config)
    for ours, theirs in zip(model.encoder_blocks, core.encoder.layers, strict=True):
        _copy_marian_layer(ours, theirs, ["attention_residual"], ["self_attn"])
    for ours, theirs in zip(model.decoder_blocks, core.decoder.layers, strict=True):
        _copy_marian_layer(ours, theirs, ["self_residual", "cross_residual"], ["self_attn", "encoder_attn"])
    model.encoder_norm, model.decoder_norm = nn.Identity(), nn.Identity()  # Marian no las lleva
    model.src_embedding.load_state_dict({"weight": core.encoder.embed_tokens.weight})
    model.tgt_embedding.load_state_dict({"weight": core.decoder.embed_tokens.weight})
    model.output_projection.load_state_dict(
        {"weight": marian.lm_head.weight, "bias": marian.final_logits_bias[0]}  # (1, V) -> (V,)
    )
    # Los mismos senos y cosenos, pero primero todos los senos y después todos los cosenos.
    model.positional_encoding = core.decoder.embed_positions.weight.detach().clone()
    return model.eval()


def _model_for(config: Any) -> TransformerModel:
    """Un modelo del curso, sin entrenar, del tamaño de un Marian."""
    _require_one_size(config)
    return TransformerModel(
        config.vocab_size,
        config.d_model,
        config.encoder_attention_heads,
        config.encoder_layers,
        config.encoder_ffn_dim,
        max_len=config.max_position_embeddings,
        activation=ACTIVATIONS[config.activation_function],
    )


def _copy_marian_layer(block: Any, layer: Any, residuals: list[str], attentions: list[str]) -> None:
    """Copia una capa de Marian; los residuales y las atenciones van en el orden en que se aplican."""
    for residual, name in zip(residuals, attentions, strict=True):
        is_cross = name == "encoder_attn"
        attention = block.cross_attention if is_cross else block.self_attention
        _copy_marian_attention(attention, getattr(layer, name))
        _copy(getattr(block, residual).norm, getattr(layer, f"{name}_layer_norm"))
    _copy(block.feed_forward.linear1, layer.fc1)
    _copy(block.feed_forward.linear2, layer.fc2)
    _copy(block.feed_forward_residual.norm, layer.final_layer_norm)


def _copy_marian_attention(target: MultiHeadAttention, origin: Any) -> None:
    _join(target.in_proj, [origin.q_proj, origin.k_proj, origin.v_proj])
    _copy(target.out_proj, origin.out_proj)


def _require_one_size(config: Any) -> None:
    sizes = [
        (
            getattr(config, f"{stack}_layers"),
            getattr(config, f"{stack}_attention_heads"),
            getattr(config, f"{stack}_ffn_dim"),
        )
        for stack in ("encoder", "decoder")
    ]
    if sizes[0] != sizes[1] or config.vocab_size != config.decoder_vocab_size:
        raise ValueError(
            "El modelo del curso solo reproduce un Marian con dos pilas iguales (capas, cabezas y d_ff) y un "
            f"vocabulario común; este tiene {sizes[0]} y {sizes[1]}, y vocabularios de {config.vocab_size} y "
            f"{config.decoder_vocab_size}."
        )
    if not config.scale_embedding or config.activation_function not in ACTIVATIONS:
        raise ValueError(
            f"El modelo del curso escala los embeddings por √d_model y admite {', '.join(ACTIVATIONS)}; este "
            f"Marian tiene scale_embedding={config.scale_embedding} y usa {config.activation_function!r}."
        )


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
