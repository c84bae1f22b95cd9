"""Several plans of one study on one page: what each school and settlement is told under each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from layout.core.standards import STAGES
from layout.core.text import words
from layout.inputs.study.study import Study
from layout.output.maps import areas, report
from layout.output.maps.columns import DEGREES, county_positions, points_of, pupils_of, texts_of
from layout.output.maps.data import stage_of, type_name
from layout.output.maps.embed import clean, integers
from layout.output.maps.flows import MODES, TENTHS
from layout.output.maps.geometry import counties_topology, label_points
from layout.output.maps.packed import pack
from layout.planning.contract import PlanTables
from layout.planning.final import final_state

__all__ = ["document"]

_SITE = ["programme", "site_id", "name", "kind", "stage", "county_code", "lon", "lat"]
_COLUMNS = (
    *("name", "county", "pupils", "school_id", "settlement", "band", "mode", "minutes_after"),
    *("classes", "places", "pupils_served", "to_school"),
)


def document(
    plans: Mapping[str, PlanTables],
    figures: Sequence[Sequence[str]],
    land: Mapping[str, tuple[gpd.GeoDataFrame, pd.DataFrame]],
) -> dict[str, Any]:
    """Return everything that the page of several plans shows, in the language of this context.

    Parameters
    ----------
    plans
        Plans of one study by the name of the option.
    figures
        Rows of a measure in words and its value in each plan.
    land
        By band what `layout.planning.catchments.common_faces` returns of these plans.

    Returns
    -------
    dict
        JSON-ready. Schools, then the sites of all plans are one list of places; the plans and the
        rows of `areas` refer to positions in it.
    """
    first = next(iter(plans.values()))
    study = first.study
    schools = study.schools.sort_index()
    settlements = study.settlements.sort_index()
    counties = [str(code) for code in study.units.index]
    sites = _sites(plans)
    return {
        "meta": report.meta(first) | {"scenario": " · ".join(map(clean, plans))},
        "words": _words(),
        "topology": {"counties": counties_topology(study.units)},
        "counties": _counties(study, counties),
        "schools": _schools(schools, counties),
        "sites": {
            "id": texts_of(sites["site_id"]),
            "county": county_positions(sites["county_code"], counties),
            **{key: texts_of(sites[key]) for key in ("programme", "name", "kind", "stage")},
            "x": integers(sites["lon"], scale=DEGREES),
            "y": integers(sites["lat"], scale=DEGREES),
        },
        "settlements": {
            "id": texts_of(settlements.index),
            "name": texts_of(settlements["name"]),
            **points_of(settlements),
            "county": county_positions(settlements["county_code"], counties),
        },
        "figures": [[clean(cell) for cell in row] for row in figures],
        "options": [_option(name, plan, schools, sites) for name, plan in plans.items()],
        "areas": {
            band: pack(_band(list(plans.values()), *cut, schools.index, sites))
            for band, cut in land.items()
            if band in areas.CITY_BANDS and len(cut[0])
        },
        "catchments": {},
    }


def _words() -> dict[str, Any]:
    columns = words.columns()
    return {
        "columns": {key: columns[key] for key in _COLUMNS},
        "modes": words.modes(),
        "kinds": words.kinds(),
        "bands": words.bands(),
        "programmes": words.programmes(),
        "states": words.states(),
    }


def _counties(study: Study, codes: list[str]) -> dict[str, Any]:
    middles = label_points(study)
    return {
        "id": codes,
        "name": texts_of(study.units["name"]),
        "x": integers((x for x, _ in middles), scale=DEGREES),
        "y": integers((y for _, y in middles), scale=DEGREES),
    }


def _schools(schools: gpd.GeoDataFrame, counties: list[str]) -> dict[str, Any]:
    types, named = sorted(set(texts_of(schools["type_code"]))), words.school_types()
    pupils = sum(
        (pupils_of(schools, grades) for grades in STAGES.values()),
        start=pd.Series(0, index=schools.index),
    )
    return {
        "id": texts_of(schools.index),
        "name": texts_of(schools["name"]),
        **points_of(schools),
        "county": county_positions(schools["county_code"], counties),
        "type": [types.index(code) for code in texts_of(schools["type_code"])],
        "types": [{"name": type_name(code, named), "stage": stage_of(code)} for code in types],
        "pupils": integers(pupils),
    }


def _sites(plans: Mapping[str, PlanTables]) -> pd.DataFrame:
    """The new sites of all plans, each once; one id may be two places in two plans."""
    parts = [plan.sites.loc[plan.sites["kind"] == "new", _SITE] for plan in plans.values()]
    rows = pd.concat([part.assign(name=part["name"].map(str)) for part in parts])
    return rows.drop_duplicates().sort_values(_SITE, ignore_index=True)


def _places(plan: PlanTables, schools: pd.Index, sites: pd.DataFrame) -> pd.Series:
    """Position of each school and new site of a plan in the page's list of places, by id."""
    new = plan.sites.loc[plan.sites["kind"] == "new", _SITE]
    new = new.assign(name=new["name"].map(str))
    at = pd.MultiIndex.from_frame(sites[_SITE]).get_indexer(pd.MultiIndex.from_frame(new))
    ids = [*schools.astype("str"), *new["site_id"].astype("str")]
    return pd.Series([*range(len(schools)), *(at + len(schools))], index=ids)


