"""Plans nearly as good that close other schools, or as many of another plan's as can be."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from layout.location import ClosureSolution
from layout.planning.consolidation.model import solve_setting
from layout.planning.consolidation.setting import Setting

__all__ = ["Other", "closing_others"]

APART = "apart"
"""The level that comes first: schools that close and are to be avoided."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Other:
    """One such solution.

    Attributes
    ----------
    solution
        Which schools close; its first level counts those that were to be avoided.
    avoided, bound
        How many of those closed are not to be avoided, and the proved most.
    status
        What was proved of that number.
    """

    solution: ClosureSolution
    avoided: int
    bound: int
    status: str


def closing_others(
    setting: Setting, n_close: int, *, limit: float, avoid: Collection[str]
) -> Other | None:
    """Close as few of some schools as can be, at a leading level within a limit.

    Parameters
    ----------
    setting
        The closure problem with its options.
    n_close
        How many close.
    limit
        The most that the leading level may come to.
    avoid
        Schools that are to stay, as far as can be. For the plan that changes least from another
        give all schools that the other one keeps.

    Returns
    -------
    Other or None
        None where the limit on time ended the search without any plan.
    """
    cost = pd.DataFrame({APART: [int(site in avoid) for site in setting.closable]})
    cost.index = pd.Index(setting.closable)
    solution = solve_setting(
        setting, n_close, before=(APART,), site_costs=cost, cost_limit=math.floor(limit)
    )
    if solution.status in ("infeasible", "no_solution"):
        return None
    first, *rest = solution.levels
    return Other(
        solution=replace(solution, levels=tuple(rest)),
        avoided=n_close - round(first.objective),
        bound=n_close - math.ceil(first.bound - 1e-6),
        status=first.status,
    )
