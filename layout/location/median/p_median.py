"""The p-median and facility location, with or without capacities, on the nearest pairs first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.covering.capacitated import crowded
from layout.location.covering.cover import nearest_open
from layout.location.labelled.arguments import (
    Arguments,
    answer,
    checked,
    counting_reasons,
    read_arguments,
    refused,
)
from layout.location.labelled.costs import is_whole
from layout.location.labelled.relaxations import relaxations
from layout.location.labelled.results import Solution
from layout.location.median.capacitated import started, tractable
from layout.location.median.uncapacitated import prove
from layout.location.solver.highs import Effort, Model, Outcome, is_proven, solve
from layout.location.solver.rows import Rows
from layout.location.solver.watch import watching

if TYPE_CHECKING:
    from layout.location.labelled.costs import Numbers
    from layout.location.median.reassignment import Incumbent
    from layout.location.solver.highs import News, Status
    from layout.location.solver.watch import Listener, Watch

# Fewest nearest sites that each demand starts with.
FIRST_NEAREST = 24
NEAREST_PER_SHARE = 3
"""A model starts with this many times the sites that an even split would leave to each open one."""


def p_median(
    cost: pd.DataFrame,
    weights: Numbers,
    n_open: int | None = None,
    *,
    load: Numbers | None = None,
    capacity: Numbers | None = None,
    fixed_cost: Numbers | None = None,
    must_open: Iterable[Any] = (),
    must_close: Iterable[Any] = (),
    split: bool = False,
    time_limit_s: float | None = None,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = True,
    gap: float = 0.0,
) -> Solution:
    r"""Open sites so that the weighted cost of serving every demand is least.

    .. math::

        \min \sum_{ij} w_i c_{ij} x_{ij} + \sum_j f_j y_j \quad\text{with}\quad
        \sum_j x_{ij} = 1,\; x_{ij} \le y_j,\; \sum_j y_j = p,\;
        \sum_i q_i x_{ij} \le Q_j y_j

    with y integral, and x integral unless `split`. Without capacities the x are integral by
    themselves.

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    weights
        What one unit of cost counts, by demand.
    n_open
        Number of open sites, exactly; None leaves it to the fixed costs (facility location).
    load
        What a demand takes of a site's capacity; by default its weight.
    capacity
        Of each open site; None for no limit.
    fixed_cost
        Of each open site; by default none.
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
    gap
        Relative gap at which the search may stop; the status says what was proved.

    Returns
    -------
    Solution
        Objective, bound and status; open sites and the assignment in the caller's labels.

    Raises
    ------
    layout.core.errors.InputError
        For NaN, negative or infinite numbers, unknown labels and meaningless counts, together.

    Examples
    --------
    >>> minutes = pd.DataFrame({"A": [5, 30], "B": [20, 10]}, index=["hill", "pine"])
    >>> best = p_median(minutes, {"hill": 30, "pine": 25}, 1)
    >>> best.open, best.objective, best.status
    (('B',), 850.0, 'proven')

    Notes
    -----
    Hakimi (1964) states the problem; ReVelle and Swain (1970) the model. Each demand starts with
    its nearest sites and one *artificial* column, which costs as much as its nearest site left out
    and takes no capacity. That is a relaxation, so an optimal solution that uses no artificial
    column is optimal for all pairs; where one is used, its demand gets more sites and the model is
    solved again.

    Without capacities, bounds and cuts go first (see `layout.location.median.uncapacitated`).
    With undivided demands and integral capacities, a Lagrangian relaxation of
    :math:`\sum_j x_{ij} = 1` leaves one knapsack for each site (Lorena and Senne, 2004; Ceselli and
    Righini, 2005); its bound and the solutions made from its sites rule out most pairs before the
    model is solved.
    """
    given = read_arguments(
        cost,
        weights,
        n_open,
        load=load,
        capacity=capacity,
        fixed_cost=fixed_cost,
        must_open=must_open,
        must_close=must_close,
        split=split,
        gap=gap,
    )
    # What counting alone rules out needs no solver.
    reasons = counting_reasons(given, split=split)
    if reasons:
        reasons += relaxations(given, split=split)
        return refused(given, "infeasible", reasons, split=split)
    with watching(
        "p_median",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        watch.level("cost", unit=given.value_unit)
        search = _uncapacitated if given.capacity is None else _capacitated
        solution = search(given, gap, watch, split=split)
        watch.end(solution.objective, solution.bound)
    return solution


def _capacitated(given: Arguments, gap: float, watch: Watch, *, split: bool) -> Solution:
    """Nearest pairs first, more of them where a demand uses its artificial column.

    Where demands are undivided and knapsacks small, their bounds go first: an incumbent, and only
    the pairs that a better one may use.
    """
    start = None if split or not tractable(given) else started(given, gap, watch)
    # The bound of the start already meets its incumbent: nothing is left to solve.
    if start is not None and start.incumbent is not None and start.bound >= start.most:
        return _of_start(given, start.incumbent, start.bound)
    rest, most = (given, math.inf) if start is None else (start.rest, start.most)
    bound = -math.inf if start is None else start.bound
    n_sites, effort = len(given.costs.sites), Effort(relative_gap=gap)
    # Pairs by demand, the artificial costs of what is left out, and the model on both.
    nearest = _first_nearest(given)
    while True:
        pairs, far_cost = _nearest(rest, nearest)
        model, whole = _model(rest, pairs, far_cost, split=split)
        outcome = solve(_below(model, most), effort=effort.under(watch, _bound_news(watch)))
        # Every round bounds the whole problem, since artificial columns only relax it.
        bound = max(bound, min(outcome.bound, most))
        if outcome.x is None:
            break
        # Demands that use their artificial column get twice as many sites.
        used = outcome.x[n_sites + pairs.size :] > 1e-9
        if not used.any():
            return _read(rest, pairs, outcome, bound, split=split, whole=whole)
        nearest[used] = np.minimum(nearest[used] * 2, n_sites)
    if start is not None and start.incumbent is not None:
        return _of_start(given, start.incumbent, bound)
    reasons: tuple[str, ...] = ()
    if outcome.status == "infeasible":
        reasons = crowded(given) + relaxations(given, split=split)
    unit = given.value_unit
    return refused(given, outcome.status, reasons, bound=bound, unit=unit, split=split)


def _bound_news(watch: Watch) -> News:
    """With artificial columns the model proves a bound, but its solutions need not be feasible."""
    return lambda _, bound: watch.tell(math.inf, bound)


def _first_nearest(given: Arguments) -> Ints:
    """How many of its nearest sites each demand starts with."""
    # Sites for each open one if demands were spread evenly.
    n_demands, n_sites = len(given.costs.demands), len(given.costs.sites)
    share = n_sites / max(1, given.n_open or 1)
    return np.full(n_demands, max(FIRST_NEAREST, math.ceil(NEAREST_PER_SHARE * share)))


def _below(model: Model, most: float) -> Model:
    """The same with a cutoff: only what costs no more than `most` is of interest."""
    if math.isinf(most):
        return model
    return replace(
        model,
        matrix=sparse.vstack([model.matrix, sparse.csr_matrix(model.cost)], format="csr"),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, most),
    )


def _of_start(given: Arguments, incumbent: Incumbent, bound: float) -> Solution:
    """The incumbent that was found before the exact model."""
    costs = given.costs
    # The pair of each demand with its site.
    pairs = np.flatnonzero(costs.col == incumbent.site[costs.row])
    whole = is_whole(costs.cost, given.weights, given.fixed_cost)
    return _labelled(
        given, incumbent.is_open, pairs, np.ones(pairs.size), bound, split=False, whole=whole
    )


def _uncapacitated(given: Arguments, gap: float, watch: Watch, *, split: bool) -> Solution:
    """Every demand at its cheapest open site."""
    proof = prove(given, gap=gap, watch=watch)
    if proof.is_open is None:
        status: Status = "infeasible" if math.isinf(proof.bound) else "no_solution"
        reasons = relaxations(given, split=split) if status == "infeasible" else ()
        unit = given.value_unit
        return refused(given, status, reasons, bound=proof.bound, unit=unit, split=split)
    # Without capacities the nearest open site is the best.
    pairs = nearest_open(given.costs, proof.is_open)
    share = np.ones(pairs.size)
    return _labelled(
        given, proof.is_open, pairs, share, proof.bound, split=split, whole=proof.whole
    )


def _nearest(given: Arguments, nearest: Ints) -> tuple[Ints, Floats]:
    """Pairs within each demand's nearest sites, and the weighted cost of the first left out."""
    costs = given.costs
    # Pairs of each demand are consecutive, by cost: the rank is the distance from the first.
    starts = np.searchsorted(costs.row, np.arange(len(costs.demands) + 1))
    rank = np.arange(costs.row.size) - starts[costs.row]
    pairs = np.flatnonzero(rank < nearest[costs.row])
    # First pair left out, where there is one; the artificial column costs as much.
    first_out = starts[:-1] + nearest
    inside = first_out < starts[1:]
    far = np.full(len(costs.demands), np.inf)
    far[inside] = costs.cost[first_out[inside]] * given.weights[inside]
    return pairs, far


