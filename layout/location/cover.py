"""Covering: the fewest sites that reach everybody, and the most demand that p sites reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.location.assigned import Arguments, answer, checked, read_arguments, refused
from layout.location.costs import Problems, read_numbers
from layout.location.highs import Effort, Model, Outcome, Rows, is_proven, solve
from layout.location.result import Solution
from layout.text import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layout.location.costs import Costs, Numbers


def set_cover(cost: pd.DataFrame, limit: Numbers, *, time_limit_s: float | None = None) -> Solution:
    r"""Open as few sites as possible so that every demand has one within the limit.

    .. math:: \min \sum_j y_j \quad\text{with}\quad \sum_{j:\, c_{ij} \le L_i} y_j \ge 1

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    limit
        The largest cost that covers, for all or by demand.
    time_limit_s
        Clock limit; what it stops is never ``proven``.

    Returns
    -------
    Solution
        The objective is the number of open sites; each demand is assigned to its nearest one.

    Notes
    -----
    Toregas, Swain, ReVelle and Bergman (1971).
    """
    given = _limited(read_arguments(cost, 1.0, None), limit)
    reasons = _unreached(given)
    if reasons:
        return refused(given, "infeasible", reasons)
    outcome = fewest(given.costs, Effort(time_limit_s=time_limit_s))
    if outcome.x is None:
        return refused(given, outcome.status, (), bound=outcome.bound)
    is_open = outcome.x > 0.5
    pairs = nearest_open(given.costs, is_open)
    share = np.ones(pairs.size)
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=float(is_open.sum()),
        bound=float(np.ceil(outcome.bound - 1e-6)),
        status="proven" if is_proven(is_open.sum(), outcome.bound, whole=True) else "gap",
        split=False,
    )
    return checked(given, solution, pairs, share, is_open)


def max_cover(
    cost: pd.DataFrame,
    weights: Numbers,
    n_open: int,
    limit: Numbers,
    *,
    load: Numbers | None = None,
    capacity: Numbers | None = None,
    must_open: Iterable[Any] = (),
    time_limit_s: float | None = None,
) -> Solution:
    r"""Open exactly `n_open` sites so that the weight of the covered demand is largest.

    .. math::

        \max \sum_{ij} w_i x_{ij} \quad\text{with}\quad \sum_j x_{ij} \le 1,\;
        x_{ij} \le y_j,\; \sum_j y_j = p,\; \sum_i q_i x_{ij} \le Q_j y_j

    over the pairs within the limit. Without capacities the x are summed up by demand:
    :math:`z_i \le \sum_j y_j`.

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    weights
        What covering a demand is worth.
    n_open
        Number of open sites, exactly.
    limit
        The largest cost that covers, for all or by demand.
    load, capacity
        What a demand takes (by default its weight) and what a site holds; a demand is covered
        whole by one site or not at all.
    must_open
        Labels of sites that are open.
    time_limit_s
        Clock limit; what it stops is never ``proven``.

    Returns
    -------
    Solution
        The objective is the covered weight, `bound` an upper bound on it; demands that are not
        covered have no site.

    Notes
    -----
    Church and ReVelle (1974); with capacities Current and Storbeck (1988).
    """
    given = _limited(
        read_arguments(cost, weights, n_open, load=load, capacity=capacity, must_open=must_open),
        limit,
    )
    n_sites = len(given.costs.sites)
    wanted = n_open if given.n_open is None else given.n_open
    if wanted > n_sites or given.must_open.size > wanted:
        reason = tr("{wanted} sites are to open, but only {free} may", wanted=wanted, free=n_sites)
        return refused(given, "infeasible", (reason,))
    model = _capacitated(given) if given.capacity is not None else _uncapacitated(given)
    outcome = solve(model, effort=Effort(time_limit_s=time_limit_s))
    if outcome.x is None:
        return refused(given, outcome.status, (), bound=outcome.bound)
    is_open = outcome.x[:n_sites] > 0.5
    if given.capacity is None:
        pairs = nearest_open(given.costs, is_open)
    else:
        pairs = np.flatnonzero(outcome.x[n_sites:] > 0.5)
    share = np.ones(pairs.size)
    objective = float(given.weights[given.costs.row[pairs]].sum())
    bound = max(-outcome.bound, objective)
    proven = is_proven(-objective, -bound, whole=model.whole_objective)
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=objective,
        bound=bound,
        status="proven" if proven else "gap",
        split=False,
    )
    return checked(given, solution, pairs, share, is_open, all_served=False)


def fewest(costs: Costs, effort: Effort) -> Outcome:
    """Solve the covering problem over the allowed pairs; columns are the sites."""
    rows = Rows()
    n_sites = len(costs.sites)
    rows.add(costs.row, costs.col, 1.0, lower=1.0, upper=np.inf, n_rows=len(costs.demands))
    matrix, lower, upper = rows.build(n_sites)
    model = Model(
        cost=np.ones(n_sites),
        lower=np.zeros(n_sites),
        upper=np.ones(n_sites),
        integer=np.ones(n_sites, dtype=bool),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=True,
    )
    return solve(model, effort=effort)


def nearest_open(costs: Costs, is_open: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Position of each demand's cheapest pair with an open site; pairs stand by cost."""
    reach = np.flatnonzero(is_open[costs.col])
    _, first = np.unique(costs.row[reach], return_index=True)
    return reach[first]


