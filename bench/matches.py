"""Los duelos de :mod:`bench.blocks`: cada módulo del curso con el de PyTorch y las entradas de los dos."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bench.bounds import Work, attention_flops, matmul_flops
from bench.twins import TorchTransformer, ask_for_weights, decoder_twin, encoder_twin
from codigo.blocks import TransformerDecoderBlock, TransformerEncoderBlock
from codigo.model import AttentionMaps, TransformerModel

DROPOUT = 0.1


@dataclass(frozen=True)
class Size:
    """Un tamaño, con los símbolos del curso; S = T."""

    B: int
    T: int
    d_model: int
    h: int
    d_ff: int
    layers: int = 1
    V: int = 0


@dataclass(frozen=True)
class Match:
    """Un módulo del curso y el de PyTorch, con los mismos pesos y las mismas entradas.

    Attributes
    ----------
    case, ours, theirs
        Qué se compara y cómo se llaman.
    sizes
        Los tamaños, para el informe.
    our_module, their_module, their_module_with_weights
        Los módulos; el último, con la atención enganchada para que calcule sus pesos.
    our_call, their_call
        ``(módulo, con relleno, con pesos)`` da la salida.
    flops
        Operaciones de la ida, según si hay relleno: lo relleno no hace falta calcularlo.
    lengths
        Longitud de cada secuencia con relleno; la primera, entera.
    """

    case: str
    ours: str
    theirs: str
    sizes: Mapping[str, int]
    our_module: nn.Module
    their_module: nn.Module
    their_module_with_weights: nn.Module
    our_call: Callable[[nn.Module, bool, bool], Tensor]
    their_call: Callable[[nn.Module, bool], Tensor]
    flops: Callable[[bool], float]
    lengths: Tensor

    def work(self, masked: bool, backward: bool) -> Work:
        """Lo que hay que hacer: la vuelta cuesta el doble que la ida y vuelve a leer los pesos."""
        weights = sum(p.numel() * p.element_size() for p in self.our_module.parameters())
        forward = Work(self.flops(masked), weights)
        return forward.times(3) if backward else forward


def encoder_match(size: Size, device: torch.device, dtype: torch.dtype) -> Match:
    """El bloque codificador."""
    mine = TransformerEncoderBlock(size.d_model, size.h, size.d_ff, DROPOUT)
    theirs = encoder_twin(mine, size.d_ff, DROPOUT)
    x, (lengths, padding) = _hidden(size, device, dtype), _padding(size, device)

    def our_call(module: nn.Module, masked: bool, weights: bool) -> Tensor:
        result = module(x, padding[:, None] if masked else None, return_attention=weights)
        return result[0] if weights else result

    def their_call(module: nn.Module, masked: bool) -> Tensor:
        return module(x, src_key_padding_mask=padding if masked else None)

    def flops(masked: bool) -> float:
        kept = _lengths(lengths, size, masked)
        return _encoder_flops(size, kept)

    names = ("bloque codificador", "TransformerEncoderBlock", "nn.TransformerEncoderLayer")
    return _match(names, size, (mine, theirs), (our_call, their_call), flops, lengths, device, dtype)


def decoder_match(size: Size, device: torch.device, dtype: torch.dtype) -> Match:
    """El bloque decodificador, siempre con máscara causal; el relleno está en la memoria."""
    mine = TransformerDecoderBlock(size.d_model, size.h, size.d_ff, DROPOUT)
    theirs = decoder_twin(mine, size.d_ff, DROPOUT)
    x, memory = _hidden(size, device, dtype), _hidden(size, device, dtype)
    lengths, padding = _padding(size, device)
    causal = TransformerModel.generate_square_subsequent_mask(size.T).to(device)

    def our_call(module: nn.Module, masked: bool, weights: bool) -> Tensor:
        memory_mask = padding[:, None] if masked else None
        result = module(x, memory, causal, memory_mask, return_attention=weights)
        return result[0] if weights else result

    def their_call(module: nn.Module, masked: bool) -> Tensor:
        options = {"tgt_mask": causal, "tgt_is_causal": True}
        return module(x, memory, **options, memory_key_padding_mask=padding if masked else None)

    def flops(masked: bool) -> float:
        return _decoder_flops(size, _lengths(lengths, size, masked))

    names = ("bloque decodificador", "TransformerDecoderBlock", "nn.TransformerDecoderLayer")
    return _match(names, size, (mine, theirs), (our_call, their_call), flops, lengths, device, dtype)


def model_match(size: Size, device: torch.device, dtype: torch.dtype) -> Match:
    """El modelo entero; el relleno está en el origen."""
    shape = (size.h, size.layers, size.d_ff, DROPOUT)
    mine = TransformerModel(size.V, size.d_model, *shape, max_len=size.T)
    theirs = TorchTransformer(mine, *shape)
    src, tgt = (torch.randint(size.V, (size.B, size.T), device=device) for _ in range(2))
    lengths, padding = _padding(size, device)
    causal = TransformerModel.generate_square_subsequent_mask(size.T).to(device)

    def our_call(module: nn.Module, masked: bool, weights: bool) -> Tensor:
        mask = padding[:, None] if masked else None
        maps = AttentionMaps() if weights else None
        return module(src, tgt, mask, causal, memory_mask=mask, attention=maps)

    def their_call(module: nn.Module, masked: bool) -> Tensor:
        return module(src, tgt, causal, padding if masked else None)

    def flops(masked: bool) -> float:
        kept = _lengths(lengths, size, masked)
        output = matmul_flops(size.B * size.T, size.d_model, size.V)
        return size.layers * (_encoder_flops(size, kept) + _decoder_flops(size, kept)) + output

    names = ("modelo entero", "TransformerModel", "nn.Transformer")
    return _match(names, size, (mine, theirs), (our_call, their_call), flops, lengths, device, dtype)


MATCHES = {"encoder": encoder_match, "decoder": decoder_match, "model": model_match}


def _match(
    names: tuple[str, str, str],
    size: Size,
    modules: tuple[nn.Module, nn.Module],
    calls: tuple[Callable[[nn.Module, bool, bool], Tensor], Callable[[nn.Module, bool], Tensor]],
    flops: Callable[[bool], float],
    lengths: Tensor,
    device: torch.device,
    dtype: torch.dtype,
) -> Match:
    mine, theirs = (module.to(device=device, dtype=dtype) for module in modules)
    with_weights = copy.deepcopy(theirs)
    ask_for_weights(with_weights)
    sizes = {name: value for name, value in vars(size).items() if name in {"B", "T", "d_model"}}
    return Match(*names, sizes, mine, theirs, with_weights, *calls, flops, lengths)


def _hidden(size: Size, device: torch.device, dtype: torch.dtype) -> Tensor:
    return torch.randn(size.B, size.T, size.d_model, device=device, dtype=dtype)


def _padding(size: Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """Las longitudes (B,) y la máscara de relleno (B, T): entre la mitad y todo, con una secuencia entera."""
    lengths = torch.linspace(size.T, (size.T + 1) // 2, size.B).round().long()
    return lengths, (torch.arange(size.T) >= lengths[:, None]).to(device)


def _lengths(lengths: Tensor, size: Size, masked: bool) -> list[int]:
    return lengths.tolist() if masked else [size.T] * size.B


def _encoder_flops(size: Size, lengths: list[int]) -> float:
    tokens, d_model = sum(lengths), size.d_model
    projections = 4 * matmul_flops(tokens, d_model, d_model)
    feed_forward = 2 * matmul_flops(tokens, d_model, size.d_ff)
    return projections + feed_forward + attention_flops(lengths, lengths, d_model)


def _decoder_flops(size: Size, memory: list[int]) -> float:
    tokens, d_model = size.B * size.T, size.d_model
    # Q y la salida de las dos atenciones, y K y V de la propia; K y V de la cruzada salen de la memoria.
    projections = 6 * matmul_flops(tokens, d_model, d_model) + 2 * matmul_flops(sum(memory), d_model, d_model)
    feed_forward = 2 * matmul_flops(tokens, d_model, size.d_ff)
    queries = [size.T] * size.B
    own = attention_flops(queries, queries, d_model) / 2  # la causal deja la mitad de las parejas
    return projections + feed_forward + own + attention_flops(queries, memory, d_model)
