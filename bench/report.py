"""La página ``docs/rendimiento.md``, escrita con lo medido; también sin volver a medir."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from bench import tables
from bench.figures import FIGURES
from bench.results import Listing, Machine, Outcome, Section

PROSE = Path(__file__).with_name("rendimiento.plantilla.md")
MISSING = "Aún no se ha medido."
LEFT = {"caso", "frente a", "cuaderno", "en qué"}
NO_GPU = "No hay ninguna cifra de GPU grabada: ninguna de las máquinas en que se ha medido tenía una."


def terminal_tables(title: str, outcome: Outcome) -> Iterator[Table]:
    """Lo de una medición, para la terminal: el resumen de sus razones y sus otras tablas."""
    if outcome.comparisons:
        rows = tables.summary_rows(outcome.comparisons)
        yield _table(f"{title[:1].upper()}{title[1:]}", tables.SUMMARY, rows)
    for listing in outcome.listings:
        yield _table(listing.title, listing.headings, listing.rows)


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    view = Table(title=title)
    for heading in headings:
        view.add_column(heading, justify="left" if heading in LEFT else "right")
    for row in rows:
        view.add_row(*(cell.replace("`", "") for cell in row))
    return view


def write_page(sections: Mapping[str, Section], docs: Path) -> Path:
    """Escribe la página y sus figuras en ``docs``; devuelve la página."""
    pictures = docs / "img"
    pictures.mkdir(parents=True, exist_ok=True)
    alternatives = draw_figures(sections, pictures)
    page = docs / "rendimiento.md"
    page.write_text(render(sections, alternatives), encoding="utf-8")
    return page


def draw_figures(sections: Mapping[str, Section], folder: Path) -> dict[str, str]:
    """Dibuja las figuras de lo que se haya medido; devuelve el texto alternativo de cada una."""
    alternatives = {}
    for name, draw in FIGURES.items():
        if name in sections:
            alternatives[name] = draw(sections[name].outcome, folder / picture_name(name))
    return alternatives


def picture_name(section: str) -> str:
    """El archivo de la figura de un apartado."""
    return f"rendimiento-{section}.png"


def render(sections: Mapping[str, Section], alternatives: Mapping[str, str]) -> str:
    """El texto de la página.

    Parameters
    ----------
    sections
        Lo medido, por apartado.
    alternatives
        El texto alternativo de las figuras que hay.
    """
    page = PROSE.read_text(encoding="utf-8").replace("@machines@", _machines(sections))
    for name in re.findall(r"^@(\w+)@$", page, flags=re.MULTILINE):
        missing = NO_GPU if name == "gpu" else MISSING
        body = "\n\n".join(_body(name, sections[name], alternatives)) if name in sections else missing
        page = page.replace(f"@{name}@", body)
    return page


def _body(name: str, section: Section, alternatives: Mapping[str, str]) -> Iterator[str]:
    outcome = section.outcome
    if name in alternatives:
        yield f"![{alternatives[name]}](img/{picture_name(name)})"
        yield f"*{FIGURES[name].caption}*"
    if outcome.comparisons:
        yield tables.markdown(tables.SUMMARY, tables.summary_rows(outcome.comparisons))
    yield from outcome.notes
    for listing in outcome.listings:
        yield _listing(listing)
    yield from _details(outcome)
    yield f"Medido el {section.measured_on} en «{section.machine.device}»; se tardó {section.seconds:.0f} s."


def _listing(listing: Listing) -> str:
    return f"**{listing.title}**\n\n{tables.markdown(listing.headings, listing.rows)}"


def _details(outcome: Outcome) -> Iterator[str]:
    if outcome.peaks:
        yield _folded("Los máximos de la máquina", [_peaks(outcome)])
    for case in tables.cases(outcome.comparisons):
        found = [one for one in outcome.comparisons if one.case == case]
        checks = sorted({one.check for one in found if one.check})
        rivals = sorted({f"`{one.ours}` frente a `{one.theirs}`" for one in found})
        intro = f"{'; '.join(rivals)}."
        if checks:
            intro += f" Comprobado antes de medir: {'; '.join(checks)}."
        rows = tables.markdown(tables.DETAIL, tables.detail_rows(found))
        yield _folded(f"Detalle: {case} ({len(found)})", [intro, rows])


def _peaks(outcome: Outcome) -> str:
    best: dict[tuple[str, int, str], float] = {}
    for peak in outcome.peaks:  # el mismo máximo se mide en cada proceso: cuenta el mayor
        key = (peak.name, peak.threads, peak.unit)
        best[key] = max(peak.value, best.get(key, 0.0))
    rows = ((name, str(threads), f"{value:.1f}", unit) for (name, threads, unit), value in best.items())
    return tables.markdown(("qué", "hilos", "máximo", "unidad"), rows)


def _folded(title: str, parts: list[str]) -> str:
    body = "\n\n".join(parts)
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _machines(sections: Mapping[str, Section]) -> str:
    known: list[Machine] = []
    for section in sections.values():
        if section.machine not in known:
            known.append(section.machine)
    rows = [(one.device, str(one.cores), one.system, _versions(one)) for one in known]
    return tables.markdown(("dispositivo", "núcleos", "sistema", "versiones"), rows) or MISSING


def _versions(machine: Machine) -> str:
    return ", ".join(f"{name} {number}" for name, number in machine.versions.items())
