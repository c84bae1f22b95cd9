"""Good p-medians fast: sites added one by one where they help most, then exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.median.pairs import Pairs
    from layout.location.solver.watch import Watch

_NOBODY = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Service:
    """Who is served how: the nearest open site and cost, and the cost of the second nearest."""

    site: Ints
    nearest: Floats
    second: Floats


def beyond(pairs: Pairs) -> Floats:
    """What a demand costs that none of its pairs serves: `far`, or more than any solution costs."""
    # Pairs are sorted by cost: the last pair of each demand is its dearest.
    largest = np.zeros(pairs.n_demands)
    filled = pairs.starts[1:] > pairs.starts[:-1]
    largest[filled] = pairs.cost[pairs.starts[1:][filled] - 1]
    never = 1.0 + largest.sum() + pairs.fixed.sum()
    return np.where(np.isfinite(pairs.far), pairs.far, never)


def service(pairs: Pairs, is_open: Bools, outside: Floats) -> Service:
    """Serve every demand from its nearest open site."""
    # Pairs at open sites, by demand and cost: the first of each demand is its nearest open site.
    at = np.flatnonzero(is_open[pairs.col])
    row = pairs.row[at]
    change = np.ones(at.size, dtype=bool)
    change[1:] = row[1:] != row[:-1]
    first = np.flatnonzero(change)
    site = np.full(pairs.n_demands, _NOBODY)
    nearest, second = outside.copy(), outside.copy()
    site[row[first]] = pairs.col[at[first]]
    nearest[row[first]] = pairs.cost[at[first]]
    # The pair after it is the second nearest, where it belongs to the same demand.
    after = first + 1
    after = after[after < at.size]
    after = after[~change[after]]
    second[row[after]] = pairs.cost[at[after]]
    return Service(site=site, nearest=nearest, second=second)


def total(pairs: Pairs, is_open: Bools, outside: Floats) -> float:
    """Cost of a solution, as far as the pairs tell."""
    served = service(pairs, is_open, outside)
    return float(served.nearest.sum() + pairs.fixed[is_open].sum())


def greedy(pairs: Pairs, outside: Floats) -> Bools:
    """Open the site that saves most, again and again; ties to the first label."""
    # Start from the sites that must open; `nearest` is each demand's cost at the best of them.
    is_open = pairs.must.copy()
    nearest = service(pairs, is_open, outside).nearest
    wanted = pairs.n_open if pairs.n_open is not None else int(pairs.may.sum())
    while is_open.sum() < wanted:
        # Cost saved at each site by the demands that it would serve better.
        saved = np.maximum(nearest[pairs.row] - pairs.cost, 0.0)
        gain = np.bincount(pairs.col, saved, minlength=pairs.n_sites) - pairs.fixed
        gain[is_open | ~pairs.may] = -np.inf
        site = int(np.argmax(gain))
        if pairs.n_open is None and gain[site] <= 0 and is_open.any():
            break
        is_open[site] = True
        # Demands of the new site are served from there where that costs less.
        mine = pairs.col == site
        np.minimum.at(nearest, pairs.row[mine], pairs.cost[mine])
    return is_open


def improved(pairs: Pairs, is_open: Bools, outside: Floats, *, watch: Watch | None = None) -> Bools:
    """Make the best exchange while one helps and the clock runs.

    Notes
    -----
    Fast interchange (Whitaker, 1983) with the gains of all exchanges at once (Resende and
    Werneck, 2004, *Journal of Heuristics* 10): opening f and shutting r changes the cost by
    loss(r) − gain(f) − extra(f, r), where extra is counted only for those whom r serves and whom
    f reaches before their second nearest. Without a number of sites, opening and shutting alone
    are exchanges as well.
    """
    is_open = is_open.copy()
    while not over(watch):
        current = service(pairs, is_open, outside)
        chosen = np.flatnonzero(is_open)
        # Position of each open site among `chosen`; one past the end for demands that nobody
        # serves.
        position = np.full(pairs.n_sites + 1, chosen.size)
        position[chosen] = np.arange(chosen.size)
        slot = position[current.site]
        # Cost of shutting each open site: its demands go to their second nearest.
        loss = _sums(slot, current.second - current.nearest, chosen.size + 1)
        loss[: chosen.size] -= pairs.fixed[chosen]
        # `net`: sites × (open sites + 1), what opening the row and shutting the column saves.
        gain, extra = _effects(pairs, current, slot, chosen.size + 1)
        net = extra + gain[:, None] - loss[None, :]
        net[~pairs.may | is_open] = -np.inf
        net[:, :-1][:, pairs.must[chosen]] = -np.inf
        # Last column: opening without shutting, allowed where the number is free.
        net[:, -1] = gain if pairs.n_open is None else -np.inf
        net[~pairs.may | is_open, -1] = -np.inf
        site, gone = np.unravel_index(int(np.argmax(net)), net.shape)
        best = net[site, gone]
        # Shutting alone, where the number is free.
        if pairs.n_open is None and chosen.size > 1:
            drop = np.where(pairs.must[chosen], -np.inf, -loss[:-1])
            if drop.size and drop.max() > max(best, _least_gain(current)):
                is_open[chosen[int(np.argmax(drop))]] = False
                continue
        if best <= _least_gain(current):
            break
        is_open[site] = True
        if gone < chosen.size:
            is_open[chosen[gone]] = False
    return is_open


def _least_gain(served: Service) -> float:
    """A gain below the rounding of the sums is none."""
    return 1e-9 * max(1.0, float(served.nearest.sum()))


def _effects(pairs: Pairs, served: Service, mine: Ints, width: int) -> tuple[Floats, Floats]:
    """What opening each site saves, and the extra where one of the open sites shuts instead."""
    # Only pairs below the second nearest cost matter to any exchange.
    near = np.flatnonzero(pairs.cost < served.second[pairs.row])
    row, col, cost = pairs.row[near], pairs.col[near], pairs.cost[near]
    first = served.nearest[row]
    gain = _sums(col, np.maximum(first - cost, 0.0), pairs.n_sites) - pairs.fixed
    # One entry for each (site to open, site that serves today), flattened.
    at = col * width + mine[row]
    extra = _sums(at, served.second[row] - np.maximum(cost, first), pairs.n_sites * width)
    return gain, extra.reshape(pairs.n_sites, width)


def _sums(at: Ints, value: Floats, size: int) -> Floats:
    """Sums of `value` by position."""
    return np.bincount(at, value, minlength=size).astype(np.float64)
