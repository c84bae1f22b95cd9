"""The programme of compulsory schools: relief of schools with more pupils than places."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from layout.inputs.study.study import SiteProgramme, Study
from layout.location.solver.highs import Effort
from layout.planning.contract import SITE_YEARS, PlanTables, empty
from layout.planning.siting.candidates import candidate_points
from layout.planning.siting.compulsory.notes import compulsory_notes
from layout.planning.siting.compulsory.overflow import Overflow, overflow, relief, site_ways
from layout.planning.siting.compulsory.problem import MODULE_CLASSES, compulsory_problem
from layout.planning.siting.compulsory.pupils import SITED_STAGES, future_pupils, stage_bands
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.result import PLACE, Result, solved
from layout.planning.siting.tables import model_run, served_table, site_table

__all__ = ["site_compulsory"]


def site_compulsory(
    plan: PlanTables, asked: SiteProgramme, effort: Effort | None, levers: SiteLevers
) -> Result:
    """Choose new compulsory schools.

    Parameters
    ----------
    plan
        Plan to build on.
    asked
        The programme's numbers.
    effort
        Limits of each level; the usual ones where None.
    levers
        What the planner turns.

    Raises
    ------
    InfeasibleError
        Where the programme's numbers cannot be met.
    NoSolutionError
        Where no solution was found within the limits.
    """
    study, ways = plan.study, plan.ways()
    pupils = future_pupils(study, asked.year, plan.assignment, walk=ways.walk, bus=ways.bus)
    over = overflow(study, pupils, assignment=plan.assignment)
    located = _compulsory_candidates(study, over, pupils, asked.sites)
    to_sites = site_ways(study, over, located)
    problem = compulsory_problem(study, over, to_sites, located, asked)
    forced = located["settlement_id"].isin(levers.force)
    problem = replace(problem, sites=problem.sites.assign(must=forced), quota=dict(levers.quota))
    answer = solved(problem, effort, "compulsory", asked)
    shape = problem.sites.loc[answer.modules.index]
    # The model bounds the pupils from above; this counts each of them once.
    flows = relief(over, to_sites, answer.modules * shape["size"])
    served = flows.groupby("site")["amount"].sum().reindex(shape.index, fill_value=0)
    modules = answer.modules
    # Where the programme leaves the classes free, as many modules as hold the pupils.
    if not asked.classes:
        modules = (-(-served // shape["size"])).clip(lower=shape["least"])
    # By site label, as `site_table` takes them.
    table = located.loc[shape.index, PLACE].assign(
        classes=modules * MODULE_CLASSES,
        places=modules * shape["size"],
        pupils_served=served,
    )
    sites = site_table(study, table, programme="compulsory")
    groups = over.groups.rename(columns={"school_id": "from_school"})
    groups = groups[["settlement_id", "band", "from_school"]].assign(programme="compulsory")
    run = model_run(asked, "compulsory", answer, sites, covered=int(sites["pupils_served"].sum()))
    return Result(
        sites=sites,
        site_years=empty(SITE_YEARS),
        served=served_table(flows, to_sites, sites["site_id"], groups),
        run=run,
        notes=compulsory_notes(study, asked, over, sites),
    )


def _compulsory_candidates(
    study: Study, over: Overflow, pupils: pd.DataFrame, n_sites: int
) -> gpd.GeoDataFrame:
    """Candidates of all stages, numbered by stage and settlement; columns as `PLACE` has them.

    Merit is the overflow shared over the pupils of the school.
    """
    parts = []
    for stage in sorted(SITED_STAGES):
        # By group the share of its school's pupils that overflows; by settlement so many pupils.
        rows = over.groups[over.groups["stage"] == stage]
        share = (over.pools["over"] / over.pools["pupils"]).reindex(rows["pool"]).to_numpy()
        need = (rows["pupils"] * share).groupby(rows["settlement_id"]).sum().round()
        people = pupils[pupils["band"].isin(stage_bands(stage))]
        points = candidate_points(
            study,
            need=need.reindex(study.settlements.index, fill_value=0).astype("int64"),
            people=people.groupby("settlement_id")["pupils"].sum(),
            stage=stage,
            places=study.standards.compulsory_max_pupils // 2,
            sites=n_sites,
        )
        parts.append(
            gpd.GeoDataFrame(
                {"stage": stage, "settlement_id": points.index},
                geometry=points.reset_index(drop=True),
            )
        )
    located = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))
    return located.assign(school_id="").rename_axis("site")
