"""The edition for public notice: a document of its own, of what its whitelist names and no more.

It is built from the tables anew, not by hiding parts of the internal one. Numbers of pupils are
sums of whole cells, disjoint groups of pupils that are rounded once, each by itself: whoever
subtracts one number from another gets a sum of rounded cells again, and no smaller group.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.standards import BANDS
from layout.core.text import tr, words
from layout.output.maps import areas, report
from layout.output.maps.columns import DEGREES, county_positions, points_of, positions_of, texts_of
from layout.output.maps.data import stage_of, type_name
from layout.output.maps.embed import integers
from layout.output.maps.geometry import counties_topology, label_points
from layout.output.maps.packed import pack
from layout.planning.contract import Faces, PlanTables
from layout.planning.final import final_state

__all__ = ["CHILDREN", "FEWEST", "MINUTES", "ROUND_TO", "WHITELIST", "document"]

ROUND_TO = 5
"""Pupils of a cell are told to the nearest multiple."""
FEWEST = 5
"""Of fewer pupils nothing is told but where they live and what their land belongs to."""
CHILDREN = (5, 10, 20, 50, 100)
"""Where the classes of the children of a settlement begin; the first is under 5."""
MINUTES = (20, 40)
"""Where the classes of minutes to school end; the last is over 40."""
MEASURED_FROM = 2000
"""Pupils of a county from which its shares are told: a hundredth of a few grades is still five."""
SHARES = ("coverage_primary", "coverage_junior", "coverage_1_3", "coverage_4_6")
WHITELIST: Mapping[str, tuple[str, ...]] = {
    "meta": ("title", "scenario", "language", "modelled", "date", "credit", "edition", "county"),
    "words": ("columns", "indicators", "gates", "kinds", "bands", "programmes", "states"),
    "labels": (),
    "classes": ("children", "minutes", "few"),
    "topology": ("counties",),
    "counties": ("id", "name", "x", "y", "closed", "measures"),
    "schools": (
        *("id", "name", "x", "y", "county", "township", "townships", "type", "types"),
        *("pupils", "plan", "stages"),
    ),
    # Settlements are packed: id, name, x, y, county, children and minutes.
    "settlements": ("count", "packed"),
    "moves": ("from", "to", "pupils"),
    "closures": (*("school", "pupils", "year", "reason", "gate_a", "gate_b", "gate_c", "gate_d"),),
    "retained": ("school", "official", "belt"),
    "sites": (
        *("programme", "id", "name", "kind", "stage", "county", "classes", "places", "served"),
        *("x", "y"),
    ),
    "report": ("models",),
    "catchments": tuple(BANDS),
    # What differs in the other language.
    "other": (),
    "roads": (),
    "graph": (),
}
"""Blocks of the page, and the keys of each; a block without keys is one value of no plan's."""
_COLUMNS = (
    *("name", "county", "pupils", "year", "receivers", "reason", "school_id", "programme"),
    *("kind", "classes", "places", "pupils_served", "site_id", "closed", "township"),
    *("from_school", "to_school", "band", "mode", "settlement"),
)


def document(plan: PlanTables, *, whole: PlanTables | None = None) -> dict[str, Any]:
    """Return everything that the public page shows, in the language of this context.

    Parameters
    ----------
    plan
        The plan to draw, with its land.
    whole
        The plan that it is a unit of; numbers are this one's, so that no page tells of a cell
        what another does not.

    Returns
    -------
    dict
        JSON-ready: the blocks and keys of `WHITELIST`.
    """
    study, all_of_it = plan.study, whole or plan
    schools = study.schools.sort_index()
    counties = [str(code) for code in study.units.index]
    state = final_state(all_of_it)
    cells = _cells(all_of_it, state)
    return {
        "meta": _meta(plan) | {"county": whole is not None},
        "words": _words(),
        "classes": _classes(),
        "topology": {"counties": counties_topology(study.units)},
        "counties": _counties(plan, counties),
        "schools": _schools(cells, schools, counties),
        "settlements": {
            "count": len(study.settlements),
            "packed": pack(_settlements(state, study.settlements.sort_index(), counties)),
        },
        "moves": _moves(cells, plan, schools.index),
        "closures": _closures(cells, plan, schools),
        "retained": _retained(plan, schools.index),
        "sites": _sites(cells, plan, counties),
        "report": {"models": _reached(plan)},
        "catchments": _zones(plan, areas.CITY_BANDS if whole is None else tuple(BANDS)),
    }


