"""The sheets of the workbook, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from layout.core.text import tr, words
from layout.inputs.study.townships import township_names
from layout.output.lists.bureau import bureau_sheets
from layout.output.lists.datums import Datum
from layout.output.lists.explained import about_sheet, fields_sheet, text_sheet
from layout.output.lists.frames import rounded
from layout.output.lists.headings import headings
from layout.output.lists.layers import title_of
from layout.output.lists.wording import Sheet, coded, names_of, said, with_codes, yes_no
from layout.output.maps import report as data_report
from layout.planning.contract import PlanTables
from layout.planning.schema import code_words

__all__ = ["plain_sheet", "sheets"]


def sheets(plan: PlanTables, frames: Mapping[str, pd.DataFrame], datum: Datum) -> list[Sheet]:
    """Return the sheets after the cover, in order; ``frames`` are the tables of the plan.

    First what a bureau works with, then what explains it, then the rest; who goes where, which is
    the longest, comes last.
    """
    first = bureau_sheets(plan, frames, datum)
    named = [
        ("assignment", tr("Moves by settlement"), _moves(plan, frames["assignment"])),
        ("retained", tr("Improvements"), _improvements(plan)),
        ("candidates", tr("Candidates"), _candidates(plan, frames["candidates"])),
        ("served", tr("Whom the sites serve"), _served(plan, frames["served"])),
        ("site_years", tr("Sites by year"), _site_years(plan, frames["site_years"])),
        (
            "rejected_sites",
            tr("Rejected sites"),
            datum.table(_rejected_sites(plan, frames["rejected_sites"])),
        ),
        ("deficits", tr("Children without a place"), _deficits(plan, frames["deficits"])),
        (
            "kindergarten_plans",
            tr("Kindergarten plans"),
            _county_plans(plan, frames["kindergarten_plans"]),
        ),
    ]
    more = [Sheet(name, frame, headings(table, datum), 2, table) for table, name, frame in named]
    last = Sheet(
        tr("Where each settlement goes"),
        _assignment(plan, frames["assignment"]),
        headings("assignment", datum),
        2,
        "assignment",
    )
    told = [fields_sheet([*first, *more, last]), about_sheet(plan, datum)]
    return [*first, *told, *more, _warnings(plan), _inputs(plan), _standards(plan), last]


def plain_sheet(name: str, table: pd.DataFrame, datum: Datum) -> Sheet:
    """Return one table as a sheet: headings and codes in words; it needs no study."""
    # Codes become words; a column that the table does not have is left alone.
    frame = table.copy()
    for column, names in coded(name).items():
        if column in frame:
            frame[column] = said(frame[column], names)
    for column in ("official", "protected", "candidate", "closed", "floor_met"):
        # A county counts its closed schools.
        if column in frame and pd.api.types.is_bool_dtype(frame[column]):
            frame[column] = yes_no(frame[column])
    return Sheet(title_of(name), frame, headings(name, datum), 2, name)


def _candidates(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame.insert(2, "county", names_of(frame["county_code"], plan.study.units))
    for column in ("rule", "if_forced"):
        frame[column] = said(frame[column], code_words("candidates", column))
    for column in ("candidate", "closed"):
        frame[column] = yes_no(frame[column])
    names = plan.study.schools["name"].to_dict()
    frame["closes_then"] = with_codes(frame["closes_then"], names)
    return frame


def _assignment(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    homes, schools = plan.study.settlements, plan.study.schools
    county = homes["county_code"].reindex(frame["settlement_id"])
    frame.insert(0, "county", names_of(county, plan.study.units))
    frame.insert(1, "settlement", names_of(frame["settlement_id"], homes))
    frame.insert(6, "from_name", names_of(frame["from_school"], schools))
    frame.insert(8, "to_name", names_of(frame["to_school"], schools))
    frame["band"] = said(frame["band"], words.bands())
    for column in ("mode", "mode_before"):
        frame[column] = said(frame[column], words.modes())
    return rounded(frame)


def _moves(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    """Return the moved pupils by closed school and settlement, the longest route of each."""
    # One row for each closed school, settlement, receiver and mode; the longest way of each.
    moved = table[table["from_school"] != table["to_school"]]
    keys = ["from_school", "settlement_id", "to_school", "mode_before", "mode"]
    frame = moved.groupby(keys, as_index=False, sort=True).agg(
        pupils=("pupils", "sum"),
        minutes_before=("minutes_before", "max"),
        metres_before=("metres_before", "max"),
        minutes_after=("minutes_after", "max"),
        metres_after=("metres_after", "max"),
    )
    frame.insert(1, "from_name", names_of(frame["from_school"], plan.study.schools))
    frame.insert(3, "settlement", names_of(frame["settlement_id"], plan.study.settlements))
    frame.insert(5, "to_name", names_of(frame["to_school"], plan.study.schools))
    for column in ("mode", "mode_before"):
        frame[column] = said(frame[column], words.modes())
    return rounded(frame)


def _improvements(plan: PlanTables) -> pd.DataFrame:
    frame = rounded(plan.improvements)
    frame.insert(3, "county", names_of(frame["county_code"], plan.study.units))
    frame["canteen"] = said(frame["canteen"], words.canteens())
    return frame


def _served(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    # Names beside the codes that they explain.
    sites = rounded(plan.sites.drop_duplicates("site_id")).set_index("site_id")
    frame.insert(2, "site", names_of(frame["site_id"], sites))
    frame.insert(4, "settlement", names_of(frame["settlement_id"], plan.study.settlements))
    at = list(frame.columns).index("from_school")
    frame.insert(at + 1, "from_name", names_of(frame["from_school"], plan.study.schools))
    frame["programme"] = said(frame["programme"], words.programmes())
    frame["band"] = said(frame["band"], words.bands())
    frame["mode"] = said(frame["mode"], words.modes())
    return rounded(frame)


def _site_years(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    sites = rounded(plan.sites.drop_duplicates("site_id")).set_index("site_id")
    frame.insert(1, "site", names_of(frame["site_id"], sites))
    frame["births"] = said(frame["births"], code_words("site_years", "births"))
    return frame


def _deficits(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame.insert(2, "county", names_of(frame["county_code"], plan.study.units))
    frame["stage"] = said(frame["stage"], words.stages())
    frame["cure"] = said(frame["cure"], code_words("deficits", "cure"))
    return frame


def _county_plans(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame, names = table.copy(), township_names(plan.study)
    frame["floor_met"] = yes_no(frame["floor_met"])
    for column in ("townships_without_before", "townships_without_after"):
        frame[column] = [
            tr(", ").join(names.get(code, code) for code in text.split(";") if code)
            for text in frame[column]
        ]
    return frame


def _rejected_sites(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    # The county's name follows its code; reasons and kinds of areas have words of their own.
    at = list(frame.columns).index("county_code")
    frame.insert(at + 1, "county", names_of(frame["county_code"], plan.study.units))
    for column, names in coded("rejected_sites").items():
        if column in frame:
            frame[column] = said(frame[column], names)
    return frame


def _warnings(plan: PlanTables) -> Sheet:
    titles = [tr("Kind"), tr("File"), tr("Row"), tr("Column"), tr("Value"), tr("Reason")]
    rows = data_report.report(plan)["warnings"]
    return text_sheet(tr("Data report"), [*titles, tr("Remedy")], rows)


def _inputs(plan: PlanTables) -> Sheet:
    rows = data_report.report(plan)["inputs"]
    return text_sheet(tr("Input files"), [tr("Input"), tr("File"), "SHA-256"], rows)


def _standards(plan: PlanTables) -> Sheet:
    titles = [tr("Norm"), tr("Value"), tr("Unit"), tr("Source"), tr("Note")]
    return text_sheet(tr("Norms used"), titles, data_report.report(plan)["standards"])
