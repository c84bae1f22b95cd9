"""The tables of many studies as they are written, and as sheets in words."""

from __future__ import annotations

import pandas as pd

from layout.core.text import tr
from layout.output.lists.datums import Datum
from layout.output.lists.frames import rounded
from layout.output.lists.headings import headings
from layout.output.lists.sheets import plain_sheet
from layout.output.lists.wording import Sheet, said
from layout.output.maps.proofs import gap_text
from layout.output.province.contents import Province
from layout.output.province.figures import cost_titles
from layout.planning.schema import PROVINCE, STATUSES

__all__ = ["MOST_ROWS", "fitting", "sheets", "statuses", "tables"]

MOST_ROWS = 1_048_575
"""Rows of a sheet below its headings; Excel has no more."""


def statuses() -> dict[str, str]:
    """Return how a study can end, in words, by code."""
    return {code: tr(meaning) for code, meaning in STATUSES.items()}


def tables(province: Province) -> dict[str, pd.DataFrame]:
    """Return the tables of the province by name, with exactly the columns of their schema."""
    return {
        name: rounded(pd.DataFrame(getattr(province, name))[list(form.names)])
        for name, form in PROVINCE.items()
    }


def sheets(province: Province, datum: Datum) -> list[Sheet]:
    """Return the sheets after the cover, in the language of this context."""
    names = province.counties.drop_duplicates("county_code").set_index("county_code")["name"]
    titles = _titles()
    made = []
    for name, table in tables(province).items():
        sheet = plain_sheet(name, datum.table(table), datum)
        frame = sheet.frame
        if "status" in frame:
            frame["status"] = said(frame["status"], statuses())
        if name == "studies":
            frame = frame.drop(columns="key")
            frame["gap"] = ["" if gap != gap else gap_text(float(gap)) for gap in table["gap"]]
        elif name != "counties" and "county_code" in frame:
            # The county's name follows its code.
            at = list(frame.columns).index("county_code") + 1
            frame.insert(at, "county", frame["county_code"].map(names).fillna(""))
        heads = headings(name, datum) | (cost_titles(province) if name == "studies" else {})
        made.append(Sheet(titles[name], frame, heads, 2, name))
    return made


def _titles() -> dict[str, str]:
    return {
        "studies": tr("Overview by study"),
        "counties": tr("Overview by county"),
        "closures": tr("Closures of all studies"),
        "retained": tr("Retained of all studies"),
        "sites": tr("Sites of all studies"),
        "deficits": tr("Deficits of all studies"),
    }


def fitting(made: list[Sheet]) -> tuple[list[Sheet], list[str]]:
    """Cut sheets where Excel ends; return them, and a sentence for each that was cut."""
    told = [
        tr(
            "The sheet {sheet} holds the first {count} of {rows} rows, as many as Excel can; "
            "province.gpkg and the folders of the studies hold all.",
            sheet=one.name,
            count=f"{MOST_ROWS:,}",
            rows=f"{len(one.frame):,}",
        )
        for one in made
        if len(one.frame) > MOST_ROWS
    ]
    cut = [
        Sheet(one.name, one.frame.head(MOST_ROWS), one.titles, one.frozen, one.table)
        for one in made
    ]
    return cut, told
