"""Today as a plan: who goes where, how far, and what each county has."""

from __future__ import annotations

from dataclasses import replace

from layout.demand.attendance import with_attendance
from layout.demand.groups import assignment_today, groups
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.contract import ASSIGNMENT, TODAY, PlanTables
from layout.planning.counties import county_table


def assess(study: Study, *, ways: StudyTravel) -> PlanTables:
    """Describe the state as it is, in the form of a plan that changes nothing.

    Parameters
    ----------
    study
        The validated study; attendance is inferred where it gives none.
    ways
        Routes on foot and by bus.

    Returns
    -------
    PlanTables
        Every group of the compulsory stage stays at its school; the county table holds the same
        measures before and after.
    """
    study = with_attendance(study, ways.walk, ways.bus)
    assignment = assignment_today(groups(study, ways.walk, ways.bus))[list(ASSIGNMENT)]
    plan = PlanTables(
        name=TODAY, study=study, assignment=assignment.reset_index(drop=True), travel=ways
    )
    return replace(plan, counties=county_table(study, before=plan, after=plan))
