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
    """What a demand costs that none of its pairs serves: far, or more than any answer costs."""
    largest = np.zeros(pairs.n_demands)
    filled = pairs.starts[1:] > pairs.starts[:-1]
    largest[filled] = pairs.cost[pairs.starts[1:][filled] - 1]
    never = 1.0 + largest.sum() + pairs.fixed.sum()
    return np.where(np.isfinite(pairs.far), pairs.far, never)


def service(pairs: Pairs, is_open: Bools, outside: Floats) -> Service:
    """Serve every demand from its nearest open site."""
    at = np.flatnonzero(is_open[pairs.col])
    row = pairs.row[at]
    change = np.ones(at.size, dtype=bool)
    change[1:] = row[1:] != row[:-1]
    first = np.flatnonzero(change)
    site = np.full(pairs.n_demands, _NOBODY)
    nearest, second = outside.copy(), outside.copy()
    site[row[first]] = pairs.col[at[first]]
    nearest[row[first]] = pairs.cost[at[first]]
    after = first + 1
    after = after[after < at.size]
    after = after[~change[after]]
    second[row[after]] = pairs.cost[at[after]]
    return Service(site=site, nearest=nearest, second=second)


def total(pairs: Pairs, is_open: Bools, outside: Floats) -> float:
    """Cost of an answer, as far as the pairs tell."""
    served = service(pairs, is_open, outside)
    return float(served.nearest.sum() + pairs.fixed[is_open].sum())


def greedy(pairs: Pairs, outside: Floats) -> Bools:
    """Open the site that saves most, again and again; ties to the first label."""
    is_open = pairs.must.copy()
    nearest = service(pairs, is_open, outside).nearest
    wanted = pairs.n_open if pairs.n_open is not None else int(pairs.may.sum())
    while is_open.sum() < wanted:
        saved = np.maximum(nearest[pairs.row] - pairs.cost, 0.0)
        gain = np.bincount(pairs.col, saved, minlength=pairs.n_sites) - pairs.fixed
        gain[is_open | ~pairs.may] = -np.inf
        site = int(np.argmax(gain))
        if pairs.n_open is None and gain[site] <= 0 and is_open.any():
            break
        is_open[site] = True
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
        served = service(pairs, is_open, outside)
        chosen = np.flatnonzero(is_open)
        place = np.full(pairs.n_sites + 1, chosen.size)
        place[chosen] = np.arange(chosen.size)
        mine = place[served.site]
        loss = _sums(mine, served.second - served.nearest, chosen.size + 1)
        loss[: chosen.size] -= pairs.fixed[chosen]
        gain, extra = _effects(pairs, served, mine, chosen.size + 1)
        net = extra + gain[:, None] - loss[None, :]
        net[~pairs.may | is_open] = -np.inf
        net[:, :-1][:, pairs.must[chosen]] = -np.inf
        net[:, -1] = gain if pairs.n_open is None else -np.inf
        net[~pairs.may | is_open, -1] = -np.inf
        site, gone = np.unravel_index(int(np.argmax(net)), net.shape)
        best = net[site, gone]
        if pairs.n_open is None and chosen.size > 1:
            drop = np.where(pairs.must[chosen], -np.inf, -loss[:-1])
            if drop.size and drop.max() > max(best, _least_gain(served)):
                is_open[chosen[int(np.argmax(drop))]] = False
                continue
        if best <= _least_gain(served):
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
    near = np.flatnonzero(pairs.cost < served.second[pairs.row])
    row, col, cost = pairs.row[near], pairs.col[near], pairs.cost[near]
    first = served.nearest[row]
    gain = _sums(col, np.maximum(first - cost, 0.0), pairs.n_sites) - pairs.fixed
    at = col * width + mine[row]
    extra = _sums(at, served.second[row] - np.maximum(cost, first), pairs.n_sites * width)
    return gain, extra.reshape(pairs.n_sites, width)


def _sums(at: Ints, value: Floats, size: int) -> Floats:
    """Sums of `value` by position."""
    return np.bincount(at, value, minlength=size).astype(np.float64)
