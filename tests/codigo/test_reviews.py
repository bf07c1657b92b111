"""Las reseñas del curso: equilibrio, reparto, textos sin repetir y errores al cargarlas."""

import csv
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

import codigo
from codigo.reviews import SPLITS, Reviews, load_reviews

PATH = Path(codigo.__file__).parent / "data" / "reviews.csv"
COLUMNS = ["id", "split", "label", "kind", "text"]
SIZES = {"train": 160, "validation": 40, "test": 120}
KINDS = {"plain": 128, "negation": 64, "contrast": 64, "implicit": 64}
WORDS = range(5, 23)
MAX_JACCARD = 0.6
MAX_SAME_OPENING = 2
CLEAN = re.compile(r"[A-Z0-9][A-Za-z0-9 ,;:.'!?-]*[.!?]")
SLIPS = re.compile(r"  | [,;:.!?]|[,;][^ ]|[,;:.!?]{2}|(^| )'|'( |$)")
# Palabras que ya son una opinión: una reseña `implicit` no lleva ninguna.
OPINION = {
    *(
        "amazing",
        "annoying",
        "awful",
        "bad",
        "badly",
        "beautiful",
        "best",
        "boring",
        "brilliant",
        "comfortable",
    ),
    *("delicious", "dirty", "disappointed", "disappointing", "disappointment", "dull", "easy", "enjoy"),
    *("enjoyed", "excellent", "fantastic", "fun", "funny", "good", "great", "happy", "hate", "hated"),
    *("horrible", "liked", "love", "loved", "lovely", "nice", "perfect", "perfectly", "poor", "recommend"),
    *(
        "rude",
        "sadly",
        "stupid",
        "terrible",
        "ugly",
        "uncomfortable",
        "useless",
        "waste",
        "wonderful",
        "worst",
    ),
}


def words(text):
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.casefold())


def jaccard(one, other):
    return len(one & other) / len(one | other)


@pytest.fixture(scope="module")
def rows():
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- El archivo --------------------------------------------------------------------------------------


def test_columns_and_ids(rows):
    assert list(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [f"r{number:03d}" for number in range(1, len(rows) + 1)]
    assert all(row[column] for row in rows for column in COLUMNS)


def test_file_has_plain_line_ends():
    content = PATH.read_bytes()
    assert b"\r" not in content and content.endswith(b"\n") and content.isascii()


def test_sizes(rows):
    assert Counter(row["split"] for row in rows) == SIZES
    assert Counter(row["kind"] for row in rows) == KINDS


def test_each_cell_is_balanced(rows):
    cells = Counter((row["split"], row["kind"], row["label"]) for row in rows)
    expected = {
        (split, kind, label): size * KINDS[kind] // (2 * sum(SIZES.values()))
        for split, size in SIZES.items()
        for kind in KINDS
        for label in "01"
    }
    assert cells == expected


def test_labels_are_mixed(rows):
    """Un lote de filas seguidas no es todo de la misma etiqueta."""
    for split in SPLITS:
        labels = [row["label"] for row in rows if row["split"] == split]
        assert max(len(list(run)) for _, run in itertools.groupby(labels)) < 12


# --- Los textos --------------------------------------------------------------------------------------


def test_lengths(rows):
    assert {row["id"]: row["text"] for row in rows if len(row["text"].split()) not in WORDS} == {}


def test_length_does_not_tell_the_label(rows):
    means = [
        sum(len(row["text"].split()) for row in rows if row["label"] == label) / (len(rows) / 2)
        for label in "01"
    ]
    assert abs(means[0] - means[1]) < 1.5


def test_texts_are_clean(rows):
    texts = [row["text"] for row in rows]
    assert [text for text in texts if not CLEAN.fullmatch(text) or SLIPS.search(text)] == []


def test_no_duplicates_in_or_between_splits(rows):
    """Normalizados (sin mayúsculas ni puntuación), no hay dos iguales: tampoco en partes distintas."""
    seen = Counter(" ".join(words(row["text"])) for row in rows)
    assert [text for text, times in seen.items() if times > 1] == []


def test_no_near_duplicates(rows):
    sets = [(row["text"], set(words(row["text"]))) for row in rows]
    close = [(a, b) for (a, x), (b, y) in itertools.combinations(sets, 2) if jaccard(x, y) >= MAX_JACCARD]
    assert close == []


def test_openings_vary(rows):
    openings = Counter(tuple(words(row["text"])[:3]) for row in rows)
    assert {opening: times for opening, times in openings.items() if times > MAX_SAME_OPENING} == {}


def test_implicit_reviews_name_no_opinion(rows):
    implicit = [row["text"] for row in rows if row["kind"] == "implicit"]
    assert [text for text in implicit if OPINION & set(words(text))] == []


def test_near_duplicate_measure_sees_one_changed_word():
    one, other = "The soup was cold and the waiter rude.", "The soup was cold and the waiter slow."
    assert jaccard(set(words(one)), set(words(other))) >= MAX_JACCARD


@pytest.mark.parametrize(
    "text", ["Two  spaces here.", "A space , before.", "Smart ’ quote.", "no capital.", "No end"]
)
def test_clean_pattern_rejects(text):
    assert not CLEAN.fullmatch(text) or SLIPS.search(text)


# --- La carga ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_load_one_split(split, rows):
    expected = [row for row in rows if row["split"] == split]
    loaded = load_reviews(split)
    assert isinstance(loaded, Reviews) and len(loaded) == SIZES[split]
    assert loaded.texts == [row["text"] for row in expected]
    assert loaded.labels == [int(row["label"]) for row in expected]
    assert loaded.kinds == [row["kind"] for row in expected]


def test_load_everything_is_the_three_splits():
    everything, parts = load_reviews(), [load_reviews(split) for split in SPLITS]
    for column in ("texts", "labels", "kinds"):
        assert getattr(everything, column) == list(
            itertools.chain.from_iterable(getattr(part, column) for part in parts)
        )
    assert set(map(type, everything.labels)) == {int} and set(everything.labels) == {0, 1}


@pytest.mark.parametrize("split", ["Train", "dev", "", 0, True, ["train"]], ids=repr)
def test_unknown_split(split):
    with pytest.raises(ValueError, match="'train', 'validation', 'test' o None") as error:
        load_reviews(split)
    assert repr(split) in str(error.value)


def test_each_load_is_independent():
    load_reviews("test").texts.clear()
    assert len(load_reviews("test")) == SIZES["test"]
