"""Siting programmes: how many new sites of a stage, where, how large, and whom they serve.

`site` runs one programme on top of a plan. The models are in `layout.planning.siting.kindergarten`
and `layout.planning.siting.compulsory`; both choose by `layout.location.choose_modules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import NoSolutionError, UsageError
from layout.core.text import Sentence, sentence, tr
from layout.inputs.study.study import SiteProgramme, Study
from layout.location import ModularChoice, ModularProblem, choose_modules, serve_modules
from layout.location.solver.highs import Effort
from layout.planning import schema
from layout.planning.contract import SITE_YEARS, ModelRun, PlanTables, empty, renewed_notes
from layout.planning.siting import compulsory as compulsory
from layout.planning.siting import kindergarten as kindergarten
from layout.planning.siting.candidates import candidates, undominated
from layout.planning.siting.ceilings import Reading, reading
from layout.planning.siting.floors import (
    FLOOR_NOTES,
    floor_notes,
    price_notes,
    public_floors,
    public_share,
)
from layout.planning.siting.kindergarten import children_by_site
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.pupils import SITED_STAGES, future_pupils, stage_bands
from layout.planning.siting.report import (
    compulsory_notes,
    kindergarten_notes,
    model_run,
    served_table,
    site_table,
)
from layout.planning.siting.years import YEAR_NOTES, Outlook, site_years, year_notes

__all__ = ["PROGRAMMES", "site", "unplanned"]

PROGRAMMES = ("kindergarten", "compulsory")
CANDIDATES_PER_SITE = 8
CANDIDATES_LEAST, CANDIDATES_MOST = 40, 160
PLACE = ["stage", "settlement_id", "school_id"]
"""Columns that say what a site is and where."""
SPACING_M = {"preschool": 500.0, "primary": 1000.0, "junior": 2000.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class _Result:
    sites: pd.DataFrame
    served: pd.DataFrame
    site_years: pd.DataFrame
    run: ModelRun
    notes: tuple[Sentence, ...]


def site(
    plan: PlanTables,
    programme: str,
    *,
    time_limit_s: float | None = None,
    sites: int | None = None,
    classes: int | None = None,
    levers: SiteLevers | None = None,
) -> PlanTables:
    """Choose the sites of one programme.

    Parameters
    ----------
    plan
        Plan to build on, today's or a later one: its closed schools are shut, its pupils have
        moved. Its study names the programme's numbers.
    programme
        ``kindergarten`` or ``compulsory``.
    time_limit_s
        Time limit of the model; what it ends is never ``proven``.
    sites, classes
        In place of the programme's numbers; the plan's study then has them.
    levers
        See `SiteLevers`.

    Returns
    -------
    PlanTables
        The plan with ``sites``, ``served``, ``runs`` and ``notes`` extended; sites of the same
        programme chosen before are replaced.

    Raises
    ------
    UsageError
        Where the programme is not offered, or the study does not name it.
    InfeasibleError
        Where the programme's numbers cannot be met; names them and the smallest relaxation.
    NoSolutionError
        Where the time limit ended the model before it had a solution.
    """
    if programme not in PROGRAMMES:
        offered = ", ".join(PROGRAMMES)
        raise UsageError(
            tr("programme {name} is not offered, only {offered}", name=programme, offered=offered)
        )
    asked: SiteProgramme | None = getattr(plan.study.programmes, programme)
    if asked is None:
        raise UsageError(tr("the study names no programme {name}", name=programme))
    changes = {"sites": sites, "classes": classes, "places": None if classes is None else 0}
    asked = asked.model_copy(update={k: v for k, v in changes.items() if v is not None})
    named = plan.study.programmes.model_copy(update={programme: asked})
    plan = replace(plan, study=replace(plan.study, programmes=named))
    effort = None if time_limit_s is None else Effort(time_limit_s=time_limit_s)
    run = _kindergarten if programme == "kindergarten" else _compulsory
    result = run(plan, asked, effort, levers or SiteLevers())
    # What the programme said before and says no more.
    gone = FLOOR_NOTES | YEAR_NOTES if programme == "kindergarten" else frozenset()
    before = tuple(note for note in plan.notes if note.message not in gone)
    # The sites of all other programmes stay, in front.
    return replace(
        plan,
        sites=_beside(plan.sites, result.sites, programme),
        served=_beside(plan.served, result.served, programme),
        site_years=result.site_years if programme == "kindergarten" else plan.site_years,
        runs=(*(r for r in plan.runs if r.model != programme), result.run),
        notes=renewed_notes(before, result.notes),
    )


def unplanned(study: Study) -> Sentence | None:
    """Name the programmes of the study file that are not planned yet; None where there are none.

    Parameters
    ----------
    study
        The study.
    """
    named = vars(study.programmes)
    later = [name for name in schema.PROGRAMMES if name not in PROGRAMMES and named.get(name)]
    if not later:
        return None
    names = tuple(sentence(schema.PROGRAMMES[name]) for name in later)
    return sentence("Named in the study file, not planned yet: {names}.", names=names)


def _beside(before: pd.DataFrame, rows: pd.DataFrame, programme: str) -> pd.DataFrame:
    """Rows of a programme after those of all others, in place of its own of before."""
    others = before[before["programme"] != programme]
    parts = [part for part in (others, rows) if len(part)] or [rows]
    return pd.concat(parts, ignore_index=True)


def _kindergarten(
    plan: PlanTables, asked: SiteProgramme, effort: Effort | None, levers: SiteLevers
) -> _Result:
    study, read = plan.study, reading(asked, plan.study.standards)
    needs = Outlook(plan, asked.year, levers.until)
    need, years = needs.of("middle")[asked.year], needs.years
    chosen = [need, *(needs.of(levers.reading)[year] for year in years[1:])]
    problem, floors, within = _kindergarten_problem(plan, asked, read, chosen, levers)
    answer = _solved(problem, effort, "kindergarten", asked)
    # Classes by site; where the programme leaves them free, as few as hold the children served.
    flows = serve_modules(problem, answer.modules)
    most = pd.concat(children_by_site(problem, answer.modules), axis=1).max(axis=1)
    classes = kindergarten.shared_out(problem, answer.modules, flows, most)
    size = study.standards.class_size_preschool
    if read.classes is None:
        by_need = -(-most.reindex(classes.index, fill_value=0) // size)
        least = problem.sites["least"].reindex(classes.index)
        classes = by_need.clip(lower=least).astype("int64")
        classes = classes[classes > 0]
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
    return _Result(
        sites=sites,
        served=served_table(flows, problem.pairs, sites["site_id"], groups),
        site_years=years_table,
        run=model_run(
            asked,
            "kindergarten",
            answer,
            sites,
            covered=int(sum(one.sum() for one in children_by_site(problem, classes))),
            # One child more among the public is one among all as well.
            scale={"floors": 1.0 - public_share(study)},
        ),
        notes=notes,
    )


def _kindergarten_problem(
    plan: PlanTables,
    asked: SiteProgramme,
    read: Reading,
    needs: Sequence[kindergarten.Need],
    levers: SiteLevers,
) -> tuple[ModularProblem, pd.DataFrame, pd.Series]:
    """The model of the programme, the floors, and who lives near any possible site, by county."""
    study, need = plan.study, needs[0]
    left = pd.DataFrame({at: one.left for at, one in enumerate(needs)})
    left = left[(left > 0).any(axis=1)]
    # Every settlement may hold a site; those that others can stand in for are left out.
    ways = kindergarten.site_pairs(study, study.settlements.geometry)
    most = read.most * study.standards.class_size_preschool
    central = _candidates(
        study,
        need=need.left,
        people=need.demand,
        stage="preschool",
        places=most,
        sites=asked.sites,
    ).index
    points = undominated(ways, left, places=most).union(central).difference(list(levers.forbid))
    points = points.union(pd.Index([one for one in levers.force if one in study.settlements.index]))
    room = kindergarten.expansion_room(study, plan.closed)
    floors = public_floors(study, need)
    target = floors["target"]
    problem = kindergarten.kindergarten_problem(
        study,
        needs,
        read,
        ways=ways,
        points=points,
        room=room.drop(room.index.intersection(list(levers.forbid))),
        floors=target if levers.floors and target.any() else None,
    )
    forced = problem.sites["settlement_id"].isin(levers.force)
    problem = replace(problem, sites=problem.sites.assign(must=forced), quota=dict(levers.quota))
    # Children left over who live within reach of any settlement or kindergarten that may grow.
    near = left.index.intersection(pd.Index(pd.concat([ways, problem.pairs])["demand"].unique()))
    county = study.settlements["county_code"]
    return problem, floors, need.left.reindex(near).groupby(county.reindex(near)).sum()


def _compulsory(
    plan: PlanTables, asked: SiteProgramme, effort: Effort | None, levers: SiteLevers
) -> _Result:
    study, ways = plan.study, plan.ways()
    pupils = future_pupils(study, asked.year, plan.assignment, walk=ways.walk, bus=ways.bus)
    over = compulsory.overflow(study, pupils, assignment=plan.assignment)
    located = _compulsory_candidates(study, over, pupils, asked.sites)
    to_sites = compulsory.site_ways(study, over, located)
    problem = compulsory.compulsory_problem(study, over, to_sites, located, asked)
    forced = located["settlement_id"].isin(levers.force)
    problem = replace(problem, sites=problem.sites.assign(must=forced), quota=dict(levers.quota))
    answer = _solved(problem, effort, "compulsory", asked)
    shape = problem.sites.loc[answer.modules.index]
    # The model bounds the pupils from above; this counts each of them once.
    flows = compulsory.relief(over, to_sites, answer.modules * shape["size"])
    served = flows.groupby("site")["amount"].sum().reindex(shape.index, fill_value=0)
    modules = answer.modules
    # Where the programme leaves the classes free, as many modules as hold the pupils.
    if not asked.classes:
        modules = (-(-served // shape["size"])).clip(lower=shape["least"])
    # By site label, as `site_table` takes them.
    table = located.loc[shape.index, PLACE].assign(
        classes=modules * compulsory.MODULE_CLASSES,
        places=modules * shape["size"],
        pupils_served=served,
    )
    sites = site_table(study, table, programme="compulsory")
    groups = over.groups.rename(columns={"school_id": "from_school"})
    groups = groups[["settlement_id", "band", "from_school"]].assign(programme="compulsory")
    run = model_run(asked, "compulsory", answer, sites, covered=int(sites["pupils_served"].sum()))
    return _Result(
        sites=sites,
        site_years=empty(SITE_YEARS),
        served=served_table(flows, to_sites, sites["site_id"], groups),
        run=run,
        notes=compulsory_notes(study, asked, over, sites),
    )


def _compulsory_candidates(
    study: Study, over: compulsory.Overflow, pupils: pd.DataFrame, n_sites: int
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
        points = _candidates(
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


def _candidates(
    study: Study, *, need: pd.Series, people: pd.Series, stage: str, places: int, sites: int
) -> gpd.GeoSeries:
    """Candidate sites of a stage: points by settlement_id, sorted."""
    norms, settlements = study.standards, study.settlements
    # Metres on the plane of the study; how far a child may be sent depends on town or country.
    at = settlements.geometry.to_crs(study.crs)
    if stage == "preschool":
        urban, rural = norms.kindergarten_urban_m, norms.kindergarten_rural_m
    else:
        urban, rural = norms.walk_limit_m, norms.walk_limit_m
    points = pd.DataFrame(
        {
            "x": at.x,
            "y": at.y,
            "need": need.reindex(settlements.index, fill_value=0),
            "people": people.reindex(settlements.index, fill_value=0),
            "township_code": settlements["township_code"],
            "reach_m": np.where(settlements["urban"], urban, rural),
        }
    )
    most = min(CANDIDATES_MOST, max(CANDIDATES_LEAST, CANDIDATES_PER_SITE * sites))
    chosen = candidates(
        points, radius_m=rural / 2, places=places, spacing_m=SPACING_M[stage], most=most
    )
    located: gpd.GeoSeries = settlements.geometry.loc[chosen.sort_values()]
    return located


def _solved(
    problem: ModularProblem, effort: Effort | None, programme: str, asked: SiteProgramme
) -> ModularChoice:
    answer = choose_modules(problem, effort=effort)
    if answer is None:
        raise NoSolutionError(
            tr(
                "{programme} programme: no choice of {sites} sites was found within the limits",
                programme=programme,
                sites=asked.sites,
            )
        )
    return answer
