"""The steps of a plan as people call them, and the whole job.

Each step returns a complete `Plan`: with county measures, and checked again from scratch by code
that shares nothing with the models. A step takes the plan before it, which hands on its study and
its ways; levers are given once, to `consolidate` or `make_plan`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Unpack

from layout.app.levers import Levers, with_levers
from layout.app.plan import Plan
from layout.app.sitinglevers import SitingLevers, programme_names, siting_levers
from layout.core.errors import InfeasibleError, UsageError, expect
from layout.core.progress import step
from layout.core.text import tr, words
from layout.demand.attendance import with_attendance
from layout.demand.unrouted import (
    unrouted,
    unrouted_counts,
    unrouted_notes,
    unrouted_problems,
)
from layout.inputs.study.study import Study
from layout.network.roads import network
from layout.network.travel import study_travel, travel_problems
from layout.planning import assess as state
from layout.planning import border, consolidation, siting
from layout.planning.consolidation.setting import Setting, build_setting
from layout.planning.contract import TODAY, PlanTables, renewed_notes
from layout.planning.counties import COUNTY_NOTES, county_notes, county_table
from layout.planning.improvement import improvement_list
from layout.planning.verify import check_plan

__all__ = ["SITED", "assess", "consolidate", "make_plan", "retain_border", "site"]

SITED = ("kindergarten", "compulsory")
"""Programmes that are sited, in this order."""

_DOUBTS_OF_TRAVEL = frozenset(
    {
        *("attendance-inferred", "clipped-ways", "height-gap", "no-minutes-cutoff"),
        *("no-minutes-far", "no-minutes-island", "place-too-far", "place-unreachable"),
        *("roads-in-pieces", "unclassified-ways"),
    }
)
"""Codes of the warnings that travel times, and attendance inferred by them, add to a study."""


def assess(study: Study) -> Plan:
    """Describe the state as it is, in the form of a plan that changes nothing.

    Parameters
    ----------
    study
        The validated study.

    Returns
    -------
    Plan
        Every group of the compulsory stage stays at its school; the county table holds the same
        measures before and after.

    Raises
    ------
    layout.core.errors.InputError
        Where the road file cannot be read, or a county has no roads.
    """
    if not isinstance(study, Study):
        raise UsageError(
            tr("This takes a study (layout.Study.read), not {what}.", what=type(study).__name__)
        )
    return Plan.of(_today(study))


def consolidate(
    start: Study | PlanTables, *, name: str | None = None, **levers: Unpack[Levers]
) -> Plan:
    """Close exactly N small rural schools at the least added travel.

    Parameters
    ----------
    start
        A study, or a plan of it, whose study, levers and ways are taken; what it has closed or
        sited is not.
    name
        Title of the plan; the scenario's or the study's where not given.
    **levers
        See `Levers`; the number is the programme's where none is given.

    Returns
    -------
    Plan
        With closures, assignment and county measures; ``baseline`` is today's plan. Levers in
        force stand in ``plan.study.options``.

    Raises
    ------
    layout.core.errors.UsageError
        Where no number is known, or a lever, school or rule is unknown.
    layout.core.errors.InfeasibleError
        Where N schools cannot close: the largest number that can, the rule that binds, and in
        ``offer`` the plan with that number.
    layout.core.errors.NoSolutionError
        Where the time limit ended the search without any plan.
    layout.core.errors.CheckError
        Where the plan does not pass its own check.
    """
    expect((str, NoneType), name=name)
    job = _Job()
    today, study = begun(start, levers, job)
    try:
        plan = consolidation.consolidate(study, ways=today.ways(), baseline=today)
    except InfeasibleError as error:
        if isinstance(error.offer, PlanTables):
            error.offer = finished(error.offer, job)
        raise
    return finished(replace(plan, name=name or plan.name), job)


def retain_border(plan: PlanTables) -> Plan:
    """Judge every school of the border counties, and set the plan without retention beside it.

    Parameters
    ----------
    plan
        From `consolidate`, or today's.

    Returns
    -------
    Plan
        With ``retained``, and the plan without the belt in
        ``alternatives["without_retention"]``.
    """
    judged = border.retain_border(_plan_of(plan, "retain_border"))
    return finished(judged, _Job(), unchecked=judged.alternatives.values())


def site(
    plan: PlanTables,
    programme: str,
    *,
    time_limit_s: float | None = None,
    **levers: Unpack[SitingLevers],
) -> Plan:
    """Choose the sites of one programme.

    Parameters
    ----------
    plan
        Plan to build on: its closed schools are shut, its pupils have moved.
    programme
        ``kindergarten`` or ``compulsory``.
    time_limit_s
        Clock limit in seconds; what it ends is never ``proven``.
    **levers
        See `SitingLevers`.

    Returns
    -------
    Plan
        With ``sites``, ``served`` and ``site_years`` of the programme, in place of those chosen
        before.

    Raises
    ------
    layout.core.errors.UsageError
        Where the programme is not offered, the study does not name it, or a lever means nothing.
    layout.core.errors.InfeasibleError
        Where the programme's numbers cannot be met.
    """
    before = _plan_of(plan, "site")
    expect(str, programme=programme)
    with_levers(before.study, {"time_limit_s": time_limit_s})  # a wrong limit is told
    numbers, turned = siting_levers(before.study, levers, programme)
    if before.name == TODAY:
        # Beside today's it is another plan.
        before = replace(before, name=before.study.scenario or before.study.name)
    sited = siting.site(before, programme, time_limit_s=time_limit_s, levers=turned, **numbers)
    return finished(sited, _Job())


def make_plan(
    start: Study | PlanTables,
    *,
    name: str | None = None,
    programmes: str | Sequence[str] | None = None,
    **levers: Unpack[Levers],
) -> Plan:
    """Run the whole job: today, closures, border belt, sites, county measures, check.

    Parameters
    ----------
    start
        A study, or a plan of it, whose study, levers and ways are taken; what it has closed or
        sited is not.
    name
        Title of the plan; the scenario's or the study's where not given.
    programmes
        Siting programmes to run; every one of `SITED` that the study names where not given.
    **levers
        See `Levers`.

    Returns
    -------
    Plan
        Complete and checked.

    Raises
    ------
    layout.core.errors.UsageError
        As for `consolidate`.
    layout.core.errors.InfeasibleError
        Where a programme cannot be met; its ``offer`` is the best complete plan that can be had.
    layout.core.errors.NoSolutionError
        Where a limit on time ended a model without any answer.
    layout.core.errors.CheckError
        Where the finished plan fails its own check.
    """
    expect((str, NoneType), name=name)
    job = _Job()
    asked = None if programmes is None else programme_names(programmes, SITED)
    today, study = begun(start, levers, job)
    if asked is None:
        asked = [one for one in SITED if getattr(study.programmes, one) is not None]
    with job.timed("consolidate", tr("Which small schools close")):
        plan = _closed(study, today, job)
    with job.timed("border", tr("The border belt")):
        plan = border.retain_border(plan)
    for programme in asked:
        label = words.programmes().get(programme, programme)
        with job.timed(
            f"site_{programme}", tr("Sites of the programme {programme}", programme=label)
        ):
            plan = _sited(plan, programme, job)
    done = finished(
        replace(plan, name=name or plan.name), job, unchecked=plan.alternatives.values()
    )
    if job.refused:
        raise InfeasibleError(
            "\n".join(str(error) for error in job.refused),
            diagnosis={"study": study.name, "programmes": [e.diagnosis for e in job.refused]},
            offer=done,
        )
    return done


def closure_setting(start: Study | PlanTables) -> Setting:
    """Build the closure problem of a study, or of a plan's study, under its levers.

    Parameters
    ----------
    start
        A study, or a plan of it, whose ways are taken.
    """
    today, study = begun(start, {})
    ways = today.ways()
    return build_setting(with_attendance(study, ways.walk, ways.bus), ways.walk, ways.bus)


@dataclass(frozen=True)
class _Job:
    """What a run notes beside its plan: seconds by step, and programmes that cannot be met."""

    seconds: dict[str, float] = field(default_factory=dict)
    refused: list[InfeasibleError] = field(default_factory=list)

    @contextmanager
    def timed(self, name: str, label: str) -> Iterator[None]:
        """Show a step while it runs, and keep its seconds."""
        start = time.perf_counter()
        with step(label):
            yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def _today(study: Study, job: _Job | None = None) -> PlanTables:
    """Today's plan, with the ways and what is doubtful about them."""
    job = job or _Job()
    with job.timed("travel", tr("Travel times by foot and bus")):
        roads = network(study)
        ways = study_travel(study, network=roads)
        doubts = travel_problems(study, network=roads, bus=ways.bus)
        study = replace(study, warnings=(*study.warnings, *doubts))
    with job.timed("assess", tr("Schools as they are today")):
        today = state.assess(study, ways=ways)
        # Groups without minutes stay so in every plan that follows.
        cause = unrouted(today.assignment, today.study, network=roads)
        doubts = unrouted_problems(today.assignment, cause, standards=study.standards)
        study = replace(today.study, warnings=(*today.study.warnings, *doubts))
        counts = unrouted_counts(today.assignment, cause)
        return _noted(replace(today, study=study, unrouted=counts))