def _model(given: Arguments, pairs: Ints, far_cost: Floats, *, split: bool) -> tuple[Model, bool]:
    """Columns: sites, pairs, one artificial column a demand (shut where nothing is left out)."""
    costs, n_sites, n_demands = given.costs, len(given.costs.sites), len(given.costs.demands)
    row, col = costs.row[pairs], costs.col[pairs]
    at = n_sites + np.arange(pairs.size)
    far = n_sites + pairs.size + np.arange(n_demands)
    # Each demand exactly once, by a pair or its artificial column.
    rows = Rows()
    rows.add(
        np.concatenate([row, np.arange(n_demands)]),
        np.concatenate([at, far]),
        1.0,
        lower=1.0,
        upper=1.0,
        n_rows=n_demands,
    )
    # Links: x ≤ y, one row for each pair.
    each = np.arange(pairs.size)
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([at, col]),
        np.concatenate([np.ones(pairs.size), -np.ones(pairs.size)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=pairs.size,
    )
    # Load taken ≤ capacity × open.
    if given.capacity is not None:
        rows.add(
            np.concatenate([col, np.arange(n_sites)]),
            np.concatenate([at, np.arange(n_sites)]),
            np.concatenate([given.load[row], -given.capacity]),
            lower=-np.inf,
            upper=0.0,
            n_rows=n_sites,
        )
    if given.n_open is not None:
        zeros = np.zeros(n_sites, dtype=np.int64)
        rows.add(zeros, np.arange(n_sites), 1.0, lower=given.n_open, upper=given.n_open, n_rows=1)
    matrix, lower, upper = rows.build(n_sites + pairs.size + n_demands)
    # Bounds: artificial columns without anything left out are shut.
    most = np.ones(n_sites + pairs.size + n_demands)
    most[:n_sites][given.must_close] = 0.0
    most[far] = np.isfinite(far_cost)
    least = np.zeros(most.size)
    least[:n_sites][given.must_open] = 1.0
    # The x of pairs are integral by themselves without capacities.
    integer = np.zeros(most.size, dtype=bool)
    integer[: n_sites + (pairs.size if given.capacity is not None and not split else 0)] = True
    value = np.concatenate(
        [
            given.fixed_cost,
            given.weights[row] * costs.cost[pairs],
            np.where(most[far] > 0, far_cost, 0),
        ]
    )
    whole = bool((np.rint(value) == value).all()) and not (split and given.capacity is not None)
    return (
        Model(
            cost=value,
            lower=least,
            upper=most,
            integer=integer,
            matrix=matrix,
            row_lower=lower,
            row_upper=upper,
            whole_objective=whole,
        ),
        whole,
    )


def _read(
    given: Arguments,
    pairs: Ints,
    outcome: Outcome,
    bound: float,
    *,
    split: bool,
    whole: bool,
) -> Solution:
    """Sites and pairs of a solution of the model."""
    # Without `split` shares are 0 or 1 up to the solver's tolerance.
    n_sites = len(given.costs.sites)
    is_open = outcome.solution[:n_sites] > 0.5
    share = outcome.solution[n_sites : n_sites + pairs.size].copy()
    if not split:
        share = np.rint(share)
    used = share > 1e-9
    return _labelled(given, is_open, pairs[used], share[used], bound, split=split, whole=whole)


def _labelled(
    given: Arguments,
    is_open: Bools,
    pairs: Ints,
    share: Floats,
    bound: float,
    *,
    split: bool,
    whole: bool,
) -> Solution:
    """Labels instead of positions, and the check."""
    costs = given.costs
    objective = float(
        given.fixed_cost[is_open].sum()
        + (given.weights[costs.row[pairs]] * costs.cost[pairs] * share).sum()
    )
    # Whole costs: the bound may be rounded up to a whole number.
    if whole:
        bound = math.ceil(bound - 1e-6)
    bound = min(bound, objective)
    solution = answer(
        given,
        is_open,
        pairs,
        share,
        objective=objective,
        bound=bound,
        unit=given.value_unit,
        status="proven" if is_proven(objective, bound, whole=whole) else "gap",
        split=split,
    )
    return checked(given, solution, pairs, share, is_open)
