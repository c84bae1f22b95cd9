"""What ``batch.csv`` says of one study's plan."""

from __future__ import annotations

from typing import Any

from layout.planning.contract import PlanTables
from layout.planning.final import final_state

__all__ = ["row_of"]

SECONDS_PER_MINUTE = 60


def row_of(plan: PlanTables | None) -> dict[str, Any]:
    """Measure a plan for its row of ``batch.csv``.

    Parameters
    ----------
    plan
        The plan; None where there is none.

    Returns
    -------
    dict
        Values of the columns of `layout.planning.schema.BATCH` that the plan decides.
    """
    if plan is None:
        return {}
    state = final_state(plan)
    moved = state[(state["mode"] != "stay") & (state["from_school"] != "")]
    closures = plan.run_of("closures")
    added = 0.0
    if closures is not None and closures.detail:
        added = closures.detail["added_pupil_seconds"] / SECONDS_PER_MINUTE
    # Without a programme of kindergartens nobody counts who lacks a place.
    short = plan.deficits["unserved"] if len(plan.deficits) else None
    gaps = [run.gap for run in plan.runs if run.gap is not None]
    nursery = plan.sites[plan.sites["programme"] == "kindergarten"]
    return {
        "title": plan.study.name,
        "close_asked": None if closures is None else closures.requested,
        "closed": len(plan.closures),
        "pupils_moved": int(moved["pupils"].sum()),
        "added_pupil_minutes": added,
        "kindergarten_sites": len(nursery),
        "kindergarten_classes": int(nursery["classes"].sum()),
        "kindergarten_places": int(nursery["places"].sum()),
        "compulsory_sites": int((plan.sites["programme"] == "compulsory").sum()),
        "deficits": None if short is None else int((short > 0).sum()),
        "places_short": None if short is None else int(short.sum()),
        "gap": max(gaps, default=None),
    }
