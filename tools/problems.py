"""Write docs/problems.md: every problem that the package can tell, from its source.

Run ``python -m tools.problems`` after changing a problem, its code or its sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from layout.core.text import tr, using
from tools.problem_sites import Site, sites

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "problems.md"

PARTS = {
    "Study file and its paths": (
        "inputs.study.file inputs.safety.paths inputs.study.reading demand.demography"
    ),
    "Files: tables, layers, archives": (
        "inputs.safety.archive inputs.sheets.text inputs.sheets.workbooks "
        "inputs.layers.vector inputs.layers.checks inputs.safety.xml"
    ),
    "Tables of a database": "inputs.safety.address inputs.database.postgis",
    "Header and rows of a table": ("inputs.tables.reading inputs.tables.rows inputs.tables.spoken"),
    "Cells of a table": "inputs.tables.parse inputs.tables.check",
    "Numbers and places against each other": (
        "inputs.tables.cross inputs.tables.totals inputs.tables.places "
        "inputs.tables.coverage demand.attendance app.datareport.nearby"
    ),
    "Coordinates": (
        "inputs.datum.systems inputs.datum.zones inputs.study.positions "
        "network.roads.projection network.roads.snap"
    ),
    "Roads": (
        "inputs.roads.osm inputs.roads.osm_file inputs.roads.file inputs.roads.lines "
        "network.roads.graphs network.roads.graph_edges network.roads.network "
        "network.roads.sources network.travel.report app.datareport.roads "
        "inputs.rasters.height network.roads.slope"
    ),
    "A new study": (
        "app.newstudy.source network.roads.download app.newstudy.people app.newstudy.units"
    ),
    "Output": "core.files output.lists.folder app.saved app.cli.results",
    "Models and measures called from Python": (
        "demand.access.floating location.labelled.arguments location.closure.tables "
        "location.labelled.costs location.modular.tables"
    ),
}
"""Parts of the page, each with the modules whose problems it lists."""

HEAD = """# All problems

This page is made from the source (`python -m tools.problems`). Each problem is told with its file,
sheet, row, column and value where it has them; `layout check STUDY.toml` tells all of them together
and writes nothing. An **error** stops the reading (exit 1), a **warning** should be looked at, a
**note** says what was done with a file that is in order; warnings and notes stand in the data
report. Words in braces are filled in. The location models name the label and the argument in place
of row and column, and their reasons say what to mend.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    held: dict[str, list[Site]] = {part: [] for part in PARTS}
    part_of = {f"layout.{name}": part for part, names in PARTS.items() for name in names.split()}
    for site in sites(ROOT / "layout"):
        held[part_of[site.module]].append(site)
    codes = {site.code for part in held.values() for site in part}
    lines = [HEAD, f"{len(codes)} codes.", ""]
    for part, found in held.items():
        lines += [f"## {part}", "", "| code | | what is wrong | remedy |", "|---|---|---|---|"]
        lines += [row(code, found) for code in dict.fromkeys(site.code for site in found)]
        lines.append("")
    return "\n".join(lines)


def row(code: str, found: Iterable[Site]) -> str:
    """One line of a part: all that it tells under one code."""
    same = [site for site in found if site.code == code]
    kinds = sorted({kind for site in same for kind in site.severities})
    reasons = dict.fromkeys(text for site in same for text in site.reasons)
    remedies = dict.fromkeys(text for site in same for text in site.remedies)
    return f"| `{code}` | {' or '.join(kinds)} | {both(reasons)} | {both(remedies)} |"


def both(sentences: Iterable[str]) -> str:
    """Sentences in English and, behind each, in Chinese."""
    with using("zh"):
        pairs = [f"{sentence} {tr(sentence)}" for sentence in sentences]
    return "<br>".join(pairs).replace("|", "\\|") or "–"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
