"""Catchments: the area and the pupils that a plan allocates to each school, by band.

Not what is nearest to a school, but where those live who go there. Areas of today and of the plan
are unions of the same faces, so that they can be laid over each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import expect_word
from layout.core.standards import BANDS
from layout.demand.cells import Ground, owners, united
from layout.demand.demography import school_year
from layout.network.roads import RoadNetwork
from layout.planning.contract import Faces, PlanTables
from layout.planning.final import final_state
from layout.planning.siting.kindergarten.need import kindergarten_need

__all__ = [
    "CATCHMENT_BANDS",
    "State",
    "allocated",
    "areas_of",
    "check_band",
    "common_faces",
    "faces_of",
]

State = Literal["before", "after"]
CATCHMENT_BANDS = tuple(BANDS)
"""Bands that have catchments: all of them, kindergartens first."""
_PAIR = ["before", "after"]


def check_band(band: str, state: str) -> None:
    """Refuse a band or a state that no catchments have.

    Raises
    ------
    layout.core.errors.UsageError
        The band is none of `CATCHMENT_BANDS`, or the state none of `State`.
    """
    expect_word(CATCHMENT_BANDS, band=band)
    expect_word(get_args(State), state=state)


def allocated(plan: PlanTables, band: str) -> pd.DataFrame:
    """Say who goes where in one band, today and in the plan's final state.

    Parameters
    ----------
    plan
        The plan.
    band
        One of `CATCHMENT_BANDS`. Kindergartens: children of the programme's year by the places
        that stand, as the model shares them out, then with those that the plan adds.

    Returns
    -------
    pandas.DataFrame
        Columns state (``before``, ``after``), settlement_id, school_id ("" without a place),
        pupils, mode and minutes (of most of the pupils; "" and nan where not known), sorted.
    """
    if band == "preschool":
        table = _children(plan)
    elif band in set(plan.assignment["band"]):
        # The compulsory stage, in the state that the plan ends in.
        state = final_state(plan)
        state = state[(state["band"] == band) & (state["from_school"] != "")]
        # Who stays goes as before.
        mode = state["mode"].where(state["mode"] != "stay", state["mode_before"])
        before = {"from_school": "school_id", "mode_before": "mode", "minutes_before": "minutes"}
        after = {"to_school": "school_id", "minutes_after": "minutes"}
        table = _both(
            state.drop(columns="mode").rename(columns=before),
            state.assign(mode=mode).rename(columns=after),
        )
    else:
        table = _attending(plan, band)
    keys = ["state", "settlement_id", "school_id"]
    table = table.assign(
        mode=table["mode"].astype("object").fillna("").astype("str"),
        minutes=table["minutes"].astype("float64").replace([np.inf, -np.inf], np.nan),
    ).sort_values([*keys, "pupils", "mode", "minutes"])
    grouped = table.groupby(keys)
    ways = grouped[["mode", "minutes"]].last()
    return ways.assign(pupils=grouped["pupils"].sum().astype("int64")).reset_index()


def _both(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    columns = ["settlement_id", "school_id", "pupils", "mode", "minutes"]
    parts = [before[columns].assign(state="before"), after[columns].assign(state="after")]
    return pd.concat(parts, ignore_index=True)


def _attending(plan: PlanTables, band: str) -> pd.DataFrame:
    """A band that the plan leaves as it is: who attends where today."""
    given = plan.study.attendance
    if given is None:
        rows = pd.DataFrame({"settlement_id": [], "school_id": [], "pupils": []})
    else:
        rows = given[given["grade"].isin(BANDS[band])]
    # The study does not say how they go.
    rows = rows.assign(mode="", minutes=np.nan)
    return _both(rows, rows)


def _children(plan: PlanTables) -> pd.DataFrame:
    """Children of kindergarten age, by the kindergarten that has a place for them."""
    study, asked = plan.study, plan.study.programmes.kindergarten
    year = asked.year if asked is not None else school_year(study)
    walk = plan.ways().walk
    need = kindergarten_need(study, year, walk=walk, closed=plan.closed)
    flows = need.flows.rename(
        columns={"demand": "settlement_id", "site": "school_id", "amount": "pupils"}
    )
    minutes = walk.minutes_of(flows["settlement_id"].tolist(), flows["school_id"].tolist())
    flows = flows.assign(mode="walk", minutes=minutes)
    served = plan.served[plan.served["programme"] == "kindergarten"].rename(
        columns={"site_id": "school_id"}
    )
    taken = served.groupby("settlement_id")["pupils"].sum()
    left = need.left.rename_axis("settlement_id").rename("pupils").reset_index()
    left = left.assign(school_id="", mode="", minutes=np.nan)
    still = left.assign(
        pupils=left["pupils"]
        - taken.reindex(left["settlement_id"], fill_value=0).to_numpy(dtype=np.int64)
    )
    columns = ["settlement_id", "school_id", "pupils", "mode", "minutes"]
    before = pd.concat([flows[columns], left[left["pupils"] > 0]])
    after = pd.concat([flows[columns], served[columns], still[still["pupils"] > 0]])
    return _both(before, after)


def faces_of(plan: PlanTables, band: str, ground: Ground, network: RoadNetwork) -> Faces:
    """Cut the land of a band by the schools that its children go to today and in the plan.

    Parameters
    ----------
    plan, band
        The plan, and one of `CATCHMENT_BANDS`.
    ground, network
        The land of its study, and the roads.
    """
    groups = allocated(plan, band)
    most = _by_area(groups)
    school = most.pivot(index="settlement_id", columns="state", values="school_id")
    school = school.reindex(columns=_PAIR)
    for state, other in (_PAIR, _PAIR[::-1]):
        school[state] = school[state].fillna(school[other])
    keys = pd.MultiIndex.from_frame(most[["state", "settlement_id"]])
    own = pd.Series(most["school_id"].to_numpy(), index=keys)
    at = pd.MultiIndex.from_frame(groups[["state", "settlement_id"]])
    groups = groups.assign(school=own.reindex(at).to_numpy())
    # One face for each pair of schools: the cells of all settlements that have this pair.
    owner = owners(ground, network, plan.study, school.index)
    if (owner < 0).any():
        none = gpd.GeoDataFrame({"before": [], "after": []}, geometry=[], crs=plan.study.crs)
        return Faces(band=band, faces=none, groups=groups)
    pair = school.groupby(_PAIR).ngroup().to_numpy(dtype=np.int64)
    pairs = school.drop_duplicates().sort_values(_PAIR, ignore_index=True)
    geometry = united(ground, pair[owner].astype(np.int64))
    faces = gpd.GeoDataFrame(pairs[_PAIR], geometry=geometry, crs=plan.study.crs)
    return Faces(band=band, faces=faces, groups=groups)


def common_faces(
    plans: Sequence[PlanTables], band: str, ground: Ground, network: RoadNetwork
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Cut the land of a band by the schools that its children go to today and in several plans.

    Parameters
    ----------
    plans, band
        Plans of one study, and one of `CATCHMENT_BANDS`.
    ground, network
        As for `faces_of`.

    Returns
    -------
    faces
        Columns before and, by position of the plan, 0, 1, …: school or site by id; geometry in
        the study's CRS. A coverage without gap or overlap; no row where nobody has a school.
    groups
        Columns state (as those columns), settlement_id, school_id, pupils.
    """
    parts = []
    for at, plan in enumerate(plans):
        table = allocated(plan, band)
        after = table[table["state"] == "after"].assign(state=str(at))
        parts += [after] if at else [table[table["state"] == "before"], after]
    groups = pd.concat(parts, ignore_index=True)
    states = ["before", *map(str, range(len(plans)))]
    school = _by_area(groups).pivot(index="settlement_id", columns="state", values="school_id")
    # A settlement without pupils of the band in one state belongs where the next one has it.
    school = school.reindex(columns=states)
    for one, other in [*list(pairwise(states))[::-1], *((b, a) for a, b in pairwise(states))]:
        school[one] = school[one].fillna(school[other])
    owner = owners(ground, network, plans[0].study, school.index)
    if (owner < 0).any():
        none = gpd.GeoDataFrame({key: [] for key in states}, geometry=[], crs=plans[0].study.crs)
        return none, groups
    label = school.groupby(states).ngroup().to_numpy(dtype=np.int64)
    rows = school.drop_duplicates().sort_values(states, ignore_index=True)
    geometry = united(ground, label[owner].astype(np.int64))
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=plans[0].study.crs), groups


