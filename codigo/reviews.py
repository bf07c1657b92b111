"""Las reseñas del curso: textos breves en inglés con su sentimiento, ya repartidos para entrenar y medir."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Reviews:
    """Reseñas en columnas: la posición ``i`` de las tres listas es la misma reseña.

    Attributes
    ----------
    texts
        Los textos, en inglés.
    labels
        El sentimiento de cada texto: 0 = negativo, 1 = positivo.
    kinds
        Cómo lo expresa: ``plain`` (con palabras claras), ``negation`` (con una negación),
        ``contrast`` (dos partes opuestas, y una pesa más) o ``implicit`` (sin ninguna palabra de opinión).

    Examples
    --------
    >>> sample = Reviews(texts=["I loved it.", "So dull."], labels=[1, 0], kinds=["plain", "plain"])
    >>> len(sample)
    2
    """

    texts: list[str]
    labels: list[int]
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.texts)


def load_reviews(split: str | None = None) -> Reviews:
    """Lee las reseñas de una parte del reparto, o todas.

    Parameters
    ----------
    split
        ``"train"``, ``"validation"`` o ``"test"``; con ``None``, las tres partes seguidas.

    Returns
    -------
    Reviews
        En el orden del archivo, con las etiquetas y los tipos mezclados.

    Raises
    ------
    ValueError
        Si ``split`` no es ninguna de las partes.

    Examples
    --------
    >>> train = load_reviews("train")
    >>> len(train), sum(train.labels)
    (160, 80)
    """
    if split is not None and split not in SPLITS:
        raise ValueError(
            f"split debe ser {', '.join(map(repr, SPLITS))} o None (todas las reseñas); se dio {split!r}."
        )
    rows = [row for row in _read_rows() if split in (None, row["split"])]
    return Reviews(
        texts=[row["text"] for row in rows],
        labels=[int(row["label"]) for row in rows],
        kinds=[row["kind"] for row in rows],
    )


def _read_rows() -> list[dict[str, str]]:
    text = resources.files("codigo").joinpath("data", "reviews.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
