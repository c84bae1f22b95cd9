"""The p-median with capacities, undivided demands: an incumbent, a bound, and reductions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.labelled.costs import is_whole
from layout.location.median.branch_and_cut import cutoff
from layout.location.median.knapsack import LEAST_STEP, CapacitatedMedian, ascend, priced, reduced
from layout.location.median.reassignment import Incumbent, answer_from
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments
    from layout.location.solver.watch import Watch

MOST_WORK = 10_000_000
"""Demands × sites × largest capacity: above, one bound takes longer than it is worth."""
MOST_DEMANDS = 600
"""Above, comparing all exchanges of two demands takes too long."""
# At most so many stages of so many subgradient steps, the first step of this length.
STAGES, ROUNDS = 12, 30
FIRST_STEP = 1.5
LITTLE, FEWER = 0.03, 0.9
"""A stage that closes less of the gap, and leaves a larger part of the pairs, is the last one."""
FEW_PAIRS = 6
"""As many pairs a demand are left to the exact model."""
BLIND_STAGES = 3
"""Stages without an incumbent, before the exact model is asked for one."""
# Nearest sites that the first prices look at.
_FIRST_NEAREST = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """What is known before the exact model.

    Attributes
    ----------
    incumbent
        The incumbent, if there is one.
    bound
        Lower bound on every solution.
    most
        A solution below it uses only the pairs and sites that are left in `rest`.
    rest
        The arguments without what was ruled out.
    """

    incumbent: Incumbent | None
    bound: float
    most: float
    rest: Arguments


class _Best:
    """The incumbent; sets of sites that were tried are not tried again."""

    def __init__(self, problem: CapacitatedMedian) -> None:
        self.problem = problem
        self.incumbent: Incumbent | None = None
        self.cost = math.inf
        self._tried: set[bytes] = set()

    def offer(self, chosen: Bools) -> float:
        """Turn sites into a solution; the cost of the incumbent."""
        if chosen.tobytes() not in self._tried:
            self._tried.add(chosen.tobytes())
            incumbent = answer_from(self.problem, chosen)
            if incumbent is not None and incumbent.cost < self.cost:
                self.incumbent, self.cost = incumbent, incumbent.cost
        return self.cost


def tractable(given: Arguments) -> bool:
    """Whether loads and capacities are whole and small enough for dynamic programmes."""
    if given.capacity is None or not is_whole(given.load):
        return False
    if not 0 < given.load.size <= MOST_DEMANDS:
        return False
    # The knapsack tables hold one entry for each unit of capacity, none beyond the total load.
    largest = min(float(given.capacity.max(initial=0.0)), float(given.load.sum()))
    return given.load.size * given.capacity.size * (largest + 1) <= MOST_WORK


def started(given: Arguments, gap: float, watch: Watch) -> Start:
    """Incumbent, bound and reduction by turns, while they help each other."""
    problem = _dense(given)
    whole = is_whole(given.costs.cost, given.weights, given.fixed_cost)
    best = _Best(problem)
    # Dual bound at the first prices, and a first incumbent from the sites that attain it.
    bound = priced(problem, _first_prices(problem))
    best.offer(bound.chosen)
    step, value = FIRST_STEP, bound.value
    for stage in range(STAGES):
        most, before, left = cutoff(best.cost, gap, whole=whole), bound.value, _pairs(problem)
        if bound.value >= most or over(watch):
            break
        offer: Callable[[Bools], float] = best.offer
        bound, step = ascend(
            problem, bound, best.cost, rounds=ROUNDS, step=step, offer=offer, watch=watch
        )
        # With a better incumbent the cutoff falls; pairs and sites above it drop out.
        most = cutoff(best.cost, gap, whole=whole)
        value = max(value, min(bound.value, most))
        watch.tell(best.cost, value)
        problem = reduced(problem, bound, most)
        # Few pairs are left, or steps are tiny: the exact model takes over.
        if step < LEAST_STEP or _pairs(problem) <= FEW_PAIRS * problem.load.size:
            break
        if best.incumbent is None and stage < BLIND_STAGES:
            continue
        # Stop where a stage neither closed the gap nor removed pairs.
        gained = bound.value - before > LITTLE * (best.cost - value)
        if not gained and _pairs(problem) > FEWER * left:
            break
    most = cutoff(best.cost, gap, whole=whole)
    return Start(
        incumbent=best.incumbent,
        bound=min(value, most),
        most=most,
        rest=_rest(given, problem),
    )


def _pairs(problem: CapacitatedMedian) -> int:
    return int(np.isfinite(problem.cost).sum())


def _dense(given: Arguments) -> CapacitatedMedian:
    """All pairs as a table; capacities as whole numbers no larger than all loads together."""
    if given.capacity is None:
        raise ValueError("no capacity")
    costs, shape = given.costs, (len(given.costs.demands), len(given.costs.sites))
    # Demand × sites, weighted; `inf` where a pair is not allowed.
    cost: Floats = np.full(shape, np.inf)
    cost[costs.row, costs.col] = given.weights[costs.row] * costs.cost
    load = given.load.astype(np.int64)
    capacity = np.floor(np.minimum(given.capacity, given.load.sum()) + 1e-9).astype(np.int64)
    may, must = np.ones(shape[1], dtype=bool), np.zeros(shape[1], dtype=bool)
    may[given.must_close] = False
    must[given.must_open] = True
    # A demand larger than a site cannot be there as a whole.
    cost[load[:, None] > capacity[None, :]] = np.inf
    cost[:, ~may] = np.inf
    return CapacitatedMedian(
        cost=cost,
        load=load,
        capacity=capacity,
        fixed=given.fixed_cost,
        may=may,
        must=must,
        n_open=given.n_open,
    )


def _first_prices(problem: CapacitatedMedian) -> Floats:
    """What a demand costs at one of its nearest sites."""
    # Up to four smallest costs of each demand; its price starts at the largest finite one.
    near = np.sort(problem.cost, axis=1)[:, : _FIRST_NEAREST + 1]
    return np.asarray(np.where(np.isfinite(near), near, 0.0).max(axis=1, initial=0.0))


def _rest(given: Arguments, problem: CapacitatedMedian) -> Arguments:
    costs = given.costs
    return replace(
        given,
        costs=costs.where(np.isfinite(problem.cost[costs.row, costs.col])),
        must_open=np.flatnonzero(problem.must),
        must_close=np.flatnonzero(~problem.may),
    )