def _by_area(groups: pd.DataFrame) -> pd.DataFrame:
    """Of several schools of a settlement the one with most of its pupils, the first of these."""
    return groups.sort_values(
        ["state", "settlement_id", "pupils", "school_id"], ascending=[True, True, False, True]
    ).drop_duplicates(["state", "settlement_id"])


def areas_of(faces: Faces, state: State) -> gpd.GeoDataFrame:
    """Return the catchments of one state: one row for every school with pupils of the band.

    Parameters
    ----------
    faces
        As `faces_of` returns them.
    state
        ``before`` or ``after``.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns band, school_id ("" for children without a place), state, pupils (allocated),
        pupils_inside (who live in the area), detached (several pieces) and geometry in the
        study's CRS, by school; empty geometry where every settlement of a school sends more of
        its pupils elsewhere.
    """
    groups = faces.groups[faces.groups["state"] == state]
    allocated_to = groups.groupby("school_id")["pupils"].sum()
    living = groups.groupby("school")["pupils"].sum()
    # Faces of one school are one area; the faces are a coverage.
    parts = faces.faces.groupby(state)
    area = {school: shapely.coverage_union_all(part.geometry.to_numpy()) for school, part in parts}
    schools = pd.Index(sorted(set(allocated_to.index) | set(area)), dtype="str")
    geometry = [area.get(school, shapely.Polygon()) for school in schools]
    return gpd.GeoDataFrame(
        {
            "band": faces.band,
            "school_id": schools,
            "state": state,
            "pupils": allocated_to.reindex(schools, fill_value=0).to_numpy(dtype=np.int64),
            "pupils_inside": living.reindex(schools, fill_value=0).to_numpy(dtype=np.int64),
            "detached": shapely.get_num_geometries(np.array(geometry, dtype=object)) > 1,
        },
        geometry=geometry,
        crs=faces.faces.crs,
    )
