"""What the models hand back: labels, values, and what is proved about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layout.location.solver.highs import Status

# From the most that can be proved to the least.
_FROM_BEST: tuple[Status, ...] = ("proven", "gap", "no_solution", "infeasible")


def relative_gap(objective: float, bound: float, status: Status) -> float:
    """Relative distance between an objective and its bound: 0 if proven, ``inf`` without one."""
    if status == "proven":
        return 0.0
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    # An objective of 0 has no relative distance: the plain one.
    return abs(objective - bound) / (abs(objective) or 1.0)


def least_status(statuses: Sequence[Status]) -> Status:
    """The least of what was proved."""
    return max(statuses, key=_FROM_BEST.index)


@dataclass(frozen=True, kw_only=True)
class LevelResult:
    """One level of a lexicographic solution: its value and what is proved about it."""

    name: str
    objective: float
    bound: float
    status: Status

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound; 0 where it is proven."""
        return relative_gap(self.objective, self.bound, self.status)


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """A solution in the caller's labels.

    Attributes
    ----------
    open
        Labels of the open sites, ascending.
    assignment
        Site by demand label (a Series, ascending by demand; missing where a demand is not
        served), or a table of flows (``demand``, ``site``, ``amount``, ``cost``) where demand is
        split.
    objective, bound
        Value of the solution, and the proved bound on any solution.
    gap
        ``|objective − bound| / |objective|``, in any unit the same; 0 where it is proven.
    status
        ``proven``, ``gap``, ``infeasible`` or ``no_solution``; never more than what was proved.
    reasons
        Why there is no solution, where that is known without solving.
    """

    open: tuple[Any, ...]
    assignment: pd.Series | pd.DataFrame
    objective: float
    bound: float
    status: Status
    reasons: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return relative_gap(self.objective, self.bound, self.status)
