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

from layout.core.errors import InfeasibleError
from layout.core.standards import (
    BANDS,
    STAGE_OF_GRADE,
    STAGES,
    Standards,
    class_size,
    limit_minutes,
)
from layout.core.text import tr
from layout.demand.access import offering, reach
from layout.demand.groups import seconds
from layout.inputs.study.study import SiteProgramme, Study
from layout.location import ModularProblem, serve
from layout.network.travel import travel_matrix
from layout.planning.siting.pupils import SITED_STAGES, stage_bands

__all__ = [
    "MODULE_CLASSES",
    "WAYS",
    "Overflow",
    "class_places",
    "compulsory_problem",
    "overflow",
    "relief",
    "site_ways",
]

WAYS = ["demand", "site", "cost", "mode", "minutes", "metres"]
"""Columns of the routes to sites: who may be served where, at which cost, and how."""
MODULE_CLASSES = 6
"""New schools are built of 6, 12, 18 or 24 classes (建标109-2008)."""


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


def site_ways(study: Study, over: Overflow, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Routes of the pupils of overflowing schools to sites of their stage, within the limits.

    Parameters
    ----------
    study, over
        The study and its overflow.
    sites
        Points by label; column stage.

    Returns
    -------
    pandas.DataFrame
        Columns demand (group label), site, cost (whole seconds one way), mode, minutes, metres.
    """
    parts = []
    for stage in SITED_STAGES:
        groups = over.groups[over.groups["stage"] == stage]
        points = sites.geometry[sites["stage"] == stage]
        if points.empty or groups.empty:
            continue
        # One matrix a mode and stage, as far as its oldest band may go; `reach` cuts it by band.
        longest = max(limit_minutes(study.standards, band) for band in stage_bands(stage))
        walk = travel_matrix(study, mode="walk", sites=points, cutoff_minutes=longest)
        bus = travel_matrix(study, mode="bus", sites=points, cutoff_minutes=longest)
        for band in stage_bands(stage):
            ways = reach(study, band, walk=walk, bus=bus).pairs()
            ways = ways.rename(columns={"origin": "settlement_id"})
            ways["cost"] = seconds(ways["minutes"].to_numpy())
            # Every group of a settlement has the routes of the settlement.
            own = groups[groups["band"] == band].rename_axis("demand").reset_index()
            merged = own[["demand", "settlement_id"]].merge(ways, on="settlement_id")
            parts.append(merged[WAYS])
    if not parts:
        return pd.DataFrame({name: [] for name in WAYS})
    return pd.concat(parts, ignore_index=True)


def compulsory_problem(
    study: Study,
    over: Overflow,
    ways: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    asked: SiteProgramme,
) -> ModularProblem:
    """Put overflow and candidates into one model, a demand for each school and stage.

    Parameters
    ----------
    study, over
        The study and its overflow.
    ways
        As `site_ways` returns it.
    sites
        Sites by label; column stage.
    asked
        Sites to open, and their classes in all where the programme names them.

    Raises
    ------
    InfeasibleError
        Where the candidates or the named classes do not allow the sites.

    Notes
    -----
    A pair's ``most`` is the number of the school's pupils who can get to the site, its cost the
    mean seconds of the nearest of them, as many as overflow. Pupils who can get to several sites
    count at each, so the model's bound on the pupils relieved holds, and `relief`,
    which counts every pupil once, gives what is achieved.
    """
    norms = study.standards
    # By route: the pool of its group, the group's pupils and the pool's overflow.
    pairs = ways.assign(pool=over.groups["pool"].reindex(ways["demand"]).to_numpy())
    pairs["pupils"] = over.groups["may"].reindex(ways["demand"]).to_numpy()
    pairs["over"] = over.pools["over"].reindex(pairs["pool"]).to_numpy()
    # Of a pool's pupils the nearest to a site go first, as many as overflow.
    pairs = pairs.sort_values(["pool", "site", "cost", "demand"])
    before = pairs.groupby(["pool", "site"])["pupils"].cumsum() - pairs["pupils"]
    pairs["taken"] = np.minimum((pairs["over"] - before).clip(lower=0), pairs["pupils"])
    pairs["time"] = pairs["taken"] * pairs["cost"]
    # By pool and site: pupils who can be taken, and the mean seconds of one of them.
    table = pairs.groupby(["pool", "site"], as_index=False)[["taken", "time"]].sum()
    cost = (table["time"] / table["taken"].where(table["taken"] > 0, 1)).round().astype("int64")
    # By candidate: least and most modules, and the pupils of one module.
    by_stage = {stage: _modules(norms, stage) for stage in SITED_STAGES}
    columns = ("least", "most", "size")
    shape = [by_stage[stage] for stage in sites["stage"]]
    _refuse(asked, shape)
    # Totals by county weigh its deficit; they count the pupils of both stages.
    county = study.schools["county_code"]
    pupils = study.schools[[f"pupils_{g}" for s in SITED_STAGES for g in STAGES[s]]].sum(axis=1)
    return ModularProblem(
        demand=over.pools[["over", "county_code"]].set_axis(["amount", "group"], axis=1),
        totals=pupils.groupby(county).sum().astype("int64"),
        sites=pd.DataFrame(shape, index=sites.index, columns=list(columns)).assign(new=True),
        pairs=pd.DataFrame(
            {
                "demand": table["pool"],
                "site": table["site"],
                "cost": cost,
                "most": table["taken"].astype("int64"),
            }
        ),
        n_new=asked.sites,
        modules=asked.classes // MODULE_CLASSES or None,
    )


def _refuse(asked: SiteProgramme, shape: list[tuple[int, int, int]]) -> None:
    """Say which number of the programme cannot be met, before anything is solved."""
    # The fewest and the most classes that so many sites can have together.
    least = MODULE_CLASSES * sum(sorted(low for low, _, _ in shape)[: asked.sites])
    most = MODULE_CLASSES * sum(sorted(high for _, high, _ in shape)[-asked.sites :])
    numbers = {"programme": "compulsory", "sites": asked.sites, "candidates": len(shape)}
    if len(shape) < asked.sites:
        raise InfeasibleError(
            tr(
                "compulsory programme: {sites} new sites are asked for, but there are only "
                "{found} places to build; smallest relaxation: {found} sites",
                sites=asked.sites,
                found=len(shape),
            ),
            diagnosis={**numbers, "rule": "candidates", "relaxation": {"sites": len(shape)}},
        )
    if asked.classes and not (
        least <= asked.classes <= most and asked.classes % MODULE_CLASSES == 0
    ):
        nearest = min(max(asked.classes, least), most) // MODULE_CLASSES * MODULE_CLASSES
        raise InfeasibleError(
            tr(
                "compulsory programme: {classes} classes cannot be built as {sites} schools of "
                "6, 12, 18 or 24 classes; smallest relaxation: {nearest} classes",
                classes=asked.classes,
                sites=asked.sites,
                nearest=nearest,
            ),
            diagnosis={
                **numbers,
                "classes": asked.classes,
                "rule": "modules",
                "relaxation": {"classes": nearest},
            },
        )


def _modules(standards: Standards, stage: str) -> tuple[int, int, int]:
    """Least and most modules of a new school of a stage, and the pupils of one module."""
    primary = stage == "primary"
    size = standards.class_size_primary if primary else standards.class_size_junior
    least = standards.primary_min_classes if primary else standards.junior_min_classes
    most = standards.primary_max_classes if primary else standards.junior_max_classes
    # In modules: classes rounded up to the least, and down to the smaller of the two ceilings.
    by_pupils = standards.compulsory_max_pupils // (size * MODULE_CLASSES)
    lower = -(-least // MODULE_CLASSES)
    return lower, max(lower, min(most // MODULE_CLASSES, by_pupils)), size * MODULE_CLASSES


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
