"""Checking a finished plan from scratch: an answer that fails is an error, never a result.

Nothing here is shared with the models. Pupils, places, routes, protection and objectives are
computed again from the study's own tables and the travel matrices, in their own way, and compared
with what the plan says.
"""

from __future__ import annotations

from layout.core.errors import CheckError
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix
from layout.planning.contract import PlanTables
from layout.planning.verify.assignment import assignment_failures
from layout.planning.verify.belt import belt_failures
from layout.planning.verify.closures import closure_failures
from layout.planning.verify.deficits import deficit_failures
from layout.planning.verify.facts import gather
from layout.planning.verify.ground import ground_failures
from layout.planning.verify.relieved import conserved_failures, relieved_failures
from layout.planning.verify.served import served_failures, served_rows_failures
from layout.planning.verify.sites import site_failures

__all__ = ["check_plan", "failures"]


def check_plan(study: Study, walk: TravelMatrix, bus: TravelMatrix, plan: PlanTables) -> None:
    """Check a plan against the study it was made from.

    Parameters
    ----------
    study
        The validated study; levers are those of ``plan.study.options``.
    walk, bus
        Routes from settlements to schools.
    plan
        The finished plan.

    Raises
    ------
    CheckError
        With one sentence for every check that failed.
    """
    broken = failures(study, walk, bus, plan)
    if broken:
        raise CheckError(*broken)


def failures(
    study: Study, walk: TravelMatrix, bus: TravelMatrix, plan: PlanTables
) -> tuple[str, ...]:
    """List every check that a plan fails, see `check_plan`; empty where all hold."""
    facts = gather(study, walk, bus, plan)
    broken = [*assignment_failures(facts)]
    # Loads and objectives mean nothing where the rows themselves are not the study's groups.
    if not broken:
        broken += closure_failures(facts)
        broken += belt_failures(facts)
    sites = [*site_failures(study, plan), *served_rows_failures(study, plan)]
    broken += sites
    if not sites:
        broken += ground_failures(study, plan)
        broken += conserved_failures(facts)
        broken += served_failures(study, walk, plan)
        broken += relieved_failures(facts)
        broken += deficit_failures(study, plan)
    return tuple(broken)
