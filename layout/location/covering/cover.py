"""Covering: the fewest sites that reach everybody, and the most demand that p sites reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import InputError, Problem
from layout.core.text import tr
from layout.location.covering.capacitated_answers import cover_with_capacity
from layout.location.labelled.arguments import (
    Arguments,
    answer,
    checked,
    number_reasons,
    read_arguments,
    refused,
    without_closed,
)
from layout.location.labelled.costs import read_numbers
from layout.location.labelled.results import Solution
from layout.location.solver.highs import Effort, Model, Outcome, is_proven, solve
from layout.location.solver.rows import Rows
from layout.location.solver.watch import watching

if TYPE_CHECKING:
    from layout.location.labelled.costs import Costs, Numbers
    from layout.location.solver.watch import Listener, Watch


def set_cover(
    cost: pd.DataFrame,
    limit: Numbers,
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
    r"""Open as few sites as possible so that every demand has one within the limit.

    .. math:: \min \sum_j y_j \quad\text{with}\quad \sum_{j:\, c_{ij} \le L_i} y_j \ge 1

    With capacities, the sites within the limit serve every demand:

    .. math::

        \sum_{j:\, c_{ij} \le L_i} x_{ij} = 1,\; x_{ij} \le y_j,\;
        \sum_i q_i x_{ij} \le Q_j y_j

    with x whole unless `split`.

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    limit
        The largest cost that covers, for all or by demand.
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
        The objective is the number of open sites. Each demand is assigned to its nearest one;
        with capacities so that load times cost is small in sum, the least that a short search
        finds.

    Notes
    -----
    Toregas, Swain, ReVelle and Bergman (1971); with capacities Current and Storbeck (1988).
    """
    # All pairs are kept beside those within the limit: they tell which limit would do.
    everyone = without_closed(
        read_arguments(
            cost,
            1.0,
            None,
            load=load,
            capacity=capacity,
            must_open=must_open,
            must_close=must_close,
            split=split,
        )
    )
    most = _limits(everyone, limit)
    given = replace(everyone, costs=everyone.costs.within(most))
    with watching(
        "set_cover",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        watch.level("sites")
        if given.capacity is None:
            solution = _nearest_cover(given, everyone, split=split, watch=watch)
        else:
            solution = cover_with_capacity(given, everyone, most, split=split, watch=watch)
        watch.end(solution.objective, solution.bound)
    return solution


def _nearest_cover(given: Arguments, everyone: Arguments, *, split: bool, watch: Watch) -> Solution:
    """The fewest sites, each demand at its nearest."""
    reasons = _unreached(given, everyone)
    if reasons:
        return refused(given, "infeasible", reasons, split=split)
    outcome = fewest(given, Effort().under(watch, watch.tell))
    if outcome.x is None:
        return refused(given, outcome.status, (), bound=outcome.bound, split=split)
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
        unit=1.0,
        status="proven" if is_proven(is_open.sum(), outcome.bound, whole=True) else "gap",
        split=split,
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
    must_close: Iterable[Any] = (),
    split: bool = False,
    time_limit_s: float | None = None,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = True,
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
        whole by one site or not at all, unless `split`.
    must_open, must_close
        Labels of sites that are open, and that are not.
    split
        Whether sites may cover a demand in part, together at most once; the assignment is then
        a table of flows.
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
        The objective is the covered weight, `bound` an upper bound on it; demands that are not
        covered have no site.

    Notes
    -----
    Church and ReVelle (1974); with capacities Current and Storbeck (1988).
    """
    given = without_closed(
        read_arguments(
            cost,
            weights,
            n_open,
            load=load,
            capacity=capacity,
            must_open=must_open,
            must_close=must_close,
            split=split,
        )
    )
    given = replace(given, costs=given.costs.within(_limits(given, limit)))
    with watching(
        "max_cover",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        watch.level("covered", unit=-given.weight_unit)
        solution = _most_covered(given, split=split, watch=watch)
        watch.end(solution.objective, solution.bound)
    return solution


def _most_covered(given: Arguments, *, split: bool, watch: Watch) -> Solution:
    """The most weight that p sites cover."""
    n_sites = len(given.costs.sites)
    if reasons := number_reasons(given):
        return refused(given, "infeasible", reasons, split=split)
    model = _covering(given, split=split)
    outcome = solve(model, effort=Effort().under(watch, watch.tell))
    if outcome.x is None:
        unit = given.weight_unit
        return refused(given, outcome.status, (), bound=outcome.bound, unit=unit, split=split)
    # Columns are the sites, then demands (without capacity) or pairs (with it).
    is_open = outcome.x[:n_sites] > 0.5
    if given.capacity is None:
        pairs = nearest_open(given.costs, is_open)
        share = np.ones(pairs.size)
    else:
        pairs = np.flatnonzero(outcome.x[n_sites:] > (1e-9 if split else 0.5))
        share = outcome.x[n_sites:][pairs] if split else np.ones(pairs.size)
    objective = float((given.weights[given.costs.row[pairs]] * share).sum())
    bound = max(-outcome.bound, objective)
    proven = is_proven(-objective, -bound, whole=model.whole_objective)
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=objective,
        bound=bound,
        unit=given.weight_unit,
        status="proven" if proven else "gap",
        split=split,
    )
    return checked(given, solution, pairs, share, is_open, all_served=False)


