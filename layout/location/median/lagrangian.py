"""Lower bounds of p-medians by Lagrangian relaxation, and what they rule out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.median.interchange import service
from layout.location.median.sites import cheapest
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.median.pairs import Pairs
    from layout.location.solver.watch import Watch

# Steps without progress before the step is halved; the step at which the ascent ends; the part of
# the step before that is kept.
PATIENCE = 20
LEAST_STEP = 0.02
DEFLECTION = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class Bound:
    """What multipliers prove: `value` is a lower bound, `price` what a demand is worth.

    `site` is the reduced cost of each site under these prices.
    """

    value: float
    price: Floats
    site: Floats


def evaluate(pairs: Pairs, price: Floats) -> tuple[Bound, Bools]:
    r"""The bound that prices prove, and the sites that attain it.

    .. math:: L(\lambda) = \sum_i \lambda_i + \min_y \sum_j
        \Bigl(f_j - \sum_i (\lambda_i - c_{ij})^+\Bigr) y_j

    A price above `far` would need the pairs that are left out, so no price may exceed it.
    """
    # Reduced cost of each site: fixed cost − what its demands would save at their prices.
    saved = np.maximum(price[pairs.row] - pairs.cost, 0.0)
    site = pairs.fixed - np.bincount(pairs.col, saved, minlength=pairs.n_sites)
    chosen = cheapest(site, may=pairs.may, must=pairs.must, n_open=pairs.n_open)
    return Bound(value=float(price.sum() + site[chosen].sum()), price=price, site=site), chosen


def ascend(
    pairs: Pairs,
    price: Floats,
    best_known: float,
    *,
    rounds: int,
    step: float,
    watch: Watch | None = None,
) -> tuple[Bound, Bools, float]:
    """Raise the bound by subgradient steps; also the sites of the best one, and the last step.

    Notes
    -----
    Held, Wolfe and Crowder (1974): a step along the violation of "each demand once", as long as
    the distance to the incumbent asks, shorter after rounds without progress; Camerini,
    Fratta and Maffioli (1975): part of the step before is kept.
    """
    price = np.minimum(price, pairs.far)
    best, best_sites = evaluate(pairs, price)
    # Without an incumbent the steps aim half above the bound.
    if not np.isfinite(best_known):
        best_known = 1.5 * abs(best.value) + 1.0
    before, idle = np.zeros(price.size), 0
    chosen, now = best_sites, best
    for _ in range(rounds):
        # Subgradient: 1 − how often each demand is served by the chosen sites, and part of the last
        # step.
        take = chosen[pairs.col] & (pairs.cost < price[pairs.row])
        lack = 1.0 - np.bincount(pairs.row[take], minlength=price.size)
        lack = lack + DEFLECTION * before
        length = float(lack @ lack)
        if length <= 0 or best_known - best.value <= 0 or over(watch):
            break
        before = lack
        price = price + step * (best_known - now.value) / length * lack
        price = np.clip(price, 0.0, pairs.far)
        now, chosen = evaluate(pairs, price)
        idle += 1
        # Progress below 1e-5 of the bound does not count against the patience.
        if now.value > best.value:
            if now.value > best.value + 1e-5 * abs(best.value):
                idle = 0
            best, best_sites = now, chosen
        # Too long without progress: half the step, from the best prices, without the old direction.
        elif idle >= PATIENCE:
            step, idle = step / 2, 0
            price, now, chosen = best.price, best, best_sites
            before = np.zeros(price.size)
            if step < LEAST_STEP:
                break
    return best, best_sites, step


def first_prices(pairs: Pairs, is_open: Bools, outside: Floats) -> Floats:
    """Prices to start from: between the nearest and the second nearest open site."""
    served = service(pairs, is_open, outside)
    return np.minimum((served.nearest + served.second) / 2, pairs.far)


def ruled_out(pairs: Pairs, bound: Bound, most: float) -> tuple[Bools, Bools]:
    """Sites that no solution below `most` opens, and those that every such solution opens."""
    site, free = bound.site, pairs.may & ~pairs.must
    chosen = cheapest(site, may=pairs.may, must=pairs.must, n_open=pairs.n_open)
    into, out = free & chosen, free & ~chosen
    slack = most - bound.value
    # With a free number each site is judged by its own reduced cost.
    if pairs.n_open is None:
        return out & (site > slack), into & (-site > slack)
    # With p sites a change is an exchange: with the worst site inside, or the best outside.
    last = site[into].max() if into.any() else np.inf
    following = site[out].min() if out.any() else np.inf
    shut = out & (site - last > slack) if into.any() else out
    opened = into & (following - site > slack) if out.any() else into
    return shut, opened


def reduced(pairs: Pairs, bound: Bound, most: float) -> Pairs:
    """Drop the pairs and sites that no solution below `most` uses.

    To serve i over a pair of cost c raises the bound by at least c − λ_i.
    """
    shut, opened = ruled_out(pairs, bound, most)
    # Largest useful cost of each demand; `far` falls to the first pair that is dropped.
    limit = bound.price + (most - bound.value)
    useless = pairs.cost > limit[pairs.row]
    far = pairs.far.copy()
    first = np.flatnonzero(useless)
    rows, at = np.unique(pairs.row[first], return_index=True)
    far[rows] = np.minimum(far[rows], pairs.cost[first[at]])
    return pairs.without(useless, far=far).fixing(shut, opened)
