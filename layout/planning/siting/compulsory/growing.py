"""Existing schools that grow: which, by how many classes, and whom that relieves.

They are chosen after the new schools, for what these leave. A school grows by one class in each
grade of a stage, or several. Its own pupils over its class places stay where they are and get a
place; pupils of other full schools may come where they can walk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout.core.errors import InfeasibleError
from layout.core.standards import STAGES, Standards
from layout.core.text import tr
from layout.demand.access import reach
from layout.demand.groups import seconds
from layout.inputs.study.study import CompulsoryProgramme, Study
from layout.location import ModularChoice, ModularProblem, serve
from layout.location.solver.highs import Effort
from layout.network.travel import StudyTravel
from layout.planning.siting.compulsory.overflow import Overflow, class_places, group_ways
from layout.planning.siting.compulsory.problem import pool_pairs
from layout.planning.siting.compulsory.pupils import SITED_STAGES, stage_bands
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.result import solved
from layout.planning.siting.tables import WAYS

__all__ = [
    "Grown",
    "growing_schools",
    "growing_ways",
    "grown_relief",
    "left_over",
    "room_to_grow",
]

_GROWING_TYPES = ("211", "311", "312", "341", "345")
"""Schools with a campus of their own: no teaching points, no classes attached to another school."""
_THROUGH = ("312", "345")
_POOL = ["school_id", "stage"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Grown:
    """Schools that grow.

    Attributes
    ----------
    sites
        Index site; columns stage, settlement_id, school_id, classes, places, pupils_served.
    reach
        Routes of settlements to schools that can grow.
    ways, flows
        Routes of pupils who come from other schools, and who comes: demand, site, amount.
    answer
        What was chosen and how good that is; None where no number is asked for.
    """

    sites: pd.DataFrame
    reach: pd.DataFrame
    ways: pd.DataFrame
    flows: pd.DataFrame
    answer: ModularChoice | None


def room_to_grow(study: Study, closed: pd.Index) -> pd.DataFrame:
    """Classes that existing public schools can add to each stage under the ceilings.

    Parameters
    ----------
    study
        The study, for classes and norms.
    closed
        Schools that are shut.

    Returns
    -------
    pandas.DataFrame
        Open public schools of their own campus × stages: how many times one class can be added in
        each grade, 0 where a grade of the stage is not taught.
    """
    norms, schools = study.standards, study.schools.sort_index()
    keep = (schools["ownership"] == "public") & schools["type_code"].isin(_GROWING_TYPES)
    schools = schools[keep & ~schools.index.isin(closed)]
    # Pupils of all compulsory stages: what the classes hold, or those enrolled where they are more.
    places = class_places(schools, norms).sum(axis=1)
    enrolled = schools[[f"pupils_{g}" for s in SITED_STAGES for g in STAGES[s]]].sum(axis=1)
    through = schools["type_code"].isin(_THROUGH)
    ceiling = through.map(
        {True: norms.through_school_max_pupils, False: norms.compulsory_max_pupils}
    )
    free = (ceiling - np.maximum(places, enrolled)).clip(lower=0)
    table = pd.DataFrame(0, index=schools.index, columns=list(SITED_STAGES))
    for stage in SITED_STAGES:
        grades = [f"classes_{grade}" for grade in STAGES[stage]]
        most, size = _stage_norms(norms, stage)
        by_classes = (most - schools[grades].sum(axis=1)) // len(grades)
        rooms = np.minimum(by_classes, free // (size * len(grades))).clip(lower=0)
        table[stage] = rooms.where((schools[grades] > 0).all(axis=1), 0).astype("int64")
    return table


def _stage_norms(norms: Standards, stage: str) -> tuple[int, int]:
    """Most classes of a school of a stage, and pupils of a class."""
    if stage == "primary":
        return norms.primary_max_classes, norms.class_size_primary
    return norms.junior_max_classes, norms.class_size_junior


def left_over(over: Overflow, flows: pd.DataFrame) -> Overflow:
    """What new schools leave: pupils over the places, and who of each group is still there.

    Parameters
    ----------
    over
        The overflow before.
    flows
        Who goes to the new schools: columns demand (group), amount.
    """
    gone = flows.groupby("demand")["amount"].sum().reindex(over.groups.index, fill_value=0)
    by_pool = gone.groupby(over.groups["pool"]).sum().reindex(over.pools.index, fill_value=0)
    return replace(
        over,
        groups=over.groups.assign(may=over.groups["may"] - gone),
        pools=over.pools.assign(over=over.pools["over"] - by_pool),
    )


def growing_schools(
    study: Study,
    left: Overflow,
    pupils: pd.DataFrame,
    asked: CompulsoryProgramme,
    effort: Effort | None,
    levers: SiteLevers,
    *,
    ways: StudyTravel,
    closed: pd.Index,
    label: int,
) -> Grown:
    """Choose the schools that grow: those that relieve most of what is left.

    Parameters
    ----------
    study
        The study.
    left
        What the new schools leave, see `left_over`.
    pupils
        All pupils of the year: school_id, band, pupils.
    asked, effort, levers
        Of the programme.
    ways
        Routes to the study's schools.
    closed
        Schools that are shut.
    label
        The first site's number; the others follow.

    Raises
    ------
    InfeasibleError
        Where fewer schools can grow than are asked for.
    NoSolutionError
        Where no solution was found within the limits.
    """
    sites = _sites(study, pupils, room_to_grow(study, closed))
    sites = sites[~sites["school_id"].isin(levers.forbid)]
    sites = sites.set_index(pd.RangeIndex(label, label + len(sites), name="site"))
    if not asked.expansions:
        return _nothing(sites)
    _refuse(asked, len(sites))
    to_all = growing_ways(study, sites, ways)
    to_sites, stay = _come(left, sites, to_all), _stay(left, sites)
    county = study.schools["county_code"]
    columns = [f"pupils_{grade}" for stage in SITED_STAGES for grade in STAGES[stage]]
    problem = ModularProblem(
        demand=left.pools[["over", "county_code"]].set_axis(["amount", "group"], axis=1),
        totals=study.schools[columns].sum(axis=1).groupby(county).sum().astype("int64"),
        sites=sites[["size"]].assign(new=True, least=1, most=sites["room"]),
        pairs=pd.concat([pool_pairs(left, to_sites), stay], ignore_index=True),
        n_new=asked.expansions,
    )
    number = asked.model_copy(update={"sites": asked.expansions})
    answer = solved(problem, effort, "compulsory", number)
    chosen = sites.loc[answer.modules.index]
    flows, kept = _relief(left, to_sites, stay, answer.modules * chosen["size"])
    # As few classes as hold those who come and those who stay.
    come = flows.groupby("site")["amount"].sum().reindex(chosen.index, fill_value=0)
    served = come + kept.reindex(chosen.index, fill_value=0)
    modules = (-(-served // chosen["size"])).clip(lower=1)
    table = chosen.assign(
        settlement_id="",
        classes=modules * chosen["grades"],
        places=modules * chosen["size"],
        pupils_served=served,
    )
    return Grown(sites=table, reach=to_all, ways=to_sites, flows=flows, answer=answer)


def _sites(study: Study, pupils: pd.DataFrame, room: pd.DataFrame) -> pd.DataFrame:
    """Schools that can grow and are full: school_id, stage, room, grades, size (of a module).

    A school with a class place free in the stage for a whole class does not grow; one that could
    grow in both stages does in the one with more pupils over its places.
    """
    stage_of = {band: stage for stage in SITED_STAGES for band in stage_bands(stage)}
    attend = pupils.groupby(["school_id", pupils["band"].map(stage_of)])["pupils"].sum()
    places = class_places(study.schools, study.standards)
    parts = []
    for stage in SITED_STAGES:
        size = _stage_norms(study.standards, stage)[1]
        rooms = room.loc[room[stage] > 0, stage]
        key = pd.MultiIndex.from_product([rooms.index, [stage]])
        over = attend.reindex(key, fill_value=0).to_numpy() - places[stage].reindex(rooms.index)
        grades = len(STAGES[stage])
        columns = {"stage": stage, "room": rooms, "grades": grades, "size": grades * size}
        parts.append(pd.DataFrame({**columns, "over": over})[over > -size])
    table = pd.concat(parts).rename_axis("school_id").reset_index()
    table = table.sort_values(["school_id", "over"], ascending=[True, False], kind="stable")
    first: pd.DataFrame = table.drop_duplicates("school_id").drop(columns="over")
    return first


def _nothing(sites: pd.DataFrame) -> Grown:
    """No school grows."""
    empty = pd.DataFrame({name: [] for name in WAYS})
    return Grown(
        sites=sites.iloc[:0].assign(settlement_id="", classes=0, places=0, pupils_served=0),
        reach=empty,
        ways=empty,
        flows=empty[["demand", "site"]].assign(amount=0),
        answer=None,
    )


def _refuse(asked: CompulsoryProgramme, found: int) -> None:
    """Say how many schools can grow where more are asked for."""
    if asked.expansions <= found:
        return
    raise InfeasibleError(
        tr(
            "compulsory programme: {asked:school is|schools are} to grow, but only "
            "{found:is|are} full and may grow under the ceilings; smallest relaxation: "
            "{found:expansion|expansions}",
            asked=asked.expansions,
            found=found,
        ),
        diagnosis={
            "programme": "compulsory",
            "expansions": asked.expansions,
            "candidates": found,
            "rule": "expansions",
            "relaxation": {"expansions": found},
        },
    )


def growing_ways(study: Study, sites: pd.DataFrame, ways: StudyTravel) -> pd.DataFrame:
    """Routes on foot of settlements to schools that can grow, as `site_ways` returns them.

    Parameters
    ----------
    study
        The study.
    sites
        Columns stage and school_id, by site.
    ways
        Routes to the study's schools.
    """
    parts = []
    for stage in SITED_STAGES:
        mine = sites[sites["stage"] == stage]
        number = pd.Series(mine.index, index=mine["school_id"])
        for band in stage_bands(stage):
            pairs = reach(study, band, walk=ways.walk, bus=ways.bus).only(number.index).pairs()
            pairs = pairs[pairs["mode"] == "walk"].rename(columns={"origin": "settlement_id"})
            at = number.reindex(pairs["site"]).to_numpy()
            cost = seconds(pairs["minutes"].to_numpy())
            parts.append(pairs.assign(band=band, site=at, cost=cost))
    return pd.concat(parts, ignore_index=True)


def _come(left: Overflow, sites: pd.DataFrame, ways: pd.DataFrame) -> pd.DataFrame:
    """Routes of groups of full schools to other schools that can grow."""
    table = group_ways(left, ways)
    school = left.groups["school_id"].reindex(table["demand"]).to_numpy()
    other = sites["school_id"].reindex(table["site"]).to_numpy() != school
    rows: pd.DataFrame = table.loc[other]
    return rows


def _stay(left: Overflow, sites: pd.DataFrame) -> pd.DataFrame:
    """Who is over the places of a school that grows needs no way: demand (pool), site, most."""
    pools = pd.MultiIndex.from_frame(left.pools[_POOL])
    own = pools.get_indexer(pd.MultiIndex.from_frame(sites[_POOL]))
    stay = pd.DataFrame({"demand": own, "site": sites.index, "cost": 0})[own >= 0]
    return stay.assign(most=left.pools["over"].reindex(stay["demand"]).to_numpy())


def grown_relief(
    left: Overflow, sites: pd.DataFrame, ways: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Let schools that grow relieve what is left: as many as possible, then the nearest.

    Parameters
    ----------
    left
        The overflow.
    sites
        Columns stage, school_id and places, by site.
    ways
        As `growing_ways` returns it.

    Returns
    -------
    flows : pandas.DataFrame
        Who comes from other schools: demand (group), site, amount.
    kept : pandas.Series
        By site, how many stay who were over the school's places.
    """
    come, stay = _come(left, sites, ways), _stay(left, sites)
    return _relief(left, come, stay, sites["places"])


def _relief(
    left: Overflow, ways: pd.DataFrame, stay: pd.DataFrame, places: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """Who comes to schools that grow, and by site how many stay who were over its places."""
    # Pupils who stay are one demand a pool, numbered below 0; no pool gives up more than it has.
    own = stay[stay["site"].isin(places.index)]
    fixed = pd.DataFrame({"demand": -1 - own["demand"], "site": own["site"], "cost": 0})
    come = ways[ways["site"].isin(places.index)]
    amount = pd.Series(own["most"].to_numpy(), index=fixed["demand"].to_numpy())
    pool = pd.Series(own["demand"].to_numpy(), index=fixed["demand"].to_numpy())
    flows = serve(
        pd.concat([come[["demand", "site", "cost"]], fixed], ignore_index=True),
        pd.concat([amount, left.groups["may"]]),
        places,
        pool=pd.concat([pool, left.groups["pool"]]),
        pool_most=left.pools["over"],
    )
    stays = flows["demand"] < 0
    return flows[~stays].reset_index(drop=True), flows[stays].groupby("site")["amount"].sum()