def _meta(plan: PlanTables) -> dict[str, Any]:
    told = report.meta(plan)
    kept = ("title", "language", "modelled", "date", "credit")
    return {**{key: told[key] for key in kept}, "scenario": "", "edition": "public"}


def _words() -> dict[str, Any]:
    columns, indicators = words.columns(), words.indicators()
    measures = [f"{name}_{when}" for name in _MEASURES for when in ("before", "after")]
    return {
        "columns": {key: columns[key] for key in (*_COLUMNS, *_GATES, *measures)},
        "indicators": {key: indicators[key] for key in _MEASURES if key in indicators},
        "gates": words.gates(),
        "kinds": words.kinds(),
        "bands": words.bands(),
        "programmes": words.programmes(),
        "states": words.states(),
    }


_GATES = tuple(f"gate_{gate}" for gate in "abcd")
_MEASURES = ("schools", *SHARES, "minutes_mean")


def _classes() -> dict[str, Any]:
    """The classes in words, by position."""
    ranges = [f"{low}–{high - 1}" for low, high in pairwise(CHILDREN)]
    under, over = tr("under {count}", count=CHILDREN[0]), tr("{count} or more", count=CHILDREN[-1])
    first, last = MINUTES
    return {
        "children": [under, *ranges, over],
        "minutes": [
            tr("up to {count} min", count=first),
            tr("{low} to {high} min", low=first, high=last),
            tr("over {count} min", count=last),
        ],
        "few": tr("a few"),
    }


