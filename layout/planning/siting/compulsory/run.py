"""The programme of compulsory schools: relief of schools with more pupils than places."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.core.text import sentence
from layout.inputs.study.study import CompulsoryProgramme
from layout.location.solver.highs import Effort
from layout.planning.contract import PlanTables
from layout.planning.siting.compulsory.chosen import Chosen, choose_sites
from layout.planning.siting.compulsory.growing import Grown, growing_schools, left_over
from layout.planning.siting.compulsory.notes import compulsory_notes
from layout.planning.siting.compulsory.overflow import Overflow, overflow
from layout.planning.siting.compulsory.places import compulsory_candidates
from layout.planning.siting.compulsory.problem import MODULE_CLASSES, smallest_places
from layout.planning.siting.compulsory.pupils import future_pupils, nearest_schools
from layout.planning.siting.compulsory.years import compulsory_years, over_by_year, year_notes
from layout.planning.siting.ground import unplaced
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.reasons import site_facts
from layout.planning.siting.rejected import (
    Ground,
    ground_notes,
    naming_ground,
    programme_ground,
)
from layout.planning.siting.result import PLACE, Result, candidate_note
from layout.planning.siting.runnerup import with_runners_up
from layout.planning.siting.tables import model_run, served_table, site_table

__all__ = ["site_compulsory"]


def site_compulsory(
    plan: PlanTables, asked: CompulsoryProgramme, effort: Effort | None, levers: SiteLevers
) -> Result:
    """Choose new compulsory schools and those that grow.

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
    near = nearest_schools(study, plan.assignment, walk=ways.walk, bus=ways.bus)
    pupils = future_pupils(study, asked.year, plan.assignment, near=near)
    over = overflow(study, pupils, assignment=plan.assignment)
    ground = programme_ground(
        plan, "compulsory", smallest_places(study.standards), force=levers.force
    )
    chosen, new, rejected = _on_parcels(ground, over, pupils, asked, effort, levers)
    # Schools grow for what the new ones leave.
    left = left_over(over, chosen.flows)
    grown = growing_schools(
        study,
        left,
        pupils,
        asked,
        effort,
        levers,
        ways=ways,
        closed=plan.closed,
        label=len(chosen.located),
    )
    table = _joined(new, grown.sites)
    flows, to_sites = _joined(chosen.flows, grown.flows), _joined(chosen.ways, grown.ways)
    # Pupils of the schools that grow who stay there.
    come = grown.flows.groupby("site")["amount"].sum().reindex(grown.sites.index, fill_value=0)
    stay = (grown.sites["pupils_served"] - come).astype("int64")
    table = site_facts(
        study,
        table[PLACE],
        classes=table["classes"],
        places=table["places"],
        flows=flows,
        pairs=to_sites[to_sites["site"].isin(table.index)],
        amount=over.groups["may"],
        own=stay.reindex(table.index, fill_value=0),
    )
    table = with_runners_up(table, chosen.problem, chosen.answer, chosen.located["settlement_id"])
    sites = site_table(study, table, programme="compulsory", year=asked.year)
    groups = over.groups.rename(columns={"school_id": "from_school"})
    groups = groups[["settlement_id", "band", "from_school"]].assign(programme="compulsory")
    # Routes of settlements to the sites of the plan, by their identifiers.
    overs = over_by_year(plan, over, asked.year, levers.until, near)
    reach = [
        part.assign(site=sites["site_id"].reindex(part["site"]).to_numpy()).dropna(subset="site")
        for part in (chosen.reach, grown.reach)
    ]
    years = compulsory_years(overs, sites, *reach)
    run = model_run(asked, "compulsory", chosen.answer, sites, covered=chosen.relieved)
    run = replace(
        run,
        candidates=len(chosen.located),
        beyond=chosen.beyond,
        detail={**run.detail, **_grown(grown)},
    )
    return Result(
        sites=sites,
        site_years=years,
        rejected_sites=rejected,
        served=served_table(flows, to_sites, sites["site_id"], groups),
        run=run,
        notes=(
            *compulsory_notes(study, asked, over, sites, chosen, grown),
            candidate_note(run, sentence("compulsory school")),
            *ground_notes(ground, rejected),
            *year_notes(study.standards, overs, years, sites),
        ),
    )


def _joined(new: pd.DataFrame, grown: pd.DataFrame) -> pd.DataFrame:
    """Two tables, one after the other; an empty one has no kinds of columns to mind."""
    return pd.concat([part for part in (new, grown) if len(part)] or [new])


def _on_parcels(
    ground: Ground,
    over: Overflow,
    pupils: pd.DataFrame,
    asked: CompulsoryProgramme,
    effort: Effort | None,
    levers: SiteLevers,
) -> tuple[Chosen, pd.DataFrame, pd.DataFrame]:
    """New schools on a parcel each, their table, and the candidates that the ground forbids."""
    study = ground.study
    # What would be candidates if all ground were free.
    wanted = pd.DataFrame(columns=["stage", "settlement_id"], dtype="str")
    if not ground.free:
        wanted = compulsory_candidates(study, over, pupils, asked.sites)
    while True:
        rejected = ground.rejected(wanted)
        with naming_ground(ground, rejected):
            chosen = choose_sites(study, over, pupils, asked, effort, levers, ground)
        new = _new_schools(chosen, asked)
        # Both stages may have chosen one parcel: the site left without one has to stand elsewhere.
        lost = new.loc[unplaced(study, new, held=ground.held)]
        if lost.empty:
            return chosen, new, rejected
        ground = ground.without(lost)
        wanted = pd.concat([wanted, lost[["stage", "settlement_id"]]], ignore_index=True)


def _new_schools(chosen: Chosen, asked: CompulsoryProgramme) -> pd.DataFrame:
    """The new schools by candidate, in the columns that `site_table` takes."""
    modules = chosen.answer.modules
    shape = chosen.problem.sites.loc[modules.index]
    served = chosen.flows.groupby("site")["amount"].sum().reindex(shape.index, fill_value=0)
    # Where the programme leaves the classes free, as many modules as hold the pupils.
    if not asked.classes:
        modules = (-(-served // shape["size"])).clip(lower=shape["least"])
    return pd.DataFrame(chosen.located.loc[shape.index, PLACE]).assign(
        classes=modules * MODULE_CLASSES, places=modules * shape["size"]
    )


def _grown(grown: Grown) -> dict[str, float]:
    """What the run tells of the schools that grow: how many, whom they relieve, and the most."""
    if grown.answer is None:
        return {}
    return {
        "expansions": float(len(grown.sites)),
        "expanded": float(grown.sites["pupils_served"].sum()),
        "expanded_bound": grown.answer.levels[0].bound,
    }
