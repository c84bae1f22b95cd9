"""Which new compulsory schools to build, and by how much any other place could be better."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.inputs.study.study import SiteProgramme, Study
from layout.location import ModularChoice, ModularProblem
from layout.location.solver.highs import Effort
from layout.planning.siting.compulsory.around import Anywhere, most_anywhere, pupils_around
from layout.planning.siting.compulsory.overflow import Overflow, group_ways, relief, site_ways
from layout.planning.siting.compulsory.places import (
    compulsory_candidates,
    located_at,
    with_forced,
)
from layout.planning.siting.compulsory.problem import compulsory_problem, most_places
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.rejected import Ground
from layout.planning.siting.result import solved

__all__ = ["Chosen", "choose_sites"]

_ENOUGH = 0.005
"""Further settlements are looked at where they might relieve so large a share more."""
_ADDED_PER_SITE = 4
"""Settlements that are added for each new school."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Chosen:
    """New schools among candidates.

    Attributes
    ----------
    problem, answer
        The model and what was chosen.
    located, reach
        Candidates as points, and the routes of settlements to them, see `site_ways`.
    ways, flows
        Routes of groups to candidates; who goes where: demand (group), site, amount.
    anywhere, around
        What schools in any settlements could do, and whom each could take.
    """

    problem: ModularProblem
    answer: ModularChoice
    located: gpd.GeoDataFrame
    reach: pd.DataFrame
    ways: pd.DataFrame
    flows: pd.DataFrame
    anywhere: Anywhere
    around: pd.DataFrame

    @property
    def relieved(self) -> int:
        """Pupils who go to the new schools, each counted once."""
        return int(self.flows["amount"].sum())

    @property
    def beyond(self) -> float:
        """By what share any other settlements could relieve more, at the most."""
        return max(0, self.anywhere.most - self.relieved) / max(1, self.relieved)


def choose_sites(
    study: Study,
    over: Overflow,
    pupils: pd.DataFrame,
    asked: SiteProgramme,
    effort: Effort | None,
    levers: SiteLevers,
    ground: Ground,
    *,
    seed: int = 0,
) -> Chosen:
    """Choose new schools; where other settlements might do better, look at those as well.

    Parameters
    ----------
    study, over, pupils
        The study, its overflow and all pupils of the year.
    asked, effort, levers
        Of the programme.
    ground
        Where the programme may build.
    seed
        Of the clusters among the candidates.

    Raises
    ------
    InfeasibleError
        Where the programme's numbers cannot be met.
    NoSolutionError
        Where no solution was found within the limits.
    """
    around = pupils_around(study, over)
    around = around[~around["settlement_id"].isin(levers.forbid)]
    stage_of = over.pools["stage"].reindex(around["pool"]).to_numpy()
    allowed = [
        around["settlement_id"].isin(ground.may(stage)) & (stage_of == stage)
        for stage in ground.by_stage
    ]
    around = around[np.logical_or.reduce(allowed)]
    names = compulsory_candidates(study, over, pupils, asked.sites, ground=ground, seed=seed)
    names = names[~names["settlement_id"].isin(levers.forbid)]
    force = [one for one in levers.force if one in study.settlements.index]
    names = with_forced(names, over, around, force, ground)
    first = _solved(ground, over, around, names, asked, effort, levers)
    if first.beyond <= _ENOUGH:
        return first
    # A second round: where a school is worth most at the prices of the bound.
    keys = ["stage", "settlement_id"]
    new = first.anywhere.sites.merge(names[keys], on=keys, how="left", indicator=True)
    new = new[new["_merge"] == "left_only"].drop_duplicates("worth")
    added = new.head(_ADDED_PER_SITE * asked.sites)[keys].assign(must=False)
    wider = pd.concat([names, added]).sort_values(keys, ignore_index=True)
    second = _solved(ground, over, around, wider, asked, effort, levers)
    return second if second.relieved >= first.relieved else first


def _solved(
    ground: Ground,
    over: Overflow,
    around: pd.DataFrame,
    names: pd.DataFrame,
    asked: SiteProgramme,
    effort: Effort | None,
    levers: SiteLevers,
) -> Chosen:
    """The best choice among some candidates, and a bound over all settlements that may hold one."""
    study, located = ground.study, located_at(ground, names)
    reach = site_ways(study, located)
    ways = group_ways(over, reach)
    problem = compulsory_problem(study, over, ways, located, asked, quota=levers.quota)
    answer = solved(problem, effort, "compulsory", asked)
    # The model bounds the pupils from above; this counts each of them once.
    size = problem.sites["size"].reindex(answer.modules.index)
    flows = relief(over, ways, answer.modules * size)
    anywhere = most_anywhere(
        over,
        around,
        most_places(study.standards),
        sites=asked.sites,
        goal=int(flows["amount"].sum()),
        places_in_all=None if problem.modules is None else int(size.max() * problem.modules),
    )
    return Chosen(
        problem=problem,
        answer=answer,
        located=located,
        reach=reach,
        ways=ways,
        flows=flows,
        anywhere=anywhere,
        around=around,
    )
