"""The p-center: the least cost that the worst-off demand can be kept under."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.location.assigned import answer, checked, counting_reasons, read_arguments, refused
from layout.location.cover import fewest, nearest_open, without_closed
from layout.location.highs import Effort, deadline_of
from layout.location.relax import relaxations
from layout.location.result import Solution

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from layout.location.assigned import Arguments


def p_center(
    cost: pd.DataFrame,
    n_open: int,
    *,
    must_open: Iterable[Any] = (),
    must_close: Iterable[Any] = (),
    time_limit_s: float | None = None,
) -> Solution:
    r"""Open exactly `n_open` sites so that the largest cost from a demand to its site is least.

    .. math:: \min_{|S| = p} \; \max_i \; \min_{j \in S} c_{ij}

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    n_open
        Number of open sites, exactly.
    must_open, must_close
        Labels of sites that are open, and that are not.
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
    given = without_closed(
        read_arguments(cost, 1.0, n_open, must_open=must_open, must_close=must_close)
    )
    reasons = counting_reasons(given)
    if reasons or not given.n_open:
        return refused(given, "infeasible", reasons + relaxations(given, split=False))
    costs, deadline = given.costs, deadline_of(time_limit_s)
    radii = np.unique(costs.cost)
    # Every demand needs at least its own cheapest site.
    first_of_row = costs.cost[np.searchsorted(costs.row, np.arange(len(costs.demands)))]
    low = int(np.searchsorted(radii, first_of_row.max()))
    high, best, bound = radii.size - 1, None, float(radii[low])
    while low <= high:
        middle = (low + high) // 2
        within = costs.where(costs.cost <= radii[middle])
        outcome = fewest(replace(given, costs=within), Effort().until(deadline))
        if outcome.x is not None and (outcome.x > 0.5).sum() <= given.n_open:
            best, high = outcome.x > 0.5, middle - 1
        elif outcome.status == "infeasible" or outcome.bound > given.n_open + 1e-6:
            low = middle + 1
            bound = float(radii[low]) if low < radii.size else np.inf
        else:
            break
    if best is None and low > high:
        return refused(given, "infeasible", relaxations(given, split=False))
    if best is None:
        return refused(given, "no_solution", (), bound=bound)
    is_open = _filled(best, given)
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


def _filled(is_open: NDArray[np.bool_], given: Arguments) -> NDArray[np.bool_]:
    """Open further sites, first labels first, until there are as many as wanted."""
    filled = is_open.copy()
    others = np.setdiff1d(np.flatnonzero(~is_open), given.must_close)
    filled[others[: (given.n_open or 0) - int(is_open.sum())]] = True
    return filled