def _noted(plan: PlanTables) -> PlanTables:
    """The plan with notes on the groups without minutes."""
    notes = unrouted_notes(plan.unrouted, standards=plan.study.standards)
    later = siting.unplanned(plan.study)
    notes = notes if later is None else (*notes, later)
    return replace(plan, notes=renewed_notes(plan.notes, notes))


def begun(
    start: Study | PlanTables, levers: Levers, job: _Job | None = None
) -> tuple[PlanTables, Study]:
    """Return today's plan of a study, or of a plan's study, and the study with levers in force."""
    if not isinstance(start, (Study, PlanTables)):
        raise UsageError(
            tr(
                "This takes a study (layout.Study.read) or a plan of one, not {what}.",
                what=type(start).__name__,
            )
        )
    study = start if isinstance(start, Study) else start.study
    # A wrong lever is told before roads are read; other speeds are another today.
    norms = with_levers(study, levers).standards
    today = None
    if isinstance(start, PlanTables) and start.travel is not None:
        today = start.baseline or start
        study = replace(_as_read(today.study), options=study.options)
    if today is None or today.study.standards != norms:
        # Also a plan that was read back, whose numbers are rounded, is measured again.
        today = _today(replace(study, standards=norms), job)
    return today, with_levers(replace(today.study, options=study.options), levers)


