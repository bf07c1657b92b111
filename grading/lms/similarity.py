"""Parecido entre entregas, con copydetect (huellas de código, el algoritmo de MOSS). Nada sale de la máquina.

Es un indicio y no una prueba: la página que se escribe lo dice antes que nada.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import nbformat
from markupsafe import Markup
from nbformat.notebooknode import NotebookNode

from grading.course import ASSIGNMENT, Course
from grading.engine.rebuild import grade_id
from grading.grades import exercise_title
from grading.render import render
from grading.submissions import UnreadableError, find_submissions, submitted_answers

if TYPE_CHECKING:
    from copydetect import CodeFingerprint

DEFAULT_THRESHOLD = 0.8
SHORTEST_MATCH = 25  # caracteres seguidos en común, sin nombres ni espacios: el valor de copydetect
SHORTEST_ANSWER = 2 * SHORTEST_MATCH  # menos de esto, propio y no del enunciado, no dice nada
MAX_PAIRS = 200
_CODE, _TEXT = "code", "markdown"
Answers = dict[str, dict[str, str]]  # celda de solución -> estudiante -> respuesta


@dataclass(frozen=True)
class Pair:
    """Dos respuestas parecidas.

    Attributes
    ----------
    exercise
        El título del ejercicio.
    first, second
        Los estudiantes.
    shares
        Qué parte de cada respuesta está en la otra, de 0 a 1.
    overlap
        Caracteres en común, sin contar nombres, textos ni espacios.
    texts, slices
        Las dos respuestas, y en cada una dónde empiezan y dónde acaban los trozos comunes.
    """

    exercise: str
    first: str
    second: str
    shares: tuple[float, float]
    overlap: int
    texts: tuple[str, str]
    slices: tuple[Sequence[Sequence[int]], Sequence[Sequence[int]]]

    @property
    def marked(self) -> tuple[Markup, Markup]:
        """Las dos respuestas en HTML, con lo común marcado."""
        return _marked(self.texts[0], self.slices[0]), _marked(self.texts[1], self.slices[1])

    @property
    def score(self) -> float:
        """El mayor de los dos parecidos."""
        return max(self.shares)


@dataclass(frozen=True)
class Similarity:
    """Todos los pares que llegan al umbral, de más a menos parecidos, y la mediana de cada ejercicio."""

    pairs: Sequence[Pair]
    medians: dict[str, float]
    students: int
    skipped: Sequence[str]


def measure_similarity(course: Course, threshold: float = DEFAULT_THRESHOLD) -> Similarity:
    """Compara las respuestas de todas las entregas de ``course``; ``threshold`` va de 0 a 1."""
    answers, skipped = _answers(course)
    kinds = _solution_cells(course)
    given = {kind: _fingerprint(text, kind).hashes for kind, text in _given_text(course).items()}
    pairs: list[Pair] = []
    medians = {}
    for exercise, by_student in _by_exercise(answers, kinds).items():
        prints = _fingerprints(by_student, exercise[1], given[exercise[1]])
        found = list(_compare(exercise_title(exercise[0]), prints))
        medians[exercise_title(exercise[0])] = median(one.score for one in found) if found else 0.0
        pairs += [one for one in found if one.score >= threshold and one.overlap]
    pairs.sort(key=lambda one: (-one.score, -one.overlap, one.exercise, one.first, one.second))
    return Similarity(pairs, medians, len(find_submissions(course)), skipped)


def write_similarity(result: Similarity, threshold: float, path: Path) -> None:
    """Escribe la página."""
    page = render(
        "similarity.html.j2",
        assignment=ASSIGNMENT,
        students=result.students,
        threshold=threshold,
        pairs=result.pairs[:MAX_PAIRS],
        more=max(0, len(result.pairs) - MAX_PAIRS),
        medians=result.medians,
        skipped=result.skipped,
        percent=lambda share: f"{100 * share:.0f} %",
    )
    path.write_text(page, encoding="utf-8")


def _answers(course: Course) -> tuple[Answers, list[str]]:
    answers: Answers = defaultdict(dict)
    skipped = []
    for submission in find_submissions(course):
        for name in (source.stem for source in course.notebooks):
            path = submission.notebook(name)
            try:
                text = submitted_answers(path)
            except UnreadableError as error:
                if str(error):  # vacío, si no la entregó
                    skipped.append(f"{submission.student}, {name}: {error}")
                continue
            for cell in nbformat.reads(text, as_version=4).cells:
                answers[grade_id(cell)][submission.student] = cell.source
    return answers, skipped


def _cells(notebooks: Iterable[Path]) -> Iterator[NotebookNode]:
    for path in notebooks:
        yield from nbformat.read(path, as_version=4).cells


def _solution_cells(course: Course) -> dict[str, str]:
    """Las celdas donde responde el estudiante, y si son de código o de texto."""
    cells = [cell for cell in _cells(course.notebooks) if cell.metadata.get("nbgrader", {}).get("solution")]
    return {grade_id(cell): str(cell.cell_type) for cell in cells}


def _given_text(course: Course) -> dict[str, str]:
    """Lo que el enunciado ya da, por tipo de celda: copiarlo no dice nada."""
    given: dict[str, list[str]] = {_CODE: [], _TEXT: []}
    for cell in _cells(sorted(course.release.glob("*.ipynb"))):
        given.setdefault(cell.cell_type, []).append(cell.source)
        if cell.cell_type == _TEXT:  # los enunciados llevan trozos de código
            given[_CODE] += cell.source.split("```")[1::2]
    return {kind: "\n".join(texts) for kind, texts in given.items()}


def _by_exercise(answers: Answers, kinds: dict[str, str]) -> dict[tuple[str, str], dict[str, str]]:
    """Las respuestas por ejercicio y tipo: las celdas de código de un ejercicio van juntas."""
    joined: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cell, kind in kinds.items():
        exercise = cell.partition("_")[0] if kind == _CODE else cell
        for student, text in answers.get(cell, {}).items():
            joined[exercise, kind][student].append(text)
    return {key: {who: "\n".join(texts) for who, texts in found.items()} for key, found in joined.items()}


def _fingerprints(by_student: dict[str, str], kind: str, given: set[int]) -> dict[str, CodeFingerprint]:
    prints = {}
    for student, text in sorted(by_student.items()):
        one = _fingerprint(text, kind)
        _forget(one, given)
        if one.token_coverage >= SHORTEST_ANSWER:
            prints[student] = one
    return prints


@cache
def _fingerprint_class() -> type[CodeFingerprint]:
    from copydetect import CodeFingerprint  # trae Matplotlib: se carga cuando hace falta

    return CodeFingerprint


def _fingerprint(text: str, kind: str) -> CodeFingerprint:
    is_code = kind == _CODE
    return _fingerprint_class()(
        "respuesta.py" if is_code else "respuesta.md",
        SHORTEST_MATCH,
        1,
        filter=is_code,
        language="python" if is_code else None,
        fp=io.StringIO(text),
    )


def _forget(one: CodeFingerprint, known: set[int]) -> None:
    """Quita de una huella lo del enunciado. Lo que copydetect ofrece quita además lo que se repite dentro."""
    from copydetect.utils import get_token_coverage

    one.hashes -= known
    one.hash_idx = {key: where for key, where in one.hash_idx.items() if key not in known}
    one.token_coverage = int(get_token_coverage(one.hash_idx, one.k, len(one.filtered_code)))


def _compare(exercise: str, prints: dict[str, CodeFingerprint]) -> Iterator[Pair]:
    from copydetect import compare_files

    for (first, one), (second, other) in combinations(prints.items(), 2):
        overlap, shares, slices = compare_files(one, other)
        texts = (one.raw_code, other.raw_code)
        yield Pair(exercise, first, second, _capped(shares), int(overlap), texts, slices)


def _capped(shares: tuple[float, float]) -> tuple[float, float]:
    return min(1.0, float(shares[0])), min(1.0, float(shares[1]))


def _marked(text: str, slices: Sequence[Sequence[int]]) -> Markup:
    """``text`` en HTML, con los trozos ``slices`` marcados."""
    pieces, last = [], 0
    for start, stop in zip(*slices, strict=True) if len(slices) else []:
        pieces.append(Markup("{}<mark>{}</mark>").format(text[last:start], text[start:stop]))
        last = stop
    return Markup("").join([*pieces, Markup.escape(text[last:])])