def _rounded(values: pd.Series) -> pd.Series:
    # Half up; there is no half of five among whole numbers.
    return ((values + ROUND_TO // 2) // ROUND_TO * ROUND_TO).astype("int64")


def _cells(plan: PlanTables, state: pd.DataFrame) -> pd.DataFrame:
    """Pupils by the school of today and the school or site of the plan, each cell rounded.

    Columns from_school ("" for children without a place), to_school and pupils. Who stays is a
    cell too, with those whom the plan does not look at.
    """
    moved = state[state["from_school"] != state["to_school"]]
    cells = moved.groupby(["from_school", "to_school"])["pupils"].sum().reset_index()
    # All pupils of a school in any grade, less those who leave it.
    schools = plan.study.schools
    grades = [column for column in schools if str(column).startswith("pupils_")]
    leave = cells.groupby("from_school")["pupils"].sum()
    stay = schools[grades].sum(axis=1) - leave.reindex(schools.index, fill_value=0)
    ids = schools.index.astype("str")
    rest = pd.DataFrame({"from_school": ids, "to_school": ids, "pupils": stay.to_numpy()})
    table = pd.concat([cells, rest[rest["pupils"] > 0]], ignore_index=True)
    table["pupils"] = _rounded(table["pupils"].astype("int64"))
    return table.sort_values(["from_school", "to_school"], ignore_index=True)


def _sums(cells: pd.DataFrame, key: str, index: pd.Index) -> pd.Series:
    sums: pd.Series = cells.groupby(key)["pupils"].sum().reindex(index, fill_value=0)
    return sums


def _counties(plan: PlanTables, codes: list[str]) -> dict[str, Any]:
    places = label_points(plan.study)
    table = plan.counties.set_index("county_code").reindex(codes)
    # Shares of few are counts of them.
    many = table["pupils_before"] >= MEASURED_FROM
    measures = {
        name: {
            when: _measure(name, table[f"{name}_{when}"].where(many | (name == "schools")))
            for when in ("before", "after")
        }
        for name in _MEASURES
        if f"{name}_after" in table and f"{name}_before" in table
    }
    return {
        "id": list(codes),
        "name": texts_of(plan.study.units["name"]),
        "x": integers((x for x, _ in places), scale=DEGREES),
        "y": integers((y for _, y in places), scale=DEGREES),
        "closed": integers(table["closed"]),
        "measures": measures,
    }


def _measure(name: str, values: pd.Series) -> list[float | None]:
    """Shares in whole hundredths, all else in whole numbers."""
    share = name in SHARES
    return [
        None if value is None else value / 100 if share else value
        for value in integers(values, scale=100 if share else 1)
    ]


def _schools(cells: pd.DataFrame, schools: gpd.GeoDataFrame, counties: list[str]) -> dict[str, Any]:
    types = sorted(set(texts_of(schools["type_code"])))
    named = words.school_types()
    townships = sorted(set(texts_of(schools["township_code"])))
    return {
        "id": texts_of(schools.index),
        "name": texts_of(schools["name"]),
        **points_of(schools),
        "county": county_positions(schools["county_code"], counties),
        "township": [townships.index(code) for code in texts_of(schools["township_code"])],
        "townships": townships,
        "type": [types.index(code) for code in texts_of(schools["type_code"])],
        "types": [{"name": type_name(code, named), "stage": stage_of(code)} for code in types],
        "pupils": integers(_sums(cells, "from_school", schools.index)),
        "plan": integers(_sums(cells, "to_school", schools.index)),
        "stages": {},
    }


def _settlements(
    state: pd.DataFrame, settlements: gpd.GeoDataFrame, counties: list[str]
) -> dict[str, Any]:
    ages = [column for column in settlements if str(column).startswith("age_")]
    children = settlements[ages].sum(axis=1)
    # Minutes in the plan as pupils have them on average; of few nothing.
    rows = state[(state["from_school"] != "") & np.isfinite(state["minutes_after"])]
    pupils = rows.groupby("settlement_id")["pupils"].sum()
    spent = (rows["minutes_after"] * rows["pupils"]).groupby(rows["settlement_id"]).sum()
    mean = (spent / pupils).where(pupils >= FEWEST).reindex(settlements.index)
    place = np.searchsorted(MINUTES, mean.to_numpy(dtype=np.float64), side="left")
    return {
        "id": texts_of(settlements.index),
        "name": texts_of(settlements["name"]),
        **points_of(settlements),
        "county": county_positions(settlements["county_code"], counties),
        "children": np.searchsorted(CHILDREN, children.to_numpy(), side="right").tolist(),
        "minutes": integers(pd.Series(place).where(mean.notna().to_numpy())),
    }


def _moves(cells: pd.DataFrame, plan: PlanTables, schools: pd.Index) -> dict[str, Any]:
    """Between schools of the study, those that close to those that receive."""
    closed = cells["from_school"].isin(plan.closures["school_id"])
    table = cells[closed & cells["to_school"].isin(schools)]
    table = table[table["from_school"] != table["to_school"]]
    return {
        "from": positions_of(schools, table["from_school"]),
        "to": positions_of(schools, table["to_school"]),
        "pupils": integers(table["pupils"]),
    }


def _closures(cells: pd.DataFrame, plan: PlanTables, schools: gpd.GeoDataFrame) -> dict[str, Any]:
    table = plan.closures.sort_values("school_id")
    away = cells[cells["from_school"] != cells["to_school"]]
    leave = _sums(away, "from_school", pd.Index(table["school_id"]))
    rows = zip(table.to_dict("records"), leave > FEWEST, strict=True)
    return {
        "school": positions_of(schools.index, table["school_id"]),
        "pupils": integers(leave),
        "year": integers(table["year"]),
        "reason": [_reason(plan, row, schools["name"], many=many) for row, many in rows],
        **{f"gate_{gate}": texts_of(table[f"gate_{gate}"]) for gate in "abcd"},
    }


def _reason(plan: PlanTables, row: Mapping[Hashable, Any], names: pd.Series, *, many: bool) -> str:
    """Why a school closes, and where its pupils go, without a number of theirs.

    Whether they are many enough for minutes is seen from the rounded number beside it: from the
    true one, that minutes are left out would tell flows of 1 and 3 pupils from others told as 0
    and 5.
    """
    receivers = [code for code in str(row["receivers"]).split(";") if code in names.index]
    told = {
        "limit": plan.study.standards.small_school_pupils,
        "schools": tr(", ").join(str(names[code]) for code in receivers),
    }
    if not many or not np.isfinite(row["added_minutes_mean"]):
        return tr("Fewer than {limit} pupils; they go to {schools}.", **told)
    # Up to the next five minutes, of the mean.
    minutes = int(np.ceil(max(row["added_minutes_mean"], 1) / ROUND_TO) * ROUND_TO)
    return tr(
        "Fewer than {limit} pupils; they go to {schools}, on average at most {minutes} minutes "
        "farther one way.",
        **told,
        minutes=minutes,
    )


def _retained(plan: PlanTables, schools: pd.Index) -> dict[str, Any]:
    """The schools of the official list that stay, and nothing of why they are on it."""
    table = plan.retained.sort_values("school_id")
    table = table[table["official"].astype(bool) & table["protected"].astype(bool)]
    return {
        "school": positions_of(schools, table["school_id"]),
        "official": [True] * len(table),
        "belt": [""] * len(table),
    }


def _sites(cells: pd.DataFrame, plan: PlanTables, counties: list[str]) -> dict[str, Any]:
    table = plan.sites.sort_values(["programme", "site_id"])
    # Children of an expansion are among the school's own: only new sites have a number.
    served = _sums(cells, "to_school", pd.Index(table["site_id"], dtype="str"))
    new = (table["kind"] == "new").to_numpy()
    return {
        **{key: texts_of(table[key]) for key in ("programme", "name", "kind", "stage")},
        "id": texts_of(table["site_id"]),
        "county": county_positions(table["county_code"], counties),
        "classes": integers(table["classes"]),
        "places": integers(table["places"]),
        "served": integers(pd.Series(served.to_numpy()).where(new)),
        "x": integers(table["lon"], scale=DEGREES),
        "y": integers(table["lat"], scale=DEGREES),
    }


def _reached(plan: PlanTables) -> list[dict[str, Any]]:
    """What the policy asks for and the plan reaches: numbers that are announced."""
    named = words.models()
    return [
        {
            "model": named.get(run.model, run.model),
            "requested": run.requested,
            "achieved": run.achieved,
        }
        for run in plan.runs
    ]


def _zones(plan: PlanTables, bands: tuple[str, ...]) -> dict[str, str]:
    """The land of each school as the plan allots it; as it is today only where that is modelled."""
    if plan.land is None:
        return {}
    study = plan.study
    surveyed = study.attendance is not None and not study.attendance_inferred
    zones = {}
    for band in bands:
        faces = plan.land.bands.get(band)
        if faces is None or not len(faces.faces):
            continue
        # Who has a place in a kindergarten is the model's; grades 10-12 are as they were surveyed.
        if not surveyed or band == "preschool":
            zones[band] = areas.packed_faces(plan, faces, ("before", "after"))
        elif band != "10-12":
            zones[band] = areas.packed_faces(plan, _planned(faces), ("after",))
    return zones


def _planned(faces: Faces) -> Faces:
    """Faces joined over the schools of today, which leaves no edge between those."""
    joined = faces.faces.dissolve("after", as_index=False, method="coverage")[["after", "geometry"]]
    return Faces(band=faces.band, faces=joined, groups=faces.groups.iloc[:0])