def fewest(given: Arguments, effort: Effort) -> Outcome:
    """Solve the covering problem over the allowed pairs; columns are the sites."""
    costs, rows = given.costs, Rows()
    n_sites = len(costs.sites)
    rows.add(costs.row, costs.col, 1.0, lower=1.0, upper=np.inf, n_rows=len(costs.demands))
    matrix, lower, upper = rows.build(n_sites)
    least, most = np.zeros(n_sites), np.ones(n_sites)
    least[given.must_open] = 1.0
    most[given.must_close] = 0.0
    model = Model(
        cost=np.ones(n_sites),
        lower=least,
        upper=most,
        integer=np.ones(n_sites, dtype=bool),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=True,
    )
    return solve(model, effort=effort)


def nearest_open(costs: Costs, is_open: Bools) -> Ints:
    """Position of each demand's cheapest pair with an open site."""
    reach = np.flatnonzero(is_open[costs.col])
    _, first = np.unique(costs.row[reach], return_index=True)
    return reach[first]


def _limits(given: Arguments, limit: Numbers) -> Floats:
    problems: list[Problem] = []
    costs = given.costs
    most = read_numbers(
        limit, costs.demands, costs.given_demands, problems, argument="limit", infinite=True
    )
    if problems:
        raise InputError(*problems)
    return most / given.cost_unit


def _unreached(given: Arguments, everyone: Arguments) -> tuple[str, ...]:
    """Who has no site within the limit, and the limit that would do."""
    costs = given.costs
    alone = np.setdiff1d(np.arange(len(costs.demands)), costs.row)
    if not alone.size:
        return ()
    reasons = [
        tr(
            "{count:demand has|demands have} no allowed site, the first is {label}",
            count=alone.size,
            label=costs.demands[alone[0]],
        )
    ]
    # Cost of each of these to its nearest site, where each has one.
    rows, first = np.unique(everyone.costs.row, return_index=True)
    if np.isin(alone, rows).all():
        nearest = everyone.costs.cost[first[np.isin(rows, alone)]].max() * given.cost_unit
        reasons.append(tr("a limit of {limit} would do", limit=f"{nearest:g}"))
    return tuple(reasons)


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


def _covering(given: Arguments, *, split: bool) -> Model:
    """Columns: sites, then pairs (1 = this site covers this demand); demands if none is full."""
    if given.capacity is None:
        return _uncapacitated(given)
    costs, n_sites, n_demands = given.costs, len(given.costs.sites), len(given.costs.demands)
    rows = Rows()
    at = n_sites + np.arange(costs.row.size)
    rows.add(costs.row, at, 1.0, lower=-np.inf, upper=1.0, n_rows=n_demands)
    # Links: x ≤ y, one row for each pair.
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
    return _counted(given, rows, -given.weights[costs.row], whole_columns=not split)


def _counted(given: Arguments, rows: Rows, value: Floats, *, whole_columns: bool) -> Model:
    """Exactly p sites; the sites that must open do."""
    # The row over the sites that counts them, then bounds of all columns.
    n_sites = len(given.costs.sites)
    wanted = float(given.n_open or 0)
    zeros = np.zeros(n_sites, dtype=np.int64)
    rows.add(zeros, np.arange(n_sites), 1.0, lower=wanted, upper=wanted, n_rows=1)
    total = n_sites + value.size
    matrix, lower, upper = rows.build(total)
    least, most = np.zeros(total), np.ones(total)
    least[given.must_open] = 1.0
    most[given.must_close] = 0.0
    return Model(
        cost=np.concatenate([np.zeros(n_sites), value]),
        lower=least,
        upper=most,
        integer=whole_columns | (np.arange(total) < n_sites),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        # With shares of demand the sum need not be whole, unless nothing limits the sites.
        whole_objective=bool((np.rint(value) == value).all())
        and (whole_columns or given.capacity is None),
    )
