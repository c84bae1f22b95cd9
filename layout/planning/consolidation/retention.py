"""What the retention of each border school costs: what the plan saves if it alone might close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from layout.core.progress import step
from layout.core.text import tr
from layout.planning.consolidation.candidates import PROTECTION
from layout.planning.consolidation.model import best_closures, leading_value
from layout.planning.consolidation.setting import Setting, under
from layout.planning.contract import PlanTables

__all__ = ["with_prices"]

SECONDS_PER_MINUTE = 60


def with_prices(plan: PlanTables, setting: Setting) -> PlanTables:
    r"""Fill the price of each school of the border belt, in pupil-minutes a day.

    Parameters
    ----------
    plan
        With closures and ``retained``.
    setting
        The closure problem that it answers.

    Returns
    -------
    PlanTables
        With ``price`` in ``retained``: 0 where another rule keeps the school anyway or the belt
        does not protect it, and where closing it would save nothing. With another leading level
        than minutes it is left out.

    Notes
    -----
    With c(n) the least cost of n closures, a school that costs at least a by itself saves at most
    :math:`c(N) - c(N-1) - a`. Only where that is above zero is the plan solved again with the
    school as a candidate.
    """
    run = plan.run_of("closures")
    if (
        plan.retained.empty
        or run is None
        or run.objective is None
        or setting.options.objective != "minutes"
    ):
        return plan
    # Schools that nothing but the belt protects.
    table = setting.candidates
    alone = table["belt"] & ~table[[rule for rule in PROTECTION if rule != "belt"]].any(axis=1)
    price = pd.Series(0.0, index=pd.Index(plan.retained["school_id"]))
    with step(tr("What the retention of each border school costs")):
        saved = _most_saved(setting, len(plan.closures), run.objective)
        least = _least_cost(setting)
        for school in table.index[alone].intersection(price.index):
            if saved > least.get(school, 0.0):
                freed = under(setting.study, setting.ground, freed=(str(school),))
                value = leading_value(freed, len(plan.closures))
                price[school] = max(0.0, run.objective - value) / SECONDS_PER_MINUTE
    retained = plan.retained.assign(price=price.reindex(plan.retained["school_id"]).to_numpy())
    return replace(plan, retained=retained)


def _most_saved(setting: Setting, number: int, objective: float) -> float:
    """The most that one closure fewer saves; infinite where that is not known."""
    if number == 0:
        return 0.0
    before = best_closures(setting, number - 1, time_limit_s=None)
    bound = float(before["bound"])
    return objective - bound if np.isfinite(bound) else np.inf


def _least_cost(setting: Setting) -> pd.Series:
    """What closing a school costs at least, every group on its cheapest route; by school."""
    cheapest = setting.routes.groupby("group")["cost"].min()
    home = setting.groups["school_id"].reindex(cheapest.index)
    return cheapest.groupby(home.to_numpy()).sum()
