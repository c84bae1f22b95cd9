"""Serving everybody by sites with a capacity: the fewest sites, enough sites, who is short.

The assignment is either integral, each demand at one site, or split among several.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.core.text import tr
from layout.location.labelled.arguments import without_closed
from layout.location.solver.highs import Effort, Model, Outcome, linear, solve
from layout.location.solver.rows import Rows

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments
    from layout.location.solver.highs import Status
    from layout.location.solver.watch import Watch

NEATNESS = Effort(node_limit=200)
"""Effort in looking for the least travel, once the sites are chosen."""
# Smallest share of a split demand that counts; relative tolerance of loads against capacity.
FEW_NODES = 20
"""Nodes of an attempt at one radius on the way up, where larger ones are still to come."""
_USED = 1e-9
_SLACK = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Served:
    """Open sites, and the pairs of `given` that serve every demand with the share of each."""

    given: Arguments
    is_open: Bools
    pairs: Ints
    share: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """What came of one model: `served` where there is a solution, and what is proved."""

    served: Served | None
    status: Status
    bound: float


def fitting(given: Arguments, *, split: bool) -> Arguments:
    """The same without pairs that cannot be used: whole demands larger than the site."""
    if split or given.capacity is None:
        return given
    costs = given.costs
    # Capacity with its tolerance: sums of shares are not exact.
    most = given.capacity + _SLACK * np.maximum(1.0, given.capacity)
    fits = given.load[costs.row] <= most[costs.col]
    return replace(given, costs=costs.where(fits))


def serving_model(given: Arguments, *, split: bool, most: int | None = None) -> Model:
    r"""Every demand served by open sites within their capacity; columns are sites, then pairs.

    .. math::

        \min \sum_j y_j \quad\text{with}\quad \sum_j x_{ij} = 1,\; x_{ij} \le y_j,\;
        \sum_i q_i x_{ij} \le Q_j y_j,\; \sum_j Q_j y_j \ge \sum_i q_i,\; \sum_j y_j \le p

    The fourth row follows from the others; the solver draws cover cuts from it.
    """
    if given.capacity is None:
        raise ValueError("no capacity")
    costs, n_sites, n_pairs = given.costs, len(given.costs.sites), given.costs.row.size
    # Columns: sites 0 … n_sites − 1, then one for each allowed pair.
    every, each = np.arange(n_sites), np.arange(n_pairs)
    at, rows, none = n_sites + each, Rows(), np.zeros(n_sites, dtype=np.int64)
    # Each demand exactly once.
    rows.add(costs.row, at, 1.0, lower=1.0, upper=1.0, n_rows=len(costs.demands))
    # Links, one row for each pair: x ≤ y.
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([at, costs.col]),
        np.repeat([1.0, -1.0], n_pairs),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_pairs,
    )
    # Capacity, one row for each site: load taken ≤ capacity × open.
    rows.add(
        np.concatenate([costs.col, every]),
        np.concatenate([at, every]),
        np.concatenate([given.load[costs.row], -given.capacity]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_sites,
    )
    total = float(given.load.sum())
    # Never more than the rows before allow: the sum of rounded loads may exceed them by a hair.
    enough = total - _SLACK * max(1.0, total)
    rows.add(none, every, given.capacity, lower=enough, upper=np.inf, n_rows=1)
    if most is not None:
        rows.add(none, every, 1.0, lower=-np.inf, upper=float(most), n_rows=1)
    matrix, lower, upper = rows.build(n_sites + n_pairs)
    least, largest = np.zeros(n_sites + n_pairs), np.ones(n_sites + n_pairs)
    least[given.must_open] = 1.0
    largest[given.must_close] = 0.0
    return Model(
        cost=np.repeat([1.0, 0.0], [n_sites, n_pairs]),
        lower=least,
        upper=largest,
        integer=np.arange(n_sites + n_pairs) < n_sites + (0 if split else n_pairs),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=True,
    )


def fewest_served(given: Arguments, *, split: bool, effort: Effort) -> Attempt:
    """Serve everybody from as few sites as possible."""
    outcome = solve(serving_model(given, split=split), effort=effort)
    return _attempt(given, outcome, split=split)


def enough(given: Arguments, *, split: bool, effort: Effort, relaxed: bool = False) -> Attempt:
    """Serve everybody from no more than `n_open` sites, or prove that it cannot be.

    `relaxed` asks the linear relaxation, which proves only that it cannot be.
    """
    # A model of the sites alone is far smaller, and often enough to prove infeasibility.
    if relaxed and _too_few(given, effort):
        return Attempt(served=None, status="infeasible", bound=math.inf)
    model = serving_model(given, split=split, most=given.n_open)
    # No objective: any feasible solution ends the search.
    model = replace(model, cost=np.zeros(model.cost.size))
    outcome = solve(linear(model) if relaxed else model, effort=effort)
    return _attempt(given, outcome, split=split)


def _too_few(given: Arguments, effort: Effort) -> bool:
    """Whether the sites alone, without saying who goes where, show that p are not enough."""
    if given.capacity is None:
        raise ValueError("no capacity")
    costs, n_sites, rows = given.costs, len(given.costs.sites), Rows()
    every, none = np.arange(n_sites), np.zeros(n_sites, dtype=np.int64)
    total = float(given.load.sum())
    # Each demand has an open site, the capacities hold the load, and at most p sites open.
    rows.add(costs.row, costs.col, 1.0, lower=1.0, upper=np.inf, n_rows=len(costs.demands))
    rows.add(none, every, given.capacity, lower=total * (1 - _SLACK), upper=np.inf, n_rows=1)
    rows.add(none, every, 1.0, lower=-np.inf, upper=float(given.n_open or 0), n_rows=1)
    matrix, lower, upper = rows.build(n_sites)
    least, most = np.zeros(n_sites), np.ones(n_sites)
    least[given.must_open] = 1.0
    most[given.must_close] = 0.0
    model = Model(
        cost=np.zeros(n_sites),
        lower=least,
        upper=most,
        integer=np.zeros(n_sites, dtype=bool),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
    )
    return solve(model, effort=effort).status == "infeasible"


def all_open(given: Arguments, *, split: bool, effort: Effort) -> Attempt:
    """Serve everybody from all sites that may open."""
    model = serving_model(given, split=split)
    # Every site that may open is fixed open.
    lower = model.lower.copy()
    lower[: len(given.costs.sites)] = model.upper[: len(given.costs.sites)]
    model = replace(model, lower=lower, cost=np.zeros(model.cost.size))
    return _attempt(given, solve(model, effort=effort), split=split)


def _attempt(given: Arguments, outcome: Outcome, *, split: bool) -> Attempt:
    served = None if outcome.x is None else _read(given, outcome.x, split=split)
    return Attempt(served=served, status=outcome.status, bound=outcome.bound)


def _read(given: Arguments, x: Floats, *, split: bool) -> Served:
    n_sites = len(given.costs.sites)
    # Share of each demand at its pairs; tiny shares of the solver are dropped.
    amount = x[n_sites:]
    pairs = np.flatnonzero(amount > (_USED if split else 0.5))
    share = amount[pairs] if split else np.ones(pairs.size)
    return Served(given=given, is_open=x[:n_sites] > 0.5, pairs=pairs, share=share)


def with_least_travel(served: Served, *, split: bool, watch: Watch | None) -> Served:
    """The same sites with the least sum of load times cost that a short search finds."""
    given = served.given
    model = serving_model(given, split=split)
    n_sites, costs = len(given.costs.sites), given.costs
    # Sites are fixed as they are; pairs of closed sites are shut.
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[:n_sites] = upper[:n_sites] = served.is_open
    upper[n_sites:] = served.is_open[costs.col]
    # Load × cost of each pair, in the caller's units.
    value = np.concatenate([np.zeros(n_sites), given.load[costs.row] * costs.cost])
    outcome = solve(
        replace(model, cost=value, lower=lower, upper=upper, whole_objective=False),
        effort=NEATNESS.under(watch),
    )
    # Kept only where it is better than the pairs at hand.
    before = float((value[n_sites + served.pairs] * served.share).sum())
    if outcome.x is None or outcome.objective > before:
        return served
    return replace(_read(given, outcome.x, split=split), is_open=served.is_open)


def least_radius(
    radii: Floats,
    low: int,
    attempt: Callable[[float, int | None], Attempt],
) -> tuple[Served | None, int, bool]:
    """Find the least radius at which an attempt succeeds; `radii` ascend.

    `attempt` gets a radius and a limit of nodes. Upwards in growing steps, with little effort
    each, until one succeeds; then by bisection. Small radii make small models, so that an
    incumbent is found early.

    Returns
    -------
    tuple
        The best solution, the position of a radius below which there is none (one past the end
        where there is none at all), and whether the search came to its end.
    """
    # No radius at a position below `low` succeeds; `best`, if any, is at `high` + 1.
    best, high, probe, step = None, radii.size - 1, low, 1
    while best is None and low < radii.size:
        last = probe == radii.size - 1
        trial = attempt(float(radii[probe]), None if last else FEW_NODES)
        if trial.served is not None:
            best, high = trial.served, probe - 1
        elif trial.status == "infeasible":
            low = probe + 1
        elif last:
            return None, low, False
        probe, step = min(probe + step, radii.size - 1), 2 * step
    # Both ends are known: halve what lies between.
    while low <= high:
        middle = (low + high) // 2
        trial = attempt(float(radii[middle]), None)
        if trial.served is not None:
            best, high = trial.served, middle - 1
        elif trial.status == "infeasible":
            low = middle + 1
        else:
            return best, low, False
    return best, low, True


def crowded(given: Arguments) -> tuple[str, ...]:
    """Who is short of capacity even if every site opened and demand could be shared.

    Notes
    -----
    The most that can be served is a linear programme. From each demand that is not served in full,
    allowed pairs lead to full sites, and flows from there to the demands that these serve instead;
    all of them together have too little capacity (Hall, 1935; the minimum cut of a flow network).
    """
    if given.capacity is None or not given.costs.row.size:
        return ()
    costs, n_sites, n_demands = (
        without_closed(given).costs,
        len(given.costs.sites),
        len(given.costs.demands),
    )
    # Maximum flow: amounts by pair, at most the load of each demand and the capacity of each site.
    each, rows = np.arange(costs.row.size), Rows()
    rows.add(costs.row, each, 1.0, lower=-np.inf, upper=given.load, n_rows=n_demands)
    rows.add(costs.col, each, 1.0, lower=-np.inf, upper=given.capacity, n_rows=n_sites)
    matrix, lower, upper = rows.build(each.size)
    outcome = solve(
        Model(
            cost=-np.ones(each.size),
            lower=np.zeros(each.size),
            upper=np.full(each.size, np.inf),
            integer=np.zeros(each.size, dtype=bool),
            matrix=matrix,
            row_lower=lower,
            row_upper=upper,
        )
    )
    # Demands that the largest flow leaves short.
    flow = outcome.solution
    slack = _SLACK * max(1.0, float(given.load.sum()))
    short = given.load - np.bincount(costs.row, flow, minlength=n_demands) > slack
    sites = np.zeros(n_sites, dtype=bool)
    # The cut: sites that short demands may use, and demands with flow to these, until none is
    # added.
    while True:
        sites[costs.col[short[costs.row]]] = True
        more = short.copy()
        more[costs.row[sites[costs.col] & (flow > slack)]] = True
        if (more == short).all():
            break
        short = more
    # What those demands take above what those sites hold.
    missing = float(given.load[short].sum() - given.capacity[sites].sum())
    if missing <= slack:
        return ()
    return (
        tr(
            "{count:demand|demands} of {load} together, the first is {label}, may use sites of "
            "{places:place|places}: {missing:is|are} missing",
            count=int(short.sum()),
            load=f"{given.load[short].sum() * given.load_unit:g}",
            label=costs.demands[int(np.argmax(short))],
            places=f"{given.capacity[sites].sum() * given.load_unit:g}",
            missing=f"{math.ceil(missing * 1e6 - 0.5) / 1e6:g}",
        ),
    )
