"""The kindergarten programme: floors, children of the years, evenness, travel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from layout.core.text import sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.location import ModularChoice, ModularProblem, serve_modules
from layout.location.solver.highs import Effort
from layout.planning.contract import PlanTables
from layout.planning.siting.kindergarten.countyplans import (
    TOWNSHIP_NOTES,
    county_plans,
    township_notes,
)
from layout.planning.siting.kindergarten.deficits import After, deficit_table
from layout.planning.siting.kindergarten.floors import (
    FLOOR_NOTES,
    floor_notes,
    price_notes,
    public_share,
)
from layout.planning.siting.kindergarten.model import around_of, programme_problem
from layout.planning.siting.kindergarten.need import expansion_room
from layout.planning.siting.kindergarten.notes import HALF_NOTES, kindergarten_notes
from layout.planning.siting.kindergarten.places import kindergarten_candidates, with_stand_ins
from layout.planning.siting.kindergarten.problem import children_by_site, shared_out
from layout.planning.siting.kindergarten.readings import READING_NOTES, reading_notes
from layout.planning.siting.kindergarten.years import YEAR_NOTES, site_years, year_notes
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.reasons import site_facts
from layout.planning.siting.rejected import ground_notes, naming_ground
from layout.planning.siting.result import PLACE, Result, candidate_note, solved
from layout.planning.siting.runnerup import relabelled, with_runners_up
from layout.planning.siting.tables import model_run, served_table, site_table

__all__ = ["SAID_ANEW", "site_kindergartens"]

SAID_ANEW = FLOOR_NOTES | YEAR_NOTES | TOWNSHIP_NOTES | READING_NOTES | HALF_NOTES
"""Messages of notes of the programme, which it says anew, or no more, when it is sited again."""


def site_kindergartens(
    plan: PlanTables, asked: SiteProgramme, effort: Effort | None, levers: SiteLevers
) -> Result:
    """Choose new kindergartens and those that grow.

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
    study = plan.study
    around, needs = around_of(plan, asked, levers)
    read, ground, ways, years = around.read, around.ground, around.ways, needs.years
    need = around.needs[0]
    points, rejected = kindergarten_candidates(around, levers)
    allowed = ways[ways["site"].isin(ground.may("preschool"))]
    with naming_ground(ground, rejected):
        problem, floors, within = programme_problem(plan, around, levers, points)
        answer = solved(problem, effort, "kindergarten", asked)
    size = study.standards.class_size_preschool
    classes = _classes(problem, answer, size=size, free=read.classes is None)
    flows = serve_modules(problem, classes)
    # One child more among the public is one among all as well.
    scale = {"floors": 1.0 - public_share(study)}
    lifted = () if problem.floors is None else floors.index[floors["target"] > 0]
    table = _described(study, problem, classes, flows, lifted, (years[0], years[-1]))
    # What may stand in place of each site: those as well that it stood in for.
    points = with_stand_ins(around, levers, points, sites=table["settlement_id"])
    wider = programme_problem(plan, around, levers, points)[0]
    unit = scale.get(answer.levels[0].name, 1.0)
    table = with_runners_up(table, *relabelled(problem, answer, wider), unit=unit)
    sites = site_table(study, table, programme="kindergarten", year=asked.year)
    years_table = site_years(needs, problem, classes, sites["site_id"], ways=ways)
    added = flows.groupby("demand")["amount"].sum()
    after = After(
        need=need,
        year=asked.year,
        sites=sites,
        served=added,
        ways=allowed,
        room=expansion_room(study, plan.closed),
    )
    counties = county_plans(
        study, after, floors=floors, years=needs.of("middle"), closed=plan.closed
    )
    added = added.groupby(study.settlements["county_code"]).sum()
    covered = int(sum(one.sum() for one in children_by_site(problem, classes)))
    run = model_run(asked, "kindergarten", answer, sites, covered=covered, scale=scale)
    # Left out are only settlements that candidates can stand in for: the bound holds for all.
    count = int(problem.sites["new"].sum())
    run = replace(run, candidates=count, beyond=run.levels[0].gap)
    notes = (
        *reading_notes(study, read, problem, sites, years_table),
        *kindergarten_notes(study, asked, need, sites, floors=problem.floors is not None),
        *floor_notes(study, floors, added, within, kept=levers.floors),
        *price_notes(problem, answer),
        *year_notes(study, years_table, sites, need),
        *township_notes(study, counties),
        candidate_note(run, sentence("kindergarten")),
        *ground_notes(ground, rejected),
    )
    return Result(
        sites=sites,
        served=served_table(flows, problem.pairs, sites["site_id"], _groups(problem)),
        site_years=years_table,
        rejected_sites=rejected,
        run=run,
        notes=notes,
        deficits=deficit_table(study, after, walk=plan.ways().walk),
        county_plans=counties,
    )


def _described(
    study: Study,
    problem: ModularProblem,
    classes: pd.Series,
    flows: pd.DataFrame,
    lifted: Collection[str],
    years: tuple[int, int],
) -> pd.DataFrame:
    """The sites with whom they serve, and why they stand where they stand."""
    return site_facts(
        study,
        problem.sites.loc[classes.index, PLACE],
        classes=classes,
        places=classes * study.standards.class_size_preschool,
        flows=flows,
        pairs=problem.pairs[problem.pairs["site"].isin(classes.index)],
        amount=problem.demand["amount"],
        floor=public_share(study),
        lifted=lifted,
        years=years if years[1] > years[0] else None,
    )


def _groups(problem: ModularProblem) -> pd.DataFrame:
    """Whom the demands stand for: children of a settlement who had no place are one demand."""
    homes = problem.demand.index
    facts = {"programme": "kindergarten", "settlement_id": homes, "band": "preschool"}
    return pd.DataFrame({**facts, "from_school": ""}, index=homes)


def _classes(problem: ModularProblem, answer: ModularChoice, *, size: int, free: bool) -> pd.Series:
    """Classes by site; where the programme leaves them free, as few as hold the children served."""
    flows = serve_modules(problem, answer.modules)
    most = pd.concat(children_by_site(problem, answer.modules), axis=1).max(axis=1)
    classes = shared_out(problem, answer.modules, flows, most)
    if free:
        by_need = -(-most.reindex(classes.index, fill_value=0) // size)
        least = problem.sites["least"].reindex(classes.index)
        classes = by_need.clip(lower=least).astype("int64")
    return classes[classes > 0]
