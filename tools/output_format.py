"""Write docs/output-format.md from the schemas that the result is written by.

Run ``python -m tools.output_format`` after changing a column, a layer, a sheet or a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from layout.core.text import Language, tr, using
from layout.output.lists.frames import CONTRACT, decimals
from layout.output.lists.layers import LAYERS
from layout.output.province import PACKAGED
from layout.planning.schema import BATCH, PROVINCE, TABLES, ZONES, OutColumn, OutTable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "output-format.md"

HEAD = """# The output format

This page is made from the schemas that the result is written by (`python -m tools.output_format`).

`layout plan STUDY.toml --out DIR` fills `DIR` whole or not at all. The same input gives the same
bytes in every file, but for `seconds` in `run.json`. Files in `DIR` that are not listed here are
kept; a folder that holds something and was not made by this program is refused.
"""

FILES = {
    "index.html": "the map: one page that works without internet, opened by double click",
    "counties/CODE.html": "the same for one unit, with all its roads and all grades",
    "plan.xlsx": "the workbook for people: titles and codes in words, a cover, the data report",
    "plan.gpkg": "the plan as layers for a geographic information system",
    "run.json": "what was run on which inputs, with which versions, and what was proved",
}
CSV_FILES = {
    "closures": "the schools that close, where their pupils go, and why",
    "candidates": "every primary school and teaching point: whether it may close, what if",
    "assignment": "who goes to which school today and under the plan, and how",
    "retained": "the schools of the border counties and what protects them",
    "sites": "what is built, added or designated, and where",
    "served": "whom the new sites and expansions serve",
    "site_years": "children and places of each site by year",
    "rejected_sites": "where no site may stand for want of ground, and why",
    "deficits": "who is still without a place, by township, and what would serve them",
    "kindergarten_plans": "the kindergarten layout plan of each county",
    "counties": "each county today and under the plan",
}
INFEASIBLE = """
Where a programme cannot be met (exit code 3) `DIR` holds only `infeasible.json` and, where a best
possible plan is offered, `offer/` with the files above. `infeasible.json` holds `program`, `study`
and `programmes`: for each one that fails the numbers `requested` and, where it is known,
`achievable`, the rules in question and a `sentence` or a `relaxation`.
"""

SHAPE = """## How cells are written

- **CSV** is UTF-8 with a byte order mark, commas between cells, one header row of column names,
  lines ended by CR LF. Names of columns and codes are the same in every language.
- **An empty cell** is a missing value. The tables below say what it means in each column; where
  they say nothing, no cell is empty. Minutes and metres are never infinite.
- **Codes and sentences.** Columns of kind *code* hold the codes listed under the table. Columns of
  kind *text* hold identifiers, names from the study, and sentences: `reason`, `rule` of
  `retained.csv`, and the names of new sites. Sentences are in the language that the plan was made
  in. The map and the workbook show words for codes, in the language of `--lang`.
- **Identifiers** are texts as in the study; leading zeros stay. A *list* is identifiers, or
  numbers by year, with `;` between them.
- **Numbers** have a point for decimals and no separator of thousands. A *share* lies between 0
  and 1 and has four digits: 0.1234 is 12.34 %.
