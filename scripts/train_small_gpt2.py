"""Entrena el GPT-2 pequeño del curso y lo deja en ``codigo/data/gpt2-lab11``.

Es un GPT-2 de verdad (la clase ``GPT2LMHeadModel`` de Hugging Face y un BPE de bytes propio), solo que
mucho menor y entrenado con dos obras de dominio público. Uso::

    python scripts/train_small_gpt2.py
    python scripts/train_small_gpt2.py --help
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from small_gpt2_corpus import CorpusError, Split, load_corpus
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from tqdm import tqdm
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Tokenizer
from transformers.utils import logging

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "codigo" / "data" / "gpt2-lab11"
CACHE = ROOT / "build" / "small-gpt2"
BETAS, WEIGHT_DECAY, MAX_GRAD_NORM = (0.9, 0.95), 0.1, 1.0
WARMUP_SHARE, FINAL_LR_SHARE = 0.05, 0.05
REPORT_EVERY = 200
PROMPTS = ("El capitán miró al mar y", "Entonces el rey dijo")


@dataclass(frozen=True)
class Recipe:
    """Todo lo que decide el resultado; cada campo es una opción de la línea de órdenes."""

    vocab_size: int = 4096
    context: int = 256
    layers: int = 4
    heads: int = 4
    width: int = 128
    steps: int = 2200
    batch_size: int = 8
    learning_rate: float = 3e-3
    seed: int = 42
    threads: int = 1


HELP = {
    "vocab_size": "piezas del vocabulario, contando la de fin de texto",
    "context": "posiciones que ve el modelo (T)",
    "layers": "número de bloques",
    "heads": "cabezas por bloque (h)",
    "width": "tamaño de cada vector (d_model)",
    "steps": "pasos de entrenamiento",
    "batch_size": "ventanas de texto por paso (B)",
    "learning_rate": "tasa de aprendizaje máxima",
    "seed": "semilla de los pesos y de las ventanas",
    "threads": "hilos de CPU",
}


def main(arguments: list[str] | None = None) -> int:
    """Entrena, mide, guarda y enseña unas muestras; devuelve el código de salida."""
    options = _parse(arguments)
    recipe = Recipe(**{field.name: getattr(options, field.name) for field in fields(Recipe)})
    try:
        _check(recipe)
        _check_output(options.output)
        _run(recipe, options.cache, options.output)
    except (CorpusError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Entrena el GPT-2 pequeño del curso (unos minutos en una CPU)."
    )
    parser.add_argument(
        "--output", type=Path, default=OUTPUT, help="carpeta del modelo (se reemplaza entera)"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="carpeta de los paquetes descargados")
    for field in fields(Recipe):
        option = f"--{field.name.replace('_', '-')}"
        text = f"{HELP[field.name]} (si no se dice: {field.default})"
        parser.add_argument(option, type=type(field.default), default=field.default, help=text)
    return parser.parse_args(arguments)


def _check(recipe: Recipe) -> None:
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if value <= 0:
            raise ValueError(f"{field.name} debe ser mayor que 0; se dio {value}.")
    if recipe.width % recipe.heads:
        raise ValueError(f"heads debe dividir a width; se dio heads={recipe.heads} con width={recipe.width}.")
    if recipe.vocab_size <= 257:
        raise ValueError(
            f"vocab_size debe pasar de 257 (los bytes y el fin de texto); se dio {recipe.vocab_size}."
        )


def _check_output(folder: Path) -> None:
    """Solo se reemplaza una carpeta vacía o que ya tenga un modelo."""
    if folder.exists() and not (folder / "config.json").exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} tiene otras cosas que se perderían; da en --output una carpeta nueva.")


def _run(recipe: Recipe, cache: Path, output: Path) -> None:
    torch.set_num_threads(recipe.threads)
    logging.disable_progress_bar()  # las suyas; la del entrenamiento es de aquí
    splits = load_corpus(cache)
    tokenizer = train_tokenizer(splits, recipe)
    started = time.process_time()  # tiempo de CPU: no cuenta lo que esperó a otros programas
    model = train_model(training_tokens(splits, tokenizer), recipe)
    minutes = (time.process_time() - started) / 60
    partial = output.with_name(f"{output.name}.partial")
    save(model, tokenizer, partial)
    card = model_card(partial, splits, recipe, minutes)
    (partial / "README.md").write_text(card, encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    partial.replace(output)
    print(f"{card}\nGuardado en {output}.")


def train_tokenizer(splits: list[Split], recipe: Recipe) -> GPT2Tokenizer:
    """Un BPE de bytes como el de GPT-2, aprendido del texto de entrenamiento.

    Parameters
    ----------
    splits : list of Split
        Las obras; lo apartado para medir no se usa.
    recipe : Recipe
        Se usa ``vocab_size``.

    Returns
    -------
    GPT2Tokenizer
        ``vocab_size`` piezas; la última es la de fin de texto, como en GPT-2, y no hay pieza de relleno.
    """
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocab_size - 1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator((text for split in splits for text in split.train), trainer)
    learned = json.loads(bpe.to_str())["model"]
    merges = [tuple(merge) for merge in learned["merges"]]
    return GPT2Tokenizer(vocab=learned["vocab"], merges=merges, model_max_length=recipe.context)


def training_tokens(splits: list[Split], tokenizer: GPT2Tokenizer) -> Tensor:
    """Todo el texto de entrenamiento en fila ``(N,)``, con una pieza de fin tras cada documento."""
    texts = [text for split in splits for text in split.train * split.source.repeats]
    rows = tokenizer(texts, verbose=False)["input_ids"]
    return torch.tensor([token for row in rows for token in (*row, tokenizer.eos_token_id)])


def train_model(tokens: Tensor, recipe: Recipe) -> GPT2LMHeadModel:
    """Entrena desde cero: AdamW, calentamiento y bajada en coseno.

    Parameters
    ----------
    tokens : Tensor (N,)
        El texto de entrenamiento.
    recipe : Recipe
        Tamaños, pasos y semilla.

    Returns
    -------
    GPT2LMHeadModel
        El modelo entrenado, en modo de evaluación.
    """
    torch.manual_seed(recipe.seed)
    model = GPT2LMHeadModel(_config(recipe)).train()
    optimizer = _optimizer(model, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _lr_share(step, recipe.steps))
    bar = tqdm(_batches(tokens, recipe), total=recipe.steps, unit="paso", disable=_no_progress_bar())
    for step, (inputs, targets) in enumerate(bar, start=1):
        loss = _training_step(model, optimizer, inputs, targets)
        schedule.step()
        if step % REPORT_EVERY == 0:
            bar.set_postfix_str(f"pérdida {loss:.2f} nats por pieza")
            if bar.disable:
                print(f"Paso {step} de {recipe.steps}: pérdida {loss:.2f} nats por pieza", flush=True)
    return model.eval()


def _no_progress_bar() -> bool:
    return "CI" in os.environ or not sys.stderr.isatty()


def _config(recipe: Recipe) -> GPT2Config:
    return GPT2Config(
        vocab_size=recipe.vocab_size,
        n_positions=recipe.context,
        n_embd=recipe.width,
        n_layer=recipe.layers,
        n_head=recipe.heads,
        bos_token_id=recipe.vocab_size - 1,
        eos_token_id=recipe.vocab_size - 1,
        # Da pocas vueltas al texto: apagar neuronas solo retrasaría el aprendizaje.
        embd_pdrop=0.0,
        resid_pdrop=0.0,
        attn_pdrop=0.0,
    )


def _optimizer(model: GPT2LMHeadModel, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW; los sesgos y las normas (de una dimensión) no se encogen."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": WEIGHT_DECAY},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=BETAS)


def _lr_share(step: int, steps: int) -> float:
    """Fracción de la tasa máxima: sube en línea recta y baja en coseno hasta ``FINAL_LR_SHARE``."""
    warmup = max(1, round(WARMUP_SHARE * steps))
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return FINAL_LR_SHARE + (1 - FINAL_LR_SHARE) * (1 + math.cos(math.pi * progress)) / 2


def _batches(tokens: Tensor, recipe: Recipe) -> Iterator[tuple[Tensor, Tensor]]:
    """Ventanas al azar ``(B, T)`` y las mismas corridas una posición."""
    if len(tokens) <= recipe.context:
        raise ValueError(f"el texto tiene {len(tokens)} piezas y context={recipe.context}: usa uno menor.")
    generator = torch.Generator().manual_seed(recipe.seed)
    offsets = torch.arange(recipe.context + 1)
    for _ in range(recipe.steps):
        starts = torch.randint(len(tokens) - recipe.context, (recipe.batch_size, 1), generator=generator)
        windows = tokens[starts + offsets]  # (B, T + 1)
        yield windows[:, :-1], windows[:, 1:]


def _training_step(
    model: GPT2LMHeadModel, optimizer: torch.optim.Optimizer, inputs: Tensor, targets: Tensor
) -> float:
    logits = model(input_ids=inputs).logits  # (B, T, V)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRAD_NORM)
    optimizer.step()
    return loss.item()


def bits_per_character(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer, texts: list[str]) -> float:
    """Bits que el modelo gasta por carácter en textos que no ha visto.

    Parameters
    ----------
    model : GPT2LMHeadModel
        El modelo, en modo de evaluación.
    tokenizer : GPT2Tokenizer
        Su tokenizador.
    texts : list
        Textos apartados; cada uno se lee en trozos seguidos de ``n_positions`` piezas.

    Returns
    -------
    float
        La entropía cruzada en bits partida por el número de caracteres.
    """
    nats = sum(_text_nats(model, tokenizer, text) for text in texts)
    return nats / math.log(2) / sum(map(len, texts))


@torch.inference_mode()
def _text_nats(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer, text: str) -> float:
    row = torch.tensor([tokenizer.eos_token_id, *tokenizer(text, verbose=False)["input_ids"]])
    nats = 0.0
    for start in range(0, len(row) - 1, model.config.n_positions):
        window = row[start : start + model.config.n_positions + 1]
        logits = model(input_ids=window[None, :-1]).logits[0]
        nats += F.cross_entropy(logits, window[1:], reduction="sum").item()
    return nats


def sample(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer, prompt: str, **options: Any) -> str:
    """Continúa ``prompt`` con 60 piezas como mucho; ``options`` va a ``model.generate``."""
    torch.manual_seed(0)
    inputs = tokenizer(prompt, return_tensors="pt")
    output = model.generate(**inputs, max_new_tokens=60, pad_token_id=tokenizer.eos_token_id, **options)
    return tokenizer.decode(output[0], skip_special_tokens=True).replace("\n", " ")


def save(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer, folder: Path) -> None:
    """Guarda modelo y tokenizador en una carpeta nueva, con los pesos en media precisión.

    Los pesos ocupan así la mitad; ``config.json`` pide ``float32``, que es como se cargan y se usan.
    """
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # safetensors lo deja solo para su dueño
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"dtype": "float32"}
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


CARD = """\
# GPT-2 pequeño del Lab 11