def _as_read(study: Study) -> Study:
    """A study without what its travel times added to it."""
    given = None if study.attendance_inferred else study.attendance
    warnings = tuple(one for one in study.warnings if one.code not in _DOUBTS_OF_TRAVEL)
    return replace(study, attendance=given, attendance_inferred=False, warnings=warnings)


def _closed(study: Study, today: PlanTables, job: _Job) -> PlanTables:
    """Closures where the study asks for any; where they cannot be had, the best that can."""
    nothing = replace(today, name=study.scenario or study.name, study=study, baseline=today)
    if study.programmes.closures is None and study.options.close is None:
        return nothing
    try:
        return consolidation.consolidate(study, ways=today.ways(), baseline=today)
    except InfeasibleError as error:
        job.refused.append(error)
        if isinstance(error.offer, PlanTables):
            return error.offer
        # Nothing can close: the plan goes on from today, so the other programmes get theirs.
        return replace(nothing, study=study.with_options(close=0, must_close=()))


def _sited(plan: PlanTables, programme: str, job: _Job) -> PlanTables:
    try:
        return siting.site(plan, programme)
    except InfeasibleError as error:
        job.refused.append(error)
        return plan


def finished(
    plan: PlanTables, job: _Job | None = None, *, unchecked: Iterable[PlanTables] = ()
) -> Plan:
    """Measure the counties; check the plan, and others made beside it, once from scratch."""
    job = job or _Job()
    with job.timed("counties", tr("Measures by county")):
        before = plan.baseline or plan
        counties = county_table(plan.study, before=before, after=plan)
        plan = replace(plan, counties=counties, unrouted=before.unrouted)
        said = (note for note in plan.notes if note.message not in COUNTY_NOTES)
        plan = _noted(replace(plan, notes=(*said, *county_notes(plan))))
        plan = replace(plan, improvements=improvement_list(plan))
    with job.timed("verify", tr("Checking the plan from scratch")):
        ways = plan.ways()
        for one in (plan, *unchecked):
            check_plan(one.study, ways.walk, ways.bus, one)
    return Plan.of(replace(plan, seconds={**plan.seconds, **job.seconds}))


def _plan_of(given: PlanTables, name: str) -> PlanTables:
    """The plan itself; what cannot be built upon is told how to make one that can."""
    if not isinstance(given, PlanTables):
        raise UsageError(
            tr(
                "{name} takes a plan: layout.{name}(layout.consolidate(study)), or "
                "layout.{name}(layout.assess(study)) for today.",
                name=name,
            )
        )
    if given.travel is None:
        raise UsageError(
            tr(
                "This plan was read from its folder, where numbers are rounded; make it again to "
                "build upon it: layout.make_plan(plan)."
            )
        )
    return given
