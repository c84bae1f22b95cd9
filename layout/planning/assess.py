"""Today as a plan: who goes where, how far, and what each county has."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.core.text import tr
from layout.demand.groups import groups
from layout.inputs.study.study import Study
from layout.network import travel
from layout.planning.contract import ASSIGNMENT, PlanTables
from layout.planning.counties import county_table


def assess(study: Study) -> PlanTables:
    """Describe the state as it is, in the form of a plan that changes nothing.

    Parameters
    ----------
    study
        The validated study.

    Returns
    -------
    PlanTables
        Every group of the compulsory stage stays at its school; the county table holds the same
        measures before and after.
    """
    ways = travel.study_travel(study)
    today = groups(study, ways.walk, ways.bus)
    assignment = pd.DataFrame(
        {
            "settlement_id": today["settlement_id"],
            "band": today["band"],
            "pupils": today["pupils"],
            "from_school": today["school_id"],
            "to_school": today["school_id"],
            "mode": "stay",
            "minutes_before": today["minutes_before"],
            "minutes_after": today["minutes_before"],
            "metres_after": today["metres_before"],
        },
        columns=list(ASSIGNMENT),
    ).reset_index(drop=True)
    plan = PlanTables(name=tr("Today"), study=study, assignment=assignment)
    return replace(plan, counties=county_table(study, before=plan, after=plan))
