"""Bounds of p-medians whose sites hold so much: one knapsack for each site.

Demands are whole, each at one site. Without the rule that everybody is served exactly once, but
with a price for each who is, every site fills its places on its own.
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


PATIENCE = 12
LEAST_STEP = 0.01
_HUGE = 1e300


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """A p-median, or facility location, with whole loads and places.

    Attributes
    ----------
    cost
        Demand × sites, weighted; ``inf`` where a pair is not allowed or excluded.
    load, room
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
    room: Ints
    fixed: Floats
    may: Bools
    must: Bools
    n_open: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """What prices prove: `value` is a lower bound, attained by `chosen` sites.

    `table` holds the worth of each site (row) with so many places (column), `key` the reduced
    cost of opening each.
    """

    value: float
    price: Floats
    table: Floats
    key: Floats
    chosen: Bools


def priced(places: Places, price: Floats) -> Priced:
    r"""Prove a bound by prices.

    .. math:: L(\lambda) = \sum_i \lambda_i + \min_y \sum_j \Bigl(f_j - \max \Bigl\{ \sum_i
        (\lambda_i - c_{ij}) x_{ij} : \sum_i q_i x_{ij} \le Q_j \Bigr\}\Bigr) y_j

    The knapsacks are solved by dynamic programmes over the places of all sites at once.
    """
    worth = price[:, None] - places.cost
    table = np.zeros((places.room.size, int(places.room.max(initial=0)) + 1))
    width = table.shape[1]
    for i in np.flatnonzero((worth > 0).any(axis=1)):
        sites, load = np.flatnonzero(worth[i] > 0), int(places.load[i])
        if load >= width:
            continue
        rows = table[sites]
        more = rows[:, : width - load] + worth[i, sites][:, None]
        np.maximum(rows[:, load:], more, out=rows[:, load:])
        table[sites] = rows
    key = places.fixed - table[np.arange(places.room.size), places.room]
    chosen = cheapest(key, may=places.may, must=places.must, n_open=places.n_open)
    value = float(price.sum() + key[chosen].sum())
    return Priced(value=value, price=price, table=table, key=key, chosen=chosen)


def served_by(places: Places, price: Floats, site: int) -> Ints:
    """Who fills the places of one site best: the demands of its knapsack."""
    worth = price - places.cost[:, site]
    room = int(places.room[site])
    items = np.flatnonzero((worth > 0) & (places.load <= room))
    best, taken = np.zeros(room + 1), np.zeros((items.size, room + 1), dtype=bool)
    for k, i in enumerate(items):
        load = int(places.load[i])
        more = best[: room + 1 - load] + worth[i]
        better = more > best[load:]
        taken[k, load:] = better
        best[load:] = np.where(better, more, best[load:])
    inside, left = [], room
    for k in range(items.size - 1, -1, -1):
        if taken[k, left]:
            inside.append(int(items[k]))
            left -= int(places.load[items[k]])
    return np.array(inside, dtype=np.int64)


def ascend(
    places: Places,
    start: Priced,
    best_known: float,
    *,
    rounds: int,
    step: float,
    offer: Callable[[Bools], float],
    watch: Watch | None = None,
) -> tuple[Priced, float]:
    """Raise the bound by subgradient steps; also the last step.

    `offer` turns the sites of each better bound into an answer and returns the best cost known.

    Notes
    -----
    Held, Wolfe and Crowder (1974), as for the p-median without places; the relaxation is that of
    Lorena and Senne (2004), *Computers & Operations Research* 31, and Ceselli and Righini (2005),
    *Networks* 45.
    """
    best = now = start
    idle = 0
    for _ in range(rounds):
        lack = np.ones(places.load.size)
        for site in np.flatnonzero(now.chosen):
            lack[served_by(places, now.price, int(site))] -= 1.0
        length = float(lack @ lack)
        if length <= 0 or best_known <= best.value or over(watch):
            break
        aim = best_known if np.isfinite(best_known) else 1.05 * abs(best.value) + 1.0
        price = np.maximum(now.price + step * (aim - now.value) / length * lack, 0.0)
        now = priced(places, price)
        idle += 1
        if now.value > best.value:
            idle = 0 if now.value > best.value + 1e-5 * abs(best.value) else idle
            best = now
            best_known = offer(now.chosen)
        if idle >= PATIENCE:
            step, idle, now = step / 2, 0, best
            if step < LEAST_STEP:
                break
    return best, step


def reduced(places: Places, bound: Priced, most: float) -> Places:
    """Exclude pairs, and shut or hold sites, where no answer below `most` does otherwise.

    To serve i at j the knapsack of j holds i and whatever fits beside it; the bound then rises
    by what the best filling without that condition was worth more.
    """
    key, chosen, slack = bound.key, bound.chosen, most - bound.value
    free_in, free_out = chosen & ~places.must, places.may & ~chosen
    if places.n_open is None:
        gone, following = np.where(chosen, key, 0.0), np.zeros(key.size)
    else:
        last = key[free_in].max() if free_in.any() else _HUGE
        gone = np.where(chosen, key, last)
        following = np.full(key.size, key[free_out].min(initial=np.inf))
    at = places.room[None, :] - places.load[:, None]
    beside = bound.table[np.arange(key.size)[None, :], np.maximum(at, 0)]
    forced = places.fixed[None, :] - (bound.price[:, None] - places.cost + beside)
    rise = np.where(at < 0, np.inf, forced - gone[None, :])
    cost = np.where(rise > slack, np.inf, places.cost)
    held = free_in & (following - key > slack)
    shut = free_out & (key - gone > slack)
    return Places(
        cost=np.where(shut[None, :], np.inf, cost),
        load=places.load,
        room=places.room,
        fixed=places.fixed,
        may=places.may & ~shut,
        must=places.must | held,
        n_open=places.n_open,
    )
