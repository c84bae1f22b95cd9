"""The main job from a study to one complete plan: assess, close, retain, site, verify.

Each stage is a public function that a notebook can call alone; this module only puts them in
order, keeps the seconds of each and makes sure that one impossible programme does not hide the
answers to the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from layout.app.plan import Plan
from layout.core.errors import InfeasibleError
from layout.core.progress import step
from layout.core.text import tr, words
from layout.demand.attendance import with_attendance
from layout.inputs.study.study import Study
from layout.network import travel
from layout.network.roads import network
from layout.planning import consolidation, siting, verify
from layout.planning.assess import assess
from layout.planning.border import retain_border
from layout.planning.contract import PlanTables
from layout.planning.counties import county_table

SITED = ("kindergarten", "compulsory")


def run(study: Study, *, programmes: Sequence[str] | None = None) -> Plan:
    """Run the whole job on a study.

    Parameters
    ----------
    study
        The validated study, with its scenario merged in.
    programmes
        Siting programmes to run, by default every one of :data:`SITED` that the study names.

    Returns
    -------
    Plan
        Closures, retention, sites and county measures, checked again from scratch.

    Raises
    ------
    layout.core.errors.InfeasibleError
        Where a programme cannot be met; its ``offer`` is the best complete plan that can be had.
    layout.core.errors.NoSolutionError
        Where a limit on time ended a model without any answer.
    layout.core.errors.CheckError
        Where the finished plan fails its own check.
    """
    seconds: dict[str, float] = {}
    refused: list[InfeasibleError] = []
    with _timed(seconds, "travel", tr("Travel times by foot and bus")):
        ways = travel.study_travel(study)
        told = travel.travel_problems(study, network=network(study), bus=ways.bus)
        study = with_attendance(study, ways.walk, ways.bus)
        study = replace(study, warnings=(*study.warnings, *told))
    with _timed(seconds, "assess", tr("Schools as they are today")):
        today = assess(study)
    with _timed(seconds, "consolidate", tr("Which small schools close")):
        plan = _close(study, today, refused)
    with _timed(seconds, "border", tr("The border belt")):
        plan = retain_border(study, plan=plan)
    for programme in _chosen(study, programmes):
        label = tr(
            "Sites of the programme {programme}",
            programme=words.programmes().get(programme, programme),
        )
        with _timed(seconds, f"site_{programme}", label):
            plan = _site(study, programme, plan, refused)
    with _timed(seconds, "counties", tr("Measures by county")):
        plan = replace(plan, counties=county_table(study, before=today, after=plan))
    with _timed(seconds, "verify", tr("Checking the plan from scratch")):
        verify.check_plan(study, ways.walk, ways.bus, plan)
    done = Plan.of(replace(plan, seconds=seconds))
    if refused:
        raise InfeasibleError(
            "\n".join(str(error) for error in refused),
            diagnosis={"study": study.name, "programmes": [e.diagnosis for e in refused]},
            offer=done,
        )
    return done


def _chosen(study: Study, programmes: Sequence[str] | None) -> tuple[str, ...]:
    if programmes is not None:
        return tuple(programmes)
    return tuple(name for name in SITED if getattr(study.programmes, name) is not None)


def _close(study: Study, today: PlanTables, refused: list[InfeasibleError]) -> PlanTables:
    if study.programmes.closures is None:
        return replace(today, name=study.scenario or study.name, baseline=today)
    levers = study.options
    try:
        return consolidation.consolidate(
            study,
            close=levers.close,
            drop=levers.drop,
            keep=levers.keep,
            must_close=levers.must_close,
            close_uncertain=levers.close_uncertain,
            time_limit_s=levers.time_limit_s,
            baseline=today,
        )
    except InfeasibleError as error:
        refused.append(error)
        offer: Any = error.offer
        # Nothing can close: the plan goes on from today, so the other programmes still get theirs.
        return offer if offer is not None else replace(today, name=study.name, baseline=today)


def _site(
    study: Study, programme: str, plan: PlanTables, refused: list[InfeasibleError]
) -> PlanTables:
    try:
        return siting.site(study, programme=programme, after=plan)
    except InfeasibleError as error:
        refused.append(error)
        return plan


@contextmanager
def _timed(seconds: dict[str, float], name: str, label: str) -> Iterator[None]:
    start = time.perf_counter()
    with step(label):
        yield
    seconds[name] = round(time.perf_counter() - start, 3)
