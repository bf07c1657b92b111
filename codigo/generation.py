"""Generación de texto con un decodificador: muestreo, y la distribución del token siguiente.

Radford et al. (2019), GPT-2; Holtzman et al. (2020), arXiv 1904.09751, para el muestreo por núcleo.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from transformers import AutoModelForCausalLM, GenerationConfig
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from codigo.pretrained.loading import announce, load_model, load_tokenizer
from codigo.pretrained.resolve import resolve_model
from codigo.randomness import seeded
from codigo.validation import require_float_array, require_index, require_positive_int


class GPT2TextGenerator:
    """Un decodificador que continúa textos.

    Parameters
    ----------
    model_name
        Nombre del hub, carpeta de ``save_pretrained`` o nombre de un modelo del curso.
    source
        De dónde sacarlo; véase :func:`codigo.pretrained.resolve_model`.

    Attributes
    ----------
    model, tokenizer
        Los objetos de Hugging Face.
    source
        Qué modelo es y de dónde salió (``.source.message`` lo dice).

    Raises
    ------
    ValueError
        Si la procedencia no existe.
    ModelUnavailableError
        Si el modelo no se encuentra o está dañado.

    Examples
    --------
    >>> generator = GPT2TextGenerator(source="quick")  # doctest: +ELLIPSIS
    Modelo del curso ...
    >>> [text] = generator.generate("Once upon a time", max_new_tokens=5, seed=0)
    >>> text.startswith("Once upon a time")
    True
    """

    def __init__(self, model_name: str = "gpt2", *, source: str | None = None) -> None:
        self.source = resolve_model(model_name, source)
        announce(self.source)
        self.model = load_model(AutoModelForCausalLM, self.source)
        self.tokenizer = load_tokenizer(self.source)

    def generate(
        self,
        prompt: str,
        max_length: int = 100,
        temperature: float = 1.0,
        top_k: int | None = 50,
        top_p: float | None = 1.0,
        num_return_sequences: int = 1,
        seed: int | None = None,
        *,
        max_new_tokens: int | None = None,
    ) -> list[str]:
        """Continúa ``prompt`` por muestreo y devuelve los textos, con ``prompt`` incluido.

        Parameters
        ----------
        prompt, num_return_sequences
            Texto inicial y cuántas continuaciones.
        max_length, max_new_tokens
            Longitud máxima en tokens, contando los de ``prompt`` o sin contarlos; manda la segunda.
        temperature
            Divide los logits; mayor que 0.
        top_k
            Cuántos tokens candidatos quedan; 0 o ``None``, todos; 1 es la decodificación voraz.
        top_p
            Probabilidad acumulada del núcleo, en (0, 1]; 1 o ``None``, sin núcleo.
        seed
            Con la misma, mismo texto. Sin ella, decide el estado global de PyTorch.

        Raises
        ------
        ValueError
            Si algún argumento está fuera de rango o no hay sitio para ningún token nuevo.
        """
        ids = self._encode(prompt)  # (1, T)
        temperature, top_k, top_p = require_sampling(temperature, top_k, top_p)
        settings = GenerationConfig(
            do_sample=True,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            max_length=self._final_length(ids.shape[1], max_length, max_new_tokens),
            num_return_sequences=require_positive_int("num_return_sequences", num_return_sequences),
            **self._special_tokens(),
        )
        with seeded(seed), torch.inference_mode():
            sequences = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), generation_config=settings
            )
        return self.tokenizer.batch_decode(sequences, skip_special_tokens=True)

    def get_next_token_probabilities(self, text: str, top_k: int = 10) -> list[tuple[str, float]]:
        """Los ``top_k`` tokens más probables tras ``text``, de mayor a menor, como (token, probabilidad).

        Las probabilidades son las del modelo entero, sin truncar: suman como mucho 1.

        Raises
        ------
        ValueError
            Si el texto está vacío o ``top_k`` no es un entero mayor que cero.
        """
        logits = torch.from_numpy(self.get_next_token_logits(text)).double()
        count = min(require_positive_int("top_k", top_k), logits.numel())
        values, ids = logits.softmax(dim=-1).topk(count)
        return [(self.tokenizer.decode([i]), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True)]

    def get_next_token_logits(self, text: str) -> NDArray[np.float32]:
        """Los logits (V,) del token que seguiría a ``text``.

        Raises
        ------
        ValueError
            Si el texto está vacío.
        """
        with torch.inference_mode():
            return self.model(self._encode(text)).logits[0, -1].float().cpu().numpy()

    @property
    def context_length(self) -> int:
        """Cuántos tokens caben, contando el texto inicial."""
        return int(self.model.config.max_position_embeddings)

    def _encode(self, text: str) -> torch.Tensor:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"El texto debe tener al menos una palabra; se dio {text!r}.")
        ids = self.tokenizer(text, return_tensors="pt", verbose=False)["input_ids"]
        if ids.shape[1] > self.context_length:
            warnings.warn(
                f"El texto tiene {ids.shape[1]} tokens y el modelo admite {self.context_length}: se usan "
                "los últimos.",
                stacklevel=3,
            )
        return ids[:, -self.context_length :].to(self.model.device)

    def _final_length(self, T: int, max_length: int, max_new_tokens: int | None) -> int:
        """La longitud total, en tokens; ``ValueError`` si no cabe ninguno nuevo o pasa del contexto."""
        if max_new_tokens is not None:
            total = T + require_positive_int("max_new_tokens", max_new_tokens)
        else:
            total = require_positive_int("max_length", max_length)
        if total <= T:
            raise ValueError(
                f"max_length={max_length} cuenta también el texto inicial, que ya tiene {T} tokens: da un "
                "valor mayor, o usa max_new_tokens."
            )
        if total > self.context_length:
            raise ValueError(
                f"La longitud total sería de {total} tokens y este modelo admite {self.context_length}: "
                "pide menos o acorta el texto inicial."
            )
        return total

    def _special_tokens(self) -> dict[str, Any]:
        # GPT-2 no tiene token de relleno: al acabar una secuencia antes que otras, se rellena con el de fin.
        end = self.model.generation_config.eos_token_id
        if end is None:
            end = self.tokenizer.eos_token_id
        return {"eos_token_id": end, "pad_token_id": end[0] if isinstance(end, list) else end}


def sampling_probabilities(
    logits: ArrayLike, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> NDArray[np.float64]:
    """Las probabilidades (V,) con las que muestrea ``generate``: los pasos de Hugging Face, en su orden.

    Parameters
    ----------
    logits
        Los logits (V,) del token siguiente.
    temperature, top_k, top_p
        Los de :meth:`GPT2TextGenerator.generate`.

    Raises
    ------
    ValueError
        Si algún argumento está fuera de rango.
    """
    temperature, top_k, top_p = require_sampling(temperature, top_k, top_p)
    scores = torch.from_numpy(require_float_array("logits", logits).astype(np.float64))[None]  # (1, V)
    steps = [TemperatureLogitsWarper(temperature), TopPLogitsWarper(top_p)]
    if top_k:
        steps.insert(1, TopKLogitsWarper(top_k))
    ids = torch.zeros((1, 0), dtype=torch.long)  # estos pasos no miran el texto
    for step in steps:
        scores = step(ids, scores)
    return scores.softmax(dim=-1)[0].numpy()


def require_sampling(temperature: float, top_k: int | None, top_p: float | None) -> tuple[float, int, float]:
    """Los tres argumentos del muestreo, comprobados: sin recorte, ``top_k`` es 0 y ``top_p`` es 1.

    Raises
    ------
    ValueError
        Si alguno está fuera de rango.
    """
    return _require_temperature(temperature), _require_top_k(top_k), _require_top_p(top_p)


def _require_temperature(value: float) -> float:
    if not 0 < (number := _as_number(value)) < math.inf:
        raise ValueError(
            f"temperature debe ser un número mayor que 0; se dio {value!r}. Para elegir siempre el token más "
            "probable, usa top_k=1."
        )
    return number


def _require_top_k(value: int | None) -> int:
    return 0 if value is None else require_index("top_k", value, 1 << 31)


def _require_top_p(value: float | None) -> float:
    if value is None:
        return 1.0
    if not 0 < (number := _as_number(value)) <= 1:
        raise ValueError(f"top_p debe estar entre 0 (sin incluir) y 1 (incluido); se dio {value!r}.")
    return number


def _as_number(value: Any) -> float:
    """El número real que es ``value``, o NaN si no es ninguno (un booleano o un texto tampoco)."""
    try:
        return math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError):
        return math.nan
