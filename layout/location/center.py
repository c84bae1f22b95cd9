"""The p-center: the least cost that the worst-off demand can be kept under."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layout.location.assigned import answer, checked, counting_reasons, read_arguments, refused
from layout.location.cover import fewest, nearest_open
from layout.location.highs import Effort, deadline_of
from layout.location.result import Solution

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def p_center(cost: pd.DataFrame, n_open: int, *, time_limit_s: float | None = None) -> Solution:
    r"""Open exactly `n_open` sites so that the largest cost from a demand to its site is least.

    .. math:: \min_{|S| = p} \; \max_i \; \min_{j \in S} c_{ij}

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    n_open
        Number of open sites, exactly.
    time_limit_s
        Clock limit; what it stops is never ``proven``.

    Returns
    -------
    Solution
        The objective is the largest cost; each demand is assigned to its nearest open site.

    Notes
    -----
    The answer is one of the costs. Bisection over them: a radius is enough exactly when a set
    cover with at most p sites exists (Minieka, 1970; Daskin, 2013, §5).
    """
    given = read_arguments(cost, 1.0, n_open)
    reasons = counting_reasons(given)
    if reasons or not given.n_open:
        return refused(given, "infeasible", reasons)
    costs, deadline = given.costs, deadline_of(time_limit_s)
    radii = np.unique(costs.cost)
    # Every demand needs at least its own cheapest site.
    first_of_row = costs.cost[np.searchsorted(costs.row, np.arange(len(costs.demands)))]
    low = int(np.searchsorted(radii, first_of_row.max()))
    high, best, bound = radii.size - 1, None, float(radii[low])
    while low <= high:
        middle = (low + high) // 2
        within = costs.where(costs.cost <= radii[middle])
        outcome = fewest(within, Effort().until(deadline))
        if outcome.x is not None and (outcome.x > 0.5).sum() <= given.n_open:
            best, high = outcome.x > 0.5, middle - 1
        elif outcome.status == "infeasible" or outcome.bound > given.n_open + 1e-6:
            low = middle + 1
            bound = float(radii[low]) if low < radii.size else np.inf
        else:
            break
    if best is None:
        return refused(given, "infeasible" if low > high else "no_solution", (), bound=bound)
    is_open = _filled(best, given.n_open)
    pairs = nearest_open(costs, is_open)
    share = np.ones(pairs.size)
    objective = float(costs.cost[pairs].max())
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=objective,
        bound=min(bound, objective),
        status="proven" if bound >= objective else "gap",
        split=False,
    )
    return checked(given, solution, pairs, share, is_open)


def _filled(is_open: NDArray[np.bool_], n_open: int) -> NDArray[np.bool_]:
    """Open further sites, first labels first, until there are exactly `n_open`."""
    filled = is_open.copy()
    filled[np.flatnonzero(~is_open)[: n_open - int(is_open.sum())]] = True
    return filled
