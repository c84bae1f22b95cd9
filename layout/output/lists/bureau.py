"""The lists of a bureau, in its order: who closes, receives and stays, and what is built."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout.core.text import tr, words
from layout.inputs.study.townships import township_names
from layout.output.lists.datums import Datum
from layout.output.lists.frames import rounded
from layout.output.lists.headings import headings
from layout.output.lists.wording import Sheet, names_of, said, with_codes, yes_no
from layout.output.lists.zones import years_of, zones, zones_by_settlement
from layout.output.maps.data import type_name
from layout.planning.contract import PlanTables
from layout.planning.final import final_state
from layout.planning.schema import code_words
from layout.planning.siting.compulsory.overflow import class_places
from layout.planning.siting.kindergarten.need import existing_classes

__all__ = ["bureau_sheets"]

Tables = Mapping[str, pd.DataFrame]
# Settlements of a site that are named one by one.
_NAMED = 8
# What would stand in the place of a new site; a school that grows has no such place.
_ALTERNATIVE = ["runner_up_name", "runner_up", "runner_up_loss"]


def bureau_sheets(plan: PlanTables, frames: Tables, datum: Datum) -> list[Sheet]:
    """Return the first sheets after the cover, in order.

    Parameters
    ----------
    plan
        The plan.
    frames
        Its tables as they are written.
    datum
        What the coordinates of sites are written in.
    """
    sites = _sites(plan, frames["sites"], datum)
    kind, stage = sites.pop("kind_code"), sites.pop("stage_code")
    new, small = kind == "new", stage == "preschool"
    lists = [
        ("closures", tr("List of closures"), _closures(plan, frames["closures"]), 4),
        ("receivers", tr("Receiving schools"), _receivers(plan, frames["assignment"]), 4),
        ("retained", tr("Retained schools"), _retained(plan, frames["retained"]), 4),
        ("building", tr("New kindergartens"), sites[new & small], 5),
        ("building", tr("New schools"), sites[new & ~small], 5),
        ("building", tr("Expansions"), sites[~new].drop(columns=_ALTERNATIVE), 5),
        ("counties", tr("Summary by county"), frames["counties"].drop(columns="county_code"), 2),
    ]
    made = [
        Sheet(name, numbered, headings(table, datum), frozen, table)
        for table, name, frame, frozen in lists
        for numbered in [_numbered(frame)]
    ]
    return [*made, _zones(plan)]


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    table = frame.reset_index(drop=True)
    table.insert(0, "number", np.arange(1, len(table) + 1))
    return table


def _located(plan: PlanTables, table: pd.DataFrame, key: str = "school_id") -> pd.DataFrame:
    """County and township of schools in words, as columns county and township; in their order."""
    schools, towns = plan.study.schools.reindex(table[key]), township_names(plan.study)
    return pd.DataFrame(
        {
            "county": names_of(schools["county_code"], plan.study.units),
            "township": [towns.get(str(code), str(code)) for code in schools["township_code"]],
            "order": schools["county_code"].to_numpy(),
        }
    )


def _closures(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    table = table.sort_values(["county_code", "township_code", "school_id"], ignore_index=True)
    names = plan.study.schools["name"].to_dict()
    gates = {f"gate_{one}": said(table[f"gate_{one}"], words.gates()) for one in "abcd"}
    return pd.DataFrame(
        {
            "county": names_of(table["county_code"], plan.study.units),
            "township": table["township"],
            "name": table["name"],
            "school_id": table["school_id"],
            "pupils": table["pupils"],
            "year": table["year"],
            "receivers": with_codes(table["receivers"], names),
            "reason": table["reason"],
            **gates,
            **{
                name: table[name]
                for name in ("added_minutes_mean", "added_minutes_max", "share_over_limit")
            },
            "replaces_if_kept": with_codes(table["replaces_if_kept"], names),
            "added_if_kept": table["added_if_kept"],
        }
    )


def _receivers(plan: PlanTables, assignment: pd.DataFrame) -> pd.DataFrame:
    """Schools that pupils of closed schools come to: how many, from where, how, and the room."""
    moved = assignment[assignment["from_school"] != assignment["to_school"]]
    schools, state = plan.study.schools, final_state(plan)
    codes = pd.Series(sorted(set(moved["to_school"])), dtype="object")
    here = schools.reindex(codes)
    # All grades, today and in the final state, which includes whom sites take.
    today = here.filter(regex=r"^pupils_").sum(axis=1).astype("int64").to_numpy()
    changes = state[state["from_school"] != state["to_school"]]
    gained, lost = (
        changes.groupby(key)["pupils"].sum().reindex(codes, fill_value=0).to_numpy()
        for key in ("to_school", "from_school")
    )
    by_mode = moved.pivot_table("pupils", "to_school", "mode", "sum", fill_value=0)
    groups = moved.groupby("to_school")
    first = moved["from_school"].map(plan.closures.set_index("school_id")["year"])
    place = _located(plan, pd.DataFrame({"school_id": codes}))
    types = words.school_types()
    table = pd.DataFrame(
        {
            **{name: place[name] for name in ("county", "township")},
            "name": here["name"].to_numpy(),
            "school_id": codes,
            "type": [type_name(str(code), types) for code in here["type_code"]],
            "first_year": first.groupby(moved["to_school"]).min().reindex(codes).to_numpy(),
            "pupils_received": groups["pupils"].sum().reindex(codes).to_numpy(),
            "from_names": _from_names(plan, moved, codes),
            "settlements": groups["settlement_id"].nunique().reindex(codes).to_numpy(),
            **{
                f"received_{mode}": by_mode[mode].reindex(codes).to_numpy()
                if mode in by_mode
                else 0
                for mode in ("walk", "bus", "board")
            },
            "minutes_longest": groups["minutes_after"].max().reindex(codes).to_numpy(),
            "pupils_today": today,
            "pupils_plan": today + gained - lost,
            "capacity_before": _class_places(plan, codes),
            "beds": here["beds"].to_numpy(),
        }
    )
    table = table.assign(first_year=table["first_year"].astype("Int64"))
    return rounded(table.iloc[np.lexsort([codes, here["township_code"], place["order"]])])


def _from_names(plan: PlanTables, moved: pd.DataFrame, codes: pd.Series) -> list[str]:
    """Schools that the pupils of each receiver come from, with their pupils, most first."""
    pupils = moved.groupby(["to_school", "from_school"])["pupils"].sum().reset_index()
    pupils = pupils.sort_values(
        ["to_school", "pupils", "from_school"], ascending=[True, False, True]
    )
    names = plan.study.schools["name"]
    texts: dict[str, list[str]] = {}
    for to, source, number in zip(*(pupils[name] for name in pupils), strict=True):
        texts.setdefault(to, []).append(f"{names.get(source, source)} {number}")
    return ["；".join(texts[code]) for code in codes]


def _class_places(plan: PlanTables, codes: pd.Series) -> np.ndarray:
    """Pupils of grades 1 to 9 whom the classes of schools hold at the standard size."""
    places = class_places(plan.study.schools, plan.study.standards).sum(axis=1)
    return np.asarray(places.reindex(codes, fill_value=0), dtype=np.int64)


def _retained(plan: PlanTables, table: pd.DataFrame) -> pd.DataFrame:
    """The belt first, then what may lie in it, then the others; in each the nearest first."""
    rank = table["belt"].map({"in": 0, "uncertain": 1}).fillna(2)
    table = table.iloc[np.lexsort([table["school_id"], table["distance_m"], rank])]
    table = table.reset_index(drop=True)
    place = _located(plan, table)
    schools = plan.study.schools.reindex(table["school_id"])
    pupils = schools.filter(regex=r"^pupils_").sum(axis=1).astype("int64")
    return pd.DataFrame(
        {
            "belt": said(table["belt"], words.belts()),
            "distance_m": table["distance_m"],
            "name": table["name"],
            "school_id": table["school_id"],
            **{name: place[name] for name in ("county", "township")},
            "pupils_today": pupils.to_numpy(),
            "official": yes_no(table["official"]),
            "protected": yes_no(table["protected"]),
            "rule": said(table["rule"], code_words("retained", "rule")),
            "uncertainty_m": table["uncertainty_m"],
            "price": table["price"],
        }
    )


def _sites(plan: PlanTables, table: pd.DataFrame, datum: Datum) -> pd.DataFrame:
    """The list of sites: where, how large before and after, whom it serves, why, what else."""
    order = ["stage", "county_code", "township_code", "site_id"]
    table = table.sort_values(order, ignore_index=True)
    before = _capacity(plan, table)
    places = datum.table(table[["lon", "lat"]])
    return pd.DataFrame(
        {
            "county": names_of(table["county_code"], plan.study.units),
            "township": table["township"],
            "name": table["name"],
            "site_id": table["site_id"],
            "stage": said(table["stage"], words.stages()),
            "kind": said(table["kind"], words.kinds()),
            "year": table["year"],
            "classes": table["classes"],
            "capacity_before": before,
            "capacity_added": table["places"],
            "capacity_after": before + table["places"].astype("int64"),
            "pupils_served": table["pupils_served"],
            "whom": _whom(plan, table),
            "why_here": table["reason"],
            "runner_up_name": names_of(table["runner_up"], plan.study.settlements),
            "runner_up": table["runner_up"],
            "runner_up_loss": table["runner_up_loss"],
            "pupils_lost": table["pupils_lost"],
            **{name: places[name] for name in datum.columns},
            "kind_code": table["kind"],
            "stage_code": table["stage"],
        }
    )


def _capacity(plan: PlanTables, table: pd.DataFrame) -> pd.Series:
    """Places that stand today in the stage of each site: none where it is new."""
    schools, norms = plan.study.schools, plan.study.standards
    small = existing_classes(schools) * norms.class_size_preschool
    large = class_places(schools, norms)
    return pd.Series(
        [
            int(small.get(code, 0) if stage == "preschool" else large[stage].get(code, 0))
            for code, stage in zip(table["school_id"], table["stage"], strict=True)
        ],
        dtype="int64",
    )


def _whom(plan: PlanTables, table: pd.DataFrame) -> list[str]:
    """Settlements whose children each site serves, most children first."""
    keys = ["programme", "site_id", "settlement_id"]
    pupils = plan.served.groupby(keys)["pupils"].sum().reset_index()
    pupils = pupils.sort_values(["pupils", "settlement_id"], ascending=[False, True])
    names = plan.study.settlements["name"]
    rows: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for programme, site, home, number in zip(*(pupils[name] for name in pupils), strict=True):
        rows.setdefault((programme, site), []).append((str(names.get(home, home)), int(number)))
    return [
        _named(rows.get((programme, site), []))
        for programme, site in zip(table["programme"], table["site_id"], strict=True)
    ]


def _named(homes: list[tuple[str, int]]) -> str:
    text = tr(", ").join(f"{name} {number}" for name, number in homes[:_NAMED])
    if len(homes) <= _NAMED:
        return text
    return tr(
        "{settlements} and {count:more settlement|more settlements} with {children}",
        settlements=text,
        count=len(homes) - _NAMED,
        children=sum(number for _, number in homes[_NAMED:]),
    )


def _zones(plan: PlanTables) -> Sheet:
    """Settlements and their schools in every band, autumn by autumn; changes are marked."""
    table = zones(plan)
    wide = zones_by_settlement(table)
    bands, years = words.bands(), years_of(table)
    titles = headings("zones")
    changed: dict[str, str] = {}
    for band, autumns in years.items():
        for place, year in enumerate(autumns):
            key = f"{band}|{year}"
            titles[key] = tr("{band}, today ({year})", band=bands[band], year=year)
            if place:
                titles[key] = tr("{band}, from autumn {year}", band=bands[band], year=year)
                changed[key] = f"{band}|{autumns[place - 1]}"
    county = names_of(wide.pop("county_code"), plan.study.units)
    wide = wide.drop(columns="township_code")
    wide.insert(0, "county", county)
    wide = wide[["county", "township", "settlement", "settlement_id", *wide.columns[4:]]]
    return Sheet(tr("Enrolment zones"), wide, titles, 4, "zones", changed)
