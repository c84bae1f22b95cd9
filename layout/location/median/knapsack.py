"""Bounds of p-medians whose sites have a capacity: one knapsack for each site.

Demands are undivided, each at one site. Without the rule that everybody is served exactly once, but
with a price for each who is, every site fills its capacity on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.median.sites import cheapest
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.solver.watch import Watch


# Steps without progress before the step is halved, and the step at which the ascent ends.
PATIENCE = 12
LEAST_STEP = 0.01
# Stands for infinity where a difference is taken.
_HUGE = 1e300


@dataclass(frozen=True, kw_only=True, eq=False)
class CapacitatedMedian:
    """A p-median, or facility location, with integral loads and capacities.

    Attributes
    ----------
    cost
        Demand × sites, weighted; ``inf`` where a pair is not allowed or excluded.
    load, capacity
        Whole numbers by demand and by site.
    fixed
        Cost of opening, by site.
    may, must
        By site: whether it may open, and must.
    n_open
        How many sites open, or None where the fixed costs decide.
    """

    cost: Floats
    load: Ints
    capacity: Ints
    fixed: Floats
    may: Bools
    must: Bools
    n_open: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """What dual prices prove: `value` is a lower bound, attained by `chosen` sites.

    `table` has the worth of each site (row) with this much capacity (column), `key` the reduced
    cost of opening each.
    """

    value: float
    price: Floats
    table: Floats
    key: Floats
    chosen: Bools


def priced(problem: CapacitatedMedian, price: Floats) -> Priced:
    r"""Prove a bound by prices.

    .. math:: L(\lambda) = \sum_i \lambda_i + \min_y \sum_j \Bigl(f_j - \max \Bigl\{ \sum_i
        (\lambda_i - c_{ij}) x_{ij} : \sum_i q_i x_{ij} \le Q_j \Bigr\}\Bigr) y_j

    The knapsacks are solved by dynamic programmes over the capacities of all sites at once.
    """
    # Demand × sites: reduced profit of serving each pair.
    worth = price[:, None] - problem.cost
    # Sites × capacity: best profit with that much; one demand at a time, at all sites at once.
    table = np.zeros((problem.capacity.size, int(problem.capacity.max(initial=0)) + 1))
    width = table.shape[1]
    for i in np.flatnonzero((worth > 0).any(axis=1)):
        sites, load = np.flatnonzero(worth[i] > 0), int(problem.load[i])
        if load >= width:
            continue
        # The old rows are read before they are written: each demand is packed at most once.
        rows = table[sites]
        more = rows[:, : width - load] + worth[i, sites][:, None]
        np.maximum(rows[:, load:], more, out=rows[:, load:])
        table[sites] = rows
    # Reduced cost of opening each site when its knapsack is filled best.
    key = problem.fixed - table[np.arange(problem.capacity.size), problem.capacity]
    chosen = cheapest(key, may=problem.may, must=problem.must, n_open=problem.n_open)
    value = float(price.sum() + key[chosen].sum())
    return Priced(value=value, price=price, table=table, key=key, chosen=chosen)


def served_by(problem: CapacitatedMedian, price: Floats, site: int) -> Ints:
    """The demands in an optimal knapsack of one site."""
    worth = price - problem.cost[:, site]
    capacity = int(problem.capacity[site])
    # Demands worth packing, as a 0-1 knapsack; `taken` remembers each decision.
    items = np.flatnonzero((worth > 0) & (problem.load <= capacity))
    best, taken = np.zeros(capacity + 1), np.zeros((items.size, capacity + 1), dtype=bool)
    for k, i in enumerate(items):
        load = int(problem.load[i])
        more = best[: capacity + 1 - load] + worth[i]
        better = more > best[load:]
        taken[k, load:] = better
        best[load:] = np.where(better, more, best[load:])
    # Backwards through the decisions, from the full capacity.
    inside, left = [], capacity
    for k in range(items.size - 1, -1, -1):
        if taken[k, left]:
            inside.append(int(items[k]))
            left -= int(problem.load[items[k]])
    return np.array(inside, dtype=np.int64)


def ascend(
    problem: CapacitatedMedian,
    start: Priced,
    best_known: float,
    *,
    rounds: int,
    step: float,
    offer: Callable[[Bools], float],
    watch: Watch | None = None,
) -> tuple[Priced, float]:
    """Raise the bound by subgradient steps; also the last step.

    `offer` turns the sites of each better bound into a solution and returns the best cost known.

    Notes
    -----
    Held, Wolfe and Crowder (1974), as for the p-median without capacities; the relaxation is that
    of Lorena and Senne (2004), *Computers & Operations Research* 31, and Ceselli and Righini
    (2005), *Networks* 45.
    """
    best = now = start
    idle = 0
    for _ in range(rounds):
        # Subgradient: 1 − how often each demand is served.
        lack = np.ones(problem.load.size)
        for site in np.flatnonzero(now.chosen):
            lack[served_by(problem, now.price, int(site))] -= 1.0
        length = float(lack @ lack)
        if length <= 0 or best_known <= best.value or over(watch):
            break
        # Polyak's step aims at the incumbent, or just above the bound where there is none.
        aim = best_known if np.isfinite(best_known) else 1.05 * abs(best.value) + 1.0
        price = np.maximum(now.price + step * (aim - now.value) / length * lack, 0.0)
        now = priced(problem, price)
        idle += 1
        if now.value > best.value:
            idle = 0 if now.value > best.value + 1e-5 * abs(best.value) else idle
            best = now
            best_known = offer(now.chosen)
        # No progress for a while: half the step, from the best prices.
        if idle >= PATIENCE:
            step, idle, now = step / 2, 0, best
            if step < LEAST_STEP:
                break
    return best, step


def reduced(problem: CapacitatedMedian, bound: Priced, most: float) -> CapacitatedMedian:
    """Exclude pairs, and shut or fix sites open, where no solution below `most` does otherwise.

    To serve i at j the knapsack of j takes i and whatever fits beside it; the bound then rises
    by what the best filling without that condition was worth more.
    """
    key, chosen, slack = bound.key, bound.chosen, most - bound.value
    # Sites in and out of the bound's choice that nothing has fixed yet.
    free_in, free_out = chosen & ~problem.must, problem.may & ~chosen
    # Reduced costs of the site that leaves when another enters, and that enters when one leaves.
    if problem.n_open is None:
        gone, following = np.where(chosen, key, 0.0), np.zeros(key.size)
    else:
        last = key[free_in].max() if free_in.any() else _HUGE
        gone = np.where(chosen, key, last)
        following = np.full(key.size, key[free_out].min(initial=np.inf))
    # Demand × sites: capacity left beside each demand, and the best filling of that.
    at = problem.capacity[None, :] - problem.load[:, None]
    beside = bound.table[np.arange(key.size)[None, :], np.maximum(at, 0)]
    # Rise of the bound when the pair is forced into its site.
    forced = problem.fixed[None, :] - (bound.price[:, None] - problem.cost + beside)
    rise = np.where(at < 0, np.inf, forced - gone[None, :])
    cost = np.where(rise > slack, np.inf, problem.cost)
    # Sites whose change alone would lift the bound above the cutoff.
    opened = free_in & (following - key > slack)
    shut = free_out & (key - gone > slack)
    return CapacitatedMedian(
        cost=np.where(shut[None, :], np.inf, cost),
        load=problem.load,
        capacity=problem.capacity,
        fixed=problem.fixed,
        may=problem.may & ~shut,
        must=problem.must | opened,
        n_open=problem.n_open,
    )
