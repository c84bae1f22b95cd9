"""The sheets of the workbook, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from layout.core.text import tr, words
from layout.inputs.study.townships import township_names
from layout.output.lists.frames import rounded
from layout.output.maps import report as data_report
from layout.planning.contract import PlanTables
from layout.planning.schema import code_words

__all__ = ["Sheet", "plain_sheet", "sheets"]


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: its name, its rows, the heading of each column, how many stay in view."""

    name: str
    frame: pd.DataFrame
    titles: Mapping[str, str] = field(default_factory=dict)
    frozen: int = 2


def sheets(plan: PlanTables, frames: Mapping[str, pd.DataFrame]) -> list[Sheet]:
    """Return the sheets after the cover, in order; ``frames`` are the tables of the plan."""
    named = [
        (tr("List of closures"), _closures(plan, frames["closures"])),
        (tr("Candidates"), _candidates(plan, frames["candidates"])),
        (tr("Moves by settlement"), _moves(plan, frames["assignment"])),
        (tr("Assignment"), _assignment(plan, frames["assignment"])),
        (tr("Retained border schools"), _retained(frames["retained"])),
        (tr("Improvements"), _improvements(plan)),
        (tr("Sites"), _sites(plan, frames["sites"])),
        (tr("Whom the sites serve"), _served(plan, frames["served"])),
        (tr("Sites by year"), _site_years(plan, frames["site_years"])),
        (tr("Rejected sites"), _rejected_sites(plan, frames["rejected_sites"])),
        (tr("Children without a place"), _deficits(plan, frames["deficits"])),
        (tr("Kindergarten plans"), _county_plans(plan, frames["kindergarten_plans"])),
        (tr("Counties"), frames["counties"]),
    ]
    titled = [Sheet(name, frame, _titles(frame)) for name, frame in named]
    return [*titled, _warnings(plan), _inputs(plan), _standards(plan)]


def plain_sheet(name: str, table: pd.DataFrame) -> Sheet:
    """Return one table as a sheet: headings and codes in words; it needs no study."""
    # Codes become words; a column that the table does not have is left alone.
    frame = table.copy()
    for column, names in _coded(name).items():
        if column in frame:
            frame[column] = _said(frame[column], names)
    for column in ("official", "protected", "candidate", "closed", "floor_met"):
        # A county counts its closed schools.
        if column in frame and pd.api.types.is_bool_dtype(frame[column]):
            frame[column] = _yes_no(frame[column])
    return Sheet(words.tables()[name], frame, _titles(frame))


def _titles(frame: pd.DataFrame) -> dict[str, str]:
    """Headings of a table; `closed` counts schools by county, and marks one among candidates.

    A year is that of a closure beside the gates, and a school year elsewhere.
    """
    columns = words.columns()
    if "if_forced" in frame:
        columns["closed"] = tr("Closes in the plan")
    if "gate_a" not in frame:
        columns["year"] = tr("School year")
    return {str(key): columns.get(str(key), str(key)) for key in frame}


def _coded(table: str) -> dict[str, Mapping[str, str]]:
    """Words of the codes of a table, by column."""
    gates = {f"gate_{letter}": words.gates() for letter in "abcd"}
    # Kinds of exclusion areas, and reasons that are no sentences, in one table alone.
    rejected = table == "rejected_sites"
    own = {name: code_words(table, name) for name in ("kind", "reason") if rejected}
    return {
        **gates,
        "band": words.bands(),
        "mode": words.modes(),
        "mode_before": words.modes(),
        "belt": words.belts(),
        "rule": code_words("candidates" if table == "candidates" else "retained", "rule"),
        "if_forced": code_words("candidates", "if_forced"),
        "programme": words.programmes(),
        "kind": words.kinds(),
        "stage": words.stages(),
        "births": code_words("site_years", "births"),
        **own,
        "cure": code_words("deficits", "cure"),
    }


def _said(values: pd.Series, names: Mapping[str, str]) -> pd.Series:
    return pd.Series([names.get(str(value), str(value)) for value in values], dtype="object")


def _yes_no(values: pd.Series) -> pd.Series:
    return pd.Series([tr("yes") if value is True or value == 1 else tr("no") for value in values])


