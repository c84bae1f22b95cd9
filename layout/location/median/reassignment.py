"""Good p-medians with capacities, fast: assignment with regret, moves, exchanges, recentring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    from layout.location.median.knapsack import CapacitatedMedian

# Most moves or exchanges in one descent; most rounds of assigning and recentring.
MOST_MOVES = 500
ROUNDS = 6
# Least relative gain that is more than rounding.
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Incumbent:
    """A solution: the site of each demand, the sites that are open, and what it costs."""

    site: Ints
    is_open: Bools
    cost: float


def answer_from(problem: CapacitatedMedian, chosen: Bools) -> Incumbent | None:
    """A solution that starts from some sites; None where none was found."""
    sites = np.flatnonzero(chosen)
    best: Incumbent | None = None
    for _ in range(ROUNDS):
        # `at`: position among `sites` of each demand's site.
        at = _with_regret(problem, sites)
        if at is None:
            return best
        at = _improved(problem, sites, at)
        cost = _cost(problem, sites, at)
        if best is not None and cost >= best.cost - _LEAST_GAIN:
            return best
        is_open = np.zeros(problem.capacity.size, dtype=bool)
        is_open[sites] = True
        best = Incumbent(site=sites[at], is_open=is_open, cost=cost)
        moved = _recentred(problem, sites, at)
        if (moved == sites).all():
            return best
        sites = moved
    return best


def _cost(problem: CapacitatedMedian, sites: Ints, at: Ints) -> float:
    # Row of each demand in the cost table.
    each = np.arange(at.size)
    return float(problem.cost[each, sites[at]].sum() + problem.fixed[sites].sum())


def _with_regret(problem: CapacitatedMedian, sites: Ints) -> Ints | None:
    """Who would lose most by missing the best site goes first, the larger first among equals.

    Martello and Toth (1981) for the assignment with capacities.
    """
    if not sites.size:
        return None
    # Demand × sites, and the capacity left at each site.
    cost, left = problem.cost[:, sites], problem.capacity[sites].copy()
    at = np.full(problem.load.size, -1)
    waiting = np.ones(problem.load.size, dtype=bool)
    while waiting.any():
        who = np.flatnonzero(waiting)
        # Costs where the demand still fits; the two smallest of each waiting demand.
        open_to = np.where(problem.load[who, None] <= left[None, :], cost[who], np.inf)
        two = np.sort(open_to, axis=1)[:, :2]
        if np.isinf(two[:, 0]).any():
            return None
        regret = two[:, 1] - two[:, 0] if sites.size > 1 else -two[:, 0]
        # Largest regret first, then the larger load, then the first label.
        k = int(np.lexsort((who, -problem.load[who], -regret))[0])
        site = int(np.argmin(open_to[k]))
        at[who[k]] = site
        left[site] -= problem.load[who[k]]
        waiting[who[k]] = False
    return at


def _improved(problem: CapacitatedMedian, sites: Ints, at: Ints) -> Ints:
    """Make the best move of one demand, or exchange of two, while one helps."""
    cost, load, at = problem.cost[:, sites], problem.load, at.copy()
    everyone = np.arange(at.size)
    for _ in range(MOST_MOVES):
        # Capacity left, then what moving each demand to each site saves, where it fits.
        left = problem.capacity[sites] - np.bincount(at, load, minlength=sites.size)
        own = cost[everyone, at]
        move = np.where(load[:, None] <= left[None, :], own[:, None] - cost, -np.inf)
        # Demand × demand: what exchanging the sites of two saves, where both fit.
        crossed = cost[:, at]
        swap = own[:, None] + own[None, :] - crossed - crossed.T
        fits = left[at][:, None] + load[:, None] - load[None, :] >= 0
        swap = np.where(fits & fits.T & (at[:, None] != at[None, :]), swap, -np.inf)
        # Flat positions of the best move and the best exchange.
        one, two = int(np.argmax(move)), int(np.argmax(swap))
        gain = max(move.flat[one], swap.flat[two])
        if not gain > _LEAST_GAIN * max(1.0, float(own.sum())):
            break
        if move.flat[one] >= swap.flat[two]:
            at[one // sites.size] = one % sites.size
        else:
            first, second = divmod(two, at.size)
            at[first], at[second] = at[second], at[first]
    return at


def _recentred(problem: CapacitatedMedian, sites: Ints, at: Ints) -> Ints:
    """Move each site to where it serves its demands at least cost, if no other site is there."""
    moved = sites.copy()
    taken = np.zeros(problem.capacity.size, dtype=bool)
    # Positions that are occupied; a site may stay where it is.
    taken[sites] = True
    for k, site in enumerate(sites):
        mine = at == k
        if problem.must[site] or not mine.any():
            continue
        # Cost of all demands of this site at any other with enough capacity.
        value: Floats = problem.cost[mine].sum(axis=0) + problem.fixed
        fits = problem.may & (problem.capacity >= problem.load[mine].sum())
        taken[site] = False
        value = np.where(fits & ~taken, value, np.inf)
        best = int(np.argmin(value))
        if value[best] < value[site]:
            moved[k] = best
        taken[moved[k]] = True
    return moved
