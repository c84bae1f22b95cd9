"""Sheets that explain the others: what each column means, and what the data are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from layout.core.text import marked, tr
from layout.output.lists.datums import Datum
from layout.output.lists.wording import Sheet
from layout.output.maps import report as data_report
from layout.planning.contract import PlanTables
from layout.planning.schema import PROVINCE, TABLES, ZONES, OutColumn

__all__ = ["about_sheet", "fields_sheet", "text_sheet"]

# Tables of the schema behind the sheets that are made of several of them.
_BEHIND: Mapping[str, tuple[str, ...]] = {
    "building": ("sites",),
    "receivers": ("closures",),
}
# What columns mean that the workbook alone has.
_OWN = {
    "number": marked("number of the row, for reading aloud"),
    "county": marked("name of the county"),
    "township": marked("name of the township; its code where the study does not name it"),
    "settlement": marked("name of the settlement"),
    "from_name": marked("name of the school today"),
    "to_name": marked("name of the school under the plan"),
    "type": marked("type of the school"),
    "first_year": marked("the first autumn in which pupils of a closed school come"),
    "pupils_received": marked("pupils of closed schools who come to it"),
    "from_names": marked("the closed schools, each with the pupils who come from it"),
    "settlements": marked("number of settlements that they live in"),
    "received_walk": marked("of these on foot, within the walking limit"),
    "received_bus": marked("of these by school bus, within the limit of the grade band"),
    "received_board": marked("of these as boarders, who travel once a week"),
    "minutes_longest": marked("longest travel time of these one way, in minutes"),
    "pupils_today": marked("pupils of all grades today"),
    "pupils_plan": marked("pupils of all grades in the plan's final state, sites included"),
    "capacity_before": marked(
        "pupils whom the classes of today hold at the standard class size: of the stage of the "
        "site, or of grades 1 to 9 for a receiving school"
    ),
    "capacity_added": marked("places that are built or added"),
    "capacity_after": marked("places today and those added"),
    "beds": marked("beds that the school has today"),
    "whom": marked("settlements with the number of children served, most children first"),
    "why_here": marked("who lives within reach, and what the site is for"),
    "runner_up_name": marked("name of the settlement that gets the site if this is impossible"),
    "site": marked("name of the site"),
}


def fields_sheet(sheets: Sequence[Sheet]) -> Sheet:
    """Return what each column of some sheets means, in which unit, and what its codes are."""
    rows = []
    for sheet in sheets:
        known = _columns(sheet.table)
        for name in map(str, sheet.frame.columns):
            if name not in sheet.titles or "|" in name:
                continue
            column = known.get(name)
            own = tr(_OWN[name]) if name in _OWN else ""
            meaning = tr(column.meaning) if column is not None and not own else own
            unit = "" if column is None else _unit(column)
            codes = "" if column is None else _codes(column)
            rows.append([sheet.name, sheet.titles[name], name, meaning, unit, codes])
    titles = [tr("Sheet"), tr("Column"), tr("Name in the files"), tr("Meaning"), tr("Unit")]
    return text_sheet(tr("What the columns mean"), [*titles, tr("Codes in the files")], rows)


def _columns(table: str) -> dict[str, OutColumn]:
    if table == "zones":
        return {one.name: one for one in ZONES.columns}
    # A list of all studies has the columns of a study's, and a few more.
    behind = [*_BEHIND.get(table, (table,))]
    forms = [form[name] for form in (PROVINCE, TABLES) for name in behind if name in form]
    return {one.name: one for form in forms for one in form.columns}


def _unit(column: OutColumn) -> str:
    units = {
        "minutes": tr("minutes"),
        "metres": tr("metres"),
        "degrees": tr("degrees"),
        "share": tr("share from 0 to 1"),
    }
    return units.get(column.kind) or (tr(column.unit) if column.unit else "")


def _codes(column: OutColumn) -> str:
    return "\n".join(f"{code}: {tr(meaning)}" for code, meaning in column.codes.items())


def about_sheet(plan: PlanTables, datum: Datum) -> Sheet:
    """Return what the data are and how to read the lists."""
    facts = data_report.report(plan)["facts"]
    reading = [
        [tr("Datum of all coordinates"), datum.label()],
        *([[tr("For display only"), _shifted(datum)]] if datum.shifted else []),
        [
            tr("Enrolment zones"),
            tr(
                "Schools by settlement in every autumn in which something changes; cells that "
                "differ from the autumn before are marked. “—” is children without a place. Grades "
                "10 to 12 have no zones, as they are admitted by examination."
            ),
        ],
        [
            tr("Printing"),
            tr("Of sheets with many rows only the first are printed; see the header."),
        ],
        [tr("Identifiers"), tr("They are texts, so that leading zeros stay.")],
        [tr("Empty cells"), tr("Nothing is known, or nothing applies.")],
    ]
    titles = [tr("Subject"), tr("What is to be known")]
    return text_sheet(tr("About the data"), titles, [*facts, *reading])


def _shifted(datum: Datum) -> str:
    return tr(
        "{datum}: coordinates are shifted by some hundred metres so that they fit public maps; "
        "they must not be measured with or converted back.",
        datum=datum.label(),
    )


def text_sheet(name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Sheet:
    """Return a sheet of texts under titles of its own."""
    # Keys c0, c1, … : these sheets have titles only.
    keys = [f"c{number}" for number in range(len(titles))]
    frame = pd.DataFrame(list(rows), columns=keys, dtype="object")
    return Sheet(name, frame, dict(zip(keys, titles, strict=True)), 1)
