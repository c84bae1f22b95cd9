"""The p-center: the least cost that the worst-off demand can be kept under."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.location.covering.capacitated_answers import center_with_capacity, filled
from layout.location.covering.cover import fewest, nearest_open
from layout.location.labelled.arguments import (
    answer,
    checked,
    counting_reasons,
    read_arguments,
    refused,
    without_closed,
)
from layout.location.labelled.relaxations import relaxations
from layout.location.labelled.results import Solution
from layout.location.solver.highs import Effort
from layout.location.solver.watch import watching

if TYPE_CHECKING:
    import pandas as pd

    from layout.location.labelled.arguments import Arguments
    from layout.location.labelled.costs import Numbers
    from layout.location.solver.watch import Listener, Watch


def p_center(
    cost: pd.DataFrame,
    n_open: int,
    *,
    load: Numbers | None = None,
    capacity: Numbers | None = None,
    must_open: Iterable[Any] = (),
    must_close: Iterable[Any] = (),
    split: bool = False,
    time_limit_s: float | None = None,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = True,
) -> Solution:
    r"""Open exactly `n_open` sites so that the largest cost from a demand to its site is least.

    .. math:: \min_{|S| = p} \; \max_i \; \min_{j \in S} c_{ij}

    With capacities a demand goes where there is room:

    .. math::

        \min \max_{ij:\, x_{ij} > 0} c_{ij} \quad\text{with}\quad \sum_j x_{ij} = 1,\;
        x_{ij} \le y_j,\; \sum_j y_j = p,\; \sum_i q_i x_{ij} \le Q_j y_j

    with y whole, and x whole unless `split`.

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    n_open
        Number of open sites, exactly.
    load, capacity
        What a demand takes, by default 1 each, and what an open site holds; None for no limit.
    must_open, must_close
        Labels of sites that are open, and that are not.
    split
        Whether a demand may be shared among sites; the assignment is then a table of flows.
    time_limit_s
        Clock limit; what it stops is never ``proven``.
    on_progress
        Called with a `Progress` while the search runs, and at its end.
    keep_on_interrupt
        Whether the first Ctrl-C only ends the search: the best solution so far is returned with
        its bound, and a status that says what was proved. Otherwise, and at the second one,
        ``KeyboardInterrupt`` is raised.

    Returns
    -------
    Solution
        The objective is the largest cost. Each demand is assigned to its nearest open site; with
        capacities, and no cost above the objective, so that load times cost is small in sum, the
        least that a short search finds.

    Examples
    --------
    >>> import pandas as pd
    >>> minutes = pd.DataFrame({"A": [5, 30], "B": [20, 10]}, index=["hill", "pine"])
    >>> p_center(minutes, 1).open, p_center(minutes, 1).objective
    (('B',), 20.0)

    Notes
    -----
    The optimum is one of the costs. Bisection over them: a radius is enough exactly when a set
    cover with at most p sites exists (Minieka, 1970; Daskin, 2013, §5). With capacities the set
    cover has capacities as well (Özsoy and Pınar, 2006, *Computers & Operations Research* 33).
    """
    given = without_closed(
        read_arguments(
            cost,
            1.0,
            n_open,
            load=load,
            capacity=capacity,
            must_open=must_open,
            must_close=must_close,
            split=split,
        )
    )
    with watching(
        "p_center",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        watch.level("radius", unit=given.cost_unit)
        search = _uncapacitated if given.capacity is None else center_with_capacity
        solution = search(given, split=split, watch=watch)
        watch.end(solution.objective, solution.bound)
    return solution


def _uncapacitated(given: Arguments, *, split: bool, watch: Watch) -> Solution:
    """Bisect over the costs by set covers."""
    reasons = counting_reasons(given)
    if reasons or not given.n_open:
        return refused(given, "infeasible", reasons + relaxations(given, split=False), split=split)
    # Bisection over the distinct costs, ascending.
    costs = given.costs
    radii = np.unique(costs.cost)
    # Every demand needs at least its own cheapest site.
    first_of_row = costs.cost[np.searchsorted(costs.row, np.arange(len(costs.demands)))]
    low = int(np.searchsorted(radii, first_of_row.max()))
    high, best, bound = radii.size - 1, None, float(radii[low])
    wanted = given.n_open or 0
    while low <= high:
        middle = (low + high) // 2
        within = costs.where(costs.cost <= radii[middle])
        outcome = fewest(replace(given, costs=within), Effort().under(watch))
        # Enough: at most p sites cover everybody, so the radius is an upper bound.
        if outcome.x is not None and (outcome.x > 0.5).sum() <= wanted:
            best, high = outcome.x > 0.5, middle - 1
            watch.tell(float(radii[middle]), bound)
        # Not enough: proved infeasible, or more than p sites are needed at least.
        elif outcome.status == "infeasible" or outcome.bound > wanted + 1e-6:
            low = middle + 1
            bound = float(radii[low]) if low < radii.size else np.inf
        else:
            break
    if best is None and low > high:
        return refused(given, "infeasible", relaxations(given, split=False), split=split)
    if best is None:
        unit = given.cost_unit
        return refused(given, "no_solution", (), bound=bound, unit=unit, split=split)
    # A cover may need fewer than p sites; further ones only help.
    is_open = filled(best, given)
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
        unit=given.cost_unit,
        status="proven" if bound >= objective else "gap",
        split=split,
    )
    return checked(given, solution, pairs, share, is_open)