def _names(values: pd.Series, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(frame["name"].reindex(values).fillna("").to_numpy(), dtype="object")


def _receivers(texts: pd.Series, schools: pd.DataFrame) -> pd.Series:
    """Return receivers as names with their codes."""
    # Codes are separated by semicolons; a code without a school stays as it is.
    names = schools["name"].to_dict()
    return pd.Series(
        [
            "；".join(
                f"{names[code.strip()]}（{code.strip()}）" if code.strip() in names else code
                for code in str(text).split(";")
            )
            for text in texts
        ],
        dtype="object",
    )


def _closures(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    # Names are inserted beside the codes that they explain.
    frame.insert(2, "county", _names(frame["county_code"], plan.study.units))
    for gate in ("gate_a", "gate_b", "gate_c", "gate_d"):
        frame[gate] = _said(frame[gate], words.gates())
    frame["receivers"] = _receivers(frame["receivers"], plan.study.schools)
    return frame


def _candidates(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame.insert(2, "county", _names(frame["county_code"], plan.study.units))
    for column in ("rule", "if_forced"):
        frame[column] = _said(frame[column], code_words("candidates", column))
    for column in ("candidate", "closed"):
        frame[column] = _yes_no(frame[column])
    frame["closes_then"] = _receivers(frame["closes_then"], plan.study.schools)
    return frame


def _assignment(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame.insert(1, "settlement", _names(frame["settlement_id"], plan.study.settlements))
    frame.insert(5, "from_name", _names(frame["from_school"], plan.study.schools))
    frame.insert(7, "to_name", _names(frame["to_school"], plan.study.schools))
    frame["band"] = _said(frame["band"], words.bands())
    for column in ("mode", "mode_before"):
        frame[column] = _said(frame[column], words.modes())
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
    frame.insert(1, "from_name", _names(frame["from_school"], plan.study.schools))
    frame.insert(3, "settlement", _names(frame["settlement_id"], plan.study.settlements))
    frame.insert(5, "to_name", _names(frame["to_school"], plan.study.schools))
    for column in ("mode", "mode_before"):
        frame[column] = _said(frame[column], words.modes())
    return rounded(frame)


def _retained(table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame["belt"] = _said(frame["belt"], words.belts())
    frame["rule"] = _said(frame["rule"], code_words("retained", "rule"))
    for name in ("official", "protected"):
        frame[name] = _yes_no(frame[name])
    return frame


def _improvements(plan: PlanTables) -> pd.DataFrame:
    frame = rounded(plan.improvements)
    frame.insert(3, "county", _names(frame["county_code"], plan.study.units))
    frame["canteen"] = _said(frame["canteen"], words.canteens())
    return frame


def _sites(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    # The county's name follows its code, wherever that column is.
    at = frame.columns.get_loc("county_code")
    assert isinstance(at, int)
    frame.insert(at + 1, "county", _names(frame["county_code"], plan.study.units))
    frame["stage"] = _said(frame["stage"], words.stages())
    frame["programme"] = _said(frame["programme"], words.programmes())
    frame["kind"] = _said(frame["kind"], words.kinds())
    if "runner_up" in frame:
        at = list(frame.columns).index("runner_up")
        frame.insert(at + 1, "runner_up_name", _names(frame["runner_up"], plan.study.settlements))
    return frame


def _served(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    # Names beside the codes that they explain.
    sites = rounded(plan.sites.drop_duplicates("site_id")).set_index("site_id")
    frame.insert(2, "site", _names(frame["site_id"], sites))
    frame.insert(4, "settlement", _names(frame["settlement_id"], plan.study.settlements))
    at = list(frame.columns).index("from_school")
    frame.insert(at + 1, "from_name", _names(frame["from_school"], plan.study.schools))
    frame["programme"] = _said(frame["programme"], words.programmes())
    frame["band"] = _said(frame["band"], words.bands())
    frame["mode"] = _said(frame["mode"], words.modes())
    return rounded(frame)


def _site_years(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    sites = rounded(plan.sites.drop_duplicates("site_id")).set_index("site_id")
    frame.insert(1, "site", _names(frame["site_id"], sites))
    frame["births"] = _said(frame["births"], code_words("site_years", "births"))
    return frame


def _deficits(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame = table.copy()
    frame.insert(2, "county", _names(frame["county_code"], plan.study.units))
    frame["stage"] = _said(frame["stage"], words.stages())
    frame["cure"] = _said(frame["cure"], code_words("deficits", "cure"))
    return frame


def _county_plans(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    frame, names = table.copy(), township_names(plan.study)
    frame["floor_met"] = _yes_no(frame["floor_met"])
    for column in ("townships_without_before", "townships_without_after"):
        frame[column] = [
            tr(", ").join(names.get(code, code) for code in text.split(";") if code)
            for text in frame[column]
        ]
    return frame


def _rejected_sites(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    # The county's name follows its code; reasons and kinds of areas have words of their own.
    frame = _sites(plan, table)
    for column in ("reason", "kind"):
        frame[column] = _said(table[column], code_words("rejected_sites", column))
    return frame


def _rows(name: str, titles: list[str], rows: list[list[str]], *, frozen: int = 1) -> Sheet:
    # Keys c0, c1, … : these sheets have titles only.
    keys = [f"c{number}" for number in range(len(titles))]
    frame = pd.DataFrame(rows, columns=keys, dtype="object")
    return Sheet(name, frame, dict(zip(keys, titles, strict=True)), frozen)


def _warnings(plan: PlanTables) -> Sheet:
    titles = [tr("Kind"), tr("File"), tr("Row"), tr("Column"), tr("Value"), tr("Reason")]
    rows = data_report.report(plan)["warnings"]
    return _rows(tr("Data report"), [*titles, tr("Remedy")], rows)


def _inputs(plan: PlanTables) -> Sheet:
    rows = data_report.report(plan)["inputs"]
    return _rows(tr("Input files"), [tr("Input"), tr("File"), "SHA-256"], rows)


def _standards(plan: PlanTables) -> Sheet:
    titles = [tr("Norm"), tr("Value"), tr("Unit"), tr("Source"), tr("Note")]
    return _rows(tr("Norms used"), titles, data_report.report(plan)["standards"])
