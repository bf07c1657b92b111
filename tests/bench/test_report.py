"""La página y sus figuras, con medidas inventadas; y que la que hay es la de lo guardado."""

import re

import pytest

from bench import tables
from bench.cli import DOCS, RESULTS
from bench.figures import FIGURES, generation_curves
from bench.report import MISSING, NO_GPU, PROSE, draw_figures, render, terminal_tables, write_page
from bench.results import Outcome, load_sections
from bench.subjects import SUBJECTS
from tests.bench.made_up import comparison, everything, section

SECTIONS = everything()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    return write_page(SECTIONS, folder)


def test_every_section_has_its_place_in_the_page():
    assert set(re.findall(r"^@(\w+)@$", PROSE.read_text(encoding="utf-8"), flags=re.M)) == {
        "machines",
        *SUBJECTS,
    }


def test_the_page_says_what_was_measured(page):
    text = page.read_text(encoding="utf-8")
    assert "@" not in text
    assert "| Procesador de ejemplo | 4 | Linux x86_64 | Python 3.12.1, numpy 2.0 |" in text
    assert "Medido el 2026-02-03 en «GPU de ejemplo»; se tardó 12 s." in text
    assert "Una nota." in text and "No se ha medido otter-grader" in text
    assert "| copiar memoria | 1 | 21.5 | GB/s |" in text  # el mayor de los dos
    assert text.count(MISSING) == 1  # la memoria


def test_pictures_have_caption_and_alternative_text(page):
    found = re.findall(r"!\[([^\]]+)\]\((img/[\w-]+\.png)\)\n\n\*(.+)\*", page.read_text(encoding="utf-8"))
    assert len(found) == len(FIGURES)
    for alternative, path, caption in found:
        assert len(alternative) > 40 and len(caption) > 20
        assert (page.parent / path).stat().st_size > 5000


def test_the_same_data_give_the_same_bytes(page, tmp_path):
    draw_figures(SECTIONS, tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (page.parent / "img" / path.name).read_bytes()


def test_without_data_each_section_says_so():
    text = render({}, {})
    assert text.count(MISSING) == len(SUBJECTS)  # todos menos la GPU, y la tabla de máquinas
    assert NO_GPU in text


def test_the_committed_page_is_the_one_of_the_saved_data(tmp_path):
    sections = load_sections(RESULTS)
    expected = render(sections, draw_figures(sections, tmp_path))
    assert (DOCS / "rendimiento.md").read_text(encoding="utf-8") == expected
    assert all((DOCS / "img" / path.name).exists() for path in tmp_path.iterdir())


def test_a_row_of_detail_has_the_ratio_its_spread_and_its_bound():
    (row,) = tables.detail_rows([comparison()])
    assert row == (
        *("B = 3, T = 5, d_model = 16, evaluación, float32", "1", "4.00 s", "5.00 s", "2.00"),
        *("1.50 a 2.50", "3", "1.00 s (multiplicar matrices)", "25 %", "20 %"),
    )
    assert len(row) == len(tables.DETAIL)


def test_the_summary_joins_what_is_of_the_same_case():
    same = comparison(our_seconds=(1.0,), their_seconds=(4.0,), bound=None)
    rows = list(tables.summary_rows([comparison(), same, comparison(threads=4), comparison(case="otro")]))
    assert [row[:5] for row in rows] == [
        ("un caso", "`lo.otro`", "1", "2", "3.00"),
        ("un caso", "`lo.otro`", "4", "1", "2.00"),
        ("otro", "`lo.otro`", "1", "1", "2.00"),
    ]
    assert rows[0][5:] == ("2.00 a 4.00", "25 %", "20 %")


def test_the_terminal_shows_ratios_and_other_tables():
    (ratios,) = terminal_tables("algo", Outcome((comparison(), comparison(threads=4))))
    assert (ratios.title, ratios.row_count) == ("Algo", 2)
    _, cost = terminal_tables("algo", SECTIONS["grading"].outcome)
    assert (cost.title, cost.row_count) == ("Los cuadernos", 2)


def test_numbers_and_units():
    assert [tables.number(x) for x in (0.5, 1.0, 12.34, 567.8)] == ["0.500", "1.00", "12.3", "568"]
    assert [tables.duration(x) for x in (2e-6, 0.002, 2.0)] == ["2.00 µs", "2.00 ms", "2.00 s"]
    assert [tables.share(x) for x in (None, 0.5, 0.012, 1.0)] == ["—", "50 %", "1.2 %", "100 %"]
    assert tables.markdown(("a", "b"), [("x", "1.0")]) == "| a | b |\n| --- | --: |\n| x | 1.0 |"
    assert tables.markdown(("a",), []) == ""


def test_tokens_per_second_of_each_way():
    sizes = {"B": 2, "T": 50}
    times = {"sizes": sizes, "ours": "curso", "our_seconds": (10.0,)}
    cached = comparison(**times, their_seconds=(20.0,), theirs="HF")
    saved = comparison(**times, their_seconds=(50.0,), theirs="sin caché")
    curves = generation_curves([cached, saved])
    assert curves == {"curso": {50: 10.0}, "HF": {50: 5.0}, "sin caché": {50: 2.0}}
    assert next(iter(curves)) == "curso"


def test_redrawing_one_section_keeps_the_others(tmp_path):
    two = {name: SECTIONS[name] for name in ("bert", "grading")}
    text = write_page(
        {**two, "imports": section(Outcome((comparison(conditions={"nombre": "X"}),)))}, tmp_path
    )
    assert text.read_text(encoding="utf-8").count("![") == 3
