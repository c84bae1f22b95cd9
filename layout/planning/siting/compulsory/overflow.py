"""New compulsory schools: where pupils outnumber the class places, and which sites relieve most.

The pupils of a programme year sit in the classes of today, after the closures. A school and stage
with more pupils than its classes hold at the standard size overflows; its pupils may move to a
new site of the stage within the limits of their band, as many as the overflow.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.standards import (
    BANDS,
    STAGE_OF_GRADE,
    STAGES,
    Standards,
    class_size,
    limit_minutes,
)
from layout.demand.access import offering, reach
from layout.demand.groups import seconds
from layout.inputs.study.study import Study
from layout.location import serve
from layout.network.travel import travel_matrix
from layout.planning.siting.compulsory.pupils import SITED_STAGES, stage_bands
from layout.planning.siting.tables import WAYS

__all__ = [
    "Overflow",
    "class_places",
    "group_ways",
    "overflow",
    "relief",
    "site_ways",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Overflow:
    """Pupils over the class places.

    Attributes
    ----------
    groups
        Index group, positions from 0; columns settlement_id, band, school_id, pupils, stage,
        pool and may: the pupils of overflowing schools, sorted by settlement, band and school, and
        how many of them may move.
    pools
        Index pool, positions from 0; columns school_id, stage, pupils, places, over, county_code,
        sorted by school and stage.
    """

    groups: pd.DataFrame
    pools: pd.DataFrame


def class_places(schools: pd.DataFrame, standards: Standards) -> pd.DataFrame:
    """Pupils that the classes of each school hold at the standard size.

    Returns
    -------
    pandas.DataFrame
        Schools × stages of `SITED_STAGES`; multigrade classes count as primary ones, where the
        school teaches primary grades.
    """
    table = pd.DataFrame(0, index=schools.index, columns=list(SITED_STAGES))
    # Class size depends on the type: a teaching point has smaller classes.
    teaches = schools.index.isin(offering(schools, "1-3").union(offering(schools, "4-6")))
    for stage in SITED_STAGES:
        grades = STAGES[stage]
        size = schools["type_code"].map(
            {code: class_size(standards, code, grades[0]) for code in schools["type_code"].unique()}
        )
        classes = schools[[f"classes_{grade}" for grade in grades]].sum(axis=1)
        if stage == "primary":
            classes = classes + schools["classes_mixed"].where(teaches, 0)
        table[stage] = (classes * size).astype("int64")
    return table


def overflow(
    study: Study, pupils: pd.DataFrame, *, assignment: pd.DataFrame | None = None
) -> Overflow:
    """Find the schools and stages with more pupils than class places.

    Parameters
    ----------
    study
        The study, for classes and norms.
    pupils
        Columns settlement_id, band, school_id, pupils.
    assignment
        Groups of a plan: settlement_id, band, pupils, to_school. No more of a group may move than
        the plan has of it, so that a table of who is served takes them from there.
    """
    # Pupils and places by school and stage: the pools that can overflow.
    stage_of = {band: STAGE_OF_GRADE[grades[0]] for band, grades in BANDS.items()}
    groups = pupils.assign(stage=pupils["band"].map(stage_of))
    keys = ["school_id", "stage"]
    pools = groups.groupby(keys)["pupils"].sum().to_frame()
    places = class_places(study.schools, study.standards).rename_axis(columns="stage").stack()
    pools["places"] = places.reindex(pools.index).to_numpy(dtype=np.int64)
    pools["over"] = (pools["pupils"] - pools["places"]).clip(lower=0)
    pools = pools[pools["over"] > 0].sort_index().reset_index().rename_axis("pool")
    pools["county_code"] = study.schools["county_code"].reindex(pools["school_id"]).to_numpy()
    # Only the pupils of overflowing schools are groups that may move.
    groups = groups.merge(pools[keys].reset_index(), on=keys)
    keys = ["settlement_id", "band", "school_id"]
    groups = groups.sort_values(keys, ignore_index=True)
    groups["may"] = groups["pupils"]
    if assignment is not None:
        now = assignment.groupby(["settlement_id", "band", "to_school"])["pupils"].sum()
        here = now.reindex(pd.MultiIndex.from_frame(groups[keys]), fill_value=0)
        groups["may"] = np.minimum(groups["pupils"], here.to_numpy())
    return Overflow(groups=groups.rename_axis("group"), pools=pools)


def site_ways(study: Study, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Routes of settlements to sites, within the limits of each band of the site's stage.

    Parameters
    ----------
    study
        The study.
    sites
        Points by label; column stage.

    Returns
    -------
    pandas.DataFrame
        Columns settlement_id, band, site, cost (whole seconds one way), mode, minutes, metres.
    """
    parts = []
    for stage in SITED_STAGES:
        points = sites.geometry[sites["stage"] == stage]
        if points.empty:
            continue
        # One matrix a mode and stage, as far as its oldest band may go; `reach` cuts it by band.
        longest = max(limit_minutes(study.standards, band) for band in stage_bands(stage))
        walk = travel_matrix(study, mode="walk", sites=points, cutoff_minutes=longest)
        bus = travel_matrix(study, mode="bus", sites=points, cutoff_minutes=longest)
        for band in stage_bands(stage):
            ways = reach(study, band, walk=walk, bus=bus).pairs().assign(band=band)
            parts.append(ways.rename(columns={"origin": "settlement_id"}))
    columns = ["settlement_id", "band", "site", "mode", "minutes", "metres"]
    if not parts:
        return pd.DataFrame({name: [] for name in [*columns, "cost"]})
    table = pd.concat(parts, ignore_index=True)[columns]
    return table.assign(cost=seconds(table["minutes"].to_numpy()))


def group_ways(over: Overflow, ways: pd.DataFrame) -> pd.DataFrame:
    """Routes of the groups of overflowing schools: those of their settlement and band.

    Parameters
    ----------
    over
        The overflow.
    ways
        As `site_ways` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns demand (group label), site, cost, mode, minutes, metres.
    """
    keys = ["settlement_id", "band"]
    groups = over.groups.loc[over.groups["may"] > 0, keys].rename_axis("demand").reset_index()
    merged: pd.DataFrame = groups.merge(ways.astype(dict.fromkeys(keys, "str")), on=keys)[WAYS]
    return merged


def relief(over: Overflow, ways: pd.DataFrame, places: pd.Series) -> pd.DataFrame:
    """Move pupils of overflowing schools to given sites: as many as possible, then the nearest.

    Parameters
    ----------
    over, ways
        The overflow and the routes of its groups.
    places
        Places by site label.

    Returns
    -------
    pandas.DataFrame
        Columns demand (group label), site, amount. No school gives up more than its overflow.
    """
    return serve(
        ways[ways["site"].isin(places.index)],
        over.groups["may"],
        places,
        pool=over.groups["pool"],
        pool_most=over.pools["over"],
    )