Un GPT-2 de verdad (`GPT2LMHeadModel`), en español y muy pequeño: {layers} bloques, {heads} cabezas, d_model
{width}, {context} posiciones, {vocab_size} piezas de BPE de bytes y {parameters} parámetros. Sirve para ver
cómo escribe un modelo de lenguaje sin descargar nada. Lo hace `scripts/train_small_gpt2.py`, este texto
incluido: no lo edites a mano.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("codigo/data/gpt2-lab11")
tokenizer = AutoTokenizer.from_pretrained("codigo/data/gpt2-lab11")
```

## De qué texto aprendió

{sources}

Se quitan las marcas, los números de versículo y los títulos. En la Biblia, las palabras que más se repiten
pasan a la ortografía de hoy («crió» → «crio», «á» → «a»). Aquí no se distribuye ninguno de los textos. El
modelo y el tokenizador tienen la licencia del curso (MIT).

## Cómo se entrenó

{steps} pasos de {batch_size} ventanas de {context} piezas con AdamW (tasa máxima {learning_rate}, con
calentamiento y bajada en coseno) y semilla {seed}. En la máquina en que se hizo, con `--threads {threads}`,
gastó {minutes:.0f} minutos de CPU. Los pesos se guardan en media precisión y se usan en `float32`.

## Qué tal predice

Bits por carácter en capítulos enteros que no vio (menos es mejor), medidos con los archivos de esta carpeta:

| Obra | Caracteres apartados | Bits por carácter |
|---|---|---|
{measures}

## Muestras

{samples}

## Límites

- Escribe palabras y giros del español de sus dos obras, una novela de 1873 y una Biblia de 1909, pero lo que
  dice no tiene sentido: no sabe hechos, no responde preguntas y no sirve fuera de clase.
- Repite los prejuicios de esos textos y puede repetir trozos de ellos.
- Ve {context} piezas como mucho. Otras lenguas, las cifras y el vocabulario de hoy le son ajenos.
"""


def model_card(folder: Path, splits: list[Split], recipe: Recipe, minutes: float) -> str:
    """La ficha del modelo guardado en ``folder``, con sus medidas y unas muestras."""
    model = GPT2LMHeadModel.from_pretrained(folder)
    tokenizer = GPT2Tokenizer.from_pretrained(folder)
    values = {field.name: getattr(recipe, field.name) for field in fields(Recipe)}
    return CARD.format(
        **values,
        minutes=minutes,
        parameters=_thousands(model.num_parameters()),
        sources="\n".join(map(_source_lines, splits)),
        measures="\n".join(_measure_row(model, tokenizer, split) for split in splits),
        samples="\n".join(_sample_lines(model, tokenizer)),
    )


def _source_lines(split: Split) -> str:
    source, package = split.source, split.source.url.rsplit("/", 1)[1]
    characters = _thousands(sum(map(len, split.train)))
    return (
        f"- **{source.title}**. Licencia: {source.licence}. Paquete de Debian: `{package}` (SHA-256 "
        f"`{source.sha256}`). Entrena con {characters} caracteres × {source.repeats}."
    )


def _measure_row(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer, split: Split) -> str:
    bits = bits_per_character(model, tokenizer, split.held_out)
    return f"| {split.source.title} | {_thousands(sum(map(len, split.held_out)))} | {bits:.2f} |"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _sample_lines(model: GPT2LMHeadModel, tokenizer: GPT2Tokenizer) -> Iterator[str]:
    for prompt in PROMPTS:
        greedy = sample(model, tokenizer, prompt, do_sample=False)
        random = sample(model, tokenizer, prompt, do_sample=True, temperature=0.8, top_k=40)
        yield f"- Siempre la pieza más probable: «{greedy}…»"
        yield f"- Con temperatura 0.8 y `top_k=40`: «{random}…»"


if __name__ == "__main__":
    sys.exit(main())
