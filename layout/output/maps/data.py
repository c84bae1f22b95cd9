"""The plan as the plain data of a page: columns of integers and texts, nothing rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layout.core.standards import STAGES
from layout.core.text import words
from layout.inputs.study.study import Study
from layout.output.maps import needs, report
from layout.output.maps.columns import (
    DEGREES,
    county_positions,
    points_of,
    positions_of,
    pupils_of,
    texts_of,
)
from layout.output.maps.embed import integers
from layout.output.maps.geometry import label_points, topology
from layout.output.maps.packed import pack
from layout.planning.contract import COUNTY_MEASURES, PlanTables
from layout.planning.final import final_state
from layout.planning.schema import code_words

__all__ = ["document", "stage_of", "type_name"]

# Minutes are kept as whole tenths.
TENTHS = 10


def document(plan: PlanTables, *, whole: PlanTables | None = None) -> dict[str, Any]:
    """Return everything that the page shows, in the language of this context.

    Parameters
    ----------
    plan
        The plan to draw.
    whole
        The plan that it is a unit of: what happens at schools and settlements is counted there.

    Returns
    -------
    dict
        JSON-ready: ``meta``, ``words``, ``counties``, ``schools``, ``settlements``, ``moves``,
        ``closures``, ``forced``, ``retained``, ``sites``, ``served``, ``missing``, ``report``.
        Points are integers of 1e-5 degree, minutes integers of a tenth. Settlements, the longest
        table, are packed.
    """
    study, state = plan.study, final_state(whole or plan)
    # Positions in these tables are what the page refers to: schools, settlements, counties.
    schools = study.schools.sort_index()
    settlements = study.settlements.sort_index()
    counties = [str(code) for code in study.units.index]
    return {
        "meta": report.meta(plan),
        "words": _words(),
        "topology": topology(study),
        "counties": _counties(plan, counties),
        "schools": _schools(state, schools, counties),
        "settlements": _packed_settlements(state, settlements, counties),
        "moves": _moves(plan, schools.index, settlements.index),
        "closures": _closures(plan, schools.index),
        "forced": needs.forced(plan, schools.index),
        "retained": _retained(plan, schools.index),
        "sites": _sites(plan, counties, settlements.index),
        "served": _served(plan, schools.index, settlements.index),
        "missing": needs.missing(plan, counties),
        "report": report.report(plan),
    }


def type_name(type_code: str, names: Mapping[str, str]) -> str:
    """Return the word for a type of school; codes of one family share a word."""
    return names.get(type_code) or names.get(type_code[:2]) or names.get(type_code[:1], type_code)


def stage_of(type_code: str) -> str:
    """Return the layer of a school: one of the stages, or ``special``."""
    # Codes of the national school statistics: 5… special, 11… kindergarten, 21… primary, 31…
    # junior.
    if type_code.startswith("5"):
        return "special"
    if type_code in {"111", "119"}:
        return "preschool"
    if type_code in {"211", "218", "219"}:
        return "primary"
    return "junior" if type_code in {"311", "312", "319"} else "senior"


def _words() -> dict[str, Any]:
    return {
        "columns": words.columns(),
        "indicators": words.indicators(),
        "gates": words.gates(),
        "modes": words.modes(),
        "kinds": words.kinds(),
        "belts": words.belts(),
        "bands": words.bands(),
        "programmes": words.programmes(),
        "states": words.states(),
    }


def _counties(plan: PlanTables, codes: list[str]) -> dict[str, Any]:
    units = plan.study.units
    points = label_points(plan.study)
    # Measures by county, before and after, as far as the plan has them.
    table = plan.counties.set_index("county_code").reindex(codes)
    measures = {
        measure: {
            when: _rounded(table[f"{measure}_{when}"])
            for when in ("before", "after")
            if f"{measure}_{when}" in table
        }
        for measure in COUNTY_MEASURES
    }
    return {
        "id": list(codes),
        "name": texts_of(units["name"]),
        "x": integers((x for x, _ in points), scale=DEGREES),
        "y": integers((y for _, y in points), scale=DEGREES),
        "closed": integers(table["closed"]) if "closed" in table else [],
        "measures": {key: value for key, value in measures.items() if value},
    }


def _rounded(values: pd.Series) -> list[float | None]:
    # Four digits after the point.
    return [None if number is None else number / 10_000 for number in integers(values, scale=1e4)]


def _schools(state: pd.DataFrame, schools: Any, counties: list[str]) -> dict[str, Any]:
    names = words.school_types()
    # Types and townships as positions in short lists: each text is in the page once.
    types = sorted(set(texts_of(schools["type_code"])))
    position_of = {code: position for position, code in enumerate(types)}
    # Pupils today by stage and in all; then those gained and lost by the plan.
    today = {stage: pupils_of(schools, grades) for stage, grades in STAGES.items()}
    total = sum(today.values(), start=pd.Series(0, index=schools.index))
    moved = state[state["from_school"] != state["to_school"]]
    gained = moved.groupby("to_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    lost = moved.groupby("from_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    townships = sorted(set(texts_of(schools["township_code"])))
    return {
        "id": texts_of(schools.index),
        "name": texts_of(schools["name"]),
        **points_of(schools),
        "county": county_positions(schools["county_code"], counties),
        "township": [townships.index(code) for code in texts_of(schools["township_code"])],
        "townships": townships,
        "type": [position_of[code] for code in texts_of(schools["type_code"])],
        "types": [{"name": type_name(code, names), "stage": stage_of(code)} for code in types],
        "pupils": integers(total),
        "plan": integers(total + gained - lost),
        # What only a card shows.
        "packed": pack(
            {
                "stages": {stage: integers(values) for stage, values in today.items()},
                **_minutes(state, "from_school", "minutes_before", "today", schools.index),
                **_minutes(state, "to_school", "minutes_after", "later", schools.index),
            }
        ),
    }


def _minutes(
    state: pd.DataFrame, key: str, column: str, name: str, index: pd.Index
) -> dict[str, list[int | None]]:
    """Return mean and longest minutes of the pupils of each school or settlement, in tenths."""
    # Groups with a finite route; minutes weighted by pupils.
    # Children who had no place have no minutes of before, and are none of the stage's pupils.
    table = state.loc[state["from_school"] != "", [key, "pupils", column]].dropna()
    table = table[table[column].astype("float64") < float("inf")]
    weighted = (table[column] * table["pupils"]).groupby(table[key]).sum()
    mean = weighted / table.groupby(key)["pupils"].sum()
    return {
        f"{name}_mean": integers(mean.reindex(index), scale=TENTHS),
        f"{name}_max": integers(table.groupby(key)[column].max().reindex(index), scale=TENTHS),
    }


def _packed_settlements(
    state: pd.DataFrame, settlements: Any, counties: list[str]
) -> dict[str, Any]:
    table = _settlements(state, settlements, counties)
    # Those on the map: with children, in the page's counties.
    pairs = zip(table["county"], table["children"], strict=True)
    shown = sum(county is not None and children > 0 for county, children in pairs)
    return {"count": shown, "packed": pack(table)}


def _settlements(state: pd.DataFrame, settlements: Any, counties: list[str]) -> dict[str, Any]:
    ages = [column for column in settlements if str(column).startswith("age_")]
    before = _minutes(state, "settlement_id", "minutes_before", "today", settlements.index)
    after = _minutes(state, "settlement_id", "minutes_after", "later", settlements.index)
    return {
        "id": texts_of(settlements.index),
        "name": texts_of(settlements["name"]),
        **points_of(settlements),
        "county": county_positions(settlements["county_code"], counties),
        "children": integers(settlements[ages].sum(axis=1)),
        "today_mean": before["today_mean"],
        # What is added to the mean of today, where there is one.
        "later_mean": [
            later if later is None or today is None else later - today
            for today, later in zip(before["today_mean"], after["later_mean"], strict=True)
        ],
    }


def _moves(plan: PlanTables, schools: pd.Index, settlements: pd.Index) -> dict[str, Any]:
    """Return one row for every group that changes school."""
    table = plan.assignment
    # Only groups that change school, in an order that does not depend on the plan's.
    table = table[table["from_school"] != table["to_school"]]
    table = table.sort_values(["from_school", "settlement_id", "band", "to_school"])
    return {
        "settlement": positions_of(settlements, table["settlement_id"]),
        "band": texts_of(table["band"]),
        "pupils": integers(table["pupils"]),
        "from": positions_of(schools, table["from_school"]),
        "to": positions_of(schools, table["to_school"]),
        "mode": texts_of(table["mode"]),
        "before_mode": texts_of(table["mode_before"]),
        "before": integers(table["minutes_before"], scale=TENTHS),
        "after": integers(table["minutes_after"], scale=TENTHS),
        "metres": integers(table["metres_after"]),
    }


def _closures(plan: PlanTables, schools: pd.Index) -> dict[str, Any]:
    table = plan.closures.sort_values("school_id")
    return {
        "school": positions_of(schools, table["school_id"]),
        "pupils": integers(table["pupils"]),
        "year": integers(table["year"]),
        "reason": texts_of(table["reason"]),
        **{f"gate_{gate}": texts_of(table[f"gate_{gate}"]) for gate in "abcd"},
        "mean": integers(table["added_minutes_mean"], scale=TENTHS),
        "max": integers(table["added_minutes_max"], scale=TENTHS),
        "share": _rounded(table["share_over_limit"]),
    }


def _retained(plan: PlanTables, schools: pd.Index) -> dict[str, Any]:
    table, rules = plan.retained.sort_values("school_id"), code_words("retained", "rule")
    return {
        "school": positions_of(schools, table["school_id"]),
        "official": [bool(value) for value in table["official"]],
        "distance": integers(table["distance_m"]),
        "error": integers(table["uncertainty_m"]),
        "belt": texts_of(table["belt"]),
        "protected": [bool(value) for value in table["protected"]],
        "rule": [rules.get(code, code) for code in texts_of(table["rule"])],
    }


def _sites(plan: PlanTables, counties: list[str], settlements: pd.Index) -> dict[str, Any]:
    table = plan.sites.sort_values(["programme", "site_id"])
    return {
        "programme": texts_of(table["programme"]),
        "id": texts_of(table["site_id"]),
        "name": texts_of(table["name"]),
        "kind": texts_of(table["kind"]),
        "stage": texts_of(table["stage"]),
        "county": county_positions(table["county_code"], counties),
        "classes": integers(table["classes"]),
        "places": integers(table["places"]),
        **needs.size_before(plan.study, table),
        "served": integers(table["pupils_served"]),
        "reason": texts_of(table["reason"]),
        "instead": positions_of(settlements, table["runner_up"]),
        "lost": integers(table["pupils_lost"]),
        "x": integers(table["lon"], scale=DEGREES),
        "y": integers(table["lat"], scale=DEGREES),
    }


def _served(plan: PlanTables, schools: pd.Index, settlements: pd.Index) -> dict[str, Any]:
    """Return whom each site serves, by settlement, band and the school that they leave."""
    # Sites as positions in the table of `_sites`; a site's id is its own in one programme only.
    sites = plan.sites.sort_values(["programme", "site_id"])
    keys = pd.MultiIndex.from_frame(sites[["programme", "site_id"]])
    table = plan.served.sort_values(
        ["programme", "site_id", "settlement_id", "band", "from_school"], kind="stable"
    )
    at = keys.get_indexer(pd.MultiIndex.from_frame(table[["programme", "site_id"]]))
    return {
        "site": [int(position) for position in at],
        "settlement": positions_of(settlements, table["settlement_id"]),
        "band": texts_of(table["band"]),
        "pupils": integers(table["pupils"]),
        "from": positions_of(schools, table["from_school"]),
        "mode": texts_of(table["mode"]),
        "minutes": integers(table["minutes"], scale=TENTHS),
        "metres": integers(table["metres"]),
    }


def bounds(study: Study) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the counties in degrees (WGS 84)."""
    west, south, east, north = study.units.total_bounds
    return float(west), float(south), float(east), float(north)