def _limited(given: Arguments, limit: Numbers) -> Arguments:
    problems = Problems()
    costs = given.costs
    most = read_numbers(
        limit, costs.demands, costs.given_demands, problems, argument="limit", infinite=True
    )
    problems.refuse()
    return replace(given, costs=costs.within(most))


def _unreached(given: Arguments) -> tuple[str, ...]:
    costs = given.costs
    alone = np.setdiff1d(np.arange(len(costs.demands)), costs.row)
    if not alone.size:
        return ()
    return (
        tr(
            "{count} demands have no allowed site, the first is {label}",
            count=alone.size,
            label=costs.demands[alone[0]],
        ),
    )


def _uncapacitated(given: Arguments) -> Model:
    """Columns: sites, then demands (1 = covered)."""
    costs, n_sites, n_demands = given.costs, len(given.costs.sites), len(given.costs.demands)
    rows = Rows()
    each = np.arange(n_demands)
    rows.add(
        np.concatenate([costs.row, each]),
        np.concatenate([costs.col, n_sites + each]),
        np.concatenate([np.ones(costs.row.size), -np.ones(n_demands)]),
        lower=0.0,
        upper=np.inf,
        n_rows=n_demands,
    )
    return _counted(given, rows, -given.weights, whole_columns=False)


def _capacitated(given: Arguments) -> Model:
    """Columns: sites, then pairs (1 = this site covers this demand)."""
    costs, n_sites, n_demands = given.costs, len(given.costs.sites), len(given.costs.demands)
    if given.capacity is None:
        raise ValueError("no capacity")
    rows = Rows()
    at = n_sites + np.arange(costs.row.size)
    rows.add(costs.row, at, 1.0, lower=-np.inf, upper=1.0, n_rows=n_demands)
    each = np.arange(costs.row.size)
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([at, costs.col]),
        np.concatenate([np.ones(each.size), -np.ones(each.size)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=each.size,
    )
    rows.add(
        np.concatenate([costs.col, np.arange(n_sites)]),
        np.concatenate([at, np.arange(n_sites)]),
        np.concatenate([given.load[costs.row], -given.capacity]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_sites,
    )
    return _counted(given, rows, -given.weights[costs.row], whole_columns=True)


def _counted(
    given: Arguments, rows: Rows, value: NDArray[np.float64], *, whole_columns: bool
) -> Model:
    """Exactly p sites; the sites that must open do."""
    n_sites = len(given.costs.sites)
    wanted = float(given.n_open or 0)
    zeros = np.zeros(n_sites, dtype=np.int64)
    rows.add(zeros, np.arange(n_sites), 1.0, lower=wanted, upper=wanted, n_rows=1)
    total = n_sites + value.size
    matrix, lower, upper = rows.build(total)
    least = np.zeros(total)
    least[given.must_open] = 1.0
    integer = np.full(total, whole_columns)
    integer[:n_sites] = True
    return Model(
        cost=np.concatenate([np.zeros(n_sites), value]),
        lower=least,
        upper=np.ones(total),
        integer=integer,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=bool((np.rint(value) == value).all()),
    )
