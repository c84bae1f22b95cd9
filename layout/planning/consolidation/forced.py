"""What it costs to keep a school that closes, or to close one that stays, exactly.

Answers, for every candidate, the question of every hearing: if this school stays, which one closes
instead, and at what cost? See `layout.location.closure.what_if.forced_closures`.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.core.progress import step
from layout.core.text import sentence, tr
from layout.location.closure.what_if import forced_closures
from layout.planning.consolidation.model import closure_input
from layout.planning.consolidation.setting import Setting
from layout.planning.contract import PlanTables, renewed_notes

__all__ = ["is_forced", "with_forced"]

SECONDS_PER_MINUTE = 60


def is_forced(plan: PlanTables) -> bool:
    """Whether a plan says of its candidates what forcing them would cost, or has none to ask."""
    run, table = plan.run_of("closures"), plan.candidates
    asked = run is not None and len(plan.closures) > 0 and bool(table["candidate"].any())
    return not asked or bool((table["if_forced"] != "").any())


def with_forced(plan: PlanTables, setting: Setting) -> PlanTables:
    """Work out for every candidate what the plan would be if it did not do what it does.

    Parameters
    ----------
    plan
        From `layout.planning.consolidation.consolidate`.
    setting
        The closure problem that it answers.

    Returns
    -------
    PlanTables
        With `if_forced`, `closes_then` and `added` in ``candidates``, and `replaces_if_kept` and
        `added_if_kept` in ``closures``. Costs are pupil-minutes a day against the plan's; with
        another leading level than minutes they are left out, as the replacement is then chosen
        by that level. What was not proved is counted in a note.
    """
    run = plan.run_of("closures")
    if run is None or run.objective is None:
        return plan
    with step(tr("What else would close")):
        table = forced_closures(
            closure_input(setting), plan.closed, time_limit_s=setting.options.time_limit_s
        )
    # By candidate: pupil-minutes a day more than the plan's; nothing where no plan exists.
    solved = table["status"].isin(["proven", "gap"])
    minutes = (table["objective"] - run.objective).where(solved) / SECONDS_PER_MINUTE
    if setting.options.objective != "minutes":
        minutes = minutes.mask(solved)
    told = pd.DataFrame(
        {
            "if_forced": table["if_forced"],
            "closes_then": table["closes"].map(";".join),
            "added": minutes,
        }
    )
    candidates = plan.candidates.set_index("school_id")
    asked = candidates.index[candidates["candidate"]]
    candidates.loc[asked, list(told)] = told.reindex(asked)
    closures = plan.closures.set_index("school_id")
    kept = told.reindex(closures.index)
    closures["replaces_if_kept"] = kept["closes_then"].fillna("")
    closures["added_if_kept"] = kept["added"]
    unproven = int(table.loc[asked, "status"].isin(["gap", "no_solution"]).sum())
    notes = plan.notes
    if unproven:
        note = sentence(
            "What closes instead is not proved best for {count} of {all:candidate|candidates}.",
            count=unproven,
            all=len(asked),
        )
        notes = renewed_notes(notes, (note,))
    return replace(
        plan,
        candidates=candidates.reset_index()[list(plan.candidates)],
        closures=closures.reset_index()[list(plan.closures)],
        notes=notes,
    )
