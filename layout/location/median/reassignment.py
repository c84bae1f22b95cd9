"""Good p-medians with places, fast: demands assigned with regret, moved, exchanged, recentred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    from layout.location.median.knapsack import Places

MOST_MOVES = 500
ROUNDS = 6
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The site of each demand, the sites that are open, and what it costs."""

    site: Ints
    is_open: Bools
    cost: float


def answer_from(places: Places, chosen: Bools) -> Found | None:
    """An answer from some sites on; None where none was found."""
    sites = np.flatnonzero(chosen)
    best: Found | None = None
    for _ in range(ROUNDS):
        at = _with_regret(places, sites)
        if at is None:
            return best
        at = _improved(places, sites, at)
        cost = _cost(places, sites, at)
        if best is not None and cost >= best.cost - _LEAST_GAIN:
            return best
        is_open = np.zeros(places.room.size, dtype=bool)
        is_open[sites] = True
        best = Found(site=sites[at], is_open=is_open, cost=cost)
        moved = _recentred(places, sites, at)
        if (moved == sites).all():
            return best
        sites = moved
    return best


def _cost(places: Places, sites: Ints, at: Ints) -> float:
    each = np.arange(at.size)
    return float(places.cost[each, sites[at]].sum() + places.fixed[sites].sum())


def _with_regret(places: Places, sites: Ints) -> Ints | None:
    """Who would lose most by missing the best site goes first, the larger first among equals.

    Martello and Toth (1981) for the assignment with capacities.
    """
    if not sites.size:
        return None
    cost, left = places.cost[:, sites], places.room[sites].copy()
    at = np.full(places.load.size, -1)
    waiting = np.ones(places.load.size, dtype=bool)
    while waiting.any():
        who = np.flatnonzero(waiting)
        open_to = np.where(places.load[who, None] <= left[None, :], cost[who], np.inf)
        two = np.sort(open_to, axis=1)[:, :2]
        if np.isinf(two[:, 0]).any():
            return None
        regret = two[:, 1] - two[:, 0] if sites.size > 1 else -two[:, 0]
        k = int(np.lexsort((who, -places.load[who], -regret))[0])
        site = int(np.argmin(open_to[k]))
        at[who[k]] = site
        left[site] -= places.load[who[k]]
        waiting[who[k]] = False
    return at


def _improved(places: Places, sites: Ints, at: Ints) -> Ints:
    """Make the best move of one demand, or exchange of two, while one helps."""
    cost, load, at = places.cost[:, sites], places.load, at.copy()
    each = np.arange(at.size)
    for _ in range(MOST_MOVES):
        left = places.room[sites] - np.bincount(at, load, minlength=sites.size)
        own = cost[each, at]
        move = np.where(load[:, None] <= left[None, :], own[:, None] - cost, -np.inf)
        crossed = cost[:, at]
        swap = own[:, None] + own[None, :] - crossed - crossed.T
        fits = left[at][:, None] + load[:, None] - load[None, :] >= 0
        swap = np.where(fits & fits.T & (at[:, None] != at[None, :]), swap, -np.inf)
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


def _recentred(places: Places, sites: Ints, at: Ints) -> Ints:
    """Move each site to where it serves its demands at the least cost, if nobody else stands."""
    moved = sites.copy()
    taken = np.zeros(places.room.size, dtype=bool)
    taken[sites] = True
    for k, site in enumerate(sites):
        mine = at == k
        if places.must[site] or not mine.any():
            continue
        value: Floats = places.cost[mine].sum(axis=0) + places.fixed
        fits = places.may & (places.room >= places.load[mine].sum())
        taken[site] = False
        value = np.where(fits & ~taken, value, np.inf)
        best = int(np.argmin(value))
        if value[best] < value[site]:
            moved[k] = best
        taken[moved[k]] = True
    return moved