- **Formulas.** A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`,
  `@`, also in full width, or with a tab or a line end) has an apostrophe in front.
"""

MEASURED = ("minutes", "metres", "degrees")

RUN = {
    "program": "`layout`; marks the folder as one that may be replaced",
    "study": "name of the study",
    "scenario": "name of the scenario, empty without one",
    "plan": "name of the plan",
    "provenance": "`observed`, or `modelled` where the study's data are modelled",
    "language": "language of the study, `zh` or `en`",
    "data_date": "day that the school data hold for",
    "crs": "coordinate system in metres in which distances were measured",
    "inputs": "one object for each file: `name`, `path` (relative to the study file), `sha256`",
    "datum": "one object for each table of points, see [datum.md](datum.md): `table`, `declared`, "
    "`declared_by`, `detected`, `confidence`, `shift_m`, `mixed`, `share`, `points`, `decision`, "
    "`checked_by`, `checked_on`; where the decision is `not told apart` only `table`, `declared`, "
    "`declared_by`, `points` and `decision`",
    "attendance": "`given`, or `inferred` where the study has no attendance",
    "versions": "version of Python and of each package, by name",
    "seed": "seed of the solver; nothing is drawn by chance",
    "seconds": "seconds of each step, by name",
    "models": "one object for each model, see below",
    "notes": "findings and conflicts, in sentences",
    "unrouted": "groups and pupils without minutes to their school of today, by cause: `too_far` "
    "(home or school too far from any road), `island` (their roads do not connect), `over_cutoff` "
    "(no way within the time that counts)",
    "rows": "number of rows of each table",
    "improvements": "what the retained schools would need, see [border.md](border.md)",
    "sentences": "notes and sentences of the tables as data, from which either language is made",
    "config": "the study file with its scenario, without passwords",
    "levers": "the levers that the plan was made with",
    "warnings": "number of warnings in the data report",
}
MODEL = {
    "model": "`closures`, or a programme as in `sites.csv`",
    "requested": "the number asked for: schools to close, sites to open",
    "achieved": "the number in the plan",
    "objective": "value of the leading level that is still in question: pupil-seconds added a day "
    "for `closures`; for sites children covered, or the level after it (`uneven`, `travel`)",
    "bound": "proved bound on it: no plan under these rules and data is better",
    "gap": "distance between the two, over the larger of 1 and the objective",
    "status": "`proven` (bound and objective meet), `gap` (they do not), "
    "`infeasible`, `no_solution`",
    "candidates": "among how many candidates sites were chosen; null for other models",
    "beyond": "by what share the leading level could be better, at the most, if any other "
    "settlement were a candidate; null where that is not known",
    "detail": "values of the further levels by name; `levels_proven` counts those settled in order",
    "levels": "one object for each objective level, the leading one first: `level` (its name), "
    "`requested`, `achieved`, `objective`, `bound`, `gap`, `status`",
}

BATCH_HEAD = """`layout batch LIST.toml --out DIR` fills `DIR` with the folder of a plan for each
study and with what all of them come to. Links of the page lead to the studies' own pages; all of it
works without internet.
"""
BATCH_FILES = {
    "studies/NAME/": "the folder of a study's plan, as above; `task.json` says how it ended",
    "batch.csv": "one row for each study, failed ones too",
    "batch.json": "the list of the studies, how numbers were shared out and what was proved",
    "index.html": "the map of all studies: what each county closes, builds and lacks",
    "province.xlsx": "the lists of all studies in one workbook, under a cover with their sums",
    "province.gpkg": "the studies, their counties, closures, retained schools and sites as layers",
}
BATCH_SHEETS = {
    "Overview by study": "`batch.csv` without the key",
    "Overview by county": "the table below",
    "Closures of all studies": "`closures.csv` of every study, with the study's name",
    "Retained of all studies": "`retained.csv` of every study, likewise, and the county",
    "Sites of all studies": "`sites.csv` of every study, likewise",
    "Deficits of all studies": "`deficits.csv` of every study, likewise",
    "What the columns mean": "each column of the sheets",
}
BATCH_RULES = """Numbers of a study are counted from its own lists. The counties of a study that is
split stand once. A county that is in several studies stands once for each, which the page and the
cover say. Who goes where is in no file of the whole: it stands in the folder of each study. A list
of more rows than a sheet of Excel holds is cut there, and the cover says so; `province.gpkg` has no
such limit.
"""

ZONES_HEAD = """It is no file of the folder: `layout export DIR --tables zones` writes it, and the
workbook has it as the sheet *Enrolment zones*. Kindergartens are in it where the plan has roads.
"""
GEOMETRIES = {"Point": "points", "MultiPolygon": "areas", "LineString": "lines"}

SHEETS = {
    "Cover": "what it is, what was asked, reached and proved, the sheets, findings and conflicts",
    "List of closures": "`closures.csv` with names, by county and township",
    "Receiving schools": "who comes to each receiver, from where and how, and the room it has",
    "Retained schools": "`retained.csv` with names: the belt first, nearest first",
    "New kindergartens": "those of `sites.csv`: where, places before and after, whom they serve, "
    "why, what comes in their place, coordinates with their datum",
    "New schools": "the same of the other new sites",
    "Expansions": "the same of schools that grow, without what comes in their place",
    "Summary by county": "`counties.csv`",
    "Enrolment zones": "settlement → school by band, autumn by autumn where something changes; "
    "see [lists.md](lists.md)",
    "What the columns mean": "each column of the sheets: name in the files, meaning, unit, codes",
    "About the data": "origin, date, datum, and how to read the sheets",
    "Moves by settlement": "pupils who move, by closed school and settlement; the longest route",
    "Improvements": "`improvements` of `run.json`, see [border.md](border.md)",
    "Candidates": "`candidates.csv` with the names of counties and schools",
    "Whom the sites serve": "`served.csv` with names",
    "Sites by year": "`site_years.csv` with names",
    "Rejected sites": "`rejected_sites.csv` with the names of counties",
    "Children without a place": "`deficits.csv` with the names of counties",
    "Kindergarten plans": "`kindergarten_plans.csv` with the names of townships",
    "Data report": "warnings on the inputs, each with its remedy",
    "Input files": "files with their SHA-256",
    "Norms used": "each norm with its value, unit and source",
    "Where each settlement goes": "`assignment.csv` with names",
}


def page(language: Language = "en") -> str:
    """Return the whole page as Markdown, the schema's sentences in a language."""
    with using(language):
        parts = [HEAD, *_files(), INFEASIBLE, SHAPE]
        for name in CONTRACT:
            parts += [f"## `{name}.csv`\n", *_table(TABLES[name])]
        parts += [*_layers(), *_sheets()]
        parts += ["## The table `zones`\n", ZONES_HEAD, *_table(ZONES)]
        parts += ["## `run.json`\n", *_keys("key", RUN), "Each of `models`:\n"]
        parts += _keys("key", MODEL)
        parts += [
            "## The folder of a batch\n",
            BATCH_HEAD,
            *_keys("file", BATCH_FILES),
            BATCH_RULES,
        ]
        parts += ["### `batch.csv`\n", *_table(BATCH), *_sheets_of(BATCH_SHEETS), *_packaged()]
        parts += ["### Counties of all studies\n", *_table(PROVINCE["counties"])]
    return "\n".join(parts).rstrip("\n") + "\n"


def _files() -> Iterator[str]:
    files = {**FILES, **{f"{name}.csv": CSV_FILES[name] for name in CONTRACT}}
    yield "## The folder\n"
    yield from _keys("file", files)


def _keys(title: str, meanings: Mapping[str, str]) -> Iterator[str]:
    yield f"| {title} | |\n|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in meanings.items())
    yield ""


def _table(table: OutTable) -> Iterator[str]:
    """Describe the columns of a table, and its codes below them."""
    ordered = ", ".join(f"`{name}`" for name in table.order)
    yield f"A row is {tr(table.row)}. Rows are sorted by {ordered}.\n"
    yield "| column | kind | unit | meaning | empty |\n|---|---|---|---|---|"
    columns = list(table.columns)
    while columns:
        first = columns[0]
        same = [column for column in columns if column.meaning == first.meaning]
        names = ", ".join(f"`{column.name}`" for column in same)
        unit, blank = _unit(first), "" if first.blank is None else tr(first.blank)
        yield (f"| {names} | {_kind(first)} | {unit} | {tr(first.meaning)} | {blank} |")
        columns = [column for column in columns if column not in same]
    yield ""
    coded = [column for column in table.columns if column.codes]
    while coded:
        codes = coded[0].codes
        alike = [column.name for column in coded if column.codes == codes]
        yield f"Codes of {', '.join(f'`{name}`' for name in alike)}:\n"
        yield from (f"- `{code}`: {tr(meaning)}" for code, meaning in codes.items())
        yield ""
        coded = [column for column in coded if column.name not in alike]


def _kind(column: OutColumn) -> str:
    """Name what the cells of a column are, with the digits of numbers that are measured."""
    if column.kind in MEASURED:
        digits = decimals(column.name)
        return f"number, {digits} digit{'s' * (digits != 1)}" if digits else "integer"
    return {"bool": "`true`, `false`"}.get(column.kind, column.kind)


def _unit(column: OutColumn) -> str:
    return column.kind if column.kind in MEASURED else tr(column.unit)


def _layers() -> Iterator[str]:
    yield "## Layers of `plan.gpkg`\n"
    yield "All in EPSG:4326 (WGS 84). The border line is not among them: it is a means to measure,"
    yield "not an approved depiction. `belt` is its belt, clipped to the border counties. The"
    yield "table `layer_styles` holds a style of each layer, which QGIS shows at once (of the"
    yield "catchments it ticks grades 1 to 3 under the plan); `gpkg_data_columns` the names of the"
    yield "columns for readers and what they mean. A file in another datum"
    yield "(`layout export --datum`) names it in layers, columns and descriptions.\n"
    yield "| layer | geometry | a row is |\n|---|---|---|"
    for name, (shape, table) in LAYERS.items():
        yield f"| `{name}` | {GEOMETRIES[shape]} | {tr(table.row)} |"
    yield ""
    for name, (_, table) in LAYERS.items():
        if name in TABLES:
            yield f"Columns of `{name}`: those of `{name}.csv`.\n"
        else:
            yield f"### Layer `{name}`\n"
            yield from _table(table)


def _sheets() -> Iterator[str]:
    yield "## Sheets of `plan.xlsx`\n"
    yield "Texts are texts: no cell runs as a formula. A text that is longer than a cell holds"
    yield "(32,767 signs) is cut; the CSV file holds it whole, and the cover says so. Sheets are"
    yield "set up for A4 or A3 across; of those with over 400 rows only the first 40 are printed.\n"
    yield from _sheets_of(SHEETS)


def _sheets_of(sheets: Mapping[str, str]) -> Iterator[str]:
    yield "| sheet | in Chinese | |\n|---|---|---|"
    for name, meaning in sheets.items():
        with using("zh"):
            chinese = tr(name)
        yield f"| {tr(name)} | {chinese} | {meaning} |"
    yield ""


def _packaged() -> Iterator[str]:
    yield "| layer of `province.gpkg` | geometry | a row is |\n|---|---|---|"
    for name, shape in PACKAGED.items():
        yield f"| `{name}` | {GEOMETRIES[shape]} | {tr(PROVINCE[name].row)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
