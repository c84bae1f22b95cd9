"""What a kindergarten programme looks at, and its model."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.inputs.study.study import SiteProgramme
from layout.location import ModularProblem
from layout.planning.contract import PlanTables
from layout.planning.siting.kindergarten.ceilings import least_site, reading
from layout.planning.siting.kindergarten.floors import public_floors
from layout.planning.siting.kindergarten.need import expansion_room, site_pairs
from layout.planning.siting.kindergarten.places import Around
from layout.planning.siting.kindergarten.problem import kindergarten_problem
from layout.planning.siting.kindergarten.years import Outlook
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.rejected import programme_ground

__all__ = ["around_of", "programme_problem"]


def around_of(plan: PlanTables, asked: SiteProgramme, levers: SiteLevers) -> tuple[Around, Outlook]:
    """What decides where kindergartens may stand, and the needs by year and reading of the births.

    Parameters
    ----------
    plan, asked, levers
        As for `layout.planning.siting.kindergarten.run.site_kindergartens`.
    """
    study = plan.study
    needs = Outlook(plan, asked.year, levers.until)
    later = (needs.of(levers.reading)[year] for year in needs.years[1:])
    places = least_site(study.standards) * study.standards.class_size_preschool
    around = Around(
        study=study,
        asked=asked,
        read=reading(asked, study.standards),
        needs=[needs.of("middle")[asked.year], *later],
        ways=site_pairs(study, study.settlements.geometry),
        ground=programme_ground(plan, "kindergarten", {"preschool": places}, force=levers.force),
    )
    return around, needs


def programme_problem(
    plan: PlanTables, around: Around, levers: SiteLevers, most: pd.Series
) -> tuple[ModularProblem, pd.DataFrame, pd.Series]:
    """The model of the programme, the floors, and who lives near any possible site, by county.

    Parameters
    ----------
    plan, around, levers
        The plan, what the programme looks at, and what the planner turns.
    most
        Classes that a new site may have at most, by candidate.
    """
    study, need = plan.study, around.needs[0]
    ways = around.ways[around.ways["site"].isin(around.ground.may("preschool"))]
    left = pd.DataFrame({at: one.left for at, one in enumerate(around.needs)})
    left = left[(left > 0).any(axis=1)]
    room = expansion_room(study, plan.closed)
    floors = public_floors(study, need)
    target = floors["target"]
    problem = kindergarten_problem(
        study,
        around.needs,
        around.read,
        ways=ways,
        most=most,
        room=room.drop(room.index.intersection(list(levers.forbid))),
        floors=target if levers.floors and target.any() else None,
    )
    forced = problem.sites["settlement_id"].isin(levers.force)
    problem = replace(problem, sites=problem.sites.assign(must=forced), quota=dict(levers.quota))
    # Children left over who live within reach of any settlement or kindergarten that may grow.
    near = left.index.intersection(pd.Index(pd.concat([ways, problem.pairs])["demand"].unique()))
    county = study.settlements["county_code"]
    return problem, floors, need.left.reindex(near).groupby(county.reindex(near)).sum()
