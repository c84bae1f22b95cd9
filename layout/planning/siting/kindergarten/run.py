"""The kindergarten programme: floors, children of the years, evenness, travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from layout.core.text import sentence
from layout.inputs.study.study import SiteProgramme
from layout.location import ModularChoice, ModularProblem, serve_modules
from layout.location.solver.highs import Effort
from layout.planning.contract import PlanTables
from layout.planning.siting.candidates import candidate_points, undominated
from layout.planning.siting.kindergarten.ceilings import Reading, least_site, reading
from layout.planning.siting.kindergarten.floors import (
    floor_notes,
    price_notes,
    public_floors,
    public_share,
)
from layout.planning.siting.kindergarten.need import Need, expansion_room, site_pairs
from layout.planning.siting.kindergarten.notes import kindergarten_notes
from layout.planning.siting.kindergarten.problem import (
    children_by_site,
    kindergarten_problem,
    shared_out,
)
from layout.planning.siting.kindergarten.years import Outlook, site_years, year_notes
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.rejected import (
    Ground,
    ground_notes,
    naming_ground,
    programme_ground,
)
from layout.planning.siting.result import PLACE, Result, candidate_note, solved
from layout.planning.siting.tables import model_run, served_table, site_table

__all__ = ["site_kindergartens"]


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
    study, read = plan.study, reading(asked, plan.study.standards)
    needs = Outlook(plan, asked.year, levers.until)
    need, years = needs.of("middle")[asked.year], needs.years
    chosen = [need, *(needs.of(levers.reading)[year] for year in years[1:])]
    places = least_site(study.standards) * study.standards.class_size_preschool
    ground = programme_ground(plan, "kindergarten", {"preschool": places}, force=levers.force)
    ways = site_pairs(study, study.settlements.geometry)
    points, rejected = _candidates(asked, read, chosen, levers, ways, ground)
    with naming_ground(ground, rejected):
        problem, floors, within = _kindergarten_problem(
            plan, read, chosen, levers, ways[ways["site"].isin(ground.may("preschool"))], points
        )
        answer = solved(problem, effort, "kindergarten", asked)
    size = study.standards.class_size_preschool
    classes = _classes(problem, answer, size=size, free=read.classes is None)
    flows = serve_modules(problem, classes)
    # By site, in the order of the classes.
    served = flows.groupby("site")["amount"].sum().reindex(classes.index, fill_value=0)
    table = problem.sites.loc[classes.index, PLACE].assign(
        classes=classes, places=classes * size, pupils_served=served
    )
    sites = site_table(study, table, programme="kindergarten")
    # Children of a settlement who had no place are one demand.
    groups = pd.DataFrame(
        {
            "programme": "kindergarten",
            "settlement_id": problem.demand.index,
            "band": "preschool",
            "from_school": "",
        },
        index=problem.demand.index,
    )
    years_table = site_years(needs, problem, classes, sites["site_id"])
    county = study.settlements["county_code"]
    added = flows["amount"].groupby(county.reindex(flows["demand"]).to_numpy()).sum()
    notes = kindergarten_notes(study, asked, read, need, sites)
    notes += tuple(floor_notes(study, floors, added, within, kept=levers.floors))
    notes += tuple(price_notes(problem, answer)) if problem.floors is not None else ()
    notes += tuple(year_notes(study, years_table, sites, need))
    run = model_run(
        asked,
        "kindergarten",
        answer,
        sites,
        covered=int(sum(one.sum() for one in children_by_site(problem, classes))),
        # One child more among the public is one among all as well.
        scale={"floors": 1.0 - public_share(study)},
    )
    # Left out are only settlements that candidates can stand in for: the bound holds for all.
    count = int(problem.sites["new"].sum())
    run = replace(run, candidates=count, beyond=run.levels[0].gap)
    notes += (candidate_note(run, sentence("kindergarten")),)
    notes += ground_notes(ground, rejected)
    return Result(
        sites=sites,
        served=served_table(flows, problem.pairs, sites["site_id"], groups),
        site_years=years_table,
        rejected_sites=rejected,
        run=run,
        notes=notes,
    )


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


def _candidates(
    asked: SiteProgramme,
    read: Reading,
    needs: Sequence[Need],
    levers: SiteLevers,
    ways: pd.DataFrame,
    ground: Ground,
) -> tuple[pd.Series, pd.DataFrame]:
    """The most classes by candidate, and the settlements that only their ground keeps from it."""
    study, need = ground.study, needs[0]
    size = study.standards.class_size_preschool
    left = pd.DataFrame({at: one.left for at, one in enumerate(needs)})
    left = left[(left > 0).any(axis=1)]

    def wanted(among: pd.Index | None) -> pd.Index:
        """Settlements without those that others can stand in for, and the centres of need."""
        central = candidate_points(
            study,
            need=need.left,
            people=need.demand,
            stage="preschool",
            places=read.most * size,
            sites=asked.sites,
            among=among,
        ).index
        near = ways if among is None else ways[ways["site"].isin(among)]
        return undominated(near, left, places=read.most * size).union(central)

    # Every settlement may hold a site whose ground allows it; where parcels make sites of several
    # sizes, none can stand in for another.
    points, may = wanted(None), ground.may("preschool")
    rejected = ground.rejected(pd.DataFrame({"stage": "preschool", "settlement_id": points}))
    if study.parcels is not None:
        points = may.intersection(pd.Index(ways["site"].unique()))
    elif not ground.free:
        points = wanted(may)
    points = points.difference(list(levers.forbid))
    points = points.union(pd.Index([one for one in levers.force if one in study.settlements.index]))
    places = ground.most_places("preschool", points)
    # Whole classes within the norm's ceiling; free ground allows any number of places.
    return (places.clip(upper=read.most * size) // size).astype("int64"), rejected


def _kindergarten_problem(
    plan: PlanTables,
    read: Reading,
    needs: Sequence[Need],
    levers: SiteLevers,
    ways: pd.DataFrame,
    most: pd.Series,
) -> tuple[ModularProblem, pd.DataFrame, pd.Series]:
    """The model of the programme, the floors, and who lives near any possible site, by county."""
    study, need = plan.study, needs[0]
    left = pd.DataFrame({at: one.left for at, one in enumerate(needs)})
    left = left[(left > 0).any(axis=1)]
    room = expansion_room(study, plan.closed)
    floors = public_floors(study, need)
    target = floors["target"]
    problem = kindergarten_problem(
        study,
        needs,
        read,
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
