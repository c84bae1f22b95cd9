"""The p-median without capacities: a start, a bound, what they rule out, and the proof."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.covering.cover import nearest_open
from layout.location.median.branch_and_cut import Proof, Tree, cutoff
from layout.location.median.interchange import beyond, greedy, improved, service
from layout.location.median.lagrangian import (
    LEAST_STEP,
    Bound,
    ascend,
    evaluate,
    first_prices,
    reduced,
)
from layout.location.median.pairs import first_nearest, nearest_pairs
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments
    from layout.location.median.pairs import Pairs
    from layout.location.solver.watch import Watch

STAGES, ROUNDS = 12, 60
"""The bound is raised in so many stages of so many rounds; after each, pairs and sites drop out."""
FIRST_STEP = 1.5
LITTLE = 0.02
"""A stage that closes less of the gap than this is the last one."""
SHAKES, SHAKEN_PART = 8, 5
"""Restarts of the exchange, from the best solution with a fifth of its sites changed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Best:
    """The incumbent: its sites and what they cost, counted over all pairs."""

    sites: Bools | None
    cost: float

    def or_better(self, given: Arguments, sites: Bools) -> _Best:
        """The better of this and another solution."""
        cost = true_cost(given, sites)
        return _Best(sites=sites, cost=cost) if cost < self.cost else self

    def proof(self, bound: float, *, whole: bool) -> Proof:
        """The same with a bound."""
        return Proof(is_open=self.sites, cost=self.cost, bound=bound, whole=whole)


def true_cost(given: Arguments, is_open: Bools) -> float:
    """Cost of a solution over all pairs; infinite where a demand has no open site."""
    pairs = nearest_open(given.costs, is_open)
    if pairs.size < len(given.costs.demands):
        return math.inf
    served = given.weights[given.costs.row[pairs]] * given.costs.cost[pairs]
    return float(served.sum() + given.fixed_cost[is_open].sum())


def prove(given: Arguments, *, gap: float, watch: Watch) -> Proof:
    """Find the least costly sites and prove it, as far as `gap` and the clock ask.

    Returns
    -------
    Proof
        Its bound holds over all pairs. There are no sites where none may open, and then
        the bound is infinite, or where the clock ended the search before any were found.
    """
    # Each round works on the nearest pairs only, and takes more where a demand needs them.
    nearest = first_nearest(given)
    best = _Best(sites=None, cost=math.inf)
    prices, bound = np.full(nearest.size, np.inf), -math.inf
    while True:
        pairs = nearest_pairs(given, nearest)
        work = _prepared(given, pairs, best, prices, gap, watch)
        best, prices, bound = work.best, work.bound.price, max(bound, work.bound.value)
        watch.tell(best.cost, bound)
        # Bound and incumbent meet, or the clock is up: no tree is needed.
        most = cutoff(best.cost, gap, whole=pairs.whole)
        if bound >= most or over(watch):
            return best.proof(min(bound, most), whole=pairs.whole)
        # Branch and cut on what the reductions left.
        tree = Tree(work.pairs, prices, best.sites, best.cost, pairs)
        proof = tree.search(watch, gap=gap)
        best = best if proof.is_open is None else best.or_better(given, proof.is_open)
        bound = max(bound, proof.bound)
        # A cost that is lower than it truly is stems from demands served from beyond their pairs.
        short = np.zeros(0, dtype=np.int64)
        if proof.is_open is not None and proof.cost < true_cost(given, proof.is_open) - 1e-6:
            # Demands that no pair serves: they need sites further away.
            short = np.flatnonzero(service(pairs, proof.is_open, pairs.far).site < 0)
        if not short.size or over(watch):
            return best.proof(min(bound, best.cost), whole=pairs.whole)
        nearest[short] *= 2


@dataclass(frozen=True, kw_only=True, eq=False)
class _Work:
    """A p-median with a bound and an incumbent, without the pairs and sites that these rule out."""

    pairs: Pairs
    best: _Best
    bound: Bound


def _prepared(
    given: Arguments,
    pairs: Pairs,
    best: _Best,
    prices: Floats,
    gap: float,
    watch: Watch,
) -> _Work:
    """Incumbent, bound and reduction by turns, while they help each other."""
    outside = beyond(pairs)
    # First call: greedy and interchange, then prices between the two nearest open sites.
    if best.sites is None:
        sites = improved(pairs, greedy(pairs, outside), outside, watch=watch)
        best = best.or_better(given, sites)
        prices = first_prices(pairs, sites, outside)
    bound, _ = evaluate(pairs, np.minimum(prices, pairs.far))
    step = FIRST_STEP
    for stage in range(STAGES):
        most, before = cutoff(best.cost, gap, whole=pairs.whole), bound.value
        if bound.value >= most or over(watch):
            break
        # Raise the bound; its sites, exchanged, may improve the incumbent.
        bound, sites, step = ascend(
            pairs, bound.price, best.cost, rounds=ROUNDS, step=step, watch=watch
        )
        outside = beyond(pairs)
        watch.tell(best.cost, bound.value)
        if stage < SHAKES:
            best = best.or_better(given, improved(pairs, sites, outside, watch=watch))
            best = _shaken(given, pairs, best, outside, stage, watch)
        # Reduced costs above the gap remove pairs and fix sites.
        pairs = reduced(pairs, bound, cutoff(best.cost, gap, whole=pairs.whole))
        if step < LEAST_STEP or bound.value - before < LITTLE * (best.cost - bound.value):
            break
    return _Work(pairs=pairs, best=best, bound=bound)


def _shaken(
    given: Arguments,
    pairs: Pairs,
    best: _Best,
    outside: Floats,
    seed: int,
    watch: Watch,
) -> _Best:
    """Exchange again after some of the best sites gave way to others, drawn from a fixed seed."""
    if best.sites is None:
        return best
    # As many sites leave as enter; the seed is the number of the stage.
    rng = np.random.default_rng(seed)
    sites = best.sites.copy()
    inside = np.flatnonzero(sites & ~pairs.must)
    others = np.flatnonzero(pairs.may & ~sites)
    count = min(inside.size, others.size, max(1, inside.size // SHAKEN_PART))
    sites[rng.choice(inside, count, replace=False)] = False
    sites[rng.choice(others, count, replace=False)] = True
    return best.or_better(given, improved(pairs, sites, outside, watch=watch))
