"""Which small schools close, where their pupils go, and when.

An exact lexicographic model (see `layout.location.close_sites`) on the setting that
`layout.planning.consolidation.setting` builds. Exactly N candidates close. Groups of a closed
school go, each undivided, to a school that stays open; all others stay. Levels and their order:
`layout.planning.consolidation.model.levels_of`; identifiers decide among equals.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.core.errors import InfeasibleError, NoSolutionError, UsageError
from layout.core.progress import step
from layout.core.text import Sentence, sentence, tr
from layout.demand.attendance import with_attendance
from layout.inputs.study.study import Study
from layout.location import ClosureSolution
from layout.location.closure.largest import Largest
from layout.location.solver.watch import nothing_found
from layout.network.travel import StudyTravel
from layout.planning.consolidation.candidates import check_names, compulsory_pupils
from layout.planning.consolidation.diagnosis import diagnose, refuse_forced
from layout.planning.consolidation.model import (
    LEVEL_NAMES,
    largest,
    levels_of,
    never_closing,
    solve_setting,
)
from layout.planning.consolidation.relaxations import SECONDS_PER_QUESTION
from layout.planning.consolidation.setting import Setting, build_setting
from layout.planning.consolidation.tables import (
    assignment_table,
    candidates_table,
    closures_table,
    meals_of,
    moved_groups,
)
from layout.planning.contract import LevelRun, ModelRun, PlanTables, Status

__all__ = ["MODEL", "consolidate", "plan_of"]

MODEL = "closures"
OFFER_SECONDS = 20.0
"""Limit on which schools close in the plan that a refusal offers: the largest is the hardest."""


def consolidate(
    study: Study, *, ways: StudyTravel, baseline: PlanTables | None = None
) -> PlanTables:
    """Close exactly N small rural schools at the least added travel.

    Parameters
    ----------
    study
        The validated study; ``study.options`` holds the levers, its programme the number where
        they name none. Attendance is inferred where it gives none.
    ways
        Routes on foot and by bus.
    baseline
        Today's plan, kept in the result for before and after.

    Returns
    -------
    PlanTables
        With closures, assignment and one `ModelRun` called ``closures``, not verified yet.

    Raises
    ------
    UsageError
        Where no number is known, or schools or rules are unknown or contradict each other.
    InfeasibleError
        Where N schools cannot close; with the largest number that can, the rule that binds, and
        in ``offer`` the plan with that number.
    NoSolutionError
        Where the time limit, or somebody, ended the search without any plan.
    """
    options = study.options
    wanted = _wanted(study)
    check_names(
        study.schools,
        keep=options.keep,
        must_close=options.must_close,
        forbid_receiver=options.forbid_receiver,
        drop=options.drop,
    )
    study = with_attendance(study, ways.walk, ways.bus)
    with step(tr("Who could go where")):
        setting = build_setting(study, ways.walk, ways.bus)
    refuse_forced(setting, wanted)
    with step(tr("Choosing the schools that close")):
        solution = solve_setting(setting, wanted)
    if solution.status == "no_solution":
        raise nothing_found()
    if solution.status == "infeasible":
        raise _refusal(setting, wanted, ways, baseline)
    return plan_of(setting, wanted, solution, ways, baseline)


def _wanted(study: Study) -> int:
    programme = study.programmes.closures
    wanted = study.options.close
    if wanted is None:
        if programme is None:
            raise UsageError(tr("say how many schools close: the study has no closure programme"))
        wanted = programme.count
    if wanted < 0:
        raise UsageError(tr("{number:school|schools} cannot close", number=wanted))
    return wanted


def plan_of(
    setting: Setting,
    wanted: int,
    solution: ClosureSolution,
    ways: StudyTravel,
    baseline: PlanTables | None,
) -> PlanTables:
    """Turn a solved setting into a plan, not verified yet.

    Parameters
    ----------
    setting, wanted
        The closure problem, and how many were to close.
    solution
        Its levels are those of `levels_of`, then the choice among equals.
    ways, baseline
        Handed on with the plan.
    """
    chosen = pd.Index(solution.assignment["arc"])
    moved = moved_groups(setting, chosen)
    # The last level only chooses among equals; what was proved is said about the others.
    levels = _level_runs(setting, solution)
    candidates = candidates_table(setting, solution.closed, never_closing(setting))
    run = ModelRun(
        model=MODEL,
        requested=wanted,
        achieved=len(solution.closed),
        objective=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        status=_status(wanted, solution),
        detail={
            **_totals(setting, chosen),
            "levels_proven": float(sum(level.status == "proven" for level in levels)),
            "candidates": float(candidates["candidate"].sum()),
        },
        levels=levels,
    )
    study = setting.study
    return PlanTables(
        name=study.scenario or study.name,
        study=study,
        assignment=assignment_table(setting.groups, moved),
        closures=closures_table(setting, solution.closed, moved, chosen),
        candidates=candidates,
        runs=(run,),
        notes=(*_notes(setting, len(solution.closed)), *_receiver_notes(setting, moved)),
        baseline=baseline,
        travel=ways,
    )


def _status(wanted: int, solution: ClosureSolution) -> Status:
    """What was proved; a plan with fewer closures than asked for is the offer of a refusal."""
    if len(solution.closed) < wanted:
        return "infeasible"
    # What was ended among equals would be another plan another time.
    if solution.ended:
        return "gap"
    ranked = solution.levels[:-1]
    return "proven" if all(level.status == "proven" for level in ranked) else "gap"


def _level_runs(setting: Setting, solution: ClosureSolution) -> tuple[LevelRun, ...]:
    """What was proved of each level, by its name in the record."""
    names = [LEVEL_NAMES[level] for level in levels_of(setting.options)]
    return tuple(
        LevelRun(
            level=name,
            objective=level.objective,
            bound=level.bound,
            gap=level.gap,
            status=level.status,
        )
        for name, level in zip(names, solution.levels[:-1], strict=True)
    )


def _totals(setting: Setting, chosen: pd.Index) -> dict[str, float]:
    """Value of every level that there is, those that this plan does not rank included."""
    used = setting.routes.loc[chosen]
    totals = {}
    for level, name in LEVEL_NAMES.items():
        column = used[level.removeprefix("max:")]
        totals[name] = float(column.sum() if column.empty or "max:" not in level else column.max())
    return totals


def _receiver_notes(setting: Setting, moved: pd.DataFrame) -> list[Sentence]:
    """How many receivers are small themselves, and who eats where no canteen is known."""
    if moved.empty:
        return []
    receivers = pd.Index(sorted(moved["to_school"].unique()))
    pupils = compulsory_pupils(setting.study.schools.loc[receivers])
    small = int((pupils < setting.study.standards.small_school_pupils).sum())
    notes = [
        sentence(
            "{count:school receives|schools receive} pupils; {small} of them are small schools "
            "themselves.",
            count=len(receivers),
            small=small,
        )
    ]
    unsure = moved[meals_of(setting, moved).isna()]
    if len(unsure):
        notes.append(
            sentence(
                "{pupils:pupil|pupils} will need a meal at {schools:school|schools} of which the "
                "study does not "
                "say whether they have a canteen: gate (c) is not known there.",
                pupils=int(unsure["pupils"].sum()),
                schools=unsure["to_school"].nunique(),
            )
        )
    return notes


def _notes(setting: Setting, closes: int) -> tuple[Sentence, ...]:
    """What a reader of the plan has to know beside the tables."""
    study, notes = setting.study, []
    if study.attendance_inferred:
        notes.append(sentence("Who attends which school was inferred, not counted."))
    if study.options.drop:
        notes.append(sentence("Rules left out: {rules}.", rules=study.options.drop))
    programme = study.programmes.closures
    # The number of a programme is that of the whole study.
    if programme is not None and study.whole is None and closes != programme.count:
        notes.append(
            sentence(
                "This plan closes {wanted:school|schools}; the programme asks for {count}.",
                wanted=closes,
                count=programme.count,
            )
        )
    return tuple(notes)


def _refusal(
    setting: Setting,
    wanted: int,
    ways: StudyTravel,
    baseline: PlanTables | None,
) -> InfeasibleError:
    """Say why N schools cannot close, and offer the plan with the largest number that can."""
    try:
        with step(tr("Why so many schools cannot close")):
            most = largest(setting, time_limit_s=SECONDS_PER_QUESTION)
            sentence, diagnosis = diagnose(setting, wanted, most, ways)
        offer = None
        if most.number > 0:
            with step(tr("The plan of the largest number")):
                offer = _offer(setting, wanted, most, ways, baseline)
    except NoSolutionError:
        # Stopped: that they cannot close is known all the same.
        return InfeasibleError(
            tr(
                "{wanted:school|schools} cannot close; the search for the reason was stopped.",
                wanted=wanted,
            ),
            diagnosis={"model": MODEL, "requested": wanted},
        )
    return InfeasibleError(sentence, diagnosis=diagnosis, offer=offer)


def _offer(
    setting: Setting,
    wanted: int,
    most: Largest,
    ways: StudyTravel,
    baseline: PlanTables | None,
) -> PlanTables | None:
    """The plan of the largest number, the cheapest that the time allows.

    Where that finds none, the schools of the largest number itself close, whatever they cost.
    """
    given = setting.options.time_limit_s
    limit = OFFER_SECONDS if given is None else min(given, OFFER_SECONDS)
    hasty = replace(setting, study=setting.study.with_options(time_limit_s=limit))
    solution = solve_setting(hasty, most.number)
    if solution.status == "no_solution":
        # What was proved before the time ended still holds of the leading level.
        bound = max(0.0, solution.bound)
        solution = solve_setting(hasty, most.number, closes=most.closed)
        bounds = (bound, *(0.0 for _ in solution.levels[1:]))
        levels = (
            replace(level, status="gap", bound=least)
            for level, least in zip(solution.levels, bounds, strict=True)
        )
        solution = replace(solution, levels=tuple(levels))
    if not solution.closed:
        return None
    return plan_of(setting, wanted, solution, ways, baseline)