def _option(
    name: str, plan: PlanTables, schools: gpd.GeoDataFrame, sites: pd.DataFrame
) -> dict[str, Any]:
    place = _places(plan, schools.index, sites)
    state = final_state(plan)
    moved = state[state["from_school"] != state["to_school"]]
    # By place: pupils that come and that leave; of who does neither the page knows today's number.
    change = pd.concat(
        [
            moved.groupby("to_school")["pupils"].sum(),
            -moved[moved["from_school"] != ""].groupby("from_school")["pupils"].sum(),
        ]
    )
    change = change.groupby(level=0).sum()
    change = change[change.index.isin(place.index)]
    receives = moved.loc[moved["from_school"].isin(plan.closed), "to_school"].unique()
    table = plan.sites.sort_values(["programme", "site_id"])
    flows = moved[moved["from_school"].isin(plan.closed)]
    flows = flows.groupby(["from_school", "to_school"])["pupils"].sum().reset_index()
    return {
        "name": clean(name),
        "closed": place.reindex(plan.closed).astype("int64").tolist(),
        "receives": sorted(place.reindex(receives).dropna().astype("int64").tolist()),
        "changed": place[change.index].tolist(),
        "change": integers(change),
        "sites": place.reindex(table["site_id"].astype("str")).astype("int64").tolist(),
        "programme": texts_of(table["programme"]),
        "kind": texts_of(table["kind"]),
        "classes": integers(table["classes"]),
        "places": integers(table["places"]),
        "from": place.reindex(flows["from_school"]).astype("int64").tolist(),
        "to": place.reindex(flows["to_school"]).astype("int64").tolist(),
        "pupils": integers(flows["pupils"]),
    }


def _band(
    plans: Sequence[PlanTables],
    faces: gpd.GeoDataFrame,
    groups: pd.DataFrame,
    schools: pd.Index,
    sites: pd.DataFrame,
) -> dict[str, Any]:
    """One band: topology, places of each face by state, and who goes where under which states."""
    homes = plans[0].study.settlements.sort_index().index
    states = [column for column in faces.columns if column != "geometry"]
    place = {"before": _places(plans[0], schools, sites)}
    place |= {str(at): _places(plan, schools, sites) for at, plan in enumerate(plans)}
    parts = []
    for bit, state in enumerate(states):
        mine = groups[groups["state"] == state]
        rows = pd.DataFrame(
            {
                "settlement": homes.get_indexer(pd.Index(mine["settlement_id"])),
                # -1 has no place, and -1 where minutes or mode are not known.
                "school": mine["school_id"].map(place[state]).fillna(-1).astype("int64"),
                "pupils": mine["pupils"],
                "minutes": (mine["minutes"] * TENTHS).round().fillna(-1).astype("int64"),
                "mode": pd.Index(MODES).get_indexer(pd.Index(mine["mode"])),
            }
        )
        parts.append(rows.assign(of=1 << bit))
    rows = pd.concat(parts, ignore_index=True)
    keys = ["settlement", "school", "pupils", "minutes", "mode"]
    rows = rows.groupby(keys)["of"].sum().reset_index()
    return {
        "topology": areas.topology(faces),
        "places": [
            [int(place[state].get(str(code), -1)) for code in faces[state]] for state in states
        ],
        "groups": {name: integers(rows[name]) for name in [*keys, "of"]},
    }
